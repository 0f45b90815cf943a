"""A lab's data and its handout's Markdown, with the directives filled in.

A directive is an HTML comment. What it stands for has one source elsewhere:

    <!-- contract: ring.h# -->             the header up to its first section
    <!-- contract: ring.h#Placement -->    one section of the header
    <!-- contract: err.h -->               a whole header
    <!-- points -->                        the table of parts and points
    <!-- points: A -->                     the points of part A
    <!-- tests: A -->                      part A's tests
    <!-- reference-size -->                a sentence on the size of the reference
    <!-- failure-example -->               examples/LAB-failure.txt
    <!-- allowed-functions -->             the kit's list
    <!-- files -->                         a sentence on the files to hand in
    <!-- needs -->                         where a file of an earlier lab comes from
    <!-- lab -->                           its id; and its name in words:
    <!-- name -->
    <!-- own-files -->                     the names of the files to hand in
    <!-- commands -->                      make's targets for the lab

The README of a student's package (student-README.md) is made in the same way.
"""

from __future__ import annotations

import platform
import re
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DIRECTIVE = re.compile(r"<!--\s*([a-z][a-z-]*)(?::\s*(.*?))?\s*-->")
SECTION = re.compile(r"^/\* ---- (.*?)(?: \([^)]*\))? ----", re.MULTILINE)


class HandoutError(Exception):
    """One sentence for whoever builds a handout, without its full stop."""


@dataclass(frozen=True)
class LabText:
    """What lab.toml says, and where the lab's files are."""

    root: Path
    data: dict[str, Any]

    @classmethod
    def load(cls, root: Path, lab_id: str) -> LabText:
        for path in sorted(root.glob("labs/*/lab.toml")):
            try:
                data = tomllib.loads(path.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise HandoutError(f"{path} is not TOML: {error}") from error
            if data.get("id") == lab_id:
                return cls(root, data)
        raise HandoutError(f"no labs/*/lab.toml has the id {lab_id!r}")

    @property
    def id(self) -> str:
        return str(self.data["id"])

    @property
    def slug(self) -> str:
        return str(self.data["slug"])

    @property
    def files(self) -> list[str]:
        return list(self.data["files"])

    @property
    def needs(self) -> list[str]:
        """Files of earlier labs that this lab's host is built from."""
        return list(self.data.get("needs", []))

    @property
    def parts(self) -> list[dict[str, Any]]:
        return list(self.data["part"])

    @property
    def source(self) -> Path:
        return self.root / str(self.data["handout"])

    def tests(
        self, suite: str | None = None, part: str | None = None
    ) -> list[dict[str, Any]]:
        return [
            test
            for test in self.data["test"]
            if suite in (None, test["suite"]) and part in (None, test["part"])
        ]

    def points(self, suite: str | None = None, part: str | None = None) -> int:
        return sum(test["points"] for test in self.tests(suite, part))


def fenced(text: str, language: str = "") -> str:
    return f"```{language}\n{text.strip()}\n```"


# ---- The directives ----


def header_sections(text: str) -> dict[str, str]:
    """The pieces of a header: '' is what stands before the first section."""
    marks = list(SECTION.finditer(text))
    pieces = {"": text[: marks[0].start()] if marks else text}
    for mark, following in zip(marks, [*marks[1:], None]):
        end = following.start() if following else len(text)
        pieces[mark.group(1)] = text[mark.start() : end]
    return {name: re.sub(r"\n#endif\s*\Z", "\n", body) for name, body in pieces.items()}


def contract(lab: LabText, argument: str) -> str:
    name, hash_sign, section = argument.partition("#")
    path = lab.root / "labs/include/dynamo" / name
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise HandoutError(f"cannot read {path}: {error.strerror}") from error
    if not hash_sign:
        return fenced(re.sub(r"\n#endif\s*\Z", "\n", text), "c")
    pieces = header_sections(text)
    if section not in pieces:
        raise HandoutError(f"{name} has no section {section!r}")
    return fenced(pieces[section], "c")


def points(lab: LabText, part: str) -> str:
    if part:
        return str(lab.points(part=part))
    rows = [
        "| part | | points of public tests | of hidden tests | all |",
        "|:-:|:--|--:|--:|--:|",
    ]
    for entry in lab.parts:
        name = entry["id"]
        rows.append(
            f"| {name} | [{entry['title']}](#{entry['anchor']}) "
            f"| {lab.points('public', name)} | {lab.points('hidden', name)} "
            f"| **{lab.points(part=name)}** |"
        )
    rows.append(
        f"| | all | {lab.points('public')} | {lab.points('hidden')} "
        f"| **{lab.points()}** |"
    )
    return "\n".join(rows)


def tests(lab: LabText, part: str) -> str:
    rows = ["| test | points |", "|:--|--:|"]
    rows += [
        f"| `{test['name']}` | {test['points']} |" for test in lab.tests("public", part)
    ]
    rows.append(f"| hidden tests | {lab.points('hidden', part)} |")
    return "\n".join(rows)


def reference_size(lab: LabText, _: str) -> str:
    lines = 0
    for name in lab.files:
        path = lab.root / "solution" / name
        if not path.exists():
            return ""
        code = path.read_text(encoding="utf-8")
        code = re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL)
        code = re.sub(r"//[^\n]*", "", code)
        lines += sum(bool(line.strip()) for line in code.splitlines())
    return (
        f"The reference has about {round(lines, -1)} lines of C, "
        "blank lines and comments not counted."
    )


def failure_example(lab: LabText, _: str) -> str:
    path = lab.source.parent / "examples" / f"{lab.id}-failure.txt"
    if not path.exists():
        print(f"handouts: warning: there is no {path}", file=sys.stderr)
        return ""
    example = path.read_text(encoding="utf-8")
    # Any number of backquotes may be in it, so the fence is longer.
    return f"``````text\n{example.strip()}\n``````"


def allowed_functions(lab: LabText, _: str) -> str:
    path = lab.root / "labs/host/allowed-symbols.txt"
    if not path.exists():
        raise HandoutError(f"{path} is missing")
    lines = path.read_text(encoding="utf-8").splitlines()
    shown = [line for line in lines if line and not re.match(r"#|\(?_", line)]
    text = "\n".join(shown)
    indented = "\n".join("  " + line for line in fenced(text, "text").splitlines())
    return f"These are all, as patterns:\n\n{indented}\n"


def listed(names: list[str]) -> str:
    """`a.c`, `b.c` and `c.c`"""
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def files(lab: LabText, _: str) -> str:
    noun = "one file" if len(lab.files) == 1 else f"{len(lab.files)} files"
    return f"Hand in {noun}: {listed(lab.files)}."


def needs(lab: LabText, _: str) -> str:
    if not lab.needs:
        return ""
    names = listed(lab.needs)
    return (
        f"This lab builds on {names} of an earlier lab. Copy your own into `starter/`: "
        "the tests then run on it. Where there is none, they run on the reference's, "
        f"which is in `labs/reference/`, compiled for {platform.machine()}; "
        "on another kind of machine you need your own."
    )


def lab_id(lab: LabText, _: str) -> str:
    return lab.id


def lab_name(lab: LabText, _: str) -> str:
    title = str(lab.data["title"])
    return f"lab {lab.id.removeprefix('lab')}, {title[:1].lower()}{title[1:]}"


def own_files(lab: LabText, _: str) -> str:
    return listed(lab.files)


def commands(lab: LabText, _: str) -> str:
    """What `make help` says of the lab's targets."""
    makefile = (lab.root / "Makefile").read_text(encoding="utf-8")
    makefile = makefile.partition("\n# ---- Only in the project")[0]
    target = rf"^([a-z]+)-{lab.id}:.*## (.*)$"
    of_each = r"^\$\(addprefix ([a-z]+)-,\$\(labs\)\):.*## (.*)$"
    found = re.finditer(f"(?m){target}|{of_each}", makefile)
    rows = [[word for word in match.groups() if word is not None] for match in found]
    return "\n".join(f"    make {f'{name}-{lab.id}':<30} {text}" for name, text in rows)


DIRECTIVES: dict[str, Callable[[LabText, str], str]] = {
    "contract": contract,
    "points": points,
    "tests": tests,
    "reference-size": reference_size,
    "failure-example": failure_example,
    "allowed-functions": allowed_functions,
    "files": files,
    "needs": needs,
    "lab": lab_id,
    "name": lab_name,
    "own-files": own_files,
    "commands": commands,
}


def check_contract_is_whole(lab: LabText, markdown: str) -> None:
    """A header that is quoted by sections is quoted whole, each section once."""
    quoted: dict[str, list[str]] = {}
    for name, argument in DIRECTIVE.findall(markdown):
        header, hash_sign, section = argument.partition("#")
        if name == "contract" and hash_sign:
            quoted.setdefault(header, []).append(section)
    for header, sections in quoted.items():
        path = lab.root / "labs/include/dynamo" / header
        have = list(header_sections(path.read_text(encoding="utf-8")))
        for section in have:
            if sections.count(section) != 1:
                raise HandoutError(
                    f"{lab.source.name} quotes the section {section!r} of {header} "
                    f"{sections.count(section)} times instead of once"
                )


def fill(lab: LabText, path: Path) -> str:
    """A Markdown file with every directive replaced."""
    try:
        markdown = path.read_text(encoding="utf-8")
    except OSError as error:
        raise HandoutError(f"cannot read {path}: {error.strerror}") from error

    def replace(match: re.Match[str]) -> str:
        handler = DIRECTIVES.get(match.group(1))
        if handler is None:
            raise HandoutError(f"{path.name}: unknown directive {match.group(0)}")
        return handler(lab, match.group(2) or "")

    return DIRECTIVE.sub(replace, markdown)


def expand(lab: LabText) -> str:
    """The handout's Markdown."""
    markdown = fill(lab, lab.source)
    check_contract_is_whole(lab, lab.source.read_text(encoding="utf-8"))
    return markdown


def readme(lab: LabText) -> str:
    """The README of the lab's package."""
    text = fill(lab, lab.root / "handouts/student-README.md")
    return re.sub(r"\n{3,}", "\n\n", text)
