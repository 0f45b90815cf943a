"""Versions and seeds: what must be equal for two gradings to be the same one."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Iterable

from grader import __version__
from grader.earlier import reference_object
from grader.errors import GraderError
from grader.intake import Student
from grader.lab import ROOT, SUITES, Lab, judge_path
from grader.result import Result

# Code that cannot change a grade; all other code of the grader can.
_OUTSIDE = {
    "cli.py",
    "course.py",
    "diff.py",
    "examples.py",
    "gradebook.py",
    "gradescope.py",
    "junit.py",
    "report.py",
    "run.py",
    "folders.py",
    "studentview.py",
    "__init__.py",
    "__main__.py",
}


def _hash_files(paths: Iterable[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for name, path in paths:
        try:
            with open(path, "rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise GraderError(
                f"cannot read {path} ({error.strerror}); make it with "
                "'make kit judges reference'"
            ) from None
        digest.update(f"{name}\0{content}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


@cache
def grader_version() -> str:
    """The version, and a hash over the code that can change a grade."""
    here = ROOT / "grader"
    files = [path for path in sorted(here.glob("*.py")) if path.name not in _OUTSIDE]
    files += sorted(here.glob("confine/*.[ch]"))
    code = _hash_files((str(path.relative_to(here)), path) for path in files)
    return f"{__version__}+{code[:12]}"


def lab_version(lab: Lab, kit: Path, judges: Path, reference: Path) -> str:
    """A hash over everything of the lab that can change a grade."""
    if not kit.is_dir():
        raise GraderError(f"there is no kit at {kit}; make it with 'make kit'")
    files = [("lab.toml", lab.path)]
    files += [
        (suite, judge_path(judges, lab, suite)) for suite in SUITES if lab.of(suite)
    ]
    files += [(f"reference/{n}", reference_object(reference, n)) for n in lab.needs]
    files += [
        (f"kit/{path.relative_to(kit)}", path)
        for path in sorted(kit.rglob("*"))
        if path.is_file()
    ]
    return _hash_files(files)


def default_seed(lab: Lab, version: str) -> str:
    """The same for every student of a grading, and not to be known before it."""
    digest = hashlib.sha256(f"{lab.id} {version}".encode()).digest()
    return f"0x{int.from_bytes(digest[:8], 'big'):016x}"


def blank(
    lab: Lab, student: Student, submission: str, version: str, seed: str | None = None
) -> Result:
    return Result(
        lab=lab.id,
        student=student,
        submission=submission,
        grader=grader_version(),
        lab_version=version,
        seed=seed or default_seed(lab, version),
        max=lab.points,
    )


def normal_seed(text: str) -> str:
    try:
        value = int(text, 0)
        if not 0 <= value < 1 << 64:
            raise ValueError
    except ValueError:
        raise GraderError(
            f"--seed={text}: a seed is a number of at most 64 bits, " "such as 0x1f"
        ) from None
    return f"0x{value:016x}"
