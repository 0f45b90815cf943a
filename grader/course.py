"""The results of one or several labs, student by student."""

from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from grader.intake import Student
from grader.lab import ROOT, Lab
from grader.result import Result, everything

# A result, and the newer attempt if one is not finished.
Pair = tuple[Result, Result | None]


@dataclass(frozen=True)
class Book:
    """All results of one lab."""

    lab: Lab
    pairs: list[Pair]

    @property
    def results(self) -> list[Result]:
        return [result for result, _ in self.pairs]


@dataclass(frozen=True)
class Entry:
    """What a student has in one lab."""

    lab: Lab
    result: Result | None  # None: nothing of this lab was handed in
    newer: Result | None = None


@dataclass(frozen=True)
class Row:
    """A student's entries, one a lab."""

    student: Student
    entries: tuple[Entry, ...]

    @property
    def results(self) -> list[Result]:
        return [entry.result for entry in self.entries if entry.result is not None]

    @property
    def complete(self) -> bool:
        """Whether the sum is a grade: a lab without a result counts nothing."""
        return bool(self.results) and all(result.complete for result in self.results)

    @property
    def score(self) -> float:
        return sum(result.score for result in self.results)

    @property
    def max(self) -> float:
        return sum(entry.lab.points for entry in self.entries)


def label(labs: Sequence[Lab]) -> str:
    return " and ".join(lab.label for lab in labs)


def folder(labs: Sequence[Lab], out: str | None) -> Path:
    """Where the pages and the gradebook of these labs go."""
    if out:
        return Path(out)
    grades = ROOT / "build/grades"
    return grades / labs[0].id if len(labs) == 1 else grades


def results_folder(labs: Sequence[Lab], lab: Lab, place: Path) -> Path:
    """Where the results of one of them are stored."""
    return place if len(labs) == 1 else place / lab.id


def read(labs: Sequence[Lab], place: Path) -> list[Book]:
    return [Book(lab, everything(results_folder(labs, lab, place))) for lab in labs]


def rows(books: Sequence[Book]) -> list[Row]:
    """Students are the same person when their submissions have the same name."""
    by_file = [
        {result.student.file: (result, newer) for result, newer in book.pairs}
        for book in books
    ]
    found = []
    for file in sorted({file for pairs in by_file for file in pairs}):
        entries = []
        for book, pairs in zip(books, by_file):
            entries.append(Entry(book.lab, *pairs.get(file, (None, None))))
        people = [entry.result.student for entry in entries if entry.result]
        found.append(Row(people[0], tuple(entries)))
    return found


def row(lab: Lab, result: Result) -> Row:
    """A student's row in the book of one lab."""
    return Row(result.student, (Entry(lab, result),))
