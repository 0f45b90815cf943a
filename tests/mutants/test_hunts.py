"""What students are sent to find is found, and only where it is.

A hunt (hunts_test.cc of a lab) goes well when a run breaks its rule.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import workbench
from lab import ROOT, lab_of
from mutant import edited, load

HUNTS = [
    "Race.LosesAWrite",
    "TruncatedStore.MakesAFalseConflict",
    "TruncatedStore.LosesAWrite",
]
RACE_EVENTS = 12  # of the race when it has been made simple, at most


def hunted(hunt: str, out: Path, *flags: str) -> workbench.Result:
    workbench.forget_results(out)
    workbench.run_judge(lab_of("lab3"), "hunts", out, f"--gtest_filter={hunt}", *flags)
    return workbench.read_results(out)[hunt]


def link(folder: Path) -> Path:
    """A folder with the reference's host, for results of its own."""
    (folder / "host").symlink_to(ROOT / "build/hosts/solution/lab3/host")
    return folder


# Those with twelve nodes take half a minute.
@pytest.mark.parametrize(
    ("hunt", "seed"),
    [(HUNTS[0], seed) for seed in ("0x1", "0x2", "0x3")]
    + [(hunt, "0x1") for hunt in HUNTS[1:]],
)
def test_is_found_on_the_reference(hunt: str, seed: str, tmp_path: Path) -> None:
    explorer = ROOT / "build/hosts/solution/lab3-direct"
    found = hunted(hunt, link(tmp_path), f"--seed={seed}", f"--direct={explorer}")
    assert found.verdict == "found", found.message
    assert f"make find-lab3 T={hunt} SEED={seed} CASE=" in found.message
    if hunt == HUNTS[0]:
        assert found.events is not None
        assert found.events <= RACE_EVENTS, found.message


def test_a_program_that_is_not_written_yet_is_no_find(tmp_path: Path) -> None:
    folder = ROOT / "starter"
    code, said = workbench.build(lab_of("lab3"), folder, tmp_path)
    assert code == 0, said
    seen = hunted(HUNTS[0], tmp_path, "--seed=0x1")
    assert seen.verdict == "failed", seen.message
    assert "DYN_ETODO" in seen.message


@pytest.mark.parametrize("hunt", HUNTS[1:])
def test_is_not_found_where_nothing_is_truncated(hunt: str, tmp_path: Path) -> None:
    for file, text in edited(load("lab3-siblings-put-never-truncates")).items():
        (tmp_path / file).write_text(text)
    code, said = workbench.build(lab_of("lab3"), tmp_path, tmp_path)
    assert code == 0, said
    seen = hunted(hunt, tmp_path, "--seed=0x1", "--cases=40")
    assert (seen.verdict, seen.kind) == ("failed", "not found"), seen.message
    assert "none of the 40 runs broke it" in seen.message
