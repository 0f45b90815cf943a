"""Counting the events of a failure."""

from __future__ import annotations

import json
from pathlib import Path

from schedule import events_of

RUN: list[dict[str, object]] = [
    {"trace": 1},
    {"e": "open", "n": 1},
    {"e": "open", "n": 2},
    {"e": "invoke", "op": 0},
    {"e": "request", "n": 1, "op": 0},
    {"e": "send", "n": 1, "to": 2},
    {"e": "recv", "n": 2},
    {"e": "fire", "n": 1},
    {"e": "return", "op": 0},
    {"e": "invoke", "op": 1},
    {"e": "request", "n": 2, "op": 1},
    {"e": "return", "op": 1},
]


def count(folder: Path, violation: dict[str, object]) -> int | None:
    path = folder / "run.jsonl"
    lines: list[dict[str, object]] = [*RUN, {"e": "violation"} | violation]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return events_of(path)


def test_handlers_count_up_to_the_last_named_answer(tmp_path: Path) -> None:
    assert count(tmp_path, {"ops": [0]}) == 5
    assert count(tmp_path, {"ops": [1, 0]}) == 6


def test_all_handlers_count_where_no_operation_is_named(tmp_path: Path) -> None:
    assert count(tmp_path, {}) == 6
    assert count(tmp_path, {"ops": []}) == 6


def test_a_test_without_a_cluster_has_no_events(tmp_path: Path) -> None:
    assert events_of(tmp_path / "none.jsonl") is None
