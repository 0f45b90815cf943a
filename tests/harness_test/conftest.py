"""What several tests of the judge share."""

from __future__ import annotations

from pathlib import Path

import bad_ring
import pytest


@pytest.fixture(scope="session")
def judge_built() -> None:
    for path in (bad_ring.JUDGE, bad_ring.KIT / "stamp"):
        if not path.exists():
            pytest.fail(f"{path} is missing: run 'make kit judges' first")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Where the judge is to write."""
    return tmp_path / "results.jsonl"
