"""The graded tests are tested: each wrong solution here must fail the test for it.

A mutant is a file LAB-NAME.toml; mutant.py says what stands in it.
"""

from __future__ import annotations

import pytest
import workbench
from lab import ROOT, lab_of
from mutant import LABS, NAMES, Wish, judged, load, seen
from workbench import WORK

EVENTS_FEW = 20  # events that a student reads at one sitting
EVENTS_FEW_IN = {"lab2": 25}  # so many mutants at least are told in as few


@pytest.fixture(scope="session", autouse=True)
def _made() -> None:
    for lab in LABS:
        workbench.must_be_made(lab_of(lab))


@pytest.mark.parametrize("name", NAMES)
def test_mutant_is_caught(name: str) -> None:
    mutant = load(name)
    found = judged(name)

    if mutant.refused:
        assert found.built == 2, f"{name}: the kit was to refuse it.\n{found.said}"
        assert mutant.refused in found.said, found.said
        return
    assert found.built == 0, f"{name} does not build:\n{found.said}"
    assert not found.said, f"{name}: a compiler catches it too:\n{found.said}"
    assert mutant.caught_by, f"{name}.toml names no test that catches it."
    results = {result.test: result for result in found.results}
    for test in mutant.caught_by:
        assert test in results, f"{name}: {test} is no graded test of lab.toml."
        assert results[test].verdict == "failed", (
            f"{name}: {test} was to fail; it ended '{results[test].verdict}'.\n"
            f"{mutant.story}\n{results[test].message}"
        )


@pytest.mark.parametrize("name", NAMES)
def test_failure_comes_again(name: str) -> None:
    """The command that a student is given shows the same failure."""
    found = judged(name)
    for result in found.results:
        if result.test in found.replays:
            assert found.replays[result.test] == result.kind, (
                f"{name}: {result.test} failed ({result.kind}); again, with the "
                f"SEED and CASE it printed, it gave '{found.replays[result.test]}'.\n"
                + result.message
            )


@pytest.mark.parametrize("lab", LABS)
def test_every_graded_test_is_needed(lab: str) -> None:
    """A test that no mistake fails earns its points from everybody."""
    needed: set[str] = set()
    # From the end: other workers come from the beginning.
    for name in reversed(NAMES):
        if name.startswith(f"{lab}-"):
            needed |= {r.test for r in judged(name).results if r.verdict == "failed"}
    idle = [test for test in lab_of(lab).suites if test not in needed]
    assert not idle, "No mutant fails " + ", ".join(idle)


@pytest.mark.parametrize("lab", EVENTS_FEW_IN)
def test_failures_of_clusters_are_short(lab: str) -> None:
    """What is left of a failure when it has been made simple can be read."""
    lengths: dict[str, int] = {}
    for name in reversed(NAMES):
        if name.startswith(f"{lab}-"):
            events = [r.events for r in judged(name).results if r.events is not None]
            if events:
                lengths[name] = min(events)
    short = [name for name, events in lengths.items() if events <= EVENTS_FEW]
    assert len(short) >= EVENTS_FEW_IN[lab], (
        f"Only {len(short)} mutants fail in {EVENTS_FEW} events or fewer:\n"
        + "\n".join(
            f"{events:6} {name}"
            for name, events in sorted(lengths.items(), key=lambda each: each[1])
        )
    )


@pytest.mark.parametrize("lab", LABS)
def test_starter_scores_nothing(lab: str) -> None:
    starter = {
        file: (ROOT / "starter" / file).read_text() for file in lab_of(lab).files
    }
    found = seen(Wish(lab_of(lab), starter, None), WORK / f"{lab}-starter")
    assert found.built == 0, found.said
    assert not found.said, f"The starter builds with warnings:\n{found.said}"
    assert len(found.results) == len(lab_of(lab).suites)
    for result in found.results:
        assert result.verdict == "failed", f"The starter earns {result.test}."
        assert result.kind == "expectation", result.message
