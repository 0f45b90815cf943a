#!/usr/bin/python3
"""Draws what dynamo-load has measured.

    python3 labs/load/plot.py one.json another.json --out=latency.svg

Each file is what --json or --histogram wrote. On the left is how long which share of
the requests took, up to 99.99 %: latency, counted from when a request was due, and
dashed, if it differs, service time, counted from when it was sent. On the right is
how it went over time, of the files that are JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Safe for colour-blind eyes.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#444444"]
SHARE_MOST = 0.9999
SHARES = [0.0, 0.9, 0.99, 0.999, 0.9999]
OVER_TIME = {"p50": ":", "p99": "-", "p99.9": "--"}

Rows = list[tuple[int, int]]  # us, and how many took so long


class Trouble(Exception):
    """One sentence, for whoever has typed the command."""


@dataclass
class Run:
    name: str
    latency: Rows
    service: Rows
    seconds: list[dict[str, int]] = field(default_factory=list)


# ---- Reading ----


def from_json(name: str, result: dict[str, Any]) -> Run:
    # What follows the last whole second is too little to tell anything.
    whole = max(1, int(result["elapsed"]))
    return Run(
        name,
        [(us, count) for us, count in result["latency_histogram"]],
        [(us, count) for us, count in result["service_histogram"]],
        result["seconds"][:whole],
    )


def from_histogram(name: str, text: str) -> Run:
    run = Run(name, [], [])
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        us, gets, puts, gets_served, puts_served = map(int, line.split()[:5])
        run.latency.append((us, gets + puts))
        run.service.append((us, gets_served + puts_served))
    return run


def read(path: Path) -> Run:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror}") from None
    try:
        if text.startswith("{"):
            run = from_json(path.stem, json.loads(text))
        else:
            run = from_histogram(path.stem, text)
    except (ValueError, KeyError, TypeError):
        raise Trouble(
            f"{path} is not what dynamo-load --json or --histogram writes"
        ) from None
    if not any(count for _, count in run.latency):
        raise Trouble(f"{path} holds no request that was answered")
    return run


# ---- Drawing ----


def curve(rows: Rows) -> tuple[list[float], list[float]]:
    """Shares, drawn by how few are left, and the times in ms within which they
    are."""
    total = sum(count for _, count in rows)
    most = min(SHARE_MOST, 1 - 1 / total) if total > 1 else 0.0
    left, times, seen = [], [], 0
    for us, count in rows:
        if count == 0:
            continue
        # From what was seen before this bucket to what is seen with it.
        for share in (seen / total, (seen + count) / total):
            left.append(1 / (1 - min(share, most)))
            times.append(max(us, 1) / 1000)
        seen += count
        if seen / total >= most:
            break
    return left, times


def ms_text(number: float, _: object = None) -> str:
    return f"{number / 1000:g} s" if number >= 1000 else f"{number:g} ms"


def draw_shares(axes: Any, runs: list[Run]) -> None:
    for run, colour in zip(runs, COLOURS):
        axes.plot(*curve(run.latency), color=colour, label=run.name)
        if run.service != run.latency:
            axes.plot(
                *curve(run.service),
                color=colour,
                linestyle="--",
                linewidth=1,
                label=f"{run.name}, service time",
            )
    axes.set_xscale("log")
    axes.set_xlim(1, 1 / (1 - SHARE_MOST))
    axes.set_xticks([1 / (1 - share) for share in SHARES])
    axes.set_xticklabels([f"{100 * share:g} %" for share in SHARES])
    axes.minorticks_off()
    axes.set_xlabel("share of requests that took no longer")
    axes.set_title("How long requests took")
    axes.legend(frameon=False)


def draw_seconds(axes: Any, runs: list[Run]) -> None:
    from matplotlib.lines import Line2D

    for run, colour in zip(runs, COLOURS):
        # In a second without an answer there is nothing to show.
        for name, style in OVER_TIME.items():
            axes.plot(
                [row["second"] + 0.5 for row in run.seconds],
                [
                    max(row[name], 1) / 1000 if row["ops"] > 0 else math.nan
                    for row in run.seconds
                ],
                color=colour,
                linestyle=style,
                linewidth=1.3,
                marker="." if len(run.seconds) < 60 else "",
            )
    lines = [Line2D([], [], color="#444444", linestyle=s) for s in OVER_TIME.values()]
    axes.legend(lines, [f"{name[1:]} %" for name in OVER_TIME], frameon=False)
    axes.set_xlim(0, max(len(run.seconds) for run in runs))
    axes.set_xlabel("seconds since the warm-up")
    axes.set_title("Latency of each second")


def draw(runs: list[Run], out: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    # The same numbers make the same bytes; and text is text.
    matplotlib.rcParams.update({"svg.hashsalt": "load", "svg.fonttype": "none"})
    timed = any(run.seconds for run in runs)
    figure, panels = pyplot.subplots(
        1,
        2 if timed else 1,
        figsize=(11.0 if timed else 6.4, 4.6),
        layout="constrained",
        sharey=True,
        squeeze=False,
    )
    draw_shares(panels[0][0], runs)
    if timed:
        draw_seconds(panels[0][1], runs)
    for axes in panels[0]:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(ms_text)
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    metadata = {"Date": None} if out.suffix == ".svg" else None
    try:
        figure.savefig(out, dpi=150, metadata=metadata)
    except (OSError, ValueError) as error:
        raise Trouble(f"{out} cannot be drawn: {error}") from None


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Draws what dynamo-load has measured.",
        epilog="A file's name without its ending is its name in the picture.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--out", type=Path, default=Path("latency.svg"), help=".svg or .png"
    )
    options = parser.parse_args()
    try:
        if len(options.files) > len(COLOURS):
            raise Trouble(f"at most {len(COLOURS)} files can be told apart")
        draw([read(path) for path in options.files], options.out)
    except Trouble as trouble:
        print(f"plot: {trouble}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
