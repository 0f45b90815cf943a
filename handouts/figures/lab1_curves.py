"""The curves of Figures 6 and 8: a student's, from figures.c, and the paper's."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

from drawing import output_of

STRATEGIES = (1, 2, 3)
# Figure 8, read off the paper's drawing: efficiency by size of the metadata.
SIZES = [30 * 2**k for k in range(1, 11)]
PAPER = {
    1: [0.521, 0.609, 0.690, 0.759, 0.821, 0.869, 0.909, 0.931, 0.950, 0.960],
    2: [0.532, 0.610, 0.701, 0.760, 0.822, 0.851, 0.881, 0.870, 0.851, 0.841],
    3: [0.861, 0.869, 0.901, 0.920, 0.941, 0.960, 0.971, 0.981, 0.981, 0.990],
}
TOLERANCE = 0.02  # of an efficiency; the drawing itself is read to about 0.005
TRIALS_MIN = 3  # fewer say nothing: a slow ring has only one of the largest
CHECK_TRIALS = 12  # about 5 s with the reference; the same seeds every time
# Figure 6: fractions out of balance that section 6.2 states.
PAPER_LOW, PAPER_HIGH = 0.20, 0.10


@dataclass(frozen=True)
class Point:
    """One row of Figure 8's table."""

    strategy: int
    metadata: int
    trials: int
    first_seed: int
    last_seed: int
    mean: float
    deviation: float

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return self.deviation / math.sqrt(self.trials)


@dataclass(frozen=True)
class Window:
    """One row of Figure 6's table."""

    strategy: int
    hour: float
    load: float
    trials: int
    mean: float


def run(program: Path, figure: int, trials: int | None) -> str:
    """The program's CSV."""
    arguments = [str(figure)] + ([] if trials is None else [f"--trials={trials}"])
    return output_of(program, arguments, "test-lab1")


def points_of(table: str) -> list[Point]:
    return [
        Point(
            strategy=int(row["strategy"]),
            metadata=int(row["metadata"]),
            trials=int(row["trials"]),
            first_seed=int(row["first_seed"]),
            last_seed=int(row["last_seed"]),
            mean=float(row["mean"]),
            deviation=float(row["deviation"]),
        )
        for row in csv.DictReader(io.StringIO(table))
    ]


def windows_of(table: str) -> list[Window]:
    return [
        Window(
            strategy=int(row["strategy"]),
            hour=float(row["hour"]),
            load=float(row["load"]),
            trials=int(row["trials"]),
            mean=float(row["mean"]),
        )
        for row in csv.DictReader(io.StringIO(table))
    ]


def paper_value(point: Point) -> float:
    return PAPER[point.strategy][SIZES.index(point.metadata)]


def far_from_paper(points: list[Point]) -> list[Point]:
    """The points that are off by more than chance and reading explain."""
    return [
        p
        for p in points
        if p.trials >= TRIALS_MIN
        and abs(p.mean - paper_value(p)) > TOLERANCE + 2 * p.error
    ]


def low_and_high(windows: list[Window], strategy: int) -> tuple[float, float]:
    """Mean out-of-balance fraction at the lowest and the highest loads."""
    mine = sorted((w for w in windows if w.strategy == strategy), key=lambda w: w.load)
    low, high = mine[:8], mine[-8:]
    return sum(w.mean for w in low) / len(low), sum(w.mean for w in high) / len(high)


# ---- Checking ----


def complaints(points: list[Point], windows: list[Window]) -> list[str]:
    """Where the ring's curves are not the paper's; empty when they are."""
    found = [
        f"Figure 8, strategy {p.strategy}, metadata {p.metadata}: efficiency "
        f"{p.mean:.3f}, the paper has {paper_value(p):.3f}"
        for p in far_from_paper(points)
    ]
    if len(points) != len(STRATEGIES) * len(SIZES):
        found.append(f"Figure 8 has {len(points)} points instead of 30")
        return found
    value = {(p.strategy, p.metadata): p.mean for p in points}
    for size in SIZES:
        if value[3, size] <= max(value[1, size], value[2, size]):
            found.append(f"Figure 8: strategy 3 is not the best at metadata {size}")
    if value[2, SIZES[-1]] > max(value[2, size] for size in SIZES) - 0.02:
        found.append("Figure 8: strategy 2 has no hump")
    low, high = low_and_high(windows, 1)
    for name, seen, paper in (("low", low, PAPER_LOW), ("high", high, PAPER_HIGH)):
        if abs(seen - paper) > 0.05:
            found.append(
                f"Figure 6, {name} load: {seen:.0%} of the nodes are out of "
                f"balance, the paper has about {paper:.0%}"
            )
    return found
