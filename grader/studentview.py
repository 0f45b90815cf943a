"""What a student may see of a result: the one place that decides it.

A hidden test shows a neutral name and its fixed hint: no name, no values, nothing
that the program printed. Names of hidden tests are also struck out of everything
else that is shown (messages of public tests, build logs).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.lab import ROOT, Lab
from grader.result import Need, Result
from grader.text import cut, visible

PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"


@dataclass(frozen=True)
class Shown:
    """One test as its student sees it."""

    name: str
    number: str  # "A.3"
    part: str
    hidden: bool
    status: str  # "passed" | "failed" | "not run"
    points: float
    max: float
    message: str
    ms: int | None


@dataclass(frozen=True)
class View:
    tests: list[Shown]
    build_log: str
    note: str
    needs: list[Borrowed]


@dataclass(frozen=True)
class Borrowed:
    """Whose file of an earlier lab was used, and what the build said of theirs."""

    sentence: str
    log: str


def view(result: Result, lab: Lab) -> View:
    strike = _striker(lab)
    shown: list[Shown] = []
    counts: dict[str, int] = {}
    hidden = 0
    for test in lab.tests:
        counts[test.part] = counts.get(test.part, 0) + 1
        got = result.test(test.name)
        status = NOT_RUN
        if got is not None and got.verdict != "infra-error":
            status = PASSED if got.passed else FAILED
        name, message = test.name, got.message if got is not None else ""
        if test.suite == "hidden":
            hidden += 1
            name = f"Hidden test {hidden} (part {test.part})"
            message = ""
            if status == FAILED:
                known = got is not None and got.kind == "build"
                message = (
                    "Not run, because your code did not build."
                    if known
                    else f"Hint: {test.hint}"
                )
        if status == NOT_RUN:
            message = "Not graded yet: this is not your fault, it will be tried again."
        shown.append(
            Shown(
                name,
                f"{test.part}.{counts[test.part]}",
                test.part,
                test.suite == "hidden",
                status,
                got.points if got is not None and status == PASSED else 0,
                test.points,
                strike(cut(visible(message))),
                got.ms if got is not None and test.suite == "public" else None,
            )
        )
    log = result.build.log if result.build is not None else ""
    note = {
        "refused": f"Your submission was not taken. {result.note}",
        "pending": "This submission is not graded to the end yet.",
        "infra-error": "The grading failed through a fault of the grader. "
        "It is tried again; this is no grade.",
    }.get(result.status, "")
    if result.build is not None and result.build.status == "infra-error":
        log = ""
    return View(
        shown,
        strike(cut(visible(log))),
        strike(cut(visible(note))),
        [
            Borrowed(strike(whose(need)), strike(cut(visible(need.log))))
            for need in result.needs
        ],
    )


def whose(need: Need) -> str:
    if need.whose == "own":
        return f"Your own {visible(need.file)} of an earlier lab was used."
    return visible(
        f"The reference's {need.file} of an earlier lab was used: {need.why}. "
        "That costs no points here."
    )


class _striker:
    """Strikes the names of hidden tests and this machine's folders out of a text."""

    def __init__(self, lab: Lab) -> None:
        public = {word for test in lab.of("public") for word in test.name.split(".")}
        words = {test.name for test in lab.of("hidden")}
        for test in lab.of("hidden"):
            words |= {
                word
                for word in test.name.split(".")
                if word not in public and len(word) > 8
            }
        ordered = sorted(words, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, ordered)) or r"(?!)")

    def __call__(self, text: str) -> str:
        return self.pattern.sub("[hidden]", text.replace(f"{ROOT}/", ""))
