"""What outages do to clients, what repair costs and how fast gossip is: a student's
numbers, from lab4-figures."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drawing import output_of

CHECK_RUNS = 1  # the same seeds every time
CHECK_NODES = 100  # a thousand take most of a minute


@dataclass(frozen=True)
class Repair:
    """Two replicas that compare a range, and then hold the same."""

    keys: int
    differ: int
    bytes: int  # of all that they say, as encoded
    trees: int  # of these: questions about subtrees, and answers
    naive: int  # if one told all keys and hashes instead
    whole: bool  # whole nodes; else the functions of merkle.h alone


@dataclass(frozen=True)
class Second:
    """Operations that began in one second of an outage."""

    asked: int
    in_time: int
    gets: int  # that were answered
    stale: int

    @property
    def answered_share(self) -> float:
        return self.in_time / self.asked

    @property
    def stale_share(self) -> float:
        return self.stale / self.gets if self.gets else 0.0


@dataclass(frozen=True)
class Trouble:
    """What goes wrong for a while."""

    from_ms: int
    until_ms: int
    down: int  # nodes; 0: the cluster is halved

    @property
    def name(self) -> str:
        return {0: "cut in halves", 1: "one down"}.get(self.down, "two down")


@dataclass(frozen=True)
class Homecoming:
    """A node that comes back, until it holds what it has missed."""

    missed: int  # keys
    ms: int
    bytes: int  # that all nodes have said meanwhile
    own_bytes: int  # of these, to it and by it


@dataclass(frozen=True)
class Rumour:
    """A change that one node is told of, until all know it."""

    nodes: int
    looks: int  # in a round
    bytes: int  # of all gossip meanwhile
    knowing: list[int]  # how many know, at first and after each look

    @property
    def rounds(self) -> float:
        """Until all know."""
        return (len(self.knowing) - 1) / self.looks

    @property
    def shares(self) -> list[float]:
        return [knowing / self.nodes for knowing in self.knowing]


@dataclass(frozen=True)
class Data:
    """What lab4-figures printed."""

    raw: dict[str, Any]

    @property
    def repairs(self) -> list[Repair]:
        return [Repair(**row) for row in self.raw["repairs"]]

    def drawn(self) -> dict[int, list[Repair]]:
        """By keys of the range. Whole nodes where there are any."""
        whole = {r.keys for r in self.repairs if r.whole}
        lines: dict[int, list[Repair]] = {}
        for repair in self.repairs:
            if repair.whole or repair.keys not in whole:
                lines.setdefault(repair.keys, []).append(repair)
        return lines

    @property
    def troubles(self) -> list[Trouble]:
        return [Trouble(**row) for row in self.raw["outages"]["troubles"]]

    @property
    def in_time_ms(self) -> int:
        return int(self.raw["outages"]["in_time_ms"])

    def seconds(self, mode: str) -> list[Second]:
        return [Second(**row) for row in self.raw["outages"]["modes"][mode]]

    def during(self, mode: str, down: int | None) -> Second:
        """The sum of all whole seconds of such a trouble; None: of those before
        the first."""
        spans = [
            (t.from_ms // 1000, t.until_ms // 1000)
            for t in self.troubles
            if t.down == down
        ] or [(0, min(t.from_ms for t in self.troubles) // 1000)]
        rows = [s for a, b in spans for s in self.seconds(mode)[a:b]]
        return Second(
            sum(s.asked for s in rows),
            sum(s.in_time for s in rows),
            sum(s.gets for s in rows),
            sum(s.stale for s in rows),
        )

    def homecomings(self, kind: str) -> dict[int, Homecoming]:
        """Of 'hints' or 'trees', by nodes of the cluster."""
        return {row["nodes"]: Homecoming(**row[kind]) for row in self.raw["scales"]}

    @property
    def lacks_gossip(self) -> str:
        """Why there are no rumours, or nothing."""
        return str(self.raw["rumours"]["lacks"])

    def rumours(self) -> dict[int, list[Rumour]]:
        """By nodes of the store."""
        looks = self.raw["rumours"]["looks"]
        found: dict[int, list[Rumour]] = {}
        for row in self.raw["rumours"]["runs"]:
            found.setdefault(row["nodes"], []).append(Rumour(looks=looks, **row))
        return found


def measure(program: Path, runs: int | None) -> Data:
    """What the program prints, a JSON."""
    arguments = [] if runs is None else [f"--runs={runs}"]
    if runs == CHECK_RUNS:
        arguments.append(f"--nodes={CHECK_NODES}")
    return Data(json.loads(output_of(program, arguments, "test-lab4")))


# ---- Checking ----


def most_bytes(keys: int, differ: int) -> int:
    """Of the questions and answers about subtrees: each of the keys that differ has
    its way down, 16 hashes a level, and a leaf of 16 keys of up to 10 bytes. A message
    has up to 64 bytes of other things in it."""
    subtrees, total = 1, 0
    while True:
        total += min(subtrees, differ) * (2 * 64 + 16 + 1 + 16 * 16)
        if subtrees >= keys:
            return total + differ * (64 + 3 + 16 * (2 + 10 + 16))
        subtrees *= 16


def repair_complaints(data: Data) -> list[str]:
    found = []
    both: dict[tuple[int, int], set[int]] = {}
    for r in data.repairs:
        name = f"{r.differ} of {r.keys} keys differ"
        if r.trees > most_bytes(r.keys, r.differ):
            found.append(f"{name}: {r.trees} bytes about subtrees")
        both.setdefault((r.keys, r.differ), set()).add(r.bytes)
    for (keys, differ), sums in both.items():
        if len(sums) > 1:
            found.append(
                f"{differ} of {keys} keys differ: whole nodes and trees alone say "
                f"different numbers of bytes, {sorted(sums)}"
            )
    lines = data.drawn()
    for line in lines.values():
        if line[0].keys >= 10000 and line[0].bytes * 20 > line[0].naive:
            found.append(f"one of {line[0].keys} keys costs {line[0].bytes} bytes")
    return found


def outage_complaints(data: Data) -> list[str]:
    found = []
    for mode in ("strict", "sloppy"):
        if data.during(mode, None).answered_share < 0.99:
            found.append(f"{mode}: not all is answered while all nodes are up")
    if any(s.stale for s in data.seconds("strict")):
        found.append("strict: gets are stale, though R + W > N")
    if data.during("strict", 0).answered_share > 0.7:
        found.append("strict: a halved cluster answers on both sides")
    for down in (0, 2):
        strict, sloppy = (data.during(m, down) for m in ("strict", "sloppy"))
        if sloppy.answered_share < strict.answered_share + 0.03:
            found.append(
                f"sloppy quorums answer no more with {down or 'half the nodes'} "
                f"down: {sloppy.answered_share:.2f} after {strict.answered_share:.2f}"
            )
    if data.during("sloppy", 0).stale_share < 0.02:
        found.append("sloppy: no get is stale in a cluster that is halved")
    if any(s.stale for s in data.seconds("sloppy")[-2:]):
        found.append("sloppy: gets are stale seconds after all is healed")
    return found


def scale_complaints(data: Data) -> list[str]:
    found = []
    for kind, most_ms in (("hints", 5000), ("trees", 30000)):
        homes = data.homecomings(kind)
        for nodes, home in homes.items():
            if home.ms > most_ms:
                found.append(f"{kind}, {nodes} nodes: {home.ms} ms to come home")
        low, high = homes[min(homes)], homes[max(homes)]
        if high.own_bytes > 4 * low.own_bytes:
            found.append(
                f"{kind}: with {max(homes)} nodes the one that returns says and is "
                f"told {high.own_bytes} bytes, after {low.own_bytes} with {min(homes)}"
            )
    return found


def rumour_complaints(data: Data) -> list[str]:
    found = [f"gossip: {data.lacks_gossip}"] if data.lacks_gossip else []
    for nodes, runs in data.rumours().items():
        slowest = max(run.rounds for run in runs)
        # Asking both ways each round doubles those who know, and then squares the
        # share of those who do not.
        if not 1 <= slowest <= 2 * math.log2(nodes) + 4:
            found.append(f"{nodes} nodes: {slowest} rounds until all know")
    return found


def complaints(data: Data) -> list[str]:
    """Where the reference's figures are not what they must be."""
    return (
        repair_complaints(data)
        + outage_complaints(data)
        + scale_complaints(data)
        + rumour_complaints(data)
    )
