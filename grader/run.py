"""Grading a folder of submissions: a queue, workers, one pytest a submission.

Each worker has a sandbox slot. A submission whose test hangs or is slow is parked:
it goes to a second queue, which is served when the first one is empty; so does one
that failed through a fault of ours, once. All state is in the stored results, so
that the grading can be killed at any moment and goes on where it was.
"""

import importlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from statistics import median
from typing import Any, Iterator, Sequence

from grader import earlier, intake, version
from grader import lab as labs
from grader import result as results
from grader.errors import GraderError, StoreError
from grader.folders import out_folder, work_folder
from grader.intake import Source
from grader.lab import ROOT, Lab
from grader.result import Result
from grader.text import number, one_line

PYTHON = "/usr/bin/python3"  # Debian's packages belong to it
EXIT_STORE = 74  # as in pytest_plugin
INFRA_TRIES = 2


def _die_with_parent() -> list[str]:
    """A command prefix: the command is killed when the process that started it is."""
    setpriv = which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


@dataclass(frozen=True)
class Plan:
    """What was asked for."""

    lab: Lab
    submissions: Path
    out: Path
    jobs: int = 1
    seed: str | None = None
    sandbox: str = "auto"
    only: tuple[str, ...] = ()
    again: bool = False
    park_after: float | None = None  # seconds; None: from lab.toml
    total_s: int | None = None
    kit: Path = ROOT / "build/kit"
    judges: Path = ROOT / "build/judge"
    confine: Path = ROOT / "build/confine"
    reference: Path = ROOT / "build/reference"
    with_reference: tuple[str, ...] = ()  # files of earlier labs
    only_handed_in: bool = False  # who has none of the lab's files has no result
    pytest_args: tuple[str, ...] = ()
    toolbox: str = ""


@dataclass
class Task:
    source: Source
    tries: int = 0
    parked: bool = False
    again: bool = False
    spent_s: float = 0.0


@dataclass
class Tally:
    done: int = 0
    skipped: int = 0
    absent: int = 0
    results: dict[str, Result] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    @property
    def ungraded(self) -> list[Result]:
        return [r for r in self.results.values() if not r.complete]


def say(text: str) -> None:
    print(text, flush=True)


class Grading:
    def __init__(self, plan: Plan, level: Any) -> None:
        self.plan, self.level, self.lab = plan, level, plan.lab
        self.version = version.lab_version(
            plan.lab, plan.kit, plan.judges, plan.reference
        )
        self.borrowed = earlier.lent(plan.lab, plan.with_reference)
        self.lock = threading.Lock()
        self.first: deque[Task] = deque()
        self.later: deque[Task] = deque()
        self.tally = Tally()
        self.total = self.width = 0
        self.trouble: GraderError | None = None
        self.stopping = False
        self.running: set[subprocess.Popen[bytes]] = set()
        self.work = Path()

    # ---- the queue ----

    def run(self, sources: list[Source]) -> Tally:
        self.first.extend(Task(s, again=self.plan.again) for s in sources)
        self.total = len(sources)
        self.width = max(len(one_line(s.student.name, 40)) for s in sources)
        with work_folder() as self.work:
            threads = [
                threading.Thread(target=self._worker, args=(slot,), daemon=True)
                for slot in range(max(1, min(self.plan.jobs, self.total)))
            ]
            for thread in threads:
                thread.start()
            try:
                for thread in threads:
                    while thread.is_alive():
                        thread.join(0.2)
            except BaseException:
                self._stop()
                for thread in threads:
                    thread.join(20)
                raise
        if self.trouble is not None:
            raise self.trouble
        return self.tally

    def _next(self) -> Task | None:
        with self.lock:
            if self.stopping:
                return None
            for queue in (self.first, self.later):
                if queue:
                    return queue.popleft()
            return None

    def _worker(self, slot: int) -> None:
        while (task := self._next()) is not None:
            try:
                self._grade(task, slot)
            except GraderError as error:
                self._give_up(error)
            except OSError as error:
                self._give_up(GraderError(f"grading cannot go on: {error}"))
            except Exception as error:  # a defect of ours must not look like an end
                self._give_up(GraderError(f"grading cannot go on: {error!r}"))

    def _give_up(self, error: GraderError) -> None:
        with self.lock:
            self.trouble = self.trouble or error
        self._stop()

    def _stop(self) -> None:
        with self.lock:
            self.stopping = True
            for process in self.running:
                process.send_signal(signal.SIGTERM)

    # ---- one submission ----

    def _grade(self, task: Task, slot: int) -> None:
        begun = time.monotonic()
        student = task.source.student
        path = self.plan.out / "results" / f"{student.file}.json"
        try:
            taken = intake.take(task.source, self.lab, self.borrowed)
        except OSError as error:
            fresh = self._blank(task, "")
            attempt = results.attempt(path, fresh, task.again)
            attempt.result.status = "infra-error"
            attempt.result.note = f"cannot read the submission: {error.strerror}"
            attempt.save()
            self._finished(task, attempt.result, begun)
            return
        if taken.absent and self.plan.only_handed_in:
            self._absent(task)
            return
        fresh = self._blank(task, taken.hash)
        stored = None if task.again else results.graded(path, fresh)
        if stored is not None:
            self._finished(task, stored, begun, skipped=True)
        elif taken.refusal is not None:
            attempt = results.attempt(path, fresh, task.again)
            attempt.result.settle(self.lab)
            attempt.result.status, attempt.result.note = "refused", taken.refusal
            attempt.save()
            self._finished(task, attempt.result, begun)
        else:
            self._run(task, slot, path, taken, fresh)
            self._after(task, path, fresh, begun)

    def _blank(self, task: Task, submission: str) -> Result:
        return version.blank(
            self.lab, task.source.student, submission, self.version, self.plan.seed
        )

    def _after(self, task: Task, path: Path, fresh: Result, begun: float) -> None:
        attempt = results.attempt(path, fresh)
        task.spent_s += time.monotonic() - begun
        task.again = False
        if self.stopping:
            return
        outcome = attempt.result
        if outcome.complete:
            self._finished(task, outcome, begun)
        elif outcome.note == "parked":
            task.parked = True
            self._put_off(task, "parked: it is slow, the others go first")
        elif outcome.status == "infra-error" and task.tries + 1 < INFRA_TRIES:
            task.tries += 1
            self._put_off(task, "failed through a fault of ours, is tried again")
        else:
            self._finished(task, outcome, begun)

    def _put_off(self, task: Task, why: str) -> None:
        with self.lock:
            self.later.append(task)
            say(f"[  ...  ] {one_line(task.source.student.name, 40)}: {why}")

    def _run(
        self, task: Task, slot: int, path: Path, taken: intake.Taken, fresh: Result
    ) -> None:
        folder = self.work / f"taken{slot}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        for name, data in {**taken.files, **taken.needs}.items():
            (folder / name).write_bytes(data)
        log = self.plan.out / "logs" / f"{task.source.student.file}.log"
        command = self._command(task, slot, path, folder, fresh)
        for name, why in taken.left.items():
            command.append(f"--with-reference={name}={why}")
        code = self._pytest(command, log)
        if code == EXIT_STORE:
            raise StoreError(log_sentence(log) or f"cannot write below {self.plan.out}")
        crashed = code not in (0, 1, 2, 5)
        attempt = results.attempt(path, fresh, again=task.again and crashed)
        if self.stopping or attempt.result.complete:
            return
        outcome = attempt.result
        partial = bool(self.plan.pytest_args) and code in (0, 1, 2, 5)
        if outcome.status == "pending" and outcome.note != "parked" and not partial:
            outcome.status = "infra-error"
            outcome.note = f"pytest ended with {code}; see {log}"
            attempt.save()
        elif outcome.status == "pending" and not outcome.note:
            outcome.note = "not all tests were run: the arguments after -- select some"
            attempt.save()

    def _command(
        self, task: Task, slot: int, path: Path, folder: Path, fresh: Result
    ) -> list[str]:
        plan = self.plan
        student = task.source.student
        command = [
            *_die_with_parent(),
            PYTHON,
            "-m",
            "pytest",
            "-c",
            os.devnull,
            f"--rootdir={ROOT}",
            "--noconftest",
            "-q",
            "--assert=plain",
            "-p",
            "no:cacheprovider",
            "-p",
            "grader.pytest_plugin",
            str(self.lab.path),
            f"--submission={folder}",
            f"--student={student.name}",
            f"--result={path}",
            f"--seed={fresh.seed}",
            f"--sandbox={self.level.name}",
            f"--sandbox-reason={self.level.reason}",
            f"--slot={slot}",
            f"--slots={max(1, plan.jobs)}",
            f"--work={self.work}",
            f"--kit={plan.kit}",
            f"--judges={plan.judges}",
            f"--confine={plan.confine}",
            f"--reference={plan.reference}",
            f"--lab-version={self.version}",
            f"--toolbox={plan.toolbox}",
        ]
        if task.again:
            command.append("--again")
        if plan.total_s is not None:
            command.append(f"--total-s={plan.total_s}")
        if not task.parked:
            patience = plan.park_after or self.lab.limits.park_s
            command.append(f"--park-after={patience}")
        if any(
            arg.startswith(("-n", "--numprocesses", "--dist", "--tx"))
            for arg in plan.pytest_args
        ):
            command += ["-p", "xdist"]
        return [*command, *plan.pytest_args]

    def _pytest(self, command: list[str], log: Path) -> int:
        limit = 2 * (self.plan.total_s or self.lab.limits.total_s) + 120
        environment = {
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "",
            "PYTHONPATH": str(ROOT),
        }
        with open(log, "wb") as file:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                cwd=ROOT,
                env=environment,
                start_new_session=True,
            )
        with self.lock:
            self.running.add(process)
            if self.stopping:
                process.send_signal(signal.SIGTERM)
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()
        finally:
            with self.lock:
                self.running.discard(process)

    # ---- progress ----

    def _absent(self, task: Task) -> None:
        with self.lock:
            self.tally.done += 1
            self.tally.absent += 1
            say(self._line(task.source.student.name, "-", "nothing of this lab"))

    def _line(self, name: str, verdict: str, rest: str) -> str:
        width = len(str(self.total))
        return (
            f"[{self.tally.done:{width}}/{self.total}] "
            f"{one_line(name, 40):{self.width}} {verdict:>9}  {rest}"
        )

    def _finished(
        self, task: Task, outcome: Result, begun: float, skipped: bool = False
    ) -> None:
        seconds = task.spent_s or time.monotonic() - begun
        with self.lock:
            tally = self.tally
            tally.done += 1
            tally.results[outcome.student.file] = outcome
            if skipped:
                tally.skipped += 1
            else:
                tally.seconds.append(seconds)
            took = "stored" if skipped else f"{seconds:5.1f} s"
            say(
                self._line(
                    outcome.student.name, verdict_of(outcome), took + remark(outcome)
                )
            )


def verdict_of(outcome: Result) -> str:
    if outcome.complete:
        return f"{number(outcome.score)}/{number(outcome.max)}"
    return "no grade"


def remark(outcome: Result) -> str:
    if outcome.status == "refused":
        return f"  refused: {one_line(outcome.note, 90)}"
    if outcome.status == "infra-error":
        return f"  fault of ours: {one_line(outcome.note, 120)}"
    if outcome.status == "pending":
        return f"  {one_line(outcome.note, 120)}"
    if outcome.build is not None and outcome.build.status != "ok":
        return "  does not build"
    lent = [need.file for need in outcome.needs if need.log]
    return f"  with the reference's {', '.join(lent)}" if lent else ""


def log_sentence(log: Path) -> str:
    """The sentence with which the plugin left ('!!! _pytest...Exit: SENTENCE !!!')."""
    text = log.read_text("utf-8", "replace")
    found = [line.strip("! ") for line in text.splitlines() if "Exit: " in line]
    return found[-1].partition("Exit: ")[2] if found else ""


def chosen(sources: list[Source], only: Sequence[str]) -> list[Source]:
    if not only:
        return sources
    found = [
        s
        for s in sources
        if only and (s.student.name in only or s.student.file in only)
    ]
    names = {s.student.name for s in found} | {s.student.file for s in found}
    for name in only:
        if name not in names:
            raise GraderError(f"--only {name}: there is no submission of that name")
    return found


def check_tools(plan: Plan) -> None:
    for suite in labs.SUITES:
        judge = labs.judge_path(plan.judges, plan.lab, suite)
        if plan.lab.of(suite) and not os.access(judge, os.X_OK):
            raise GraderError(f"there is no judge {judge}; make it with 'make judges'")
    if not plan.kit.is_dir():
        raise GraderError(f"there is no kit at {plan.kit}; make it with 'make kit'")
    earlier.check(plan.lab, plan.reference)


def grade(plan: Plan, sources: list[Source] | None = None) -> Tally:
    """Grade what is not graded yet. Raises GraderError when it cannot go on."""
    check_tools(plan)
    if sources is None:
        sources = chosen(intake.find(plan.submissions), plan.only)
    sandbox = importlib.import_module(plan.toolbox or "grader.sandbox")
    with out_folder(plan.out):
        level = sandbox.detect(plan.confine, plan.sandbox)
        grading = Grading(plan, level)
        say(
            f"{plan.lab.label}: {len(sources)} submissions, "
            f"sandbox {level.name}"
            + (f" ({one_line(level.reason)})" if level.reason else "")
            + f", seed {grading._blank(Task(sources[0]), '').seed}"
        )
        if level.name == "none":
            say(
                "Warning: student code runs without a sandbox. Grade only code that "
                "you trust, or use a machine with bubblewrap."
            )
        return grading.run(sources)


def summary(tally: Tally) -> Iterator[str]:
    graded = [r for r in tally.results.values() if r.complete]
    yield (
        f"Graded {len(graded)} of {len(tally.results)} submissions"
        + (f", {tally.skipped} of them before" if tally.skipped else "")
        + "."
        + (f" {tally.absent} hold nothing of this lab." if tally.absent else "")
    )
    if tally.ungraded:
        faults = [r.student.name for r in tally.ungraded]
        yield (
            f"Without a grade: {len(faults)} ("
            + ", ".join(one_line(n, 40) for n in faults[:10])
            + (", ..." if len(faults) > 10 else "")
            + "). The same command tries them again."
        )
    if graded:
        mean = sum(r.score for r in graded) / len(graded)
        yield f"Mean score {mean:.1f} of {number(graded[0].max)}."
    if tally.seconds:
        yield f"Median time {median(tally.seconds):.1f} s a submission."


def default_jobs() -> int:
    return max(1, len(os.sched_getaffinity(0)))


if sys.version_info < (3, 11):
    raise GraderError("the grader needs Python 3.11; start it with /usr/bin/python3")
