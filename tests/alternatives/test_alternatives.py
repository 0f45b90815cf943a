"""Right solutions, built in ways the reference is not, must pass every graded test.

A test that fails one of them asks for more than the contract says. A folder
LAB-NAME holds the lab's files, or those of them that differ from the
reference's.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "mutants"))

import workbench  # noqa: E402
from lab import SUITES, Lab, lab_of  # noqa: E402

FOLDERS = sorted(path for path in Path(__file__).parent.glob("lab*-*"))
LABS = sorted({folder.name.split("-")[0] for folder in FOLDERS})
WITH_NODES = ("lab2", "lab3")
CASES = [(lab_of(lab), ROOT / "solution") for lab in LABS]
CASES += [(lab_of(folder.name), folder) for folder in FOLDERS]


# Every second node of their worlds is the reference's, which speaks the same
# messages.
MIXED = [folder for folder in FOLDERS if folder.name.split("-")[0] in WITH_NODES]


def test_there_are_three() -> None:
    rings = [folder for folder in FOLDERS if folder.name.startswith("lab1-")]
    assert len(rings) >= 3, "Three rings beside the reference are expected here."


def check_passed(results: dict[str, workbench.Result], tests: list[str]) -> None:
    assert sorted(results) == sorted(tests)
    wrong = [result for result in results.values() if result.verdict != "passed"]
    assert not wrong, "\n".join(
        f"{result.test} ({result.kind})\n{result.message}" for result in wrong
    )


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "lab, folder", CASES, ids=[f"{lab.id}-{folder.name}" for lab, folder in CASES]
)
def test_right_solution_passes(lab: Lab, folder: Path, suite: str) -> None:
    workbench.must_be_made(lab)
    out = ROOT / "build" / "alternatives" / f"{lab.id}-{folder.name}-{suite}"
    code, said = workbench.build(lab, folder, out)
    assert code == 0, said
    assert not said, f"It builds with warnings:\n{said}"
    tests = [test for test, of in lab.suites.items() if of == suite]
    results = workbench.judge(lab, out, tests)
    check_passed(results, tests)


def worlds_of(lab: Lab, suite: str) -> list[str]:
    """Those that run a cluster and nothing else."""
    found = []
    for path in sorted(
        (ROOT / "tests" / lab.toml.parent.name).glob(f"*{suite}_test.cc")
    ):
        found += re.findall(
            r"^GRADED_(?:WORLD|SCHEDULES)\(\s*(\w+),\s*(\w+)",
            path.read_text("utf-8"),
            re.MULTILINE,
        )
    names = [".".join(name) for name in found]
    return [name for name in names if name in lab.suites]


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("folder", MIXED, ids=[folder.name for folder in MIXED])
def test_a_cluster_of_two_solutions_passes(folder: Path, suite: str) -> None:
    lab = lab_of(folder.name)
    hosts = []
    for name, source in (("own", folder), ("peers", ROOT / "solution")):
        out = ROOT / "build" / "alternatives" / f"mixed-{folder.name}-{suite}-{name}"
        code, said = workbench.build(lab, source, out)
        assert code == 0, said
        hosts.append(out)
    tests = worlds_of(lab, suite)
    assert len(tests) > 3
    results = workbench.judge(lab, hosts[0], tests, peers=hosts[1] / "host")
    check_passed(results, tests)
