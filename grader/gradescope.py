"""Gradescope's results.json, its run_autograder and its zip.

Where the grading failed through a fault of ours no results.json is written:
Gradescope then reports a failed autograder instead of storing a wrong score.
"""

import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any, Sequence

from grader.course import Row
from grader.errors import GraderError
from grader.intake import Source, Student, safe_name
from grader.lab import ROOT, Lab
from grader.result import write_whole
from grader.studentview import NOT_RUN, Shown, view
from grader.text import OUTPUT_MAX, cut, one_line


def results_json(row: Row) -> dict[str, Any]:
    """A student's results in Gradescope's format, with what a student may see."""
    if not row.complete:
        raise GraderError(
            f"{one_line(row.student.name)} has no complete grade; "
            "grade again before exporting"
        )
    several = len(row.entries) > 1
    tests: list[dict[str, Any]] = []
    output: list[str] = []
    for entry in row.entries:
        before = f"{entry.lab.label}\n" if several else ""
        if entry.result is None:
            output.append(f"{before}Nothing of this lab was handed in.")
            continue
        seen = view(entry.result, entry.lab)
        said = [seen.note] if seen.note else []
        said += [f"{n.sentence}\n{n.log}".strip() for n in seen.needs]
        said += [f"Build log:\n{seen.build_log}"] if seen.build_log else []
        if said:
            output.append(before + "\n\n".join(said))
        prefix = f"{entry.lab.id.removeprefix('lab')}." if several else ""
        tests += [_test(test, prefix) for test in seen.tests]
    table: dict[str, Any] = {
        "score": row.score,
        "execution_time": round(sum(r.spent_ms for r in row.results) / 1000),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": _extra(row),
        "tests": tests,
    }
    if output:
        table["output"] = cut("\n\n".join(output), OUTPUT_MAX)
    return table


def _extra(row: Row) -> Any:
    """What was graded, and with what: of each lab."""
    each: list[Any] = [
        {
            "lab": result.lab,
            "lab_version": result.lab_version,
            "grader": result.grader,
            "submission": result.submission,
            "sandbox": result.level,
        }
        for result in row.results
    ]
    return each[0] if len(row.entries) == 1 else {"labs": each}


def _test(test: Shown, prefix: str) -> dict[str, Any]:
    table: dict[str, Any] = {
        "name": test.name,
        "number": prefix + test.number,
        "score": test.points,
        "max_score": test.max,
        "visibility": "visible",
        "tags": [f"part {test.part}", "hidden" if test.hidden else "public"],
    }
    if test.status != NOT_RUN:
        table["status"] = test.status
        table["output"] = cut(test.message, OUTPUT_MAX)
    else:
        table["output"] = "Not run."
    return table


def dump(table: dict[str, Any]) -> bytes:
    return (json.dumps(table, indent=1) + "\n").encode("ascii")


# ---- run_autograder ----


def submission(folder: Path) -> Source:
    """The one submission at /autograder, whose it is from its metadata."""
    student = Student("submission", "submission")
    try:
        users = json.loads((folder / "submission_metadata.json").read_bytes())["users"]
        name = " and ".join(str(user["name"]) for user in users) or "submission"
        email = str(users[0].get("email") or "")
        student = Student(
            name, safe_name(name), str(users[0].get("id") or ""), email, email
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        pass  # the name is only for the log
    place = folder / "submission"
    if not place.is_dir():
        raise GraderError(
            f"there is no {place}; this command is for Gradescope's " "machines"
        )
    return Source(student, place)


def write_results(row: Row, folder: Path) -> None:
    target = folder / "results"
    target.mkdir(parents=True, exist_ok=True)
    write_whole(target / "results.json", dump(results_json(row)))


# ---- the zip ----

SETUP = """#!/bin/sh
# Runs once, as root, when Gradescope builds the image (choose Debian 12 or a
# base image with gcc 12 or later): installs the packages and builds the judges.
set -eu
cd /autograder/source
export DEBIAN_FRONTEND=noninteractive
apt-get update
sed -n '/^\\[student\\]/,/^\\[/ { /^[a-z]/p }' labs/packages.txt |
    xargs apt-get install -y --no-install-recommends python3 python3-pytest \\
        python3-yaml bubblewrap
mkdir -p solution # with it the Makefile has the instructors' targets
make kit judges reference build/confine
# Student code never needs the sources of the tests, nor of what is lent.
rm -rf tests solution
chmod -R go-rwx build/judge build/reference
"""

RUN = """#!/bin/sh
# Gradescope calls this for each submission, in /autograder, as root.
cd /autograder/source &&
exec /usr/bin/python3 -m grader gradescope-run --lab '{labs}' --folder /autograder
"""

# What the machine needs to build the judges and to grade; of the solution only the
# files of earlier labs, which are lent to those who have none.
_TAKEN = ("Makefile", "labs", "tests/harness", "tests/check", "grader")
_LEFT = ("__pycache__", "tests/__pycache__", ".mypy_cache", ".pytest_cache")


def files_of_package(labs: Sequence[Lab], root: Path = ROOT) -> list[Path]:
    found: list[Path] = []
    needs = sorted({name for lab in labs for name in lab.needs})
    slugs = {lab.slug for lab in labs}
    folders = [path.parent for path in root.glob("labs/*/lab.toml")]
    others = [folder for folder in folders if folder.name not in slugs]
    for name in (
        *_TAKEN,
        *(f"tests/{lab.slug}" for lab in labs),
        *(f"solution/{name}" for name in needs),
    ):
        path = root / name
        if path.is_file():
            found.append(path)
        found += sorted(
            p
            for p in path.rglob("*")
            if p.is_file()
            and not any(part in _LEFT for part in p.parts)
            and (root / "grader/tests") not in p.parents
            and not any(other in p.parents for other in others)
        )
    return found


def package(labs: Sequence[Lab], out: Path, root: Path = ROOT) -> int:
    """Write the autograder's zip; the number of files in it."""
    files = files_of_package(labs, root)
    if not any(p.name == "Makefile" for p in files):
        raise GraderError(
            f"{root} is not a whole clone of the course kit; package " "from a clone"
        )
    temporary = out.with_name(f".{out.name}.new")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            _add(archive, "setup.sh", SETUP.encode(), 0o755)
            names = ",".join(lab.id for lab in labs)
            _add(archive, "run_autograder", RUN.format(labs=names).encode(), 0o755)
            for path in files:
                mode = 0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644
                _add(archive, str(path.relative_to(root)), path.read_bytes(), mode)
        os.replace(temporary, out)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise GraderError(f"cannot write {out}: {error.strerror}") from None
    return len(files) + 2


def _add(archive: zipfile.ZipFile, name: str, data: bytes, mode: int) -> None:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same zip every time
    info.external_attr = (stat.S_IFREG | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)
