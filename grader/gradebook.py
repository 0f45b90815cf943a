"""The gradebook as CSV, with the columns that Canvas imports.

    Student, ID, SIS Login ID, Section, "Lab 1: The ring"
    Points Possible row, then one row a student

A student without a complete grade gets an empty cell, never a zero. With a roster
(a gradebook exported from Canvas) its rows, ids and sections are kept.
"""

import csv
import io
from pathlib import Path
from typing import Iterable

from grader.errors import GraderError
from grader.lab import Lab
from grader.result import Result
from grader.text import cell, number

COLUMNS = ("Student", "ID", "SIS Login ID", "Section")


def score_cell(result: Result | None) -> str:
    return number(result.score) if result is not None and result.complete else ""


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


def matching(row: dict[str, str], results: list[Result]) -> Result | None:
    """The one result of a roster's student, by login, id or name."""

    def folded(text: str) -> str:
        return text.strip().casefold()

    login, number_, name = (folded(row[k]) for k in ("SIS Login ID", "ID", "Student"))
    last, _, first = name.partition(", ")
    names = {name, f"{first} {last}".strip()}
    for result in results:
        mail = folded(result.student.login)
        if login and login in {mail, mail.split("@")[0], folded(result.student.name)}:
            return result
    for result in results:
        if number_ and number_ in {
            folded(result.student.id),
            folded(result.student.name),
        }:
            return result
    same_name = [r for r in results if folded(r.student.name) in names]
    if len(same_name) == 1:  # of namesakes none is taken
        return same_name[0]
    return None


def rows(
    lab: Lab, results: Iterable[Result], roster: list[dict[str, str]] | None = None
) -> list[list[str]]:
    left = list(results)
    table: list[list[str]] = []
    for row in roster or []:
        result = matching(row, left)
        if result is not None:
            left.remove(result)
        table.append([row[name] for name in COLUMNS] + [score_cell(result)])
    for result in left:
        student = result.student
        table.append(
            [
                student.name,
                student.id,
                student.login or student.name,
                "",
                score_cell(result),
            ]
        )
    return table


def to_csv(
    lab: Lab,
    results: Iterable[Result],
    column: str | None = None,
    roster: list[dict[str, str]] | None = None,
) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*COLUMNS, cell(column or lab.label)])
    writer.writerow(["    Points Possible", "", "", "", number(lab.points)])
    for row in rows(lab, results, roster):
        writer.writerow([cell(value) for value in row])
    return text.getvalue()
