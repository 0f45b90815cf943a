"""Runs one program under a sandbox's prefix, and tells how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.wrap import Limits

OUTPUT_MAX = 64 * 1024
TAIL_MAX = 8 * 1024  # of these, for the end of a longer output
LEFT_OUT = b"\n[... the middle is left out ...]\n"

NO_ENVIRONMENT: dict[str, str] = {}


@dataclass(frozen=True)
class Completed:
    """How a program in a sandbox ended."""

    returncode: int  # negative: the signal
    output: bytes  # stdout and stderr, cut at OUTPUT_MAX
    reason: str | None = None  # "time", "wall", "memory", "size", "signal N"
    cpu_s: float = 0.0


def run_confined(
    prefix: Callable[[int], list[str]], argv: Sequence[str], limits: Limits
) -> Completed:
    """Runs argv; `prefix` makes the sandbox's argv, given a descriptor on which
    its supervisor reports."""
    read_end, write_end = os.pipe()
    try:
        process = subprocess.Popen(
            [*prefix(write_end), *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(write_end,),
            env=NO_ENVIRONMENT,
            cwd="/",
        )
    except BaseException:
        os.close(read_end)
        raise
    finally:
        os.close(write_end)
    with open(read_end, encoding="ascii") as report_file:
        output = _output_of(process, limits.wall_s)
        report = dict(word.split("=", 1) for word in report_file.read().split())
    return _completed(process.returncode, output, report, limits)


def _completed(
    returncode: int, output: bytes, report: dict[str, str], limits: Limits
) -> Completed:
    cpu_s = int(report.get("cpu_ms", 0)) / 1000
    reason: str | None = None
    stopped = report.get("stopped", "signal")
    if stopped in ("wall", "memory"):
        reason = stopped
    elif returncode == -signal.SIGXCPU or (
        returncode != 0 and cpu_s >= limits.cpu_s * 0.95
    ):
        reason = "time"
    elif returncode == -signal.SIGXFSZ:
        reason = "size"
    elif returncode < 0:
        reason = f"signal {-returncode}"
    return Completed(returncode, output, reason, cpu_s)


def _output_of(process: subprocess.Popen[bytes], wall_s: float) -> bytes:
    """All that the process prints, cut; ends it if its supervisor does not."""
    assert process.stdout is not None
    late = threading.Timer(wall_s + 10, process.kill)
    late.start()
    head, tail = bytearray(), bytearray()
    try:
        while piece := os.read(process.stdout.fileno(), 65536):
            room = OUTPUT_MAX - len(head)
            head += piece[:room]
            tail += piece[room:]
            del tail[:-TAIL_MAX]
        process.wait()
    except BaseException:  # an interrupt of the grader
        process.send_signal(signal.SIGTERM)
        process.wait()
        raise
    finally:
        late.cancel()
        process.stdout.close()
    if not tail:
        return bytes(head)
    # The end says why a compiler stopped, the beginning what was wrong first.
    del head[OUTPUT_MAX - TAIL_MAX - len(LEFT_OUT) :]
    return bytes(head) + LEFT_OUT + bytes(tail[-TAIL_MAX:])
