#!/usr/bin/python3
"""Draws what clocks lose and what gets find, from a student's own store.

    draw_lab3.py --program build/hosts/starter/lab3-figures --out build/figures/lab3
    draw_lab3.py --program ... --check

The program is tests/lab3-vclock/figures_main.cc linked with the lab's files. The
first form writes lost, siblings and pauses as .png and .svg, the numbers as
figures.json, and index.html with all of it inside. The second draws nothing: it
fails unless the curves are what they must be (for the tests of the reference
solution).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from drawing import Figures, inline_svg, percent, save, write_page
from lab3_curves import (
    CHECK_ROUNDS,
    PAPER_ONE_VERSION,
    Crowd,
    Data,
    complaints,
    measure,
)

# Safe for colour-blind eyes; of (program, one coordinator).
COLOURS = {
    ("vclock", True): "#d55e00",
    ("vclock", False): "#0072b2",
    ("dvv", True): "#009e73",
    ("dvv", False): "#444444",
}
MARKERS = {
    ("vclock", True): "o",
    ("vclock", False): "s",
    ("dvv", True): "^",
    ("dvv", False): "x",
}
NAMES = {
    ("vclock", True): "the paper's clocks, one coordinator",
    ("vclock", False): "the paper's clocks, any replica",
    ("dvv", True): "dots, one coordinator",
    ("dvv", False): "dots, any replica",
}
SHADES = ["#e8e8e8", "#bfd9ea", "#7fb3d5", "#3f8dc0", "#0072b2", "#00416a"]


# ---- Drawing ----


def draw_lost(data: Data, stem: Path) -> None:
    from matplotlib import pyplot
    from matplotlib.ticker import PercentFormatter

    figure, axes = pyplot.subplots(figsize=(7.4, 4.4), layout="constrained")
    for key, name in NAMES.items():
        crowds = data.of(*key)
        axes.plot(
            [c.clients for c in crowds],
            [c.lost_share for c in crowds],
            color=COLOURS[key],
            marker=MARKERS[key],
            markersize=6,
            label=name,
        )
    axes.set_xlabel("clients that get and put one key")
    axes.set_ylabel("acknowledged puts that are lost")
    axes.set_ylim(-0.02, None)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.legend(loc="upper left", fontsize=9)
    save(figure, stem)
    pyplot.close(figure)


def shares_of(crowd: Crowd) -> list[float]:
    """Of gets that found none or one, two, ... and the last and all above."""
    last = len(SHADES)
    return [crowd.found(0, 1)] + [
        crowd.found(n, n if n < last else None) for n in range(2, last + 1)
    ]


def draw_siblings(data: Data, stem: Path) -> None:
    from matplotlib import pyplot
    from matplotlib.ticker import PercentFormatter

    crowds = data.of("dvv", True)
    figure, axes = pyplot.subplots(figsize=(7.4, 4.4), layout="constrained")
    below = [0.0] * len(crowds)
    for index, shade in enumerate(SHADES):
        parts = [shares_of(crowd)[index] for crowd in crowds]
        name = f"{index + 1}" + (" or more" if index == len(SHADES) - 1 else "")
        axes.bar(
            range(len(crowds)), parts, bottom=below, color=shade, width=0.7, label=name
        )
        below = [a + b for a, b in zip(below, parts)]
    axes.set_xticks(range(len(crowds)), [str(c.clients) for c in crowds])
    axes.set_xlabel("clients that get and put one key, through one coordinator")
    axes.set_ylabel("gets")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(False, axis="x")
    axes.legend(
        title="versions found", loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9
    )
    save(figure, stem)
    pyplot.close(figure)


def draw_pauses(data: Data, stem: Path) -> None:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.4, 4.4), layout="constrained")
    seen = [c for c in data.pauses if c.found(2) > 0]
    axes.plot(
        [c.pause_ms / 1000 for c in seen],
        [c.found(2) for c in seen],
        color=COLOURS["dvv", True],
        marker="o",
        markersize=6,
        label="your store, two clients",
    )
    axes.axhline(1 - PAPER_ONE_VERSION, color="#222222", linestyle="--", linewidth=1.2)
    axes.annotate(
        "the paper's cart: 0.06 %",
        (seen[0].pause_ms / 1000, 1 - PAPER_ONE_VERSION),
        xytext=(0, 5),
        textcoords="offset points",
        fontsize=9,
    )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(3e-4, 1)
    axes.xaxis.set_major_formatter(lambda s, _: f"{s:g} s")
    axes.yaxis.set_major_formatter(percent)
    axes.set_xlabel("pause of a client between two rounds (logarithmic)")
    axes.set_ylabel("gets that find siblings (logarithmic)")
    axes.legend(loc="upper right", fontsize=9)
    save(figure, stem)
    pyplot.close(figure)


# ---- The page ----


def verdict_of(data: Data) -> str:
    lost = sum(c.lost for c in data.crowds if c.program == "dvv")
    puts = sum(c.puts for c in data.crowds if c.program == "dvv")
    if lost == 0:
        return (
            f"<p class=verdict>Of {puts:,} acknowledged puts, your dots lost none. "
            "</p>"
        )
    return (
        f"<p class='verdict off'>Of {puts:,} acknowledged puts, your dots lost "
        f"{lost:,}. Nothing failed in these runs, so none may be lost: "
        "<code>make test-lab3 'T=Dotted*'</code> will show how.</p>"
    )


def crowds_table(data: Data) -> str:
    rows = []
    columns = [data.of(*key) for key in NAMES]
    for index, first in enumerate(columns[0]):
        cells = [f"<th scope=row>{first.clients}</th>"]
        for crowds in columns:
            c = crowds[index]
            cells.append(
                f'<td title="{c.lost} of {c.puts} puts">{c.lost_share:.1%}</td>'
                f"<td>{c.mean:.2f}</td><td>{c.most}</td>"
            )
        rows.append("<tr>" + "".join(cells) + "</tr>")
    return "\n".join(rows)


def pauses_table(data: Data) -> str:
    return "\n".join(
        f"<tr><th scope=row>{c.pause_ms / 1000:g} s</th><td>{c.gets:,}</td>"
        f"<td>{c.found(0, 1):.3%}</td><td>{c.found(2):.3%}</td></tr>"
        for c in data.pauses
    )


def page_of(data: Data, out: Path) -> Path:
    crowd = data.of("vclock", True)[-1]
    return write_page(
        "lab3",
        out,
        lost=inline_svg(out / "lost.svg", "Puts that are lost"),
        siblings=inline_svg(out / "siblings.svg", "Versions that gets find"),
        pauses=inline_svg(out / "pauses.svg", "Siblings against time"),
        verdict=verdict_of(data),
        crowds=crowds_table(data),
        pauses_table=pauses_table(data),
        puts=f"{crowd.puts:,}",
        gets=f"{data.pauses[0].gets:,}",
        busy=f"{crowd.pause_ms:g}",
        seed=data.raw["seed"],
    )


def draw(data: Data, out: Path) -> Path:
    (out / "figures.json").write_text(json.dumps(data.raw), encoding="utf-8")
    draw_lost(data, out / "lost")
    draw_siblings(data, out / "siblings")
    draw_pauses(data, out / "pauses")
    return page_of(data, out)


FIGURES = Figures(
    lab="lab3",
    about="Draw what clocks lose and what gets find, from your own store.",
    program="lab3-figures, as make builds it",
    count="rounds",
    count_help="gets and puts for each point",
    count_of_check=CHECK_ROUNDS,
    measure=measure,
    complaints=complaints,
    praise="Lab 3: the paper's clocks lose puts, and dots none.",
    draw=draw,
)

if __name__ == "__main__":
    sys.exit(FIGURES.main())
