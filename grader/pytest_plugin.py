"""Graded tests as pytest items.

    /usr/bin/python3 -m pytest -p grader.pytest_plugin labs/lab1-ring/lab.toml \
        --submission=DIR [-k EXPRESSION] [-m hidden] [-x] [-n 2] [--junitxml=FILE]

Collecting a lab.toml gives an item "build" and one item a graded test, named as in
lab.toml and marked public or hidden and part_A, part_B, ... With --result=FILE every
verdict is stored as it comes (see result.py), and a later run of the same grading
takes over what is stored. With xdist each worker builds for itself, in a sandbox
slot of its own, and the controller alone writes the result.
"""

import signal
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Generator, Iterator

import pytest

from grader import result as results
from grader import version
from grader.bench import Bench, Parked, Tools
from grader.earlier import lent
from grader.entries import archive_stem
from grader.errors import GraderError, StoreError
from grader.intake import Source, person, take
from grader.judge import Verdict
from grader.lab import ROOT, Lab, Test, load
from grader.result import Attempt, Build, Need, Result, TestResult
from grader.text import one_line, visible

EXIT_STORE = 74  # the result could not be written
PARKED = "parked"
BENCH = pytest.StashKey["LabBench"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("graded labs")
    add = group.addoption
    add(
        "--submission",
        metavar="PATH",
        help="the submission to grade: a folder, .zip or .tar.gz",
    )
    add("--student", metavar="NAME", help="whose it is (default: the name of PATH)")
    add(
        "--result",
        metavar="FILE",
        help="store the canonical result here, and go on "
        "with what is stored there (default: nothing is stored)",
    )
    add("--again", action="store_true", help="grade again what FILE holds already")
    add("--seed", metavar="0xHEX", help="the seed of the judges' random inputs")
    add(
        "--sandbox",
        default="auto",
        choices=("auto", "full", "reduced", "none"),
        help="how student code is shut in (default: auto, the best there is)",
    )
    add(
        "--sandbox-reason",
        metavar="TEXT",
        help="why --sandbox was chosen; then it is not tried out again",
    )
    add("--slot", type=int, default=0, help="the number of the sandbox slot (0)")
    add("--slots", type=int, default=1, help="how many slots are used at once (1)")
    add("--work", metavar="DIR", help="where to build (default: a temporary folder)")
    add("--kit", default=ROOT / "build/kit", type=Path, help="made by 'make kit'")
    add(
        "--judges",
        default=ROOT / "build/judge",
        type=Path,
        help="the folder of the judges, made by 'make judges'",
    )
    add(
        "--reference",
        default=ROOT / "build/reference",
        type=Path,
        help="the reference's files, made by 'make reference', for labs that need "
        "those of earlier ones",
    )
    add(
        "--with-reference",
        action="append",
        default=[],
        metavar="FILE[=WHY]",
        help="use the reference's FILE of an earlier lab, not the student's own",
    )
    add(
        "--confine",
        default=ROOT / "build/confine",
        type=Path,
        help="the sandbox's launcher",
    )
    add(
        "--park-after",
        type=float,
        metavar="SECONDS",
        help="stop when a test takes longer or hangs, to be continued later",
    )
    add("--lab-version", metavar="HASH", help="do not hash the kit and judges again")
    add(
        "--total-s",
        type=int,
        metavar="SECONDS",
        help="the time of all tests together (default: from lab.toml)",
    )
    add(
        "--toolbox",
        default="",
        help="a module in place of the sandbox and the "
        "builder; for the grader's own tests",
    )


def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "public: shown to students",
        "hidden: for instructors only",
        "graded(part, points): a graded test",
    ):
        config.addinivalue_line("markers", line)
    if config.getoption("--result") and not hasattr(config, "workerinput"):
        # A grading is told to stop by SIGTERM.
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Set the bench up: before collecting, which xdist's controller does not do."""
    config = session.config
    paths = {
        Path(config.invocation_params.dir, argument.split("::")[0]).resolve()
        for argument in config.args
    }
    found = [path for path in paths if path.name == "lab.toml"]
    if len(found) != 1 or not config.getoption("--submission"):
        return  # said when the file is collected
    try:
        bench = LabBench(config, session, load(found[0]))
        config.stash[BENCH] = bench
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(Recorder(bench, session))
    except GraderError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Any:
    if file_path.name != "lab.toml":
        return None
    return LabFile.from_parent(parent, path=file_path)


class LabFile(pytest.File):
    """A lab.toml: the build and the graded tests of one submission."""

    def collect(self) -> Iterator[pytest.Item]:
        bench = self.bench()
        yield BuildItem.from_parent(self, name="build", bench=bench)
        for test in bench.lab.tests:
            yield GradedItem.from_parent(self, name=test.name, bench=bench, test=test)

    def bench(self) -> "LabBench":
        bench = self.config.stash.get(BENCH, None)
        if bench is None or bench.lab.path.resolve() != self.path.resolve():
            raise self.CollectError(
                "name one lab.toml, and the submission by " "--submission=PATH"
            )
        return bench


class LabBench:
    """The bench of this pytest process, and what is known from earlier runs."""

    def __init__(
        self, config: pytest.Config, session: pytest.Session, lab: Lab
    ) -> None:
        option = config.getoption
        worker = getattr(config, "workerinput", None)
        path = Path(option("--submission"))
        name = (
            option("--student")
            or (archive_stem(path.name) if path.is_file() else None)
            or path.name
        )
        self.lab, self.session = lab, session
        self.source = Source(
            person(name),
            path,
            problem=None if path.exists() else f"There is no {path.name}.",
        )
        version_ = option("--lab-version") or version.lab_version(
            lab, option("--kit"), option("--judges"), option("--reference")
        )
        self.borrowed = lent(lab, option("--with-reference"))
        seed = option("--seed")
        self.fresh = version.blank(
            lab,
            self.source.student,
            "",
            version_,
            version.normal_seed(seed) if seed else None,
        )
        tools = self._tools(config, worker)
        self.stored: Attempt | None = None
        if option("--result"):
            self.stored = self._stored(config, worker is not None)
        known = self.stored.result if self.stored else self.fresh
        self.known = {t.name: t for t in known.tests if t.verdict != "infra-error"}
        self.fresh.level, self.fresh.reason = tools.level.name, tools.level.reason
        self.bench = Bench(
            lab,
            self.source,
            tools,
            self.fresh.seed,
            self._selected,
            one_by_one=worker is not None,
            spent_ms=known.spent_ms,
            patience=None if worker else option("--park-after"),
            total_s=option("--total-s"),
            borrowed=self.borrowed,
        )
        self.known_needs = known.needs
        self.known_build = (
            known.build
            if known.build is not None and known.build.status != "infra-error"
            else None
        )

    def _tools(self, config: pytest.Config, worker: Any) -> Tools:
        option = config.getoption
        slot = option("--slot")
        if worker is not None:
            slot += option("--slots") * (1 + int(worker["workerid"].lstrip("gw") or 0))
        self.temporary = None
        if option("--work"):
            work = Path(option("--work"))
            work.mkdir(parents=True, exist_ok=True)
        else:
            self.temporary = tempfile.TemporaryDirectory(prefix="grade-")
            work = Path(self.temporary.name)
            work.chmod(0o711)  # the sandbox's user must get through
        tools = Tools(
            option("--kit"),
            option("--judges"),
            option("--confine"),
            None,
            slot,
            work.resolve(),
            option("--reference"),
            option("--toolbox"),
        )
        sandbox = tools.module("sandbox")
        if option("--sandbox-reason") is not None:
            level = sandbox.Level(option("--sandbox"), option("--sandbox-reason"))
        else:
            level = sandbox.detect(tools.confine, option("--sandbox"))
        return replace(tools, level=level)

    def _stored(self, config: pytest.Config, worker: bool) -> Attempt:
        self.fresh.submission = take(self.source, self.lab, self.borrowed).hash
        return results.attempt(
            Path(config.getoption("--result")),
            self.fresh,
            again=config.getoption("--again"),
        )

    def _selected(self, suite: str) -> list[str]:
        return [
            item.test.name
            for item in self.session.items
            if isinstance(item, GradedItem)
            and item.test.suite == suite
            and item.outcome is None
            and item.test.name not in self.known
        ]

    def close(self) -> None:
        self.bench.close()
        if self.temporary is not None:
            self.temporary.cleanup()


class LabItem(pytest.Item):
    def __init__(self, *, bench: LabBench, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bench = bench
        self.spent_ms = 0
        self.outcome: Verdict | None = None
        self.noted = False

    def find(self) -> Verdict:
        raise NotImplementedError

    def setup(self) -> None:
        begun = time.monotonic()
        try:
            self.outcome = self.find()
        except Parked:
            self.session.shouldstop = PARKED
            pytest.skip("parked: it is slow, the other submissions go first")
        finally:
            self.spent_ms = int((time.monotonic() - begun) * 1000)
        if self.outcome.verdict == "infra-error":
            # Before the call it is an error in pytest's words, not a failure.
            pytest.fail(visible(self.outcome.message), pytrace=False)

    def runtest(self) -> None:
        assert self.outcome is not None
        if self.outcome.verdict != "passed":
            pytest.fail(visible(self.outcome.message), pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.name

    def note(self) -> dict[str, Any]:
        """What the recorder needs, as plain values that xdist can carry."""
        assert self.outcome is not None
        built = self.bench.bench.built or self.bench.known_build
        note = {
            "item": self.name,
            "verdict": self.outcome.verdict,
            "kind": self.outcome.kind,
            "message": self.outcome.message,
            "ms": self.outcome.ms,
            "spent_ms": self.spent_ms,
        }
        if built is not None:
            needs = self.bench.bench.needs or self.bench.known_needs
            note.update(build=built.status, build_log=built.log, build_ms=built.ms)
            note.update(needs=[asdict(need) for need in needs])
        return note


class BuildItem(LabItem):
    def find(self) -> Verdict:
        bench = self.bench
        done = bench.known_build
        if done is None or any(t.name not in bench.known for t in bench.lab.tests):
            done = bench.bench.build()
        if done.status == "ok":
            return Verdict("passed", ms=done.ms)
        if done.status == "infra-error":
            return Verdict("infra-error", "infra", done.log)
        return Verdict("failed", "build", done.log or "It does not build.", done.ms)


class GradedItem(LabItem):
    def __init__(self, *, test: Test, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.test = test
        self.add_marker(test.suite)
        self.add_marker(pytest.mark.graded(part=test.part, points=test.points))
        self.extra_keyword_matches.add(f"part_{test.part}")

    def find(self) -> Verdict:
        known = self.bench.known.get(self.test.name)
        if known is not None:
            return Verdict(known.verdict, known.kind, known.message, known.ms)
        return self.bench.bench.verdict(self.test)


@pytest.hookimpl(hookwrapper=True)  # type: ignore[misc]
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    outcome = yield
    if isinstance(item, LabItem) and item.outcome is not None and not item.noted:
        item.noted = True
        outcome.get_result().graded = item.note()


def pytest_report_header(config: pytest.Config) -> list[str]:
    submission = config.getoption("--submission")
    return [f"submission: {one_line(str(submission))}"] if submission else []


def pytest_sessionfinish(session: pytest.Session) -> None:
    bench = session.config.stash.get(BENCH, None)
    if bench is not None:
        bench.close()


class Recorder:
    """Takes the verdicts where all of them arrive and stores each at once."""

    def __init__(self, bench: LabBench, session: pytest.Session) -> None:
        self.bench, self.session = bench, session
        self.attempt = bench.stored
        self.park = bench.bench.patience is not None
        if self.attempt is not None:
            self.attempt.result.level = bench.fresh.level
            self.attempt.result.reason = bench.fresh.reason
            self._save()

    @property
    def result(self) -> Result:
        assert self.attempt is not None
        return self.attempt.result

    def pytest_report_collectionfinish(self) -> str:
        fresh = self.bench.fresh
        return f"seed: {fresh.seed}  sandbox: {fresh.level} ({one_line(fresh.reason)})"

    def pytest_runtest_logreport(self, report: Any) -> None:
        note = getattr(report, "graded", None)
        if note is None:
            return
        if self.attempt is not None:
            self._store(note)
        if self.park and note["kind"] == "hang" and note["spent_ms"] > 0:
            known = self.bench.known.get(note["item"])
            if known is None:
                self.session.shouldstop = PARKED

    def _store(self, note: dict[str, Any]) -> None:
        if "build" in note:
            self.result.build = Build(
                note["build"], note["build_log"], note["build_ms"]
            )
            self.result.needs = [Need(**need) for need in note["needs"]]
        test = self.bench.lab.by_name.get(note["item"])
        if test is not None and test.name not in self.bench.known:
            points = test.points if note["verdict"] == "passed" else 0
            self.result.add(
                TestResult(
                    test.name,
                    test.part,
                    test.suite,
                    points,
                    test.points,
                    note["verdict"],
                    note["kind"],
                    note["message"],
                    note["ms"],
                ),
                self.bench.lab,
            )
        self.result.spent_ms += note["spent_ms"]
        self._save()

    def pytest_sessionfinish(self) -> None:
        if self.attempt is not None and self.session.shouldstop == PARKED:
            self._save(PARKED)

    def _save(self, note: str = "") -> None:
        assert self.attempt is not None
        self.attempt.result.settle(self.bench.lab, note)
        try:
            self.attempt.save()
        except StoreError as error:
            pytest.exit(str(error), returncode=EXIT_STORE)
