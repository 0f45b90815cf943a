#!/usr/bin/python3
"""Draws what R and W cost and buy, from a student's own register and prediction.

    draw_lab2.py --program build/hosts/starter/lab2-figures --out build/figures/lab2
    draw_lab2.py --program ... --check

The program is tests/lab2-quorum/figures_main.cc linked with the lab's files. The
first form writes freshness, latency and availability as .png and .svg, the
numbers as figures.json, and index.html with all of it inside. The second draws
nothing: it fails unless the curves are what they must be (for the tests of the
reference solution).
"""

from __future__ import annotations

import html
import json
import sys
from pathlib import Path

from drawing import Figures, inline_svg, percent, save, write_page
from lab2_curves import (
    CHECK_TRIALS,
    PAPER_999_MS,
    PAPER_AT_ONCE,
    SHOWN,
    Data,
    apart,
    complaints,
    measure,
)

COLOURS = {  # safe for colour-blind eyes
    (1, 1): "#d55e00",
    (1, 2): "#0072b2",
    (2, 1): "#009e73",
    (2, 2): "#444444",
}
MARKERS = {(1, 1): "o", (1, 2): "s", (2, 1): "^", (2, 2): "D"}
NEEDED = {1: "#009e73", 2: "#0072b2", 3: "#d55e00"}


# ---- Drawing ----


def draw_freshness(data: Data, stem: Path) -> None:
    from matplotlib import pyplot
    from matplotlib.lines import Line2D
    from matplotlib.ticker import PercentFormatter

    figure, (fresh, stale) = pyplot.subplots(
        1, 2, figsize=(10.4, 4.6), layout="constrained"
    )
    for key in SHOWN:
        sizes = data.of(*key)
        style = {"color": COLOURS[key]}
        marks = {"marker": MARKERS[key], "markersize": 5, "linestyle": "none"}
        times = [t for t, _ in sizes.curve]
        shares = [share for _, share in sizes.curve]
        fresh.plot(times, shares, linewidth=1.6, **style)
        fresh.errorbar(
            [p.t_ms for p in sizes.fresh],
            [p.share for p in sizes.fresh],
            yerr=[
                [min(p.error, p.share) for p in sizes.fresh],
                [min(p.error, 1 - p.share) for p in sizes.fresh],
            ],
            capsize=2,
            elinewidth=1,
            label=sizes.name,
            **style,
            **marks,
        )
        stale.plot(times, [1 - share or None for share in shares], **style)
        left = [p for p in sizes.fresh if p.fresh < p.trials]
        stale.errorbar(
            [p.t_ms for p in left],
            [1 - p.share for p in left],
            yerr=[
                [min(p.error, 0.9 * (1 - p.share)) for p in left],
                [p.error for p in left],
            ],
            capsize=2,
            elinewidth=1,
            **style,
            **marks,
        )
    star = {"marker": "*", "markersize": 15, "markerfacecolor": "none"}
    star |= {"color": "#222222", "linestyle": "none"}
    fresh.plot([0, PAPER_999_MS], [PAPER_AT_ONCE, 0.999], zorder=5, **star)
    stale.plot([0, PAPER_999_MS], [1 - PAPER_AT_ONCE, 0.001], zorder=5, **star)
    fresh.set_ylim(0.35, 1.03)
    fresh.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    fresh.set_ylabel("gets that see the put")
    stale.set_yscale("log")
    stale.set_ylim(4e-4, 1)
    stale.yaxis.set_major_formatter(percent)
    stale.set_ylabel("gets that miss it (logarithmic)")
    for axes in (fresh, stale):
        axes.set_xlim(-1.5, 61)
        axes.set_xlabel("the get begins so long after the put was answered (ms)")
    handles, labels = fresh.get_legend_handles_labels()
    handles += [
        Line2D([], [], color="#777777", linewidth=1.6),
        Line2D([], [], color="#777777", marker="o", markersize=5, linestyle="none"),
        Line2D([], [], **star),
    ]
    labels += ["line: your prediction", "mark: your register", "PBS, R=1, W=1"]
    fresh.legend(handles, labels, loc="lower right", fontsize=9)
    save(figure, stem)
    pyplot.close(figure)


def draw_latency(data: Data, stem: Path) -> None:
    from matplotlib import pyplot
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FuncFormatter

    figure, both = pyplot.subplots(
        1, 2, figsize=(10.4, 4.6), layout="constrained", sharey=True
    )
    shown = [(0.5, "#0072b2", "o"), (0.99, "#d55e00", "s")]
    orders = {
        "put": sorted(data.sizes, key=lambda s: (s.w, s.r)),
        "get": sorted(data.sizes, key=lambda s: (s.r, s.w)),
    }
    for axes, (what, order) in zip(both, orders.items()):
        for part, colour, marker in shown:
            index = data.parts.index(part)
            seen = [s.times(what, measured=True)[index] for s in order]
            due = [s.times(what, measured=False)[index] for s in order]
            axes.vlines(range(9), seen, due, color=colour, alpha=0.5, linewidth=1)
            for values, filled in ((due, False), (seen, True)):
                axes.plot(
                    range(9),
                    values,
                    linestyle="none",
                    marker=marker,
                    color=colour,
                    markersize=6 if filled else 10,
                    markerfacecolor=colour if filled else "none",
                )
        for edge in (2.5, 5.5):
            axes.axvline(edge, color="#bbbbbb", linewidth=1)
        axes.set_xticks(range(9), [f"{s.r}, {s.w}" for s in order])
        axes.set_xlim(-0.5, 8.5)
        axes.set_xlabel("R, W")
        axes.set_title(f"a {what}", fontsize=11)
        axes.grid(False, axis="x")
    both[0].set_yscale("log")
    both[0].set_ylim(0.3, 300)
    both[0].set_ylabel("milliseconds (logarithmic)")
    both[0].yaxis.set_major_formatter(FuncFormatter(lambda ms, _: f"{ms:g}"))
    handles = []
    for part, colour, marker in shown:
        for filled, whose in ((True, "your register"), (False, "your prediction")):
            handles.append(
                Line2D(
                    [],
                    [],
                    color=colour,
                    marker=marker,
                    linestyle="none",
                    markersize=6 if filled else 10,
                    markerfacecolor=colour if filled else "none",
                    label=f"{part:.0%} take no longer: {whose}",
                )
            )
    both[1].legend(handles=handles, loc="upper right", fontsize=9)
    save(figure, stem)
    pyplot.close(figure)


def draw_availability(data: Data, stem: Path) -> None:
    from matplotlib import pyplot
    from matplotlib.colors import LinearSegmentedColormap

    figure, (puts, gets, chances) = pyplot.subplots(
        1, 3, figsize=(10.4, 4.4), layout="constrained", width_ratios=[2, 2, 3]
    )
    shades = LinearSegmentedColormap.from_list("", ["#ffd9c2", "#d3efe4"])
    for axes, what in ((puts, "put"), (gets, "get")):
        rows = [
            [s.succeeded(what, down) for down in range(s.n + 1)] for s in data.sizes
        ]
        axes.imshow(rows, cmap=shades, vmin=0, vmax=1, aspect="auto")
        for y, row in enumerate(rows):
            for x, share in enumerate(row):
                axes.text(x, y, f"{share:.0%}", ha="center", va="center", fontsize=9)
        axes.set_xticks(range(len(rows[0])))
        axes.set_yticks(range(len(rows)), [f"{s.r}, {s.w}" for s in data.sizes])
        axes.set_title(f"{what}s that succeed", fontsize=11)
        axes.set_xlabel("replicas down")
        axes.grid(False)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
    puts.set_ylabel("R, W")
    for needed in (1, 2, 3):
        sizes = data.of(needed, needed)
        rows = [row for row in sizes.predicted_availability if 0.5 <= row[0] < 1]
        chances.plot(
            [1 - row[0] for row in rows],
            [1 - row[3] for row in rows],
            color=NEEDED[needed],
            label=f"R = W = {needed}",
        )
        marks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
        chances.plot(
            marks,
            [1 - sizes.available("put", 1 - mark) for mark in marks],
            color=NEEDED[needed],
            marker="o",
            markersize=5,
            linestyle="none",
        )
    chances.set_xscale("log")
    chances.set_yscale("log")
    ticks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
    chances.set_xticks(ticks, [f"{tick:.0%}" for tick in ticks])
    chances.minorticks_off()
    chances.yaxis.set_major_formatter(percent)
    chances.set_ylim(8e-7, 1.3)
    chances.set_xlabel("part of the time that each replica is down")
    chances.set_title("puts that fail (logarithmic)", fontsize=11)
    chances.legend(loc="lower right", fontsize=9)
    save(figure, stem)
    pyplot.close(figure)


# ---- The page ----


def freshness_table(data: Data) -> str:
    """Measured and predicted, a row for each time."""
    columns = [data.of(*key) for key in SHOWN]
    far = {(sizes.name, point.t_ms) for sizes, point in apart(data)}
    rows = []
    for index, point in enumerate(columns[0].fresh):
        cells = [f"<th scope=row>{point.t_ms:g}</th>"]
        for sizes in columns:
            p = sizes.fresh[index]
            mark = " class=far" if (sizes.name, p.t_ms) in far else ""
            title = html.escape(f"{p.fresh} of {p.trials} gets")
            cells.append(
                f'<td{mark} title="{title}">{p.share:.1%}</td>'
                f"<td class=paper>{p.predicted:.1%}</td>"
            )
        rows.append("<tr>" + "".join(cells) + "</tr>")
    return "\n".join(rows)


def summary_table(data: Data) -> str:
    rows = []
    for key in SHOWN:
        sizes = data.of(*key)
        first = sizes.fresh[0]
        rows.append(
            f"<tr><th scope=row>{sizes.r}, {sizes.w}</th>"
            f"<td>{sizes.curve[0][1]:.1%}</td>"
            f"<td>{sizes.wait_999_ms:.1f} ms</td>"
            f"<td>{first.back / first.trials:.1%}</td></tr>"
        )
    return "\n".join(rows)


def times_table(data: Data) -> str:
    rows = []
    for sizes in data.sizes:
        cells = [f"<th scope=row>{sizes.r}, {sizes.w}</th>"]
        for what in ("put", "get"):
            seen = sizes.times(what, measured=True)
            due = sizes.times(what, measured=False)
            for part in (0.5, 0.99, 0.999):
                index = data.parts.index(part)
                cells.append(
                    f"<td>{seen[index]:.2f}</td><td class=paper>{due[index]:.2f}</td>"
                )
        rows.append("<tr>" + "".join(cells) + "</tr>")
    return "\n".join(rows)


def verdict_of(data: Data) -> str:
    far = apart(data)
    if not far:
        return (
            "<p class=verdict>What your register did agrees with what you "
            "predicted, at every point, as well as chance allows.</p>"
        )
    sizes, worst = max(far, key=lambda pair: abs(pair[1].share - pair[1].predicted))
    return (
        f"<p class='verdict off'>{len(far)} points are further from your "
        f"prediction than chance explains. The farthest: {sizes.name} at "
        f"{worst.t_ms:g} ms, {worst.share:.1%} fresh instead of "
        f"{worst.predicted:.1%}. Either <code>staleness.c</code> is wrong, which "
        "<code>make test-lab2 'T=Staleness*'</code> would know, or your register "
        "does something that the model does not: wait for more answers than R, "
        "write back in the background, ask again early. Which?</p>"
    )


def page_of(data: Data, out: Path) -> Path:
    first = data.of(1, 1).fresh[0]
    return write_page(
        "lab2",
        out,
        freshness=inline_svg(out / "freshness.svg", "Freshness of gets"),
        latency=inline_svg(out / "latency.svg", "Latency of puts and gets"),
        availability=inline_svg(out / "availability.svg", "Availability"),
        verdict=verdict_of(data),
        summary=summary_table(data),
        fresh_table=freshness_table(data),
        times=times_table(data),
        trials=f"{first.trials:,}",
        timed=f"{data.sizes[0].raw['latency']['trials']:,}",
        plays=f"{data.raw['plays']:,}",
        samples=f"{data.raw['samples']:,}",
        seed=data.raw["seed"],
        once=f"{data.of(1, 1).curve[0][1]:.1%}",
        wait=f"{data.of(1, 1).wait_999_ms:.1f}",
    )


def draw(data: Data, out: Path) -> Path:
    (out / "figures.json").write_text(json.dumps(data.raw), encoding="utf-8")
    draw_freshness(data, out / "freshness")
    draw_latency(data, out / "latency")
    draw_availability(data, out / "availability")
    return page_of(data, out)


FIGURES = Figures(
    lab="lab2",
    about="Draw what R and W cost and buy, from your own register.",
    program="lab2-figures, as make builds it",
    count="trials",
    count_help="puts and gets for each point",
    count_of_check=CHECK_TRIALS,
    measure=measure,
    complaints=complaints,
    praise="Lab 2: the register does what staleness.c predicts.",
    draw=draw,
)

if __name__ == "__main__":
    sys.exit(FIGURES.main())
