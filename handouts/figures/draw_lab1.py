#!/usr/bin/python3
"""Draws Figures 6 and 8 of the Dynamo paper from a student's own ring.

    draw_lab1.py --program build/figures/lab1/figures --out build/figures/lab1
    draw_lab1.py --program ... --check

The program is labs/lab1-ring/figures.c linked with a ring.c. The first form
writes figure6 and figure8 as .csv, .png and .svg, and index.html with all of
it inside. The second draws nothing: it fails unless the ring's curves are the
paper's (for the tests of the reference solution).
"""

from __future__ import annotations

import html
import sys
from dataclasses import dataclass
from pathlib import Path

from drawing import Figures, inline_svg, save, write_page
from lab1_curves import (
    CHECK_TRIALS,
    PAPER,
    PAPER_HIGH,
    PAPER_LOW,
    SIZES,
    STRATEGIES,
    TOLERANCE,
    Point,
    Window,
    complaints,
    far_from_paper,
    low_and_high,
    paper_value,
    points_of,
    run,
    windows_of,
)

NAMES = {
    1: "Strategy 1: random tokens",
    2: "Strategy 2: random tokens, equal partitions",
    3: "Strategy 3: Q/S tokens a node, equal partitions",
}
COLOURS = {1: "#0072b2", 2: "#d55e00", 3: "#009e73"}  # safe for colour-blind eyes
MARKERS = {1: "o", 2: "s", 3: "^"}


# ---- Drawing ----


def draw_figure8(points: list[Point], stem: Path) -> None:
    from matplotlib import pyplot
    from matplotlib.lines import Line2D
    from matplotlib.ticker import PercentFormatter

    figure, axes = pyplot.subplots(figsize=(8.4, 4.8), layout="constrained")
    for strategy in STRATEGIES:
        mine = [p for p in points if p.strategy == strategy]
        axes.plot(
            SIZES,
            PAPER[strategy],
            color=COLOURS[strategy],
            linestyle=(0, (4, 3)),
            linewidth=1,
            marker=MARKERS[strategy],
            markersize=8,
            markerfacecolor="none",
            alpha=0.75,
        )
        axes.errorbar(
            [p.metadata for p in mine],
            [p.mean for p in mine],
            yerr=[2 * p.error for p in mine],
            color=COLOURS[strategy],
            marker=MARKERS[strategy],
            markersize=4.5,
            linewidth=1.8,
            capsize=2,
            label=NAMES[strategy],
        )
    axes.set_xscale("log", base=2)
    axes.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
    axes.minorticks_off()
    axes.set_ylim(0.45, 1.0)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel("size of the membership metadata (entries that every node keeps)")
    axes.set_ylabel("mean load / load of the hottest node")
    handles, labels = axes.get_legend_handles_labels()
    for text, style in (
        ("your ring (mean, ± 2 standard errors)", "-"),
        ("the paper", "--"),
    ):
        handles.append(
            Line2D(
                [],
                [],
                color="#555555",
                linestyle=style,
                marker="o",
                markersize=4.5 if style == "-" else 8,
                markerfacecolor="#555555" if style == "-" else "none",
            )
        )
        labels.append(text)
    axes.legend(handles, labels, loc="lower right", fontsize=9)
    save(figure, stem)
    pyplot.close(figure)


def draw_figure6(windows: list[Window], stem: Path) -> None:
    from matplotlib import pyplot
    from matplotlib.ticker import MultipleLocator, PercentFormatter

    figure, (day, against) = pyplot.subplots(
        1, 2, figsize=(10, 4.4), layout="constrained", sharey=True, width_ratios=[3, 2]
    )
    load_axes = day.twinx()
    one = [w for w in windows if w.strategy == 1]
    edges = [w.hour for w in one] + [24.0]
    load_axes.stairs([w.load for w in one], edges, fill=True, color="#e4e4e4")
    load_axes.set_ylim(0, 1.02)
    load_axes.set_ylabel("load, as a part of the peak (grey)")
    load_axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    load_axes.grid(False)
    load_axes.spines["right"].set_visible(True)
    day.set_zorder(load_axes.get_zorder() + 1)
    day.patch.set_visible(False)
    for strategy in (1, 3):
        mine = [w for w in windows if w.strategy == strategy]
        day.stairs(
            [w.mean for w in mine],
            edges,
            baseline=None,
            color=COLOURS[strategy],
            linewidth=1.8,
            label=f"strategy {strategy}",
        )
        against.plot(
            [w.load for w in mine],
            [w.mean for w in mine],
            linestyle="none",
            color=COLOURS[strategy],
            marker=MARKERS[strategy],
            markersize=4.5,
            label=f"your ring, strategy {strategy}",
        )
    against.plot(
        [0.125, 1.0],
        [PAPER_LOW, PAPER_HIGH],
        linestyle="none",
        marker="*",
        markersize=14,
        color="#222222",
        markerfacecolor="none",
        label="the paper's two numbers",
    )
    day.set_xlim(0, 24)
    day.set_xticks(range(0, 25, 4))
    day.set_xlabel("hour of the day (windows of 30 minutes)")
    day.set_ylabel("nodes at least 15 % off the mean load")
    day.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    day.yaxis.set_major_locator(MultipleLocator(0.05))
    day.set_ylim(0, None)
    against.set_xlim(0, 1.05)
    against.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    against.set_xlabel("load, as a part of the peak")
    against.legend(loc="upper right", fontsize=9)
    day.legend(loc="upper right", fontsize=9)
    save(figure, stem)
    pyplot.close(figure)


# ---- The page ----


def table_of(points: list[Point]) -> str:
    """Own value beside the paper's, a row for each size."""
    by = {(p.strategy, p.metadata): p for p in points}
    far = set(far_from_paper(points))
    rows = []
    for size in SIZES:
        cells = [f"<th scope=row>{size:,}</th>"]
        for strategy in STRATEGIES:
            p = by[strategy, size]
            mark = " class=far" if p in far else ""
            title = (
                f"{p.trials} trials, seeds {p.first_seed} to {p.last_seed}, "
                f"standard deviation {p.deviation:.3f}"
            )
            cells.append(
                f'<td{mark} title="{html.escape(title)}">{p.mean:.3f}</td>'
                f"<td class=paper>{paper_value(p):.3f}</td>"
            )
        rows.append("<tr>" + "".join(cells) + "</tr>")
    return "\n".join(rows)


def verdict_of(points: list[Point]) -> str:
    far = far_from_paper(points)
    if not far:
        return (
            "<p class=verdict>All 30 points of your ring lie where the paper's do "
            f"(within {TOLERANCE} and the noise of the trials).</p>"
        )
    worst = max(far, key=lambda p: abs(p.mean - paper_value(p)))
    strategies = " and ".join(str(s) for s in sorted({p.strategy for p in far}))
    return (
        f"<p class='verdict off'>{len(far)} of the 30 points are not where the "
        f"paper's are (strategy {strategies}; marked in the table). The farthest: "
        f"strategy {worst.strategy} at {worst.metadata:,} entries, {worst.mean:.3f} "
        f"instead of {paper_value(worst):.3f}. <code>make test-lab1</code> may know "
        "why.</p>"
    )


def page_of(points: list[Point], windows: list[Window], out: Path) -> Path:
    low1, high1 = low_and_high(windows, 1)
    low3, high3 = low_and_high(windows, 3)
    return write_page(
        "lab1",
        out,
        figure6=inline_svg(out / "figure6.svg", "Figure 6 from your ring"),
        figure8=inline_svg(out / "figure8.svg", "Figure 8 from your ring"),
        verdict=verdict_of(points),
        table=table_of(points),
        trials_low=min(p.trials for p in points),
        trials_high=max(p.trials for p in points),
        days=min(w.trials for w in windows),
        low1=f"{low1:.0%}",
        high1=f"{high1:.0%}",
        low3=f"{low3:.0%}",
        high3=f"{high3:.0%}",
    )


@dataclass(frozen=True)
class Tables:
    """The program's two tables, as CSV."""

    figure8: str
    figure6: str


def measure(program: Path, trials: int | None) -> Tables:
    return Tables(run(program, 8, trials), run(program, 6, trials))


def draw(tables: Tables, out: Path) -> Path:
    points, windows = points_of(tables.figure8), windows_of(tables.figure6)
    (out / "figure8.csv").write_text(tables.figure8, encoding="utf-8")
    (out / "figure6.csv").write_text(tables.figure6, encoding="utf-8")
    draw_figure8(points, out / "figure8")
    draw_figure6(windows, out / "figure6")
    return page_of(points, windows, out)


FIGURES = Figures(
    lab="lab1",
    about="Draw Figures 6 and 8 of the Dynamo paper from your own ring.",
    program="figures.c linked with a ring.c",
    count="trials",
    count_help="trials for each point (default: as many as fit in about 20 seconds)",
    count_of_check=CHECK_TRIALS,
    measure=measure,
    complaints=lambda t: complaints(points_of(t.figure8), windows_of(t.figure6)),
    praise="Figures 6 and 8: the ring's curves are the paper's.",
    draw=draw,
)

if __name__ == "__main__":
    sys.exit(FIGURES.main())
