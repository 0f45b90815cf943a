"""The script that a failing seed prints does it again.

The failing case is played once more from its *.nemesis alone, with another seed: with
the clients that stand in it, and the same faults. It must break the same rule.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import workbench
from mutant import judged, load
from workbench import WORK

# A mutant, a test that fails for it, and what its script must speak of.
FAILURES = [
    ("lab2-register-begins-anew", "Register.IsLinearizableWhileNodesCrash", "crash"),
    ("lab2-register-trusts-agreement", "RegisterSizes.MayBeAnyThatOverlap", ""),
    ("lab3-coordinator-put-waits-for-one", "Store.LosesNothingWhileNodesCrash", ""),
    ("lab4-coordinator-get-reads-one", "StrictStore.LosesNothingWhateverFails", ""),
    ("lab4-handoff-never-looks", "SloppyStore.LosesNothingWhateverFails", ""),
    ("lab4-sync-tree-is-never-kept-up", "Replicas.AgreeInTheEndWhateverFails", ""),
]


def rule(message: str) -> str:
    """The rule that a failure is about, and the one that was found broken."""
    return message.split("  Seen ")[0]


@pytest.mark.parametrize(("name", "test", "word"), FAILURES)
def test_the_script_of_a_failure_does_it_again(
    name: str, test: str, word: str, tmp_path: Path
) -> None:
    assert judged(name).built == 0
    lab, explorer = load(name).lab, WORK / name / "direct"
    (tmp_path / "host").symlink_to(WORK / name / "host")
    first = workbench.judge(
        lab, tmp_path, [test], explorer=explorer if explorer.exists() else None
    )[test]
    assert first.verdict == "failed"
    saved = tmp_path / "steps" / f"{test}.nemesis"
    assert saved.exists(), first.message
    assert f"T={test} NEMESIS={saved}" in first.message
    script = Path(shutil.copy(saved, tmp_path / "again.nemesis"))
    assert word in script.read_text(), script.read_text()

    again = workbench.judge(lab, tmp_path, [test], seed="0x7777", nemesis=script)[test]
    assert again.verdict == "failed", script.read_text() + first.message
    assert again.kind == first.kind
    assert rule(again.message) == rule(first.message)
