#!/usr/bin/python3
"""Draws lab 1's worked example: a ring of four nodes. Writes tiny-ring.svg."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
matplotlib.rcParams.update(
    {"font.family": "DejaVu Sans", "svg.hashsalt": "dynamo-labs", "font.size": 11}
)
from matplotlib import pyplot  # noqa: E402  (the backend is chosen first)

# Positions in 1/256 of the circle: the topmost byte, in hexadecimal.
TOKENS = {1: (0x20, 0xA0), 2: (0x40, 0x50), 3: (0x70, 0xE0), 4: (0x90, 0xC0)}
COLOURS = {1: "#0072b2", 2: "#d55e00", 3: "#009e73", 4: "#aa4499"}
KEY = 0x45
PARTITIONS = 8


def at(position: float, radius: float) -> tuple[float, float]:
    """The point of a position on a circle: 0 on top, then clockwise."""
    angle = 2 * math.pi * position / 256
    return radius * math.sin(angle), radius * math.cos(angle)


def arc(
    axes: Any, start: float, end: float, radius: float, colour: str, width: float
) -> None:
    steps = [start + (end - start) * i / 60 for i in range(61)]
    xs, ys = zip(*(at(step, radius) for step in steps))
    axes.plot(xs, ys, color=colour, linewidth=width, solid_capstyle="butt")


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    figure, axes = pyplot.subplots(figsize=(5.6, 5.6), layout="constrained")
    tokens = sorted((place, node) for node, both in TOKENS.items() for place in both)
    before = tokens[-1][0] - 256
    for place, node in tokens:  # a token's range ends at the token
        arc(axes, before, place, 1, COLOURS[node], 5)
        before = place
    for partition in range(PARTITIONS):
        edge = partition * 256 / PARTITIONS
        axes.plot(*zip(at(edge, 0.60), at(edge, 0.93)), color="#bbbbbb", linewidth=1)
        axes.text(
            *at(edge + 16, 0.64),
            f"p{partition}",
            color="#888888",
            ha="center",
            va="center",
        )
    for place, node in tokens:
        axes.plot(*at(place, 1), marker="o", markersize=19, color=COLOURS[node])
        axes.text(
            *at(place, 1),
            str(node),
            color="white",
            weight="bold",
            ha="center",
            va="center_baseline",
        )
        axes.text(
            *at(place, 1.16),
            f"{place:02x}",
            ha="center",
            va="center",
            family="DejaVu Sans Mono",
        )
    axes.plot(*at(KEY, 1), marker="D", markersize=7, color="#222222")
    axes.annotate(
        f"a key\nat {KEY:02x}",
        at(KEY, 1.02),
        at(KEY, 1.36),
        ha="center",
        va="center",
        arrowprops={"arrowstyle": "-", "color": "#222222"},
    )
    axes.text(
        *at(0, 1.12),
        "00",
        ha="center",
        va="center",
        color="#888888",
        family="DejaVu Sans Mono",
    )
    axes.annotate(
        "",
        at(15, 0.42),
        at(-15, 0.42),
        arrowprops={
            "arrowstyle": "->",
            "color": "#888888",
            "connectionstyle": "arc3,rad=-0.2",
        },
    )
    axes.text(0, 0.27, "clockwise", ha="center", va="center", color="#888888")
    axes.set_xlim(-1.3, 1.55)
    axes.set_ylim(-1.3, 1.3)
    axes.set_aspect("equal")
    axes.axis("off")
    figure.savefig(out / "tiny-ring.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
