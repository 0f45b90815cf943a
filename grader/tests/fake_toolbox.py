"""A sandbox and a builder that do nothing, for the grader's own tests.

The 'host' is the submission's ring.c itself, which fake_judge.py takes for a script.
A source that begins with "no build" does not compile.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence


@dataclass(frozen=True)
class Level:
    name: str
    reason: str


@dataclass(frozen=True)
class Built:
    status: str
    log: str


def detect(confine: Path, wanted: str = "auto") -> Level:
    return Level("none" if wanted == "auto" else wanted, "a fake")


class Slot:
    def __init__(self, confine: Path, level: Level, index: int, root: Path) -> None:
        self.folder = root / f"slot{index}"

    def __enter__(self) -> "Slot":
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self

    def __exit__(self, *_: Any) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def host_flags(self, out: Path) -> list[str]:
        return [f"--host={self.folder / 'host'}"]


def build(
    slot: Slot, kit: Path, lab: str, sources: Path, files: Sequence[str], out: Path
) -> Built:
    text = (sources / files[0]).read_text("utf-8", "replace")
    if text.startswith("no build"):
        return Built("compile-error", text)
    if text.startswith("broken kit"):
        return Built("infra-error", "the kit is broken")
    shutil.copy(sources / files[0], slot.folder / "host")
    return Built("ok", "")
