"""lab.toml: what is handed in, what is graded and for how many points."""

import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Sequence

from grader.errors import GraderError

ROOT = Path(__file__).resolve().parent.parent
SUITES = ("public", "hidden")


@dataclass(frozen=True)
class Part:
    id: str
    title: str
    anchor: str


@dataclass(frozen=True)
class Test:
    name: str
    part: str
    suite: str  # "public" | "hidden"
    points: float
    hint: str = ""

    __test__ = False  # not a class of tests for pytest


@dataclass(frozen=True)
class Limits:
    """What a submission may use; the judge and the sandbox read some of them too."""

    hang_s: int = 20  # without an answer to one call
    heap_mb: int = 512
    output_kb: int = 64
    source_kb: int = 256  # of one handed-in file
    archive_kb: int = 10_240  # of a handed-in .zip or .tar.gz
    unpacked_kb: int = 65_536  # what is read of an archive before it is refused
    entries: int = 2_000  # files and folders in a submission
    total_s: int = 120  # all tests of one submission, build included
    park_s: int = 5  # a test that takes longer lets the other submissions go first


@dataclass(frozen=True)
class Lab:
    path: Path
    id: str
    slug: str
    title: str
    files: tuple[str, ...]
    needs: tuple[str, ...]  # of earlier labs: the student's own, or the reference's
    handout: str
    limits: Limits
    parts: tuple[Part, ...]
    tests: tuple[Test, ...]
    by_name: dict[str, Test] = field(repr=False, compare=False)

    @property
    def points(self) -> float:
        return sum(test.points for test in self.tests)

    @property
    def label(self) -> str:
        number = self.id.removeprefix("lab")
        return f"Lab {number}: {self.title}" if number.isdigit() else self.title

    def of(self, suite: str) -> list[Test]:
        return [test for test in self.tests if test.suite == suite]


def find(name: str, root: Path = ROOT) -> Path:
    """The lab.toml meant by an id ("lab1"), a folder's name or a path."""
    path = Path(name)
    if path.is_file():
        return path.resolve()
    if (path / "lab.toml").is_file():
        return (path / "lab.toml").resolve()
    found = sorted(root.glob(f"labs/{name}*/lab.toml"))
    exact = [
        f for f in found if f.parent.name.split("-")[0] == name or f.parent.name == name
    ]
    if len(exact) == 1:
        return exact[0]
    have = ", ".join(f.parent.name for f in sorted(root.glob("labs/*/lab.toml")))
    raise GraderError(f"there is no lab {name!r}; there are: {have or 'none'}")


class _Reader:
    """Reads typed values of one table and says what is wrong in one sentence."""

    def __init__(self, path: Path, where: str, table: Any) -> None:
        self.path, self.where = path, where
        if not isinstance(table, dict):
            raise self.wrong("must be a table")
        self.table: dict[str, Any] = table

    def wrong(self, what: str) -> GraderError:
        return GraderError(f"{self.path}: {self.where} {what}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.table.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.wrong(f'needs {key} = "..."')
        return value

    def count(self, key: str, default: int) -> int:
        value = self.table.get(key, default)
        if type(value) is not int or value <= 0:
            raise self.wrong(f"needs {key} as a whole number above 0, not {value!r}")
        return value

    def points(self) -> float:
        value: Any = self.table.get("points")
        if type(value) not in (int, float) or not 0 < value < 1e6:
            raise self.wrong(f"needs points above 0, not {value!r}")
        return float(value) if type(value) is float else int(value)


def load(path: Path) -> Lab:
    """The lab described by a lab.toml; a broken one is refused in one sentence."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise GraderError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GraderError(f"{path} is not valid TOML: {error}") from None
    top = _Reader(path, "the file", table)
    files, needs = table.get("files"), table.get("needs", [])
    if not (isinstance(files, list) and files and all(_plain(f) for f in files)):
        raise top.wrong('needs files = ["name.c", ...], names without a folder')
    if not (isinstance(needs, list) and all(_plain(f) for f in needs)):
        raise top.wrong('takes needs = ["name.c", ...], names without a folder')
    if len({*files, *needs}) != len(files) + len(needs):
        raise top.wrong("names a file twice in files and needs")
    limits = _Reader(path, "[limits]", table.get("limits", {}))
    defaults = Limits()
    parts = _parts(path, table.get("part"))
    tests = _tests(path, table.get("test"), [part.id for part in parts])
    return Lab(
        path=path,
        id=top.text("id"),
        slug=top.text("slug"),
        title=top.text("title"),
        files=tuple(files),
        needs=tuple(needs),
        handout=top.text("handout", ""),
        limits=Limits(
            **{
                key: limits.count(key, getattr(defaults, key))
                for key in Limits.__dataclass_fields__
            }
        ),
        parts=tuple(parts),
        tests=tuple(tests),
        by_name={test.name: test for test in tests},
    )


def _plain(name: object) -> bool:
    return (
        isinstance(name, str)
        and name not in ("", ".", "..")
        and "/" not in name
        and name.isprintable()
    )


def _parts(path: Path, tables: Any) -> list[Part]:
    parts: list[Part] = []
    for number, table in enumerate(tables if isinstance(tables, list) else [], 1):
        reader = _Reader(path, f"[[part]] number {number}", table)
        part = Part(reader.text("id"), reader.text("title"), reader.text("anchor", ""))
        if any(part.id == other.id for other in parts):
            raise reader.wrong(f"has the id {part.id!r} of an earlier part")
        parts.append(part)
    if not parts:
        raise GraderError(f"{path}: there is no [[part]]")
    return parts


def _tests(path: Path, tables: Any, parts: list[str]) -> list[Test]:
    tests: list[Test] = []
    seen: set[str] = set()
    for number, table in enumerate(tables if isinstance(tables, list) else [], 1):
        reader = _Reader(path, f"[[test]] number {number}", table)
        name = reader.text("name")
        reader.where = f"[[test]] {name}"
        test = Test(
            name,
            reader.text("part"),
            reader.text("suite"),
            reader.points(),
            reader.text("hint", ""),
        )
        if name in seen:
            raise reader.wrong("is listed twice, so it would count twice")
        if "." not in name or not name.isascii() or set(name) & set(":*?- /[]"):
            raise reader.wrong("is not named Suite.Name")
        if test.part not in parts:
            raise reader.wrong(f"is of part {test.part!r}, which no [[part]] has")
        if test.suite not in SUITES:
            raise reader.wrong(f"is of suite {test.suite!r}; say public or hidden")
        if test.suite == "hidden" and not test.hint.strip():
            raise reader.wrong("is hidden and needs a hint for the students")
        seen.add(name)
        tests.append(test)
    if not tests:
        raise GraderError(f"{path}: there is no [[test]]")
    return tests


def judge_path(judges: Path, lab: Lab, suite: str) -> Path:
    return judges / f"{lab.id}-{suite}"


def listed(judge: Path, prefix: Sequence[str] = ()) -> list[str]:
    """The tests that a judge has, in its order (--gtest_list_tests)."""
    try:
        done = subprocess.run(
            [*prefix, str(judge), "--gtest_list_tests"],
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GraderError(
            f"the judge {judge} does not run ({error}); " "make it with 'make judges'"
        ) from None
    if done.returncode != 0:
        raise GraderError(
            f"the judge {judge} cannot list its tests: " f"{done.stderr.strip()[-200:]}"
        )
    names, group = [], ""
    for line in done.stdout.splitlines():
        word = line.split("#")[0].strip()
        if line.startswith(" ") and word:
            names.append(group + word)
        elif word.endswith(".") and " " not in word:
            group = word
    return names


def every(root: Path = ROOT) -> list[Lab]:
    return [load(path) for path in sorted(root.glob("labs/*/lab.toml"))]


def check(lab: Lab, judges: Path) -> list[str]:
    """What does not agree between lab.toml and the judges, one sentence each."""
    wrong: list[str] = []
    for suite in SUITES:
        want = [test.name for test in lab.of(suite)]
        if not want:
            continue
        have = listed(judge_path(judges, lab, suite))
        wrong += [
            f"{name} is in the {suite} judge twice"
            for name in sorted({n for n in have if have.count(n) > 1})
        ]
        wrong += [
            f"{name} is in lab.toml as {suite}, but its judge lacks it"
            for name in want
            if name not in have
        ]
        for name in have:
            if name not in want:
                other = lab.by_name.get(name)
                wrong.append(
                    f"{name} is in the {suite} judge, but lab.toml "
                    + (
                        f"lists it as {other.suite}"
                        if other
                        else "does not list it, so it counts for nothing"
                    )
                )
    return wrong
