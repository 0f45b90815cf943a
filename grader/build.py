"""Builds a submission into a host, in its sandbox.

The kit's build-host.sh is the one way to do it; here its end is sorted into
what the student did (compile-error, refused) and what we did (infra-error).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.confined import Completed
from grader.errors import GraderError
from grader.sandbox import Slot
from grader.text import cut, visible
from grader.wrap import BUILD_LIMITS, MB, Limits

LOG_MAX = 64 * 1024
BUILT, REFUSED_BY_COMPILER, REFUSED_BY_KIT = 0, 1, 2
ROOM_NEEDED = 128 * MB

# What gcc, as and ld say of a limit that stopped one of them.
_SIGNS = (
    ("time", rb"CPU time limit exceeded"),
    ("size", rb"File size limit exceeded|File too large|No space left on device"),
    ("memory", rb"out of memory|[Mm]emory exhausted|Cannot allocate memory"),
    ("crash", rb"internal compiler error|terminated program|Segmentation fault"),
)
_BY_A_TOOL = re.compile(
    rb"(?m)^(?:(?:[\w/.-]*/)?(?:gcc|cc1|as|ld|collect2|objcopy|nm)\b|virtual memory|"
    rb"\{standard input\}|/\S+\.s:|[\w.-]+: (?:out of memory|internal)"
    rb"|\S+: internal compiler error)[^\n]*"
)


@dataclass(frozen=True)
class Built:
    status: str  # "ok", "compile-error", "refused" or "infra-error"
    log: str  # fit to be shown; for all but "ok" it starts with a sentence


def build(
    slot: Slot,
    kit: Path,
    lab: str,
    sources: Path,
    files: Sequence[str],
    out: Path,
    limits: Limits = BUILD_LIMITS,
) -> Built:
    """Compiles `files` of the folder `sources`, links the host into `out`.

    A file that ends in .o is ours, compiled already."""
    if not (kit / "build-host.sh").is_file():
        return Built("infra-error", f"the kit {kit} is missing; run make kit")
    for name in files:
        path = sources / name
        if path.is_symlink() or not path.is_file():
            return Built("refused", f"{name} is missing or is no regular file")
    try:
        done = slot.run_build(
            ["/bin/sh", "@kit/build-host.sh", "@kit", "@out", lab, *files],
            kit=kit,
            source=sources,
            out=out,
            limits=limits,
            files=files,
        )
        return _judged(slot, done, out, limits)
    except (GraderError, OSError) as error:
        return Built("infra-error", str(error))


def _judged(slot: Slot, done: Completed, out: Path, limits: Limits) -> Built:
    log = _log(done.output)
    if done.returncode == BUILT:
        if slot.host_file(out).is_file():
            return Built("ok", log)
        return Built("infra-error", f"the build left no host\n{log}")
    room = os.statvfs(slot.folder)
    if room.f_bavail * room.f_frsize < ROOM_NEEDED:
        return Built("infra-error", f"the disk of {slot.folder} is full")
    reason = done.reason or _sign_of_limit(done.output)
    if reason is not None:
        sentence = _sentence(reason, done, limits)
        return Built("compile-error", f"{sentence}\n{log}".strip())
    # A sandbox that does not work must not look like a student's mistake: bwrap
    # too ends with 1. What it prints a student can forge, so it is tried.
    if done.returncode not in (REFUSED_BY_COMPILER, REFUSED_BY_KIT) or (
        done.output.startswith(b"bwrap: ")
    ):
        problem = slot.check() or f"build-host.sh ended with {done.returncode}"
        if done.returncode != REFUSED_BY_COMPILER or slot.check() is not None:
            return Built("infra-error", f"{problem}\n{log}".strip())
    if done.returncode == REFUSED_BY_KIT:
        return Built("refused", log or "a rule of the kit refused the code")
    return Built("compile-error", log or "the compiler refused the code")


def _log(output: bytes) -> str:
    return cut(visible(output.decode("utf-8", "replace")).strip("\n"), LOG_MAX)


def _sign_of_limit(output: bytes) -> str | None:
    # Only what a tool says by itself: in a diagnostic a student's words stand
    # behind a file name and a line number, or behind the bar of a quotation.
    own = b"\n".join(_BY_A_TOOL.findall(output))
    for reason, words in _SIGNS:
        if re.search(words, own):
            return reason
    return None


def _sentence(reason: str, done: Completed, limits: Limits) -> str:
    why = {
        "time": f"after {limits.cpu_s} s of CPU time",
        "wall": f"after {limits.wall_s:g} s",
        "memory": f"at {limits.memory_mb} MB of memory",
        "size": f"at {limits.file_mb} MB of output",
    }.get(reason)
    advice = "the code is too large or too deeply nested to be compiled"
    if why is not None:
        return f"the compiler was stopped {why}: {advice}"
    if reason == "crash":
        return f"the compiler crashed: {advice}"
    return f"the compiler was ended by {reason}: {advice}"
