"""What the labs' figures share: how they look, are saved, and get their numbers."""

from __future__ import annotations

import argparse
import html
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Generic, TypeVar

HERE = Path(__file__).resolve().parent
Numbers = TypeVar("Numbers")


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


def write_page(lab: str, out: Path, **values: object) -> Path:
    """out/index.html: the lab's page with the values in their places."""
    template = Template((HERE / f"{lab}-page.html").read_text(encoding="utf-8"))
    style = (HERE / "page.css").read_text(encoding="utf-8")
    page = out / "index.html"
    page.write_text(template.substitute(values, style=style), encoding="utf-8")
    return page


# ---- The command line ----


@dataclass(frozen=True)
class Figures(Generic[Numbers]):
    """What one lab draws, and how."""

    lab: str
    about: str  # a sentence
    program: str  # what it is that --program names
    count: str  # an option's name: what is measured more often for better curves
    count_help: str
    count_of_check: int
    measure: Callable[[Path, int | None], Numbers]
    complaints: Callable[[Numbers], list[str]]  # where it is not what it must be
    praise: str  # said when there are none
    draw: Callable[[Numbers, Path], Path]  # into a folder; gives the page

    def main(self, argv: list[str] | None = None) -> int:
        """Draws, or checks; the exit status."""
        options = self._parse(argv)
        count = options.count or (self.count_of_check if options.check else None)
        try:
            if not options.check:
                set_up_matplotlib()
            numbers = self.measure(options.program, count)
            if options.check:
                return self._check(numbers)
            options.out.mkdir(parents=True, exist_ok=True)
            print(f"Open {self.draw(numbers, options.out)} in a browser.")
        except FiguresError as error:
            print(f"figures: {error}.", file=sys.stderr)
            return 1
        return 0

    def _check(self, numbers: Numbers) -> int:
        found = self.complaints(numbers)
        for line in found:
            print(line, file=sys.stderr)
        if not found:
            print(self.praise)
        return 1 if found else 0

    def _parse(self, argv: list[str] | None) -> argparse.Namespace:
        parser = argparse.ArgumentParser(description=self.about)
        parser.add_argument("--program", type=Path, required=True, help=self.program)
        parser.add_argument(
            "--out",
            type=Path,
            default=Path(f"build/figures/{self.lab}"),
            help="folder for the pictures and index.html",
        )
        parser.add_argument(
            f"--{self.count}", dest="count", type=int, help=self.count_help
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="draw nothing; fail unless the curves are what they must be",
        )
        return parser.parse_args(argv)
