"""How long a failure is: the events of the run that a failing test has saved.

An event is a run of one of a node's handlers: it opens, gets a client's request
or a message, or its timer goes off. Those count that lead to the failure: up to
the last moment at which an operation that the violation names began or was
answered. What the run did besides, after that, is not needed to see it. Of a
violation that names no operation everything counts.
"""

from __future__ import annotations

import json
from pathlib import Path

HANDLERS = ("open", "request", "recv", "fire")  # labs/trace/schema.md


def events_of(trace: Path) -> int | None:
    """The number of events; None where the test runs no cluster."""
    if not trace.exists():
        return None
    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    named: set[int] = set()
    for line in lines:
        if line.get("e") == "violation":
            named |= set(line.get("ops", ()))
    last = len(lines)
    if named:
        last = max(
            number
            for number, line in enumerate(lines)
            if line.get("e") in ("invoke", "return") and line["op"] in named
        )
    return sum(line.get("e") in HANDLERS for line in lines[:last])
