"""What stalls, averages and many calls do to tails: a student's numbers, from
labs/lab5-tail/figures.c."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drawing import output_of

CHECK_PAGES = 20000  # the same seed every time
TOLERANCE = 0.01  # what histogram.h and fanout.h allow
NAMED = [500000, 900000, 990000, 999000, 999900]  # percentiles that tables have
CHANCE = 4.0  # deviations by which a share of pages may be off


def off(seen: float, right: float) -> float:
    """How far, as a share of what is right."""
    return abs(seen - right) / right


@dataclass(frozen=True)
class Percentile:
    """One percentile under the stalls, in microseconds."""

    per_million: int
    met: int  # by clients, counted from all times
    latency: int  # what the student's load says
    service: int
    closed: int  # what the closed loop says

    @property
    def rest(self) -> float:
        """The share of requests beyond it."""
        return 1 - self.per_million / 1e6


@dataclass(frozen=True)
class Node:
    requests: int
    us: int  # the 99.9th percentile


@dataclass(frozen=True)
class Store:
    """Ten nodes' percentiles, and those of the whole."""

    name: str  # 'asked' or 'avoided': what becomes of the slow node, the last one
    nodes: list[Node]
    average: float
    merged: int
    exact: int

    @property
    def factor(self) -> float:
        """By which the average is wrong, up or down."""
        return max(self.average / self.exact, self.exact / self.average)


@dataclass(frozen=True)
class Predicted:
    """What fanout.h says of pages of so many calls."""

    calls: int
    over: float  # share of pages that exceed the limit
    us: list[int]  # percentiles
    budget: int  # of a million calls


@dataclass(frozen=True)
class Drawn:
    """What pages met that were drawn; each percentile with the bounds of chance."""

    calls: int
    over: float
    us: list[tuple[int, int, int]]


@dataclass(frozen=True)
class Pages:
    limit_us: int
    drawn: int  # for each number of calls
    per_million: list[int]
    curve: list[Predicted]
    points: list[tuple[Predicted, Drawn]]


@dataclass(frozen=True)
class Data:
    """What the program printed."""

    raw: dict[str, Any]

    @property
    def stall(self) -> dict[str, Any]:
        return dict(self.raw["stall"])

    @property
    def percentiles(self) -> list[Percentile]:
        return [Percentile(**row) for row in self.raw["stall"]["percentiles"]]

    def percentile(self, per_million: int) -> Percentile:
        return next(p for p in self.percentiles if p.per_million == per_million)

    @property
    def stores(self) -> dict[str, Store]:
        return {
            row["name"]: Store(**row | {"nodes": [Node(**n) for n in row["nodes"]]})
            for row in self.raw["stores"]
        }

    @property
    def pages(self) -> Pages:
        raw = self.raw["pages"]
        return Pages(
            limit_us=raw["limit"],
            drawn=raw["drawn"],
            per_million=raw["per_million"],
            curve=[Predicted(**row) for row in raw["curve"]],
            points=[
                (Predicted(**p["predicted"]), Drawn(**p["met"])) for p in raw["points"]
            ],
        )

    @property
    def error(self) -> float:
        """The largest of a histogram's percentile, as a share of the exact one."""
        return float(self.raw["error"]["most"])

    @property
    def compared(self) -> int:
        """How many percentiles it is the largest of."""
        return int(self.raw["error"]["compared"])


def measure(program: Path, pages: int | None) -> Data:
    """What the program prints, a JSON."""
    arguments = [] if pages is None else [f"--pages={pages}"]
    return Data(json.loads(output_of(program, arguments, "test-lab5")))


# ---- What is not right ----


def share_text(per_million: int) -> str:
    return f"{per_million / 1e4:.6g} %"


def ms_text(us: float) -> str:
    return f"{us / 1000:,.3g} ms" if us < 1e6 else f"{us / 1000:,.0f} ms"


def load_complaints(data: Data) -> list[str]:
    """Where the load does not say what clients met."""
    found = []
    left, meant = data.stall["left"], data.stall["requests"]
    if left != meant:
        found.append(f"of {meant:,} requests {left:,} have left")
    wrong = [p for p in data.percentiles if off(p.latency, p.met) > TOLERANCE]
    if wrong:
        named = [p for p in wrong if p.per_million in NAMED]
        worst = max(named or wrong, key=lambda p: off(p.latency, p.met))
        found.append(
            f"load_latency says that {share_text(worst.per_million)} of the requests "
            f"took no more than {ms_text(worst.latency)}; clients met "
            f"{ms_text(worst.met)}"
        )
    return found


def histogram_complaints(data: Data) -> list[str]:
    if data.error <= TOLERANCE:
        return []
    return [f"a percentile of a histogram is off by {data.error:.2%} of it"]


def store_complaints(data: Data) -> list[str]:
    return [
        f"the merged histogram of the ten nodes (the slow one {store.name}) says "
        f"{ms_text(store.merged)}, and the exact percentile is {ms_text(store.exact)}"
        for store in data.stores.values()
        if off(store.merged, store.exact) > TOLERANCE
    ]


def page_complaints(data: Data) -> list[str]:
    """Where pages meet something else than was predicted, beyond chance."""
    found = []
    pages = data.pages
    for predicted, drawn in pages.points:
        calls = f"pages of {predicted.calls:,} calls"
        chance = math.sqrt(
            max(predicted.over * (1 - predicted.over), 1e-9) / pages.drawn
        )
        if abs(drawn.over - predicted.over) > CHANCE * chance:
            found.append(
                f"{calls}: {predicted.over:.3%} are predicted to exceed "
                f"{ms_text(pages.limit_us)}, and {drawn.over:.3%} did"
            )
        for share, us, (low, met, high) in zip(
            pages.per_million, predicted.us, drawn.us
        ):
            if not low * (1 - TOLERANCE) <= us <= high * (1 + TOLERANCE):
                found.append(
                    f"{calls}: their percentile {share_text(share)} is predicted as "
                    f"{ms_text(us)}, and was {ms_text(met)}"
                )
    return found


# ---- What the experiments must show ----


def lesson_complaints(data: Data) -> list[str]:
    """Where the picture would not show what it is there to show."""
    found = []
    p = data.percentile(999000)
    if p.closed * 10 > p.met:
        found.append(
            f"the closed loop's 99.9 % is {ms_text(p.closed)}, no tenth of what "
            f"clients met, {ms_text(p.met)}"
        )
    p = data.percentile(990000)
    if p.service * 10 > p.latency:
        found.append(
            f"load_service says {ms_text(p.service)} at 99 %, no tenth of "
            f"load_latency, {ms_text(p.latency)}"
        )
    for store in data.stores.values():
        if store.factor <= 2:
            found.append(
                f"the average of percentiles (the slow node {store.name}) is off by "
                f"no more than a factor of {store.factor:.1f}"
            )
    narrow = [
        (us, met)
        for predicted, drawn in data.pages.points
        for us, (low, met, high) in zip(predicted.us, drawn.us)
        if high <= 1.1 * low
    ]
    if len(narrow) < 10:
        found.append(f"too few pages were drawn: {data.pages.drawn}")
    found += [
        f"pages met {ms_text(met)} where {ms_text(us)} is predicted"
        for us, met in narrow
        if off(us, met) > 0.05
    ]
    return found


def complaints(data: Data) -> list[str]:
    """Where the reference's figures are not what they must be."""
    return (
        load_complaints(data)
        + histogram_complaints(data)
        + store_complaints(data)
        + page_complaints(data)
        + lesson_complaints(data)
    )
