"""Right rings, built in ways the reference is not, must pass every graded test.

A test that fails one of them asks for more than the contract says.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "mutants"))

import workbench  # noqa: E402

SOURCES = [
    ROOT / "solution" / "ring.c",
    *sorted(Path(__file__).parent.glob("lab1-*/ring.c")),
]


def test_there_are_three() -> None:
    assert len(SOURCES) >= 4, "Three rings beside the reference are expected here."


@pytest.mark.parametrize("suite", ["public", "hidden"])
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parent.name)
def test_right_ring_passes(source: Path, suite: str) -> None:
    workbench.must_be_made()
    out = ROOT / "build" / "alternatives" / f"{source.parent.name}-{suite}"
    code, said = workbench.build(source, out)
    assert code == 0, said
    assert not said, f"It builds with warnings:\n{said}"
    tests = [test for test, of in workbench.suite_of().items() if of == suite]
    results = workbench.judge(out, tests)
    assert sorted(results) == sorted(tests)
    wrong = [result for result in results.values() if result.verdict != "passed"]
    assert not wrong, "\n".join(
        f"{result.test} ({result.kind})\n{result.message}" for result in wrong
    )
