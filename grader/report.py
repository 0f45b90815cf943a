"""HTML pages: one a student with all labs, safe to be handed out, and one on the class.

    OUT/students/NAME.html  what the student may see (studentview.py), self-contained
    OUT/overview.html       for instructors: scores, tests, times, who needs attention
"""

from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any, Sequence

import jinja2

from grader.course import Book, Entry, Row, label, rows
from grader.errors import StoreError
from grader.lab import Lab, Part
from grader.result import Result, write_whole
from grader.studentview import Shown, View, view
from grader.text import number, visible

TEMPLATES = Path(__file__).parent / "templates"
BINS = 10


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(visible=visible, number=number)
    return environment


@dataclass(frozen=True)
class Section:
    part: Part
    tests: list[Shown]

    @property
    def score(self) -> float:
        return sum(test.points for test in self.tests)

    @property
    def max(self) -> float:
        return sum(test.max for test in self.tests)


@dataclass(frozen=True)
class LabView:
    """One lab on a student's page."""

    lab: Lab
    result: Result | None
    seen: View | None
    sections: list[Section]

    @property
    def passed(self) -> int:
        return sum(t.status == "passed" for t in self.seen.tests) if self.seen else 0


def _lab_view(entry: Entry) -> LabView:
    if entry.result is None:
        return LabView(entry.lab, None, None, [])
    seen = view(entry.result, entry.lab)
    sections = [
        Section(part, [t for t in seen.tests if t.part == part.id])
        for part in entry.lab.parts
    ]
    return LabView(entry.lab, entry.result, seen, sections)


def student_page(row: Row) -> str:
    return (
        _environment()
        .get_template("student.html")
        .render(
            title=label([entry.lab for entry in row.entries]),
            row=row,
            labs=[_lab_view(entry) for entry in row.entries],
        )
    )


# ---- the class ----


@dataclass(frozen=True)
class Bar:
    """One bar of the histogram, in the SVG's units."""

    x: float
    y: float
    width: float
    height: float
    count: int
    label: str


def histogram(
    scores: list[float], highest: float, width: int = 640, height: int = 180
) -> list[Bar]:
    counts = [0] * BINS
    for score in scores:
        counts[min(BINS - 1, int(score / highest * BINS) if highest else 0)] += 1
    step = width / BINS
    tallest = max(counts, default=0) or 1
    bars = []
    for i, count in enumerate(counts):
        low, high = highest * i / BINS, highest * (i + 1) / BINS
        size = count / tallest * height
        bars.append(
            Bar(
                i * step + 2,
                height - size,
                step - 4,
                size,
                count,
                f"{number(round(low, 1))}-{number(round(high, 1))}",
            )
        )
    return bars


@dataclass(frozen=True)
class TestRate:
    name: str
    part: str
    suite: str
    points: float
    passed: int
    seen: int
    kinds: str
    ms: float

    __test__ = False

    @property
    def percent(self) -> int:
        return round(100 * self.passed / self.seen) if self.seen else 0


def rates(lab: Lab, results: list[Result]) -> list[TestRate]:
    table = []
    for test in lab.tests:
        got = [t for t in (r.test(test.name) for r in results) if t is not None]
        judged = [t for t in got if t.verdict != "infra-error"]
        kinds: dict[str, int] = {}
        for t in got:
            if not t.passed and t.kind:
                kinds[t.kind] = kinds.get(t.kind, 0) + 1
        text = ", ".join(
            f"{kind} {count}"
            for kind, count in sorted(
                kinds.items(), key=lambda item: (-item[1], item[0])
            )
        )
        ran = [t.ms for t in judged if t.kind not in ("build", "time")]
        table.append(
            TestRate(
                test.name,
                test.part,
                test.suite,
                test.points,
                sum(t.passed for t in judged),
                len(judged),
                visible(text),
                median(ran) if ran else 0,
            )
        )
    return table


def attention(result: Result, newer: Result | None) -> list[str]:
    """Why an instructor should look at this submission."""
    why = []
    if result.status == "refused":
        why.append(f"refused at intake: {result.note}")
    if result.status == "infra-error":
        why.append(f"no grade through a fault of ours: {result.note}")
    if result.status == "pending":
        why.append(f"not graded to the end: {result.note or 'interrupted'}")
    if newer is not None:
        why.append(
            f"a newer grading is not finished ({newer.status}): {newer.note}; "
            "the older grade counts until it is"
        )
    for kind, words in (
        ("hang", "hangs"),
        ("time", "ran out of its total time"),
        ("memory", "ran out of memory"),
        ("flood", "floods its output"),
        ("channel", "touched the judge's channel"),
        ("forbidden", "made a forbidden system call"),
    ):
        count = sum(t.kind == kind for t in result.tests)
        if count:
            why.append(f"{words} ({count} test{'s' if count > 1 else ''})")
    if result.build is not None and result.build.status == "compile-error":
        why.append("does not build")
    if result.build is not None and result.build.status == "refused":
        why.append("breaks a rule of the kit")
    why += [
        f"the reference's {need.file} was used: {need.why}"
        for need in result.needs
        if need.log
    ]
    return why


@dataclass(frozen=True)
class LabClass:
    """One lab on the overview."""

    lab: Lab
    numbers: dict[str, Any]
    bars: list[Bar]
    rates: list[TestRate]
    seeds: list[str]
    versions: list[tuple[str, str]]


def _lab_class(book: Book) -> LabClass:
    results = book.results
    complete = [result for result in results if result.complete]
    scores = [result.score for result in complete]
    ran = [result.spent_ms / 1000 for result in results if result.build is not None]
    numbers = {
        "graded": len(complete),
        "all": len(results),
        "mean": mean(scores) if scores else None,
        "median": median(scores) if scores else None,
        "seconds": median(ran) if ran else None,
    }
    return LabClass(
        book.lab,
        numbers,
        histogram(scores, book.lab.points),
        rates(book.lab, complete),
        sorted({r.seed for r in results}),
        sorted({(r.grader, r.lab_version[:12]) for r in results}),
    )


@dataclass(frozen=True)
class Attention:
    row: Row
    lab: Lab
    result: Result
    why: list[str]


def _needing(rows: list[Row]) -> list[Attention]:
    needs = [
        Attention(row, entry.lab, entry.result, why)
        for row in rows
        for entry in row.entries
        if entry.result and (why := attention(entry.result, entry.newer))
    ]
    order = ("infra-error", "pending", "refused", "graded")  # ours first
    return sorted(needs, key=lambda need: order.index(need.result.status))


def overview_page(books: Sequence[Book]) -> str:
    students = rows(books)
    spent = [sum(r.spent_ms for r in row.results) for row in students]
    return (
        _environment()
        .get_template("overview.html")
        .render(
            title=label([book.lab for book in books]),
            classes=[_lab_class(book) for book in books],
            rows=students,
            spent=dict(zip((row.student.file for row in students), spent)),
            slowest=max(spent, default=0) or 1,
            levels=sorted({r.level for b in books for r in b.results if r.level}),
            needs=_needing(students),
        )
    )


def write_all(books: Sequence[Book], out: Path) -> Path:
    """Write every page; the overview's path."""
    folder = out / "students"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error.strerror}") from None
    for row in rows(books):
        page = student_page(row).encode("utf-8")
        target = folder / f"{row.student.file}.html"
        if not _same(target, page):
            write_whole(target, page)
    overview = out / "overview.html"
    write_whole(overview, overview_page(books).encode("utf-8"))
    return overview


def _same(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False
