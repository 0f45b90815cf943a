#!/usr/bin/python3
"""Draws what stalls, averages and many calls do to tails, from a student's own code.

    draw_lab5.py --program build/figures/lab5/starter-figures --out build/figures/lab5
    draw_lab5.py --program ... --check

The program is labs/lab5-tail/figures.c linked with the lab's files. The first form
writes stall, stores and pages as .png and .svg, the numbers as figures.json, and
index.html with all of it inside. The second draws nothing: it fails unless what the
code says is what was counted, and the curves show what they are to show (for the
tests of the reference solution).
"""

from __future__ import annotations

import html
import json
import sys
from pathlib import Path
from typing import Any

from drawing import Figures, inline_svg, percent, save, write_page
from lab5_curves import (
    CHECK_PAGES,
    NAMED,
    TOLERANCE,
    Data,
    Store,
    complaints,
    histogram_complaints,
    load_complaints,
    measure,
    ms_text,
    off,
    page_complaints,
    share_text,
    store_complaints,
)

# Safe for colour-blind eyes.
MET, LATENCY, SERVICE, CLOSED = "#bbbbbb", "#0072b2", "#d55e00", "#009e73"
PAGE_COLOURS = ["#009e73", "#0072b2", "#d55e00"]
PAGE_MARKERS = ["o", "s", "^"]
STORE_TITLES = {
    "asked": "the slow node is asked as much as the others",
    "avoided": "the slow node is asked a fiftieth of it",
}


def ms_tick(ms: float, _: object = None) -> str:
    return f"{ms:g}"


# ---- Drawing ----


def draw_stall(data: Data, stem: Path) -> None:
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(10, 4.9), layout="constrained"
    )
    draw_dots(data, left)
    percentiles = data.percentiles
    rest = [p.rest for p in percentiles]
    for name, values, style in (
        ("clients met", [p.met for p in percentiles], {"color": MET, "lw": 7}),
        (
            "your load_latency",
            [p.latency for p in percentiles],
            {"color": LATENCY, "lw": 1.8},
        ),
        (
            "your load_service",
            [p.service for p in percentiles],
            {"color": SERVICE, "lw": 1.8, "ls": "--"},
        ),
        (
            "the closed loop",
            [p.closed for p in percentiles],
            {"color": CLOSED, "lw": 1.8, "ls": "-."},
        ),
    ):
        right.plot(rest, [us / 1000 for us in values], label=name, **style)
    right.set_xscale("log")
    right.set_xlim(0.5, 1e-4)
    ticks = [0.5, 0.1, 0.01, 0.001, 0.0001]
    right.set_xticks(ticks, [share_text(round(1e6 * (1 - t))) for t in ticks])
    right.minorticks_off()
    right.set_yscale("log")
    right.set_ylim(0.2, 3000)
    right.yaxis.set_major_formatter(ms_tick)
    right.set_xlabel("percentile (the rest, logarithmic)")
    right.set_ylabel("no longer than (ms, logarithmic)")
    right.legend(loc="upper left", fontsize=9, ncols=2)
    save(figure, stem)
    pyplot.close(figure)


def draw_dots(data: Data, axes: Any) -> None:
    """Single requests around the first stall."""
    stall = data.stall
    axes.axvspan(0, stall["stall_ms"], color="#eeeeee", linewidth=0)
    axes.text(
        stall["stall_ms"] / 2, 214, "the store stands still", ha="center", fontsize=9
    )
    hollow = {"markerfacecolor": "none", "markeredgewidth": 1}
    for name, key, style in (
        ("what clients met", "met_dots", {"color": "#999999", "marker": ".", "ms": 5}),
        (
            "requests of the closed loop",
            "closed_dots",
            {"color": CLOSED, "marker": "D", "ms": 8, **hollow},
        ),
        (
            "service of your load's requests",
            "service_dots",
            {"color": SERVICE, "marker": "x", "ms": 4.5},
        ),
    ):
        dots = stall[key]
        axes.plot(
            [x for x, _ in dots], [y for _, y in dots], ls="", label=name, **style
        )
    axes.set_xlim(-40, 280)
    axes.set_ylim(-8, 300)
    axes.set_xlabel("when a request came, or left (ms after the stall begins)")
    axes.set_ylabel("what it took (ms)")
    axes.legend(loc="upper left", fontsize=9)


def draw_stores(data: Data, stem: Path) -> None:
    from matplotlib import pyplot

    figure, both = pyplot.subplots(
        1, 2, figsize=(10, 4.4), sharey=True, layout="constrained"
    )
    for axes, store in zip(both, data.stores.values()):
        draw_store(store, axes)
    both[0].set_ylabel("99.9th percentile (ms, logarithmic)")
    save(figure, stem)
    pyplot.close(figure)


def draw_store(store: Store, axes: Any) -> None:
    nodes = len(store.nodes)
    names = [str(i + 1) for i in range(nodes)] + ["average", "merged", "exact"]
    values = [float(n.us) for n in store.nodes]
    values += [store.average, store.merged, store.exact]
    colours = ["#bbbbbb"] * (nodes - 1) + ["#777777", SERVICE, LATENCY, "#222222"]
    at = [float(i) for i in range(nodes)] + [nodes + 1.2, nodes + 3.0, nodes + 4.8]
    width = [0.8] * nodes + [1.3] * 3
    axes.bar(at, [v / 1000 for v in values], width=width, color=colours)
    for x, value in list(zip(at, values))[nodes - 1 :]:
        axes.text(
            x, value / 1000 * 1.08, f"{value / 1000:.3g}", ha="center", fontsize=8
        )
    axes.set_xticks(at, names)
    axes.tick_params(axis="x", labelsize=8, length=0)
    for label in axes.get_xticklabels()[nodes:]:
        label.set_rotation(35)
        label.set_ha("right")
        label.set_rotation_mode("anchor")
    axes.set_yscale("log")
    axes.set_ylim(1, 1000)
    axes.yaxis.set_major_formatter(ms_tick)
    axes.grid(False, axis="x")
    axes.set_xlabel("node, and the store of all ten")
    axes.set_title(STORE_TITLES[store.name], fontsize=10)


def draw_pages(data: Data, stem: Path) -> None:
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(10, 4.9), layout="constrained"
    )
    pages = data.pages
    calls = [p.calls for p in pages.curve]
    numbers = [drawn.calls for _, drawn in pages.points]
    for i, share in enumerate(pages.per_million):
        left.plot(
            calls,
            [p.us[i] / 1000 for p in pages.curve],
            color=PAGE_COLOURS[i],
            label=f"{share_text(share)} of pages",
        )
        bounds = [drawn.us[i] for _, drawn in pages.points]
        left.errorbar(
            numbers,
            [met / 1000 for _, met, _ in bounds],
            yerr=[
                [(met - low) / 1000 for low, met, _ in bounds],
                [(high - met) / 1000 for _, met, high in bounds],
            ],
            color=PAGE_COLOURS[i],
            marker=PAGE_MARKERS[i],
            markersize=5,
            markerfacecolor="white",
            linestyle="",
            elinewidth=1,
            capsize=2,
        )
    left.axhline(pages.limit_us / 1000, color="#888888", lw=1, ls=":")
    left.set_yscale("log")
    left.set_ylim(1, 5000)
    left.yaxis.set_major_formatter(ms_tick)
    left.set_ylabel("no longer than (ms, logarithmic)")
    left.legend(
        loc="upper left", fontsize=9, ncols=3, columnspacing=1, handlelength=1.3
    )
    right.plot(calls, [p.over for p in pages.curve], color=LATENCY, label="fanout_over")
    right.plot(
        numbers,
        [drawn.over for _, drawn in pages.points],
        color=LATENCY,
        marker="s",
        markersize=5,
        markerfacecolor="white",
        linestyle="",
        label=f"of {pages.drawn:,} pages drawn",
    )
    right.set_yscale("log")
    right.set_ylim(5e-4, 1.2)
    right.yaxis.set_major_formatter(percent)
    right.set_ylabel(f"pages above {ms_text(pages.limit_us)} (logarithmic)")
    right.legend(loc="upper left", fontsize=9)
    for axes in (left, right):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda n, _: f"{n:,.0f}")
        axes.set_xlabel("calls of a page (logarithmic)")
    save(figure, stem)
    pyplot.close(figure)


# ---- The page ----


def verdict(found: list[str], praise: str, test: str) -> str:
    if not found:
        return f"<p class=verdict>{praise}</p>"
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return (
        f"<p class='verdict off'>Not yet: {html.escape(found[0])}{more}. "
        f"<code>make test-lab5 'T={test}'</code> tells more.</p>"
    )


def load_verdict(data: Data) -> str:
    found = load_complaints(data)
    return verdict(
        ["; ".join(found)] if found else [],
        "Your load says what clients met: at all percentiles drawn, "
        f"<code>load_latency</code> is within {TOLERANCE:.0%} of what was counted.",
        "Load*",
    )


def histogram_verdict(data: Data) -> str:
    return verdict(
        histogram_complaints(data),
        f"Of {data.compared:,} percentiles of your histograms in these experiments, "
        f"none was off by more than {data.error:.2%} of the exact one.",
        "Histogram*",
    )


def stall_table(data: Data) -> str:
    rows = []
    for p in map(data.percentile, NAMED):
        mark = " class=far" if off(p.latency, p.met) > TOLERANCE else ""
        rows.append(
            f"<tr><th scope=row>{share_text(p.per_million)}</th>"
            f"<td>{p.met / 1000:.2f}</td><td{mark}>{p.latency / 1000:.2f}</td>"
            f"<td>{p.service / 1000:.2f}</td><td>{p.closed / 1000:.2f}</td></tr>"
        )
    return "\n".join(rows)


def page_table(data: Data) -> str:
    rows = []
    for predicted, drawn in data.pages.points:
        cells = "".join(
            f"<td>{us / 1000:.1f}</td><td class=paper>{met / 1000:.1f}</td>"
            for us, (_, met, _) in zip(predicted.us, drawn.us)
        )
        rows.append(
            f"<tr><th scope=row>{predicted.calls:,}</th>{cells}"
            f"<td>{predicted.over:.2%}</td><td class=paper>{drawn.over:.2%}</td>"
            f"<td>{predicted.budget:,}</td></tr>"
        )
    return "\n".join(rows)


def page_of(data: Data, out: Path) -> Path:
    stores = data.stores
    stall = data.stall
    return write_page(
        "lab5",
        out,
        stall=inline_svg(out / "stall.svg", "What a stall does"),
        stores=inline_svg(out / "stores.svg", "Averages of percentiles"),
        pages=inline_svg(out / "pages.svg", "Pages of many calls"),
        load_verdict=load_verdict(data),
        histogram_verdict=histogram_verdict(data),
        store_verdict=verdict(
            store_complaints(data),
            "The percentile of your merged histograms is that of all requests.",
            "HistogramMerge*",
        ),
        page_verdict=verdict(
            page_complaints(data),
            "What your <code>fanout.c</code> predicts is what pages met, as far as "
            "chance allows to see.",
            "Fanout*",
        ),
        stall_table=stall_table(data),
        page_table=page_table(data),
        seconds=stall["seconds"],
        requests=f"{stall['requests']:,}",
        closed_requests=f"{stall['closed_requests']:,}",
        connections=stall["connections"],
        stalls=stall["stalls"],
        stall_ms=stall["stall_ms"],
        met99=ms_text(data.percentile(990000).met),
        closed999=ms_text(data.percentile(999000).closed),
        met999=ms_text(data.percentile(999000).met),
        asked_factor=f"{stores['asked'].factor:.1f}",
        avoided_factor=f"{stores['avoided'].factor:.1f}",
        limit=ms_text(data.pages.limit_us),
        drawn=f"{data.pages.drawn:,}",
        seed=data.raw["seed"],
    )


def draw(data: Data, out: Path) -> Path:
    (out / "figures.json").write_text(json.dumps(data.raw), encoding="utf-8")
    draw_stall(data, out / "stall")
    draw_stores(data, out / "stores")
    draw_pages(data, out / "pages")
    return page_of(data, out)


FIGURES = Figures(
    lab="lab5",
    about="Draw what stalls, averages and many calls do to tails, from your own code.",
    program="figures.c linked with the lab's files",
    count="pages",
    count_help="pages that are drawn for each number of calls",
    count_of_check=CHECK_PAGES,
    measure=measure,
    complaints=complaints,
    praise="Lab 5: the load says what clients met, merged histograms what all nodes "
    "did, and pages meet what is predicted.",
    draw=draw,
)

if __name__ == "__main__":
    sys.exit(FIGURES.main())
