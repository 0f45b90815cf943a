"""Repeats both suites on the reference while every core is kept busy.

A test that fails once in a thousand runs is broken. Each repeat draws a seed of
its own; a failure prints it, with the whole story. Interrupted, it says how far
it came; --start goes on from there.

    python3 tests/flakes.py [--repeats 1000] [--start 0] [--source solution]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUITES = ("public", "hidden")


def spin() -> None:
    """Keeps one core busy for ever."""
    while True:
        pass


def run_suite(suite: str, seed: int, host: str) -> str:
    """Runs one suite once; returns its output when anything failed."""
    done = subprocess.run(
        [
            f"build/judge/lab1-{suite}",
            f"--host={host}",
            "--lab=labs/lab1-ring/lab.toml",
            f"--seed={seed:#x}",
            "--steps=build/flakes",
        ],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if done.returncode == 0:
        return ""
    return f"{suite}, seed {seed:#x}, status {done.returncode}:\n" + (
        done.stdout + done.stderr
    ).decode(errors="replace")


def main() -> int:
    """Repeats, and counts the failures."""
    parser = argparse.ArgumentParser(description="Look for tests that flake.")
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--source", default="solution")
    options = parser.parse_args()
    host = f"build/hosts/{options.source}/lab1/host"
    cores = os.cpu_count() or 1
    load = [multiprocessing.Process(target=spin, daemon=True) for _ in range(cores)]
    for process in load:
        process.start()
    began = time.monotonic()
    failures = 0
    done = options.start
    try:
        with ThreadPoolExecutor(cores) as pool:
            while done < options.start + options.repeats:
                some = range(done, min(done + 20, options.start + options.repeats))
                jobs = [
                    pool.submit(run_suite, suite, (seed + 1) * 0x9E3779B1, host)
                    for seed in some
                    for suite in SUITES
                ]
                for job in jobs:
                    story = job.result()
                    if story:
                        failures += 1
                        print(story, flush=True)
                done = some.stop
                print(
                    f"{done - options.start} of {options.repeats} repeats of both "
                    f"suites, {failures} failed, {time.monotonic() - began:.0f} s",
                    flush=True,
                )
    except KeyboardInterrupt:
        print(f"Interrupted; go on with --start {done}", flush=True)
        return 130
    finally:
        for process in load:
            process.terminate()
    print(f"{(done - options.start) * 2 - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
