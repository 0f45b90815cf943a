#!/usr/bin/python3
"""Draws what outages do to clients and what repair costs, from a student's own store.

    draw_lab4.py --program build/hosts/starter/lab4-figures --out build/figures/lab4
    draw_lab4.py --program ... --check

The program is tests/lab4-failure/figures_main.cc linked with the lab's files. The
first form writes repair, outage, scale and gossip as .png and .svg, the numbers as
figures.json, and index.html with all of it inside. The second draws nothing: it
fails unless the curves are what they must be (for the tests of the reference
solution).
"""

from __future__ import annotations

import html
import json
import math
import sys
from pathlib import Path

from drawing import Figures, inline_svg, save, write_page
from lab4_curves import CHECK_RUNS, Data, complaints, measure

# Safe for colour-blind eyes.
RANGES = ["#56b4e9", "#0072b2", "#d55e00", "#444444"]
MARKERS = ["o", "s", "^", "D"]
MODES = {"strict": "#d55e00", "sloppy": "#0072b2"}
STYLES = {"strict": "--", "sloppy": "-"}
KINDS = {
    "hints": ("#0072b2", "o", "hints, after it was down"),
    "trees": ("#d55e00", "s", "trees, after its disk was lost"),
}


def bytes_text(number: float, _: object = None) -> str:
    for unit, size in (("MB", 1e6), ("kB", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.3g} B"


# ---- Drawing ----


def draw_repair(data: Data, stem: Path) -> None:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.4, 5.0), layout="constrained")
    lines = data.drawn()
    for (keys, line), colour, marker in zip(lines.items(), RANGES, MARKERS):
        differ = [r.differ for r in line]
        axes.plot(
            differ,
            [r.bytes for r in line],
            color=colour,
            marker=marker,
            markersize=6,
            label=f"{keys:,} keys" + ("" if line[0].whole else " *"),
        )
        axes.plot(differ, [r.naive for r in line], color=colour, linestyle=":")
        axes.annotate(
            f"all {keys:,} keys told",
            (1, line[0].naive),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize=8,
            color=colour,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter(lambda n, _: f"{n:,.0f}")
    axes.yaxis.set_major_formatter(bytes_text)
    axes.set_xlabel("keys of the range that are not the same (logarithmic)")
    axes.set_ylabel("bytes that two replicas say (logarithmic)")
    axes.legend(
        title="with Merkle trees", loc="lower right", fontsize=9, title_fontsize=9
    )
    save(figure, stem)
    pyplot.close(figure)


def draw_outage(data: Data, stem: Path) -> None:
    from matplotlib import pyplot
    from matplotlib.ticker import PercentFormatter

    figure, (above, below) = pyplot.subplots(
        2, 1, figsize=(7.4, 5.6), sharex=True, layout="constrained"
    )
    for axes in (above, below):
        for trouble in data.troubles:
            axes.axvspan(
                trouble.from_ms / 1000,
                trouble.until_ms / 1000,
                color="#eeeeee" if trouble.down == 1 else "#d8d8d8",
                linewidth=0,
            )
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.grid(False, axis="x")
    spans: dict[str, list[float]] = {}
    for trouble in data.troubles:
        name = "one after the other" if trouble.down == 1 else trouble.name
        spans.setdefault(name, []).extend([trouble.from_ms, trouble.until_ms])
    for name, ends in spans.items():
        above.text(
            (min(ends) + max(ends)) / 2000,
            1.03,
            name,
            transform=above.get_xaxis_transform(),
            ha="center",
            fontsize=9,
        )
    for mode, colour in MODES.items():
        seconds = data.seconds(mode)
        middle = [i + 0.5 for i in range(len(seconds))]
        for axes, shares in (
            (above, [s.answered_share for s in seconds]),
            (below, [s.stale_share for s in seconds]),
        ):
            axes.plot(
                middle,
                shares,
                color=colour,
                linestyle=STYLES[mode],
                marker=".",
                label=mode,
            )
    above.set_ylim(-0.03, 1.03)
    above.set_ylabel(f"answered DYN_OK within {data.in_time_ms} ms")
    above.legend(loc="lower left", fontsize=9)
    below.set_ylim(bottom=-0.01)
    below.set_ylabel("of gets answered, stale")
    below.set_xlabel("time (s, virtual)")
    below.set_xlim(0, len(data.seconds("strict")))
    save(figure, stem)
    pyplot.close(figure)


def draw_scale(data: Data, stem: Path) -> None:
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(7.4, 4.2), layout="constrained"
    )
    for kind, (colour, marker, name) in KINDS.items():
        homes = data.homecomings(kind)
        nodes = list(homes)
        for axes, values in (
            (left, [h.ms / 1000 for h in homes.values()]),
            (right, [h.own_bytes for h in homes.values()]),
        ):
            axes.plot(nodes, values, color=colour, marker=marker, label=name)
        right.plot(
            nodes,
            [h.bytes / n for n, h in homes.items()],
            color=colour,
            marker=marker,
            markerfacecolor="white",
            linestyle=":",
        )
    for axes in (left, right):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda n, _: f"{n:,.0f}")
        axes.set_xlabel("nodes (logarithmic)")
    left.set_ylabel("time until it holds all again (s, virtual)")
    right.set_yscale("log")
    right.yaxis.set_major_formatter(bytes_text)
    right.set_ylabel("bytes until then (logarithmic)")
    right.set_ylim(top=6 * right.get_ylim()[1])
    right.plot([], [], color="#222222", label="of the node that returns")
    right.plot([], [], color="#222222", linestyle=":", label="of a node, in the mean")
    right.legend(handles=right.get_lines()[-2:], loc="upper right", fontsize=8)
    slowest = max(h.ms for h in data.homecomings("trees").values()) / 1000
    left.set_ylim(0, 1.4 * slowest)
    left.legend(loc="upper left", fontsize=8)
    save(figure, stem)
    pyplot.close(figure)


def draw_gossip(data: Data, stem: Path) -> None:
    from matplotlib import pyplot
    from matplotlib.ticker import PercentFormatter

    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(7.4, 4.2), layout="constrained"
    )
    rumours = data.rumours()
    nodes = list(rumours)
    left.plot(
        [n for n, runs in rumours.items() for _ in runs],
        [run.rounds for runs in rumours.values() for run in runs],
        color="#0072b2",
        marker="o",
        linestyle="",
        label="your nodes, each run",
    )
    left.plot(
        nodes,
        [math.log2(n) for n in nodes],
        color="#444444",
        linestyle=":",
        label="log\N{SUBSCRIPT TWO} of the nodes",
    )
    left.set_ylim(bottom=0)
    left.set_ylabel("rounds until all know")
    left.set_xscale("log")
    left.xaxis.set_major_formatter(lambda n, _: f"{n:,.0f}")
    left.set_xlabel("nodes (logarithmic)")
    left.legend(loc="upper left", fontsize=8)
    shades = ["#bcd9ec", "#7fb8dd", "#56b4e9", "#0072b2", "#023858"]
    for (n, runs), colour in zip(rumours.items(), shades):
        run = runs[0]
        right.plot(
            [look / run.looks for look in range(len(run.knowing))],
            run.shares,
            color=colour,
            label=f"{n:,} nodes",
        )
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    right.set_ylabel("of the nodes know")
    right.set_xlabel("rounds since one was told")
    right.set_xlim(left=0)
    right.legend(loc="lower right", fontsize=8)
    save(figure, stem)
    pyplot.close(figure)


# ---- The page ----


def verdict_of(data: Data) -> str:
    stale = sum(s.stale for s in data.seconds("strict"))
    if stale == 0:
        return (
            "<p class=verdict>Of the strict store's gets none was stale, whatever "
            "was down.</p>"
        )
    return (
        f"<p class='verdict off'>Of the strict store's gets {stale:,} were stale. "
        "R + W &gt; N, so none may be: <code>make test-lab4 'T=StrictStore*'</code> "
        "will show how.</p>"
    )


def repair_table(data: Data) -> str:
    return "\n".join(
        f"<tr><th scope=row>{r.keys:,}</th><td>{r.differ:,}</td>"
        f"<td>{r.bytes:,}</td><td>{r.bytes / r.differ:,.0f}</td>"
        f"<td>{r.trees / r.differ:,.0f}</td><td>{r.naive:,}</td></tr>"
        for line in data.drawn().values()
        for r in line
    )


def outage_table(data: Data) -> str:
    names = {None: "all well", 1: "one down", 2: "two down", 0: "cut in halves"}
    rows = []
    for down, name in names.items():
        cells = "".join(
            f"<td>{data.during(mode, down).answered_share:.1%}</td>"
            f"<td>{data.during(mode, down).stale_share:.1%}</td>"
            for mode in MODES
        )
        rows.append(f"<tr><th scope=row>{name}</th>{cells}</tr>")
    return "\n".join(rows)


def scale_table(data: Data) -> str:
    hints, trees = data.homecomings("hints"), data.homecomings("trees")
    return "\n".join(
        f"<tr><th scope=row>{nodes:,}</th>"
        + "".join(
            f"<td>{h.ms / 1000:.2f} s</td><td>{h.own_bytes:,}</td>"
            f"<td>{h.bytes / nodes:,.0f}</td>"
            for h in (hints[nodes], trees[nodes])
        )
        + "</tr>"
        for nodes in hints
    )


def lacks_gossip(data: Data) -> str:
    if not data.lacks_gossip:
        return ""
    return (
        "<p class='verdict off'>There is nothing to draw yet: "
        f"{html.escape(data.lacks_gossip)}. <code>make test-lab4 'T=Views*'</code> "
        "tells more.</p>"
    )


def gossip_table(data: Data) -> str:
    return "\n".join(
        f"<tr><th scope=row>{nodes:,}</th>"
        f"<td>{', '.join(f'{run.rounds:.1f}' for run in runs)}</td>"
        f"<td>{math.log2(nodes):.1f}</td>"
        f"<td>{sum(run.bytes for run in runs) / len(runs) / nodes:,.0f}</td></tr>"
        for nodes, runs in data.rumours().items()
    )


def page_of(data: Data, out: Path) -> Path:
    hints, trees = data.homecomings("hints"), data.homecomings("trees")
    return write_page(
        "lab4",
        out,
        repair=inline_svg(out / "repair.svg", "Bytes of a repair"),
        outage=inline_svg(out / "outage.svg", "What clients are told in an outage"),
        scale=inline_svg(out / "scale.svg", "How a node of many comes home"),
        lacks_gossip=lacks_gossip(data),
        gossip=inline_svg(out / "gossip.svg", "How fast a join is known"),
        verdict=verdict_of(data),
        repair_table=repair_table(data),
        outage_table=outage_table(data),
        scale_table=scale_table(data),
        gossip_table=gossip_table(data),
        in_time=data.in_time_ms,
        runs=data.raw["runs"],
        missed=next(iter(hints.values())).missed,
        held=next(iter(trees.values())).missed,
        seed=data.raw["seed"],
    )


def draw(data: Data, out: Path) -> Path:
    (out / "figures.json").write_text(json.dumps(data.raw), encoding="utf-8")
    draw_repair(data, out / "repair")
    draw_outage(data, out / "outage")
    draw_scale(data, out / "scale")
    draw_gossip(data, out / "gossip")
    return page_of(data, out)


FIGURES = Figures(
    lab="lab4",
    about="Draw what outages do to clients and what repair costs, from your own store.",
    program="lab4-figures, as make builds it",
    count="runs",
    count_help="runs of the outage, of which the means are drawn",
    count_of_check=CHECK_RUNS,
    measure=measure,
    complaints=complaints,
    praise="Lab 4: repair costs what differs, strict stores serve no stale gets, and "
    "gossip takes some multiple of log n rounds.",
    draw=draw,
)

if __name__ == "__main__":
    sys.exit(FIGURES.main())
