"""What the tests of mutants and alternatives know of a lab: its lab.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JUDGES = ROOT / "build" / "judge"
SUITES = ("public", "hidden")


@dataclass(frozen=True)
class Lab:
    id: str  # "lab2", as mutants and alternatives begin
    toml: Path
    files: tuple[str, ...]  # what a student hands in
    needs: tuple[str, ...]  # of earlier labs
    suites: dict[str, str]  # "public" or "hidden", of every graded test

    @property
    def sources(self) -> tuple[str, ...]:
        """All that a host is built from."""
        return self.files + self.needs

    def judge(self, suite: str) -> Path:
        return JUDGES / f"{self.id}-{suite}"

    @property
    def explorer(self) -> Path:
        """What a student's objects are linked with to explore; not all have it."""
        return JUDGES / f"{self.id}-direct.o"


@cache
def lab_of(name: str) -> Lab:
    """The lab of a mutant or an alternative, by how its name begins."""
    wanted = name.split("-")[0]
    found = list(ROOT.glob(f"labs/{wanted}-*/lab.toml"))
    if len(found) != 1:
        raise FileNotFoundError(
            f"{name}: there is no lab '{wanted}' in labs/; begin the name with one."
        )
    data = tomllib.loads(found[0].read_text())
    return Lab(
        wanted,
        found[0],
        tuple(data["files"]),
        tuple(data.get("needs", ())),
        {test["name"]: test["suite"] for test in data["test"]},
    )
