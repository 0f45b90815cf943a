"""Builds a ring.c into a host and has the judges of lab 1 look at it.

Used by the tests of the mutants and of the alternatives. Everything made lies
in build/, nothing is written beside the sources.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KIT = ROOT / "build" / "kit"
LAB = ROOT / "labs" / "lab1-ring" / "lab.toml"
WORK = ROOT / "build" / "mutants"
SEED = "0x1"  # fixed: a run of the tests today is the run of tomorrow


@dataclass(frozen=True)
class Result:
    """How one graded test ended, as the judge wrote it."""

    test: str
    verdict: str
    kind: str
    message: str


@cache
def suite_of() -> dict[str, str]:
    """The suite, public or hidden, of every graded test."""
    lab = tomllib.loads(LAB.read_text())
    return {test["name"]: test["suite"] for test in lab["test"]}


def judge_of(suite: str) -> Path:
    return ROOT / "build" / "judge" / f"lab1-{suite}"


def must_be_made() -> None:
    """Stops with the mend where the kit or a judge has not been made."""
    for made in (KIT / "build-host.sh", judge_of("public"), judge_of("hidden")):
        if not made.exists():
            raise FileNotFoundError(
                f"{made.relative_to(ROOT)} is missing; run 'make kit judges' first."
            )


def fingerprint() -> str:
    """Changes when the kit, a judge, the lab or the machinery here does."""
    digest = hashlib.sha256(Path(__file__).read_bytes() + LAB.read_bytes())
    parts = [path for path in KIT.rglob("*") if path.is_file()]
    for path in sorted(parts) + [judge_of("public"), judge_of("hidden")]:
        stat = path.stat()
        digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def build(source: Path, out: Path) -> tuple[int, str]:
    """Builds a host as a student's is built: the exit code, and what was said."""
    done = subprocess.run(
        ["sh", KIT / "build-host.sh", KIT, out, "lab1", source],
        capture_output=True,
        text=True,
        errors="replace",
    )
    return done.returncode, done.stdout + done.stderr


def judge(
    out: Path, tests: Iterable[str] | None, seed: str = SEED, case: str | None = None
) -> dict[str, Result]:
    """Runs tests (None: all) on the host in `out`."""
    results = out / "results.jsonl"
    chosen = list(suite_of()) if tests is None else list(tests)

    results.unlink(missing_ok=True)
    for suite in ("public", "hidden"):
        names = [name for name in chosen if suite_of().get(name) == suite]
        if not names:
            continue
        done = subprocess.run(
            [
                judge_of(suite),
                f"--host={out / 'host'}",
                f"--lab={LAB}",
                f"--seed={seed}",
                f"--results={results}",
                f"--steps={out / 'steps'}",
                "--quiet",
                "--gtest_filter=" + ":".join(names),
                *([f"--case={case}"] if case is not None else []),
            ],
            capture_output=True,
            text=True,
            errors="replace",
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(
                f"{judge_of(suite).name} broke (exit {done.returncode}):\n"
                + done.stdout[-2000:]
                + done.stderr[-2000:]
            )
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    return {
        line["test"]: Result(
            line["test"], line["verdict"], line["kind"], line["message"]
        )
        for line in lines
    }
