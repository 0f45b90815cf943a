"""What changed between two gradings: whose grade, and through which tests."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

from grader.errors import GraderError
from grader.result import Result, everything
from grader.text import number, one_line


@dataclass(frozen=True)
class Grade:
    score: float | None  # None: no complete grade
    tests: dict[str, float]


def of_result(result: Result) -> Grade:
    return Grade(
        result.score if result.complete else None,
        {test.name: test.points for test in result.tests},
    )


def of_history(result: Result) -> Grade | None:
    if not result.history:
        return None
    last: dict[str, Any] = result.history[-1]
    return Grade(last["score"], dict(last["tests"]))


# By the student's file name, which is unique, and the name to be shown.
Pairs = dict[tuple[str, str], tuple[Grade | None, Grade | None]]


def between(old: Path, new: Path) -> Pairs:
    before, after = (
        {(r.student.file, r.student.name): of_result(r) for r, _ in everything(folder)}
        for folder in (old, new)
    )
    return {
        key: (before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
    }


def within(out: Path) -> Pairs:
    """The previous grade against the current one, of students who have both."""
    pairs: Pairs = {}
    for result, attempt in everything(out):
        latest = attempt or result
        earlier = of_result(result) if attempt is not None else of_history(result)
        if earlier is not None:
            key = (result.student.file, result.student.name)
            pairs[key] = (earlier, of_result(latest))
    return pairs


def lines(pairs: Pairs) -> Iterator[str]:
    same = 0
    for (_, name), (old, new) in pairs.items():
        changed = list(_tests(old, new))
        if _score(old) == _score(new) and not changed:
            same += 1
            continue
        delta = ""
        if old and new and old.score is not None and new.score is not None:
            step = new.score - old.score
            delta = f"  ({'+' if step >= 0 else '-'}{number(abs(step))})"
        yield f"{one_line(name, 60)}: {_score(old)} -> {_score(new)}{delta}"
        yield from (f"    {line}" for line in changed)
    yield f"{len(pairs) - same} changed, {same} the same."


def _score(grade: Grade | None) -> str:
    if grade is None:
        return "absent"
    return "no grade" if grade.score is None else number(grade.score)


def _tests(old: Grade | None, new: Grade | None) -> Iterator[str]:
    if old is None or new is None:
        return
    for name in sorted(old.tests.keys() | new.tests.keys()):
        before, after = old.tests.get(name), new.tests.get(name)
        if before != after:
            yield (
                f"{name}: {'-' if before is None else number(before)} -> "
                f"{'-' if after is None else number(after)}"
            )


def compare(folders: list[Path]) -> Iterator[str]:
    if len(folders) == 1:
        return lines(within(folders[0]))
    if len(folders) == 2:
        return lines(between(*folders))
    raise GraderError("diff takes one results folder (previous against current) or two")
