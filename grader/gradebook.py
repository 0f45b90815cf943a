"""The gradebook as CSV, with the columns that Canvas imports.

    Student, ID, SIS Login ID, Section, "Lab 1: ...", "Lab 2: ...", Final Points
    Points Possible row, then one row a student

A student without a complete grade gets an empty cell, never a zero, and so does a
student who handed in nothing of a lab. The last column, of several labs only, is the
sum; Canvas passes over a column of that name when it imports. With a roster
(a gradebook exported from Canvas) its rows, ids and sections are kept.
"""

import csv
import io
from pathlib import Path
from typing import Sequence

from grader.course import Book, Row
from grader.course import rows as students
from grader.errors import GraderError
from grader.result import Result
from grader.text import cell, number

COLUMNS = ("Student", "ID", "SIS Login ID", "Section")
SUM = "Final Points"


def score_cell(result: Result | None) -> str:
    return number(result.score) if result is not None and result.complete else ""


def scores(row: Row | None, labs: int) -> list[str]:
    """The cells of a student: one a lab, and of several their sum."""
    if row is None:
        return [""] * (labs if labs == 1 else labs + 1)
    cells = [score_cell(entry.result) for entry in row.entries]
    if labs > 1:
        cells.append(number(row.score) if row.complete else "")
    return cells


def read_roster(path: Path) -> list[dict[str, str]]:
    """The students of a gradebook exported from Canvas."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise GraderError(f"cannot read the roster {path}: {error}") from None
    rows = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise GraderError(
            f"the roster {path} has no column {missing[0]!r}; export "
            "the gradebook from Canvas"
        )
    return [
        {name: row[name] or "" for name in COLUMNS}
        for row in rows
        if row["Student"] and row["Student"].strip() != "Points Possible"
    ]


def matching(line: dict[str, str], rows: list[Row]) -> Row | None:
    """The one row of a roster's student, by login, id or name."""

    def folded(text: str) -> str:
        return text.strip().casefold()

    login, number_, name = (folded(line[k]) for k in ("SIS Login ID", "ID", "Student"))
    last, _, first = name.partition(", ")
    names = {name, f"{first} {last}".strip()}
    for row in rows:
        mail = folded(row.student.login)
        if login and login in {mail, mail.split("@")[0], folded(row.student.name)}:
            return row
    for row in rows:
        if number_ and number_ in {folded(row.student.id), folded(row.student.name)}:
            return row
    same_name = [r for r in rows if folded(r.student.name) in names]
    if len(same_name) == 1:  # of namesakes none is taken
        return same_name[0]
    return None


def rows(
    books: Sequence[Book], roster: list[dict[str, str]] | None = None
) -> list[list[str]]:
    left = students(books)
    table: list[list[str]] = []
    for line in roster or []:
        row = matching(line, left)
        if row is not None:
            left.remove(row)
        table.append([line[name] for name in COLUMNS] + scores(row, len(books)))
    for row in left:
        student = row.student
        cells = [student.name, student.id, student.login or student.name, ""]
        table.append(cells + scores(row, len(books)))
    return table


def to_csv(
    books: Sequence[Book],
    column: str | None = None,
    roster: list[dict[str, str]] | None = None,
) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    titles = [column or book.lab.label for book in books]
    possible = [book.lab.points for book in books]
    if len(books) > 1:
        titles.append(SUM)
        possible.append(sum(possible))
    writer.writerow([*COLUMNS, *(cell(title) for title in titles)])
    writer.writerow(
        ["    Points Possible", "", "", "", *(number(each) for each in possible)]
    )
    for row in rows(books, roster):
        writer.writerow([cell(value) for value in row])
    return text.getvalue()
