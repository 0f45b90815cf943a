"""What R and W cost and buy: a student's numbers, from lab2-figures, and PBS's."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drawing import output_of

# PBS (Bailis and others, 2012): N = 3, R = W = 1, LinkedIn's disks.
PAPER_AT_ONCE = 0.44  # fresh at t = 0
PAPER_999_MS = 45.5  # 99.9 % fresh after
SHOWN = [(1, 1), (1, 2), (2, 1), (2, 2)]  # whose freshness is measured
CHECK_TRIALS = 400  # the same seeds every time


@dataclass(frozen=True)
class Fresh:
    """The gets that began so long after their put was answered."""

    t_ms: float
    trials: int
    fresh: int
    back: int  # first fresh, then stale
    predicted: float

    @property
    def share(self) -> float:
        return self.fresh / self.trials

    @property
    def error(self) -> float:
        """Two standard errors; where all are alike, three in so many."""
        spread = 2 * math.sqrt(self.share * (1 - self.share) / self.trials)
        return max(spread, 3 / self.trials if self.share in (0, 1) else 0)

    @property
    def sigma(self) -> float:
        """What chance alone moves the share by, if the prediction is right."""
        return math.sqrt(self.predicted * (1 - self.predicted) / self.trials)


@dataclass(frozen=True)
class Sizes:
    """All that is known of one R and W."""

    n: int
    r: int
    w: int
    raw: dict[str, Any]

    @property
    def name(self) -> str:
        return f"R={self.r}, W={self.w}"

    @property
    def fresh(self) -> list[Fresh]:
        predicted = self.raw["predicted"]["at_waits"]
        return [
            Fresh(row["t_ms"], row["trials"], row["fresh"], row["back"], expected)
            for row, expected in zip(self.raw.get("freshness", []), predicted)
        ]

    @property
    def curve(self) -> list[tuple[float, float]]:
        return [(t, share) for t, share in self.raw["predicted"]["curve"]]

    @property
    def wait_999_ms(self) -> float:
        return float(self.raw["predicted"]["wait_999_ms"])

    def times(self, what: str, measured: bool) -> list[float]:
        """Milliseconds for each of Data.parts; what: put or get."""
        source = self.raw["latency" if measured else "predicted"]
        return [float(ms) for ms in source[what + "_ms"]]

    def succeeded(self, what: str, down: int) -> float:
        """The share of the sets of so many nodes down in which it succeeds."""
        codes = [
            bool(row[what])
            for row in self.raw["availability"]
            if row["down"].bit_count() == down
        ]
        return sum(codes) / len(codes)

    def available(self, what: str, up: float) -> float:
        """How often it succeeds when each node is up with that chance."""
        total = 0.0
        for row in self.raw["availability"]:
            down = row["down"].bit_count()
            total += float(row[what] * up ** (self.n - down) * (1 - up) ** down)
        return total

    @property
    def predicted_availability(self) -> list[tuple[float, float, float, float]]:
        """Chance of a node to be up; of r, of w, of both to be."""
        rows = self.raw["predicted_availability"]
        return [(up, r_up, w_up, both_up) for up, r_up, w_up, both_up in rows]


@dataclass(frozen=True)
class Data:
    """What lab2-figures printed."""

    raw: dict[str, Any]

    @property
    def sizes(self) -> list[Sizes]:
        n = self.raw["n"]
        return [Sizes(n, row["r"], row["w"], row) for row in self.raw["sizes"]]

    def of(self, r: int, w: int) -> Sizes:
        return next(s for s in self.sizes if (s.r, s.w) == (r, w))

    @property
    def parts(self) -> list[float]:
        return [float(part) for part in self.raw["parts"]]


def measure(program: Path, trials: int | None) -> Data:
    """What the program prints, a JSON."""
    arguments = [] if trials is None else [f"--trials={trials}"]
    return Data(json.loads(output_of(program, arguments, "test-lab2")))


# ---- Where measurement and prediction part ----


def apart(data: Data) -> list[tuple[Sizes, Fresh]]:
    """The points further from the prediction than chance explains."""
    return [
        (sizes, point)
        for sizes in data.sizes
        for point in sizes.fresh
        if abs(point.share - point.predicted) > 4 * point.sigma + 2 / point.trials
    ]


# ---- Checking ----


def freshness_complaints(data: Data) -> list[str]:
    found = [
        f"{sizes.name}, t = {point.t_ms} ms: {point.share:.3f} of "
        f"{point.trials} gets were fresh, the prediction is {point.predicted:.3f}"
        for sizes, point in apart(data)
    ]
    once = data.of(1, 1)
    if abs(once.curve[0][1] - PAPER_AT_ONCE) > 0.01:
        found.append(
            f"R=1, W=1: {once.curve[0][1]:.3f} are fresh at once, PBS has "
            f"{PAPER_AT_ONCE}"
        )
    if not 0.8 < once.wait_999_ms / PAPER_999_MS < 1.3:
        found.append(
            f"R=1, W=1: 99.9 % are fresh after {once.wait_999_ms:.1f} ms, PBS has "
            f"{PAPER_999_MS} ms"
        )
    for r, w in SHOWN:
        sizes = data.of(r, w)
        shares = [share for _, share in sizes.curve]
        if len(sizes.fresh) < 5:
            found.append(f"{sizes.name}: fewer than 5 points were measured")
        if shares != sorted(shares):
            found.append(f"{sizes.name}: waiting longer makes gets less fresh")
        if r + w > data.raw["n"]:
            if min(shares) < 1 or any(p.fresh < p.trials for p in sizes.fresh):
                found.append(f"{sizes.name}: quorums meet, yet gets are stale")
        elif shares[0] > 0.9 or sizes.fresh[0].share > 0.9:
            found.append(f"{sizes.name}: no gets are stale, though they may be")
    if not 0.05 < once.fresh[0].back / once.fresh[0].trials < 0.4:
        found.append("R=1, W=1: second gets do not fall behind first ones")
    if any(p.back for p in data.of(2, 2).fresh):
        found.append("R=2, W=2: a second get was staler than the first")
    return found


def cost_complaints(data: Data) -> list[str]:
    found = []
    median = data.parts.index(0.5)
    for sizes in data.sizes:
        for what in ("put", "get"):
            seen = sizes.times(what, measured=True)[median]
            due = sizes.times(what, measured=False)[median]
            writes_back = what == "get" and (sizes.r, sizes.w) in ((1, 2), (1, 3))
            if writes_back and seen < 2 * due:
                found.append(f"{sizes.name}: gets write back at no cost")
            if not writes_back and abs(seen - due) > 0.15 * due:
                found.append(
                    f"{sizes.name}: half of the {what}s take {seen:.2f} ms or "
                    f"less, the prediction is {due:.2f} ms"
                )
        for up, r_up, _, both_up in sizes.predicted_availability:
            if abs(sizes.available("put", up) - both_up) > 1e-9:
                found.append(f"{sizes.name}, up {up}: puts succeed not as predicted")
                break
            if not both_up - 1e-9 <= sizes.available("get", up) <= r_up + 1e-9:
                found.append(f"{sizes.name}, up {up}: gets succeed not as predicted")
                break
    for w in (1, 2):
        if (
            data.of(1, w).times("put", True)[median]
            >= data.of(1, w + 1).times("put", True)[median]
        ):
            found.append(f"puts with W = {w + 1} are no slower than with W = {w}")
    return found


def complaints(data: Data) -> list[str]:
    """Where the reference's figures are not what they must be."""
    return freshness_complaints(data) + cost_complaints(data)
