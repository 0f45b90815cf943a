"""Every attack of the corpus is graded, and the reference right after it.

Twice: as the grader works, and once more without the kit's rules on symbols and in
the reduced sandbox, since rules are hygiene and a second way in is always found.
(There, and in all labs but the first, the reference follows after every sixth attack
and after the last one, to save time.)
An attack must gain nothing, see nothing, and change no other grade.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader import lab as labs
from grader import run
from grader.errors import GraderError
from grader.lab import ROOT
from grader.result import Result, everything
from grader.sandbox import detect

HERE = Path(__file__).resolve().parent
CORPUS = ROOT / "tests/attacks"
KIT, JUDGES = ROOT / "build/kit", ROOT / "build/judge"
REFERENCE = ROOT / "build/reference"
LABS = {lab.id: lab for lab in labs.every()}
ESCAPED = Path("/tmp/dynamo-escaped")  # what the archives try to write
RULES_END = "    exit 2\n"
EVERY = 12  # one test in so many is enough to be attacked
SELDOM = 6  # so many attacks from one reference to the next


@dataclass(frozen=True)
class Attack:
    name: str
    lab: str
    # "refused", "rule", "compile-error" or "zero"; "nothing" is zero, or a
    # compile error where the folder that it looks into is closed to it
    expect: str
    score_max: float
    archive: str

    def make(self, out: Path) -> None:
        done = subprocess.run(
            ["/usr/bin/python3", "make.py", str(out)],
            cwd=CORPUS / self.name,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr


def read(path: Path) -> Attack:
    table = tomllib.loads(path.read_text("utf-8"))
    assert set(table) - {"example", "file"} == {
        "story",
        "lab",
        "expect",
        "score_max",
        "archive",
    }
    return Attack(
        path.parent.name,
        table["lab"],
        table["expect"],
        table["score_max"],
        table["archive"],
    )


def name_of(attack: Attack) -> str:
    return attack.name


ATTACKS = [read(path) for path in sorted(CORPUS.glob("*/attack.toml"))]
RUN = ("zero", "nothing", "rule")
RUNNING = [attack for attack in ATTACKS if attack.expect in RUN]
# Each grading takes minutes: one worker does it, and has the tests that need it.
BOTH = [
    pytest.param(name, marks=pytest.mark.xdist_group(name))
    for name in ("graded", "without_rules")
]


@pytest.fixture(scope="module")
def short_labs(folder: Path) -> list[labs.Lab]:
    """The labs with a few of their tests, and with little patience."""
    return [shortened(lab, folder) for lab in LABS.values()]


def shortened(lab: labs.Lab, folder: Path) -> labs.Lab:
    head, *tests = lab.path.read_text("utf-8").split("[[test]]")
    chosen = tests[::EVERY]
    text = "[[test]]".join([re.sub(r"hang_s\s*=\s*\d+", "hang_s = 6", head), *chosen])
    short = folder / lab.id / "lab.toml"
    short.parent.mkdir()
    short.write_text(text, "utf-8")
    return labs.load(short)


@dataclass(frozen=True)
class Graded:
    attacks: dict[str, Result]
    references: list[Result]


def of(lab: labs.Lab, attacks: list[Attack]) -> list[Attack]:
    return [attack for attack in attacks if attack.lab == lab.id]


def merged(each: Iterable[Graded]) -> Graded:
    attacks: dict[str, Result] = {}
    references: list[Result] = []
    for one in each:
        attacks |= one.attacks
        references += one.references
    return Graded(attacks, references)


def grade(
    folder: Path,
    confine: Path,
    lab: labs.Lab,
    attacks: list[Attack],
    rhythm: int,
    kit: Path = KIT,
    sandbox: str = "auto",
) -> Graded:
    if not (JUDGES / f"{lab.id}-hidden").exists() or not (ROOT / "solution").exists():
        pytest.skip("there are no judges; run make kit judges")
    grading = Path(tempfile.mkdtemp(dir=folder))
    submissions = grading / "submissions"
    submissions.mkdir()
    for number, attack in enumerate(attacks):
        attack.make(submissions / f"{number:02}a-{attack.name}{attack.archive}")
        if number % rhythm == rhythm - 1 or number == len(attacks) - 1:
            reference = submissions / f"{number:02}b-reference"
            reference.mkdir()
            for file in lab.files:
                shutil.copy(ROOT / "solution" / file, reference)
    plan = run.Plan(
        lab=lab,
        submissions=submissions,
        out=grading / "out",
        jobs=os.cpu_count() or 1,
        judges=JUDGES,
        kit=kit,
        confine=confine,
        reference=REFERENCE,
        sandbox=sandbox,
        park_after=1000.0,
        total_s=60,
    )
    run.grade(plan)
    results = {r.student.name: r for r, _ in everything(grading / "out")}
    found = {name[4:]: r for name, r in results.items() if name[2:4] == "a-"}
    assert set(found) == {attack.name for attack in attacks}
    references = [r for name, r in sorted(results.items()) if name[2:4] == "b-"]
    assert len(references) == -(-len(attacks) // rhythm)
    return Graded(found, references)


@pytest.fixture(scope="module")
def graded(folder: Path, confine: Path, short_labs: list[labs.Lab]) -> Graded:
    return merged(
        grade(folder, confine, lab, of(lab, ATTACKS), 1 if lab.id == "lab1" else SELDOM)
        for lab in short_labs
    )


@pytest.fixture(scope="module")
def without_rules(folder: Path, confine: Path, short_labs: list[labs.Lab]) -> Graded:
    try:
        detect(confine, "reduced")
    except GraderError as error:
        pytest.skip(str(error))
    kit = folder / "kit-without-rules"
    shutil.copytree(KIT, kit)
    script = kit / "build-host.sh"
    text = script.read_text("utf-8")
    assert text.count(RULES_END) == 1, "build-host.sh changed; change RULES_END"
    script.write_text(text.replace(RULES_END, ""), "utf-8")
    return merged(
        grade(
            folder, confine, lab, of(lab, RUNNING), SELDOM, kit=kit, sandbox="reduced"
        )
        for lab in short_labs
    )


def test_the_corpus_is_large_and_well_formed() -> None:
    assert len(ATTACKS) >= 24
    for lab in LABS.values():
        assert len(of(lab, ATTACKS)) >= 9, f"{lab.id} has too few attacks of its own"
    for attack in ATTACKS:
        assert attack.lab in LABS
        assert attack.expect in ("refused", "compile-error", *RUN)
        assert attack.archive in ("", ".zip", ".tar.gz")
        assert (CORPUS / attack.name / "make.py").is_file()


@pytest.mark.xdist_group("graded")
@pytest.mark.parametrize("attack", ATTACKS, ids=name_of)
def test_an_attack_gains_nothing(graded: Graded, attack: Attack) -> None:
    result = graded.attacks[attack.name]
    assert result.complete, result.note
    assert result.score <= attack.score_max
    if attack.expect == "refused":
        assert result.status == "refused" and result.note
        return
    assert result.status == "graded" and result.build is not None
    built = {"rule": ["refused"], "zero": ["ok"], "nothing": ["ok", "compile-error"]}
    status = result.build.status
    assert status in built.get(attack.expect, [attack.expect]), result.build.log
    assert status == "ok" or result.build.log


@pytest.mark.xdist_group("without_rules")
@pytest.mark.parametrize("attack", RUNNING, ids=name_of)
def test_it_gains_nothing_without_rules_in_the_reduced_sandbox(
    without_rules: Graded, attack: Attack
) -> None:
    result = without_rules.attacks[attack.name]
    assert result.complete, result.note
    assert result.level == "reduced"
    assert result.score <= attack.score_max


@pytest.mark.parametrize("name", BOTH)
def test_the_reference_after_each_attack_has_all_points(
    request: pytest.FixtureRequest, name: str
) -> None:
    results: Graded = request.getfixturevalue(name)
    for result in results.references:
        failed = [test for test in result.tests if not test.passed]
        assert (result.student.name, failed) == (result.student.name, [])
        assert result.score == result.max > 0


def secrets() -> list[str]:
    """Lines that stand only in the solution or in the hidden tests."""
    public = "".join(
        path.read_text("utf-8")
        for path in [*ROOT.glob("starter/*.c"), *ROOT.glob("tests/*/*public_test.cc")]
    )
    lines = [
        line.strip()
        for path in [*ROOT.glob("solution/*.c"), *ROOT.glob("tests/*/*hidden_test.cc")]
        for line in path.read_text("utf-8").splitlines()
    ]
    return [line for line in lines if len(line) > 40 and line not in public]


@pytest.mark.parametrize("name", BOTH)
def test_no_attack_sees_what_is_secret(
    request: pytest.FixtureRequest, name: str
) -> None:
    results: Graded = request.getfixturevalue(name)
    lines = secrets()
    assert len(lines) > 20
    for attack, result in results.attacks.items():
        log = result.build.log if result.build else ""
        text = "\n".join([result.note, log, *(t.message for t in result.tests)])
        assert [attack, *(line for line in lines if line in text)] == [attack]


def our_processes() -> list[str]:
    """The command lines of what our gradings have started and is still there."""
    ours = f"dynamo-grade-{os.getpid()}-".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended meanwhile
            line = path.read_bytes()
            if ours in line:
                found.append(line.decode(errors="replace"))
    return found


@pytest.mark.parametrize("name", BOTH)
def test_nothing_is_left_behind(request: pytest.FixtureRequest, name: str) -> None:
    request.getfixturevalue(name)
    assert not ESCAPED.exists()
    assert our_processes() == []
