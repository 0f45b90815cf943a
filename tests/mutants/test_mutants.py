"""The graded tests are tested: each wrong ring here must fail the test for it.

A mutant is solution/ring.c with the edits of one lab1-NAME.toml:

    story       the mistake, as a student makes it, and what it does to a store
    caught_by   the tests that must fail; the first is the one that is for it
    refused     instead: a part of the sentence with which the kit refuses it
    random      optional: why a failure need not come again with the same seed
    [[edit]]    file, find (occurs exactly once), replace

What was built and judged is kept in build/mutants until the kit, a judge, the
lab, the reference or the mutant changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import workbench
from workbench import ROOT, WORK, Result

HERE = Path(__file__).resolve().parent
NAMES = sorted(path.stem.removeprefix("lab1-") for path in HERE.glob("lab1-*.toml"))
AGAIN = re.compile(r"SEED=(0x[0-9a-f]+) CASE=(\d+)")


@dataclass(frozen=True)
class Mutant:
    name: str
    story: str
    caught_by: list[str]
    refused: str
    random: str
    edits: list[dict[str, str]]


@dataclass(frozen=True)
class Judged:
    """What became of one host: also what is kept as JSON."""

    built: int  # build-host.sh's exit code
    said: str
    results: list[Result]
    replays: dict[str, str]  # test: its kind when its SEED and CASE ran again


def load(name: str) -> Mutant:
    data = tomllib.loads((HERE / f"lab1-{name}.toml").read_text())
    return Mutant(
        name,
        data["story"],
        data.get("caught_by", []),
        data.get("refused", ""),
        data.get("random", ""),
        data["edit"],
    )


def source_of(mutant: Mutant) -> str:
    """The mutant's ring.c. An edit that no longer fits says so by name."""
    text = (ROOT / "solution" / "ring.c").read_text()
    for number, edit in enumerate(mutant.edits, 1):
        times = text.count(edit["find"])
        assert times == 1, (
            f"lab1-{mutant.name}.toml: what edit {number} finds occurs {times} times "
            f"in solution/{edit['file']}, not once; write the mistake anew:\n"
            + edit["find"]
        )
        text = text.replace(edit["find"], edit["replace"])
    return text


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Among several workers one builds a mutant, the others wait for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def fingerprint() -> str:
    return workbench.fingerprint()


def remembered(out: Path, text: str, make: Callable[[], Judged]) -> Judged:
    """What `make` gives, from out/judged.json where nothing has changed."""
    key = hashlib.sha256((fingerprint() + text).encode()).hexdigest()
    store = out / "judged.json"
    with only_one(out / "lock"):
        if store.exists():
            data: dict[str, Any] = json.loads(store.read_text())
            if data.pop("key") == key:
                data["results"] = [Result(**each) for each in data["results"]]
                return Judged(**data)
        judged = make()
        part = store.with_suffix(".part")
        part.write_text(json.dumps({"key": key, **asdict(judged)}, indent=1))
        part.rename(store)
        return judged


def look_at(out: Path, source: Path, tests: list[str] | None, again: bool) -> Judged:
    code, said = workbench.build(source, out)
    if code != 0:
        return Judged(code, said, [], {})
    results = workbench.judge(out, tests)
    replays = {}
    for test, result in results.items():
        place = AGAIN.search(result.message)
        if again and result.verdict == "failed" and place is not None:
            seed, case = place.groups()
            once_more = workbench.judge(out, [test], seed, case)[test]
            replays[test] = once_more.kind
    return Judged(code, said, list(results.values()), replays)


def judged(name: str) -> Judged:
    mutant = load(name)
    text = source_of(mutant)
    out = WORK / name

    def make() -> Judged:
        source = out / "ring.c"
        source.write_text(text)
        return look_at(out, source, mutant.caught_by, again=not mutant.random)

    return remembered(out, text + repr(mutant), make)


@pytest.fixture(scope="session", autouse=True)
def _made() -> None:
    workbench.must_be_made()


@pytest.mark.parametrize("name", NAMES)
def test_mutant_is_caught(name: str) -> None:
    mutant = load(name)
    seen = judged(name)

    if mutant.refused:
        assert seen.built == 2, f"{name}: the kit was to refuse it.\n{seen.said}"
        assert mutant.refused in seen.said, seen.said
        return
    assert seen.built == 0, f"{name} does not build:\n{seen.said}"
    assert mutant.caught_by, f"lab1-{name}.toml names no test that catches it."
    results = {result.test: result for result in seen.results}
    for test in mutant.caught_by:
        assert test in results, f"{name}: {test} is no graded test of lab.toml."
        assert results[test].verdict == "failed", (
            f"{name}: {test} was to fail; it ended '{results[test].verdict}'.\n"
            f"{mutant.story}\n{results[test].message}"
        )


@pytest.mark.parametrize("name", NAMES)
def test_failure_comes_again(name: str) -> None:
    """The command that a student is given shows the same failure."""
    seen = judged(name)
    for result in seen.results:
        if result.test in seen.replays:
            assert seen.replays[result.test] == result.kind, (
                f"{name}: {result.test} failed ({result.kind}); again, with the "
                f"SEED and CASE it printed, it gave '{seen.replays[result.test]}'.\n"
                + result.message
            )


def test_every_graded_test_is_needed() -> None:
    """A test that no mistake fails earns its points from everybody."""
    needed: set[str] = set()
    # From the end: other workers come from the beginning.
    for name in reversed(NAMES):
        needed |= {r.test for r in judged(name).results if r.verdict == "failed"}
    idle = [test for test in workbench.suite_of() if test not in needed]
    assert not idle, "No mutant fails " + ", ".join(idle)


def test_starter_scores_nothing() -> None:
    source = ROOT / "starter" / "ring.c"
    out = WORK / "starter"
    seen = remembered(
        out,
        source.read_text(),
        lambda: look_at(out, source, None, again=False),
    )
    assert seen.built == 0, seen.said
    assert not seen.said, f"The starter builds with warnings:\n{seen.said}"
    assert len(seen.results) == len(workbench.suite_of())
    for result in seen.results:
        assert result.verdict == "failed", f"The starter earns {result.test}."
        assert result.kind == "expectation", result.message
