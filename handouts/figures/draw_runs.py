#!/usr/bin/python3
"""Draws space-time diagrams of lab 2's handout from traces of real runs.

    draw_runs.py [OUT]      writes NAME.svg for each NAME.jsonl that is named below

How the traces are made:

    lab2-stale-get          build/hosts/solution/lab2-figures --run=stale-get
    lab2-no-write-back      make trace-lab2 T=Register.WritesBackWhatItReads SEED=0x1
                            with the edit of tests/mutants/lab2-register-no-write-back
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

Event = dict[str, Any]

ROW, TOP, FIRST, APART, BAR = 19, 34, 290, 150, 92
COLOURS = {"store": "#b04a00", "stored": "#00805a", "read?": "#0060a8"}
COLOURS |= {"value": "#94267f", "version?": "#4646b8", "version": "#6b5e00"}
STYLE = (
    "text{font-family:'DejaVu Sans',sans-serif;font-size:11px;fill:#222}"
    ".small{font-size:9.5px;fill:#666}.node{font-weight:bold}"
    ".halo{stroke:#fff;stroke-width:3px;stroke-linejoin:round}"
)


@dataclass(frozen=True)
class Picture:
    """What of a trace is drawn: events from and up to these numbers."""

    name: str
    title: str
    spans: list[tuple[int, int]]
    messages: frozenset[str] = frozenset({"store", "stored", "read?", "value"})
    # By the number of an operation: what its bar says beneath its answer.
    remarks: dict[int, str] = field(default_factory=dict)


PICTURES = [
    Picture(
        "lab2-stale-get",
        "A get that misses the put before it, with R = W = 1",
        [(53, 110)],
        remarks={2: "stale!"},
    ),
    Picture(
        "lab2-no-write-back",
        "Two gets, one after the other; the second returns the older value",
        [(104, 120), (127, 144), (161, 178)],
        remarks={3: "older!"},
    ),
]


class Run:
    """A trace, and where each shown event stands."""

    def __init__(self, picture: Picture, lines: Iterable[str]) -> None:
        head, *events = [json.loads(line) for line in lines]
        self.picture = picture
        self.nodes: list[int] = head["nodes"]
        self.events: list[Event] = events
        self.sent = {e["m"]: e for e in events if e["e"] == "send"}
        self.lost = {e["m"]: e for e in events if e["e"] == "lose"}
        self.rows: dict[int, float] = {}
        self.breaks: list[tuple[float, Event]] = []  # where a new time begins
        self.gaps: list[float] = []  # where events are left out
        self._place()

    def _shown(self, event: Event) -> bool:
        if event["e"] in ("invoke", "return"):
            return True
        if event["e"] in ("send", "recv", "lose"):
            return self.sent[event["m"]]["kind"] in self.picture.messages
        return False

    def _place(self) -> None:
        y = float(TOP + 2 * ROW)
        time = -1
        for number, (first, last) in enumerate(self.picture.spans):
            if number:
                self.gaps.append(y - ROW / 2)
                y += ROW
            for event in self.events[first : last + 1]:
                if not self._shown(event):
                    continue
                if event["t"] != time:
                    y += ROW / 2 if time >= 0 else 0
                    self.breaks.append((y, event))
                    time = event["t"]
                self.rows[event["i"]] = y
                y += ROW
        self.end = y

    def x(self, node: int) -> float:
        return FIRST + APART * self.nodes.index(node)

    def stores(self, event: Event) -> bool:
        """The handler of this receipt puts something in the node's store."""
        for later in self.events[event["i"] + 1 :]:
            if later["e"] == "put" and later["n"] == event["n"]:
                return True
            if later["e"] not in ("put", "sync", "send"):
                return False
        return False


def line(
    x1: float, y1: float, x2: float, y2: float, colour: str, more: str = ""
) -> str:
    return (
        f'<path d="M{x1:g},{y1:g}L{x2:g},{y2:g}" stroke="{colour}" '
        f'fill="none" {more}/>'
    )


def words(
    x: float, y: float, text: str, anchor: str = "start", more: str = ""
) -> list[str]:
    """A text with a white rim, so that lines behind it do not cross it out."""
    place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
    rim = f'<text {place} class="halo" {more}>{escape(text)}</text>'
    return [rim, f"<text {place} {more}>{escape(text)}</text>"]


def arrow_head(x: float, y: float, dx: float, dy: float, colour: str) -> str:
    length = (dx * dx + dy * dy) ** 0.5
    ux, uy = dx / length, dy / length
    left = f"{x - 8 * ux + 3.5 * uy:.1f},{y - 8 * uy - 3.5 * ux:.1f}"
    right = f"{x - 8 * ux - 3.5 * uy:.1f},{y - 8 * uy + 3.5 * ux:.1f}"
    return f'<path d="M{x:g},{y:g}L{left}L{right}Z" fill="{colour}"/>'


def label_of(message: Event) -> str:
    value = f' "{message["value"]}"' if "value" in message else ""
    version = f" {message['version']}" if "version" in message else ""
    return f"{message['kind']}{version}{value}"


def message_marks(run: Run, message: Event) -> list[str]:
    """A message from where it is sent to where it ends, as far as that is shown."""
    start = run.rows.get(message["i"])
    if start is None:
        return []
    colour = COLOURS[message["kind"]]
    x1, x2 = run.x(message["n"]), run.x(message["to"])
    side = 1 if x2 >= x1 else -1
    ink = f'fill="{colour}" style="fill:{colour}"'
    anchor = "start" if side > 0 else "end"
    label = words(x1 + 7 * side, start - 3, label_of(message), anchor, ink)
    dot = f'<circle cx="{x1:g}" cy="{start:g}" r="3" fill="#fff" stroke="{colour}"/>'
    lost = run.lost.get(message["m"])
    if lost is not None:
        y = run.rows[lost["i"]]
        x = x1 + (x2 - x1) * 0.6
        cross = (
            f'<path d="M{x - 4:g},{y - 4:g}l8,8m0,-8l-8,8" stroke="#b00020" '
            'stroke-width="2"/>'
        )
        why = words(x + 8 * side, y + 4, lost["why"], anchor, 'style="fill:#b00020"')
        return [line(x1, start, x, y, colour), dot, cross, *label, *why]
    end = next(
        (
            run.rows[e["i"]]
            for e in run.events
            if e["e"] == "recv" and e["m"] == message["m"] and e["i"] in run.rows
        ),
        None,
    )
    if end is None:  # it arrives after what is shown
        y = run.end
        x = x1 + (x2 - x1) * 0.5
        dashes = 'stroke-dasharray="4 3"'
        return [line(x1, start, x, y, colour, dashes), dot, *label]
    received = f'<circle cx="{x2:g}" cy="{end:g}" r="3" fill="#222"/>'
    if x1 == x2:
        loop = (
            f'<path d="M{x1:g},{start:g}C{x1 + 26:g},{start:g} {x1 + 26:g},{end:g} '
            f'{x1 + 5:g},{end:g}" stroke="{colour}" fill="none"/>'
        )
        label = words(x1 - 7, start + 4, label_of(message), "end", ink)
        return [loop, arrow_head(x1 + 4, end, -1, 0, colour), dot, received, *label]
    dx, dy = x2 - x1, end - start
    shorter = 5 / (dx * dx + dy * dy) ** 0.5
    tip = x2 - dx * shorter, end - dy * shorter
    return [
        line(x1, start, *tip, colour),
        arrow_head(*tip, dx, dy, colour),
        dot,
        received,
        *label,
    ]


def holding(run: Run, event: Event) -> str:
    """What a node holds from a receipt on; nothing if it stores nothing then."""
    if event["e"] != "recv" or run.sent[event["m"]]["kind"] != "store":
        return ""
    message = run.sent[event["m"]]
    return f"holds {message['value']} {message['version']}" if run.stores(event) else ""


def badge(x: float, y: float, text: str) -> list[str]:
    return [
        f'<rect x="{x + 9:g}" y="{y - 8:g}" width="{6.3 * len(text) + 8:g}" '
        'height="16" rx="3" fill="#fff3c4" stroke="#c9a400"/>',
        f'<text x="{x + 13:g}" y="{y + 4:g}" class="small" '
        f'style="fill:#222">{text}</text>',
    ]


def holding_marks(run: Run) -> list[str]:
    """What each node holds before the first shown event, and from then on."""
    first = run.picture.spans[0][0]
    before: dict[int, str] = {}
    marks = []
    for event in run.events:
        text = holding(run, event)
        if text and event["i"] < first:
            before[event["n"]] = text
        elif text and event["i"] in run.rows:
            marks += badge(run.x(event["n"]), run.rows[event["i"]], text)
    for node, text in before.items():
        marks += badge(run.x(node), TOP + 8, text)
    return marks


def operation_marks(run: Run, invoke: Event) -> list[str]:
    """A client's operation: a bar from where it begins to where it ends."""
    answer = next(
        (e for e in run.events if e["e"] == "return" and e["op"] == invoke["op"]), None
    )
    start = run.rows.get(invoke["i"], TOP + ROW)
    begins = invoke["i"] in run.rows
    ends = answer is not None and answer["i"] in run.rows
    end = run.rows[answer["i"]] if answer and ends else run.end
    node = run.x(invoke["n"])
    put = invoke["do"] == "put"
    fill = "#dbe7fa" if put else "#e2f3e0"
    remark = run.picture.remarks.get(invoke["op"], "")
    edge = "#b00020" if remark else "#8a94a3"
    what = f"put {invoke['value']}" if put else "get"
    left = 78 if put else 98
    marks = [
        f'<rect x="{left}" y="{start:g}" width="{BAR}" height="{end - start:g}" '
        f'rx="{3 if put else 8}" fill="{fill}" stroke="{edge}" '
        f'stroke-width="{2 if remark else 1}"/>',
    ]
    text = f'x="{left + 7}" class="node"'
    marks.append(f'<text {text} y="{start + 14:g}">{what}</text>')
    if begins:
        marks.append(line(left + BAR, start + 4, node - 5, start + 4, "#888", DOTTED))
        marks.append(arrow_head(node - 4, start + 4, 1, 0, "#888"))
    if answer and ends:
        said = ", ".join(answer["values"]) if not put else "ok"
        marks.append(
            f'<text x="{left + 7}" y="{end - 5:g}">→ {escape(said)}'
            f'<tspan style="fill:#b00020" font-weight="bold"> {remark}</tspan></text>'
        )
        marks.append(line(left + BAR + 5, end - 4, node, end - 4, "#888", DOTTED))
        marks.append(arrow_head(left + BAR + 1, end - 4, -1, 0, "#888"))
    elif not ends:
        marks.append(f'<text x="{left + 7}" y="{end - 5:g}">no answer</text>')
    return marks


DOTTED = 'stroke-dasharray="2 2"'


def drawn(picture: Picture, lines: Iterable[str]) -> str:
    run = Run(picture, lines)
    width = FIRST + APART * (len(run.nodes) - 1) + 110
    height = run.end + 8
    marks = ['<text x="44" y="18" class="small" text-anchor="end">ms</text>']
    marks.append(
        f'<text x="{78 + BAR / 2:g}" y="18" text-anchor="middle">clients</text>'
    )
    for y, event in run.breaks:
        marks.append(line(0, y - 9, width, y - 9, "#e4e4e0"))
        marks.append(
            f'<text x="44" y="{y + 4:g}" class="small" text-anchor="end">'
            f"{event['t'] / 1000:.1f}</text>"
        )
    for node in run.nodes:
        x = run.x(node)
        marks.append(line(x, TOP - 8, x, run.end, "#999", 'stroke-width="1.5"'))
        marks.append(
            f'<text x="{x:g}" y="18" class="node" text-anchor="middle">'
            f"node {node}</text>"
        )
    for y in run.gaps:
        marks.append(
            f'<rect x="70" y="{y - 3:g}" width="{width - 70}" height="12" fill="#fff"/>'
        )
        marks += words(width / 2, y + 7, "⋮", "middle")
    top = [e for e in run.events if e["e"] == "invoke"]
    low, high = picture.spans[0][0], picture.spans[-1][1]
    for event in top:
        over = [
            e["i"] for e in run.events if e["e"] == "return" and e["op"] == event["op"]
        ]
        if event["i"] <= high and (not over or over[0] >= low):
            marks += operation_marks(run, event)
    for message in run.sent.values():
        marks += message_marks(run, message)
    marks += holding_marks(run)
    body = "\n".join(marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img">\n'
        f"<title>{escape(picture.title)}</title>\n<style>{STYLE}</style>\n"
        f"{body}\n</svg>\n"
    )


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for picture in PICTURES:
        trace = (HERE / f"{picture.name}.jsonl").read_text(encoding="utf-8")
        svg = drawn(picture, trace.splitlines())
        (out / f"{picture.name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
