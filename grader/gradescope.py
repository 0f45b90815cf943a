"""Gradescope's results.json, its run_autograder and its zip.

Where the grading failed through a fault of ours no results.json is written:
Gradescope then reports a failed autograder instead of storing a wrong score.
"""

import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

from grader.errors import GraderError
from grader.intake import Source, Student, safe_name
from grader.lab import ROOT, Lab
from grader.result import Result, write_whole
from grader.studentview import NOT_RUN, Shown, view
from grader.text import OUTPUT_MAX, cut, one_line


def results_json(result: Result, lab: Lab) -> dict[str, Any]:
    """One result in Gradescope's format, with what a student may see."""
    if not result.complete:
        raise GraderError(
            f"{one_line(result.student.name)} has no complete grade; "
            "grade again before exporting"
        )
    seen = view(result, lab)
    output = seen.note
    if seen.build_log:
        output = f"{output}\n\nBuild log:\n{seen.build_log}".strip()
    table: dict[str, Any] = {
        "score": result.score,
        "execution_time": round(result.spent_ms / 1000),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {
            "lab": result.lab,
            "lab_version": result.lab_version,
            "grader": result.grader,
            "submission": result.submission,
            "sandbox": result.level,
        },
        "tests": [_test(test) for test in seen.tests],
    }
    if output:
        table["output"] = cut(output, OUTPUT_MAX)
    return table


def _test(test: Shown) -> dict[str, Any]:
    table: dict[str, Any] = {
        "name": test.name,
        "number": test.number,
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


def write_results(result: Result, lab: Lab, folder: Path) -> None:
    target = folder / "results"
    target.mkdir(parents=True, exist_ok=True)
    write_whole(target / "results.json", dump(results_json(result, lab)))


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
mkdir -p solution # stays empty; with it the Makefile has the instructors' targets
make kit judges build/confine
# Student code never needs the sources of the tests.
rm -rf tests
chmod -R go-rwx build/judge
"""

RUN = """#!/bin/sh
# Gradescope calls this for each submission, in /autograder, as root.
cd /autograder/source &&
exec /usr/bin/python3 -m grader gradescope-run --lab '{lab}' --folder /autograder
"""

# What the machine needs to build the judges and to grade; no solution.
_TAKEN = ("Makefile", "labs", "tests/harness", "tests/check", "tests/{slug}", "grader")
_LEFT = ("__pycache__", "tests/__pycache__", ".mypy_cache", ".pytest_cache")


def files_of_package(lab: Lab, root: Path = ROOT) -> list[Path]:
    found: list[Path] = []
    for name in _TAKEN:
        path = root / name.format(slug=lab.slug)
        if path.is_file():
            found.append(path)
        found += sorted(
            p
            for p in path.rglob("*")
            if p.is_file()
            and not any(part in _LEFT for part in p.parts)
            and (root / "grader/tests") not in p.parents
        )
    return found


def package(lab: Lab, out: Path, root: Path = ROOT) -> int:
    """Write the autograder's zip; the number of files in it."""
    files = files_of_package(lab, root)
    if not any(p.name == "Makefile" for p in files):
        raise GraderError(
            f"{root} is not a whole clone of the course kit; package " "from a clone"
        )
    temporary = out.with_name(f".{out.name}.new")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            _add(archive, "setup.sh", SETUP.encode(), 0o755)
            _add(archive, "run_autograder", RUN.format(lab=lab.id).encode(), 0o755)
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
