"""The canonical result of one submission: one JSON file, the source of all outputs.

    {
      "schema": 1,
      "lab": "lab1",
      "student": {"name", "file", "id", "login", "email"},
      "submission": "sha256 over the files taken",
      "grader": "version and a hash over the code that can change a grade",
      "lab_version": "sha256 over lab.toml, the judges and the kit",
      "seed": "0x...",
      "sandbox": {"level": "full"|"reduced"|"none", "reason": "..."},
      "status": "graded"      every test has a verdict: this is a grade
              | "refused"     nothing could be taken; a grade of 0 that says why
              | "pending"     not finished yet (interrupted, parked, selected tests)
              | "infra-error" not finished through a fault of ours: tried again
      "complete": true when status is graded or refused,
      "note": "why it was refused, is pending or failed",
      "build": {"status": "ok"|"compile-error"|"refused"|"infra-error",
                "log": "...", "ms": 812} or null,
      "needs": [{"file": "ring.c", "whose": "own"|"reference",
                 "why": "why it is not the student's own", "log": "..."}],
                                            the files of earlier labs
      "tests": [{"name", "part", "suite", "points", "max",
                 "verdict": "passed"|"failed"|"infra-error",
                 "kind": "" | the judge's kinds | "build" (it did not build)
                       | "time" (the submission's total time was up),
                 "message", "ms"}],          in the order of lab.toml
      "score": points so far, "max": points of the lab,
      "spent_ms": time used by its build and tests,
      "graded_at": "2024-01-31T12:00:00+00:00",
      "history": [earlier complete grades, oldest first, in short:
                  {"submission", "grader", "lab_version", "seed", "graded_at",
                   "score", "max", "tests": {name: points}}]
    }

A file is replaced whole or not at all. Beside NAME.json, the grade that counts, a
newer attempt grows in NAME.next.json; it takes the other's place only when it is
complete. So a fault of ours never lowers or replaces a grade.
"""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from grader.errors import GraderError, StoreError
from grader.intake import Student
from grader.lab import Lab
from grader.text import cut, storable

SCHEMA = 1
HISTORY_MAX = 50


@dataclass
class TestResult:
    name: str
    part: str
    suite: str
    points: float
    max: float
    verdict: str
    kind: str = ""
    message: str = ""
    ms: int = 0

    __test__ = False

    @property
    def passed(self) -> bool:
        return self.verdict == "passed"


@dataclass
class Build:
    status: str
    log: str = ""
    ms: int = 0


@dataclass
class Need:
    """A file of an earlier lab that the host was built with, and whose it was."""

    file: str
    whose: str
    why: str = ""
    log: str = ""  # what the build said of the student's own


@dataclass
class Result:
    lab: str
    student: Student
    submission: str
    grader: str
    lab_version: str
    seed: str
    max: float
    level: str = ""
    reason: str = ""
    status: str = "pending"
    note: str = ""
    build: Build | None = None
    needs: list[Need] = field(default_factory=list)
    tests: list[TestResult] = field(default_factory=list)
    spent_ms: int = 0
    graded_at: str = ""
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return self.status in ("graded", "refused")

    @property
    def score(self) -> float:
        return sum(test.points for test in self.tests)

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """Two results with one key are of the same grading."""
        return (self.lab, self.submission, self.grader, self.lab_version, self.seed)

    def test(self, name: str) -> TestResult | None:
        return next((test for test in self.tests if test.name == name), None)

    def add(self, test: TestResult, lab: Lab) -> None:
        order = {t.name: i for i, t in enumerate(lab.tests)}
        kept = [t for t in self.tests if t.name != test.name]
        test.message = cut(storable(test.message))
        self.tests = sorted([*kept, test], key=lambda t: order.get(t.name, 0))

    def settle(self, lab: Lab, note: str = "") -> None:
        """Set the status from what is there."""
        verdicts = {test.name: test.verdict for test in self.tests}
        if "infra-error" in verdicts.values() or (
            self.build is not None and self.build.status == "infra-error"
        ):
            self.status = "infra-error"
            self.note = note or next(
                (t.message for t in self.tests if t.verdict == "infra-error"),
                self.build.log if self.build else "",
            )
        elif all(test.name in verdicts for test in lab.tests):
            self.status, self.note = "graded", ""
        else:
            self.status, self.note = "pending", note
        self.graded_at = datetime.now(timezone.utc).isoformat(timespec="seconds")

    def summary(self) -> dict[str, Any]:
        return {
            "submission": self.submission,
            "grader": self.grader,
            "lab_version": self.lab_version,
            "seed": self.seed,
            "graded_at": self.graded_at,
            "score": self.score,
            "max": self.max,
            "tests": {test.name: test.points for test in self.tests},
        }

    def json(self) -> dict[str, Any]:
        table = asdict(self)
        table["sandbox"] = {"level": table.pop("level"), "reason": table.pop("reason")}
        table.update(schema=SCHEMA, complete=self.complete, score=self.score)
        order = (
            "schema",
            "lab",
            "student",
            "status",
            "complete",
            "score",
            "max",
            "note",
            "submission",
            "grader",
            "lab_version",
            "seed",
            "sandbox",
            "build",
            "needs",
            "tests",
            "spent_ms",
            "graded_at",
            "history",
        )
        return {key: table[key] for key in order}


def parse(table: Any, where: Path) -> Result:
    try:
        if table["schema"] != SCHEMA:
            raise GraderError(
                f"{where} is a result of schema {table['schema']!r}, "
                f"not {SCHEMA}; grade into another folder"
            )
        plain = {
            key: table[key]
            for key in (
                "lab",
                "submission",
                "grader",
                "lab_version",
                "seed",
                "max",
                "status",
                "note",
                "spent_ms",
                "graded_at",
                "history",
            )
        }
        return Result(
            **plain,
            student=Student(**table["student"]),
            **table["sandbox"],
            build=Build(**table["build"]) if table["build"] else None,
            needs=[Need(**need) for need in table.get("needs", [])],
            tests=[TestResult(**test) for test in table["tests"]],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise GraderError(
            f"{where} is not a result ({error!r}); " "move it away and grade again"
        ) from None


def load(path: Path) -> Result | None:
    """The result stored at a path; None when there is none."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from None
    try:
        return parse(json.loads(data), path)
    except (ValueError, RecursionError):
        raise GraderError(f"{path} is not JSON; move it away and grade again") from None


def write_whole(path: Path, data: bytes, last: bool = True) -> None:
    """Replace a file with these bytes, whole or not at all.

    Of a file that is soon replaced again (not `last`) a power cut may bring back
    the version before, which is whole too."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        if last:
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        try:
            temporary.unlink(missing_ok=True)
        except OSError:
            pass
        raise StoreError(
            f"cannot write {path}: {error.strerror}; what was stored "
            "before is unharmed, make room and run the same command "
            "again"
        ) from None


# ---- the grade that counts, and the attempt that grows beside it ----


def next_path(path: Path) -> Path:
    return path.with_suffix(".next.json")


def graded(path: Path, fresh: Result) -> Result | None:
    """The stored grade of the same grading, unless a newer attempt is pending."""
    current = load(path)
    if current is None or not current.complete or current.key != fresh.key:
        return None
    attempt = load(next_path(path))
    return None if attempt is not None and attempt.key == fresh.key else current


@dataclass
class Attempt:
    """A result that is being made, and where it is stored."""

    path: Path
    result: Result
    beside: bool  # a complete grade of another grading stays until this is one

    def save(self) -> None:
        data = (json.dumps(self.result.json(), indent=1) + "\n").encode("ascii")
        if self.beside and not self.result.complete:
            write_whole(next_path(self.path), data, last=False)
            return
        write_whole(self.path, data, last=self.result.complete)
        if self.beside:
            next_path(self.path).unlink(missing_ok=True)
            self.beside = False


def attempt(path: Path, fresh: Result, again: bool = False) -> Attempt:
    """Go on with a stored attempt of the same grading, or begin this one."""
    current, growing = load(path), load(next_path(path))
    beside = current is not None and current.complete
    if not again:
        if growing is not None and growing.key == fresh.key:
            return Attempt(path, growing, beside)
        if current is not None and current.key == fresh.key:
            return Attempt(path, current, False)
    history: list[dict[str, Any]] = []
    if current is not None:
        history = current.history + ([current.summary()] if current.complete else [])
    return Attempt(path, replace(fresh, history=history[-HISTORY_MAX:]), beside)


def everything(out: Path) -> list[tuple[Result, Result | None]]:
    """Each student's result, and the unfinished newer attempt if there is one."""
    folder = out / "results"
    if not folder.is_dir():
        raise GraderError(
            f"{out} holds no results; make them with " "'python3 -m grader grade'"
        )
    pairs: list[tuple[Result, Result | None]] = []
    for path in sorted(folder.glob("*.json")):
        if path.name.startswith(".") or path.name.endswith(".next.json"):
            continue
        result = load(path)
        if result is not None:
            pairs.append((result, load(next_path(path))))
    return pairs
