"""The package that a student unpacks: dynamo-LAB.tar.gz.

What goes in is the list below and nothing else. A file in one of the covered
folders that is on neither list stops the build, so that nobody hands out, or
forgets, a file by adding it.
"""

from __future__ import annotations

import gzip
import io
import html
import json
import os
import platform
import re
import tarfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from source import HandoutError, LabText, readme

# Patterns of paths from the repository's root; {slug} and {lab} are the lab's.
# A * does not cross a folder.
HANDED_OUT = [
    "Makefile",
    "LICENSE",
    ".clang-format",
    "labs/packages.txt",
    "labs/*.sh",
    "labs/help.awk",
    "labs/base/*.[ch]",
    "labs/host/*",
    "labs/include/dynamo/*.h",
    "labs/include/dynamo/message.def",
    "labs/wire/*.[ch]",
    "labs/env/*.[ch]",
    "labs/store/*.[ch]",
    "labs/trace/*",
    "labs/{slug}/*.c",
    "starter/{file}",
    "tests/harness/*.cc",
    "tests/harness/*.h",
    "tests/harness/world/*",
    "tests/nemesis/*.nemesis",
    "tests/check/*.cc",
    "tests/check/*.h",
    "tests/{slug}/*public_test.cc",
    "tests/{slug}/*hunts_test.cc",
    "tests/{slug}/*_model.cc",
    "tests/{slug}/*_model.h",
    "tests/{slug}/student_*.cc",
    "tests/{slug}/student_*.h",
    "tests/{slug}/figures_*.cc",
    "tests/{slug}/figures_*.h",
    "handouts/figures/drawing.py",
    "handouts/figures/page.css",
    "handouts/figures/draw_{lab}*.py",
    "handouts/figures/{lab}_curves*.py",
    "handouts/figures/{lab}-page*.html",
]
# Not copied but made: README.md, labs/{slug}/lab.toml, handouts/{lab}.html, .pdf,
# and labs/reference/MACHINE/FILE.o of each file that the lab needs of earlier ones.

# In the covered folders, and kept back, or made in another way.
KEPT = [
    "labs/starter.awk",
    "labs/{slug}/lab.toml",
    "tests/{slug}/*hidden_test.cc",
]
COVERED = [
    "labs",
    "labs/base",
    "labs/host",
    "labs/include/dynamo",
    "labs/{slug}",
    "labs/wire",
    "labs/env",
    "labs/store",
    "tests/harness",
    "tests/harness/world",
    "tests/nemesis",
    "tests/check",
    "tests/{slug}",
]

MTIME = 1767225600  # 2026-01-01, for every entry: the same input, the same bytes


def patterns(lab: LabText, templates: list[str]) -> list[str]:
    found = []
    for template in templates:
        for name in lab.files if "{file}" in template else [""]:
            found.append(template.format(slug=lab.slug, lab=lab.id, file=name))
    return found


def matches(path: str, pattern: str) -> bool:
    return path.count("/") == pattern.count("/") and fnmatchcase(path, pattern)


def is_litter(name: str) -> bool:
    """What editors and interpreters leave lying about."""
    return name == "__pycache__" or name.endswith(("~", ".pyc", ".swp", ".orig"))


def selected(lab: LabText) -> list[str]:
    """The files to copy, sorted. Fails on a file that is on neither list."""
    wanted = patterns(lab, HANDED_OUT)
    kept = patterns(lab, KEPT)
    folders = {str(Path(pattern).parent) for pattern in wanted}
    covered = patterns(lab, COVERED)
    found = []
    for folder in sorted(folders | set(covered)):
        directory = lab.root / folder
        if not directory.is_dir():
            continue
        for path in sorted(directory.iterdir()):
            name = path.relative_to(lab.root).as_posix()
            if path.is_dir() and not path.is_symlink() or is_litter(path.name):
                continue
            if any(matches(name, pattern) for pattern in wanted):
                found.append(name)
            elif folder in covered and not any(matches(name, p) for p in kept):
                raise HandoutError(
                    f"{name} is neither handed out nor kept back: "
                    "add it to HANDED_OUT or KEPT in handouts/package.py"
                )
    for pattern in wanted:
        if "*" not in pattern and "[" not in pattern and pattern not in found:
            raise HandoutError(f"{pattern} is to be handed out but does not exist")
    return found


# ---- lab.toml without what is hidden ----


def toml_value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return json.dumps(value)  # strings, whole numbers and booleans agree


def toml_table(table: dict[str, Any]) -> list[str]:
    return [f"{key} = {toml_value(value)}" for key, value in table.items()]


def public_lab_toml(lab: LabText) -> bytes:
    """The lab's data; of the hidden tests only their points, a number a part."""
    plain = {k: v for k, v in lab.data.items() if not isinstance(v, (dict, list))}
    plain["files"] = lab.files
    if "needs" in lab.data:
        plain["needs"] = lab.data["needs"]
    lines = ["# This lab's parts, tests and points.", "", *toml_table(plain)]
    for name, table in lab.data.items():
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *toml_table(table)]
    for part in lab.parts:
        hidden = {"hidden_points": lab.points("hidden", part["id"])}
        lines += ["", "[[part]]", *toml_table(part | hidden)]
    for test in lab.tests("public"):
        lines += ["", "[[test]]", *toml_table(test)]
    return ("\n".join(lines) + "\n").encode()


# ---- What must not get out ----


DISTINCTIVE = 40  # a line of the solution so long is nobody else's
UNREADABLE = (".pdf", ".o")


def one_spaced(text: str) -> str:
    return " ".join(text.split())


def solution_lines(root: Path) -> dict[str, str]:
    """What only the solutions of all labs say: line, and the file it is in."""

    def lines(folder: str) -> dict[str, str]:
        return {
            one_spaced(line): path.name
            for path in sorted((root / folder).glob("*.c"))
            for line in path.read_text(encoding="utf-8").splitlines()
        }

    begun = lines("starter")
    return {
        line: name
        for line, name in lines("solution").items()
        if len(line) >= DISTINCTIVE and line not in begun
    }


def check_no_solution_line(lab: LabText, content: dict[str, bytes]) -> None:
    lines = solution_lines(lab.root)
    for name, data in content.items():
        if name.endswith(UNREADABLE):
            continue
        text = data.decode("utf-8", "replace")
        if name.endswith(".html"):
            text = html.unescape(re.sub(r"<[^>]*>", "", text))
        text = one_spaced(text)
        for line, source in lines.items():
            if line in text:
                raise HandoutError(
                    f"{name} would be handed out and has a line of the solution's "
                    f"{source}: {line}"
                )


def check_object(name: str, data: bytes, root: Path) -> None:
    """A compiled file of the reference names nothing of its source."""
    told = [b".debug_", b".c\0", b"solution", str(root).encode()]
    if not data.startswith(b"\x7fELF") or any(word in data for word in told):
        raise HandoutError(
            f"{name} would be handed out and is no object without debug information "
            "and paths; make it by 'make reference'"
        )


def check_nothing_leaks(lab: LabText, content: dict[str, bytes]) -> None:
    public = {name for test in lab.tests("public") for name in test["name"].split(".")}
    secrets: dict[bytes, str] = {}
    for test in lab.tests("hidden"):
        suite, _, case = test["name"].partition(".")
        secrets[test["name"].encode()] = test["name"]
        if case and case not in public:
            secrets[case.encode()] = test["name"]
        if "hint" in test:
            secrets[test["hint"].encode()] = f"the hint of {test['name']}"
    solutions = {
        path.read_bytes(): path.name
        for path in (lab.root / "solution").rglob("*")
        if path.is_file()
    }
    for name, data in content.items():
        for secret, meaning in secrets.items():
            if secret in data:
                raise HandoutError(f"{name} would be handed out and contains {meaning}")
        if data in solutions:
            raise HandoutError(
                f"{name} would be handed out and is the solution's "
                f"{solutions[data]}"
            )
        if name.endswith(".o"):
            check_object(name, data, lab.root)
    check_no_solution_line(lab, content)


def read(lab: LabText, name: str) -> bytes:
    path = lab.root / name
    real = path.resolve()
    if path.is_symlink() or (lab.root / "solution").resolve() in real.parents:
        raise HandoutError(f"{name} is a link or comes from solution/")
    return path.read_bytes()


def lent(lab: LabText, reference: Path) -> dict[str, bytes]:
    """The reference's objects of what the lab needs of earlier ones, by path."""
    found = {}
    for name in lab.needs:
        built = (reference / name).with_suffix(".o")
        if not built.is_file():
            raise HandoutError(f"there is no {built}; make it by 'make reference'")
        path = f"labs/reference/{platform.machine()}/{built.name}"
        found[path] = built.read_bytes()
    return found


def write(lab: LabText, made: dict[str, bytes], out: Path) -> Path:
    """Writes the package of a lab. `made`, by path: the handout's pages, and what
    is lent."""
    content = {name: read(lab, name) for name in selected(lab)}
    executable = {n for n in content if os.access(lab.root / n, os.X_OK)}
    content["README.md"] = readme(lab).encode()
    content[f"labs/{lab.slug}/lab.toml"] = public_lab_toml(lab)
    content.update(made)
    check_nothing_leaks(lab, content)

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(content):
            entry = tarfile.TarInfo(f"dynamo-{lab.id}/{name}")
            entry.size = len(content[name])
            entry.mtime = MTIME
            entry.mode = 0o755 if name in executable else 0o644
            tar.addfile(entry, io.BytesIO(content[name]))
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"dynamo-{lab.id}.tar.gz"
    part = path.with_suffix(".part")
    part.write_bytes(gzip.compress(packed.getvalue(), mtime=0))
    part.replace(path)
    return path
