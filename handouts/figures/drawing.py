"""What the labs' figures share: how they look, are saved, and get their numbers."""

from __future__ import annotations

import html
import subprocess
from pathlib import Path
from typing import Any


class FiguresError(Exception):
    """One sentence for whoever ran us."""


def set_up_matplotlib() -> None:
    try:
        import matplotlib
    except ImportError as error:
        raise FiguresError(
            "matplotlib is missing: install the package python3-matplotlib and "
            "use /usr/bin/python3"
        ) from error
    matplotlib.use("Agg")
    matplotlib.rcParams.update(
        {
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": "#dddddd",
            "legend.frameon": False,
            "svg.fonttype": "none",
            "font.family": "DejaVu Sans",
            "svg.hashsalt": "dynamo-labs",
        }
    )


def save(figure: Any, stem: Path) -> None:
    """As stem.png and stem.svg, the same bytes each time."""
    figure.savefig(stem.with_suffix(".png"), dpi=150)
    figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None})


def percent(share: float, _: object) -> str:
    """A tick of a logarithmic scale: 0.1 %, where a formatter would round to 0."""
    return f"{100 * share:g} %"


def inline_svg(path: Path, title: str) -> str:
    """A saved picture as a part of a page."""
    text = path.read_text(encoding="utf-8")
    svg = text[text.index("<svg") :]
    # Every file names its clip paths for itself; in one page they would clash.
    for mark in ('id="', "url(#", 'href="#'):
        svg = svg.replace(mark, mark + path.stem + "-")
    return svg.replace("<svg", f'<svg role="img" aria-label="{html.escape(title)}"', 1)


def output_of(program: Path, arguments: list[str], test: str) -> str:
    """What a program prints that runs student code. Its progress and its
    complaints go to our stderr. `test`: the make target that shows what is wrong."""
    argv = [str(program.resolve()), *arguments]
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, check=False)
    except OSError as error:
        raise FiguresError(f"cannot run {program}: {error.strerror}") from error
    if done.returncode == 1:  # it has said in one sentence what is wrong
        raise SystemExit(1)
    if done.returncode < 0:
        raise FiguresError(
            f"your code died of signal {-done.returncode} while it was measured; "
            f"make {test} will show where"
        )
    if done.returncode != 0:
        raise FiguresError(
            f"{program} ended with status {done.returncode}, perhaps in your code; "
            f"make {test} will show where"
        )
    return done.stdout.decode("utf-8", "replace")
