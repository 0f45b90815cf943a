"""What clocks lose and what gets find: a student's numbers, from lab3-figures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drawing import output_of

# Dynamo's shopping cart over 24 hours (DeCandia and others, 2007, section 6.3).
PAPER_ONE_VERSION = 0.9994
CHECK_ROUNDS = 400  # the same seeds every time


@dataclass(frozen=True)
class Crowd:
    """Clients that get and put one key, again and again."""

    program: str  # vclock, dvv
    clients: int
    one: bool  # all put through one coordinator
    pause_ms: float  # between the rounds of a client, in the mean
    puts: int
    lost: int
    gets: int
    versions: list[int]  # gets that found so many

    @property
    def lost_share(self) -> float:
        return self.lost / self.puts

    def found(self, least: int, most: int | None = None) -> float:
        """The share of gets that found so many versions."""
        end = None if most is None else most + 1
        return sum(self.versions[least:end]) / self.gets

    @property
    def mean(self) -> float:
        """Versions of a get, in the mean."""
        return sum(n * gets for n, gets in enumerate(self.versions)) / self.gets

    @property
    def most(self) -> int:
        return len(self.versions) - 1


@dataclass(frozen=True)
class Data:
    """What lab3-figures printed."""

    raw: dict[str, Any]

    @property
    def crowds(self) -> list[Crowd]:
        return [Crowd(**row) for row in self.raw["crowds"]]

    @property
    def pauses(self) -> list[Crowd]:
        """Two clients, further and further apart."""
        return [Crowd(**row) for row in self.raw["pauses"]]

    def of(self, program: str, one: bool) -> list[Crowd]:
        return [c for c in self.crowds if (c.program, c.one) == (program, one)]


def measure(program: Path, rounds: int | None) -> Data:
    """What the program prints, a JSON."""
    arguments = [] if rounds is None else [f"--rounds={rounds}"]
    return Data(json.loads(output_of(program, arguments, "test-lab3")))


# ---- Checking ----


def complaints(data: Data) -> list[str]:
    """Where the reference's figures are not what they must be."""
    found = []
    for crowd in [*data.crowds, *data.pauses]:
        name = f"{crowd.program}, {crowd.clients} clients, {crowd.pause_ms} ms"
        if crowd.program == "dvv" and crowd.lost > 0:
            found.append(f"{name}: dots lose {crowd.lost} of {crowd.puts} puts")
        if crowd.clients == 1 and (crowd.lost > 0 or crowd.most > 1):
            found.append(f"{name}: one client alone races with nobody")
        if crowd.most > crowd.clients:
            found.append(f"{name}: a get found {crowd.most} versions")
    for one, least in ((True, 0.4), (False, 0.1)):
        shares = [c.lost_share for c in data.of("vclock", one)]
        if shares[-1] < least or shares[-1] <= shares[1]:
            found.append(f"the paper's clocks lose too few puts: {shares}")
    means = [c.mean for c in data.of("dvv", True)]
    if means[-1] < 1.5 or means[-1] <= means[1]:
        found.append(f"siblings do not grow with the number of clients: {means}")
    shares = [c.found(2) for c in data.pauses]
    if shares[0] < 0.2 or shares[-1] > 0.01:
        found.append(f"siblings do not become rare with time: {shares}")
    return found
