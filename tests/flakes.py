"""Repeats a lab's suites on the reference while every core is kept busy.

A test that fails once in a thousand runs is broken. A round runs every suite
once, with a seed of its own; lab 2's real clusters are a suite too, and go on
when its simulated ones have had a third of the rounds. A failure prints its
seed, with the whole story. Interrupted, it says how far it came; --start goes
on from there.

    python3 tests/flakes.py [--lab lab1] [--repeats 1000] [--start 0]
                            [--suites public,hidden]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/mutants"))

from lab import lab_of  # noqa: E402

REPEATS = {"lab1": 1000, "lab2": 300, "lab3": 100, "lab4": 100, "lab5": 1000}


@dataclass(frozen=True)
class Suite:
    """A program of tests, as it is run with a seed, and how often."""

    name: str
    command: Callable[[int], list[str]]
    rounds: int


def judged(lab: str, suite: str, source: str, rounds: int) -> Suite:
    """A suite of the judge's."""
    command = [f"build/judge/{lab}-{suite}", f"--host=build/hosts/{source}/{lab}/host"]
    command += [f"--lab={lab_of(lab).toml}", "--steps=build/flakes"]
    return Suite(suite, lambda seed: command + [f"--seed={seed:#x}"], rounds)


def real(source: str, rounds: int) -> list[Suite]:
    """Those with processes of dynamo-node. GoogleTest shows failures alone."""
    node = ["--node=build/dynamo-node", "--gtest_brief=1"]
    cluster = Suite(
        "cluster", lambda _seed: ["build/judge/cluster-test"] + node, rounds
    )
    scripts = {
        "lab2": "Scripts/*",
        "lab3": "VersionScripts/*",
        "lab4": "FailureScripts/*",
    }
    return [cluster] + [
        conformance(lab, source, scripts[lab], node, rounds) for lab in scripts
    ]


def conformance(
    lab: str, source: str, scripts: str, node: list[str], rounds: int
) -> Suite:
    """The scripts of a lab's programs in every world."""
    hosts = f"build/hosts/{source}"
    command = ["build/judge/conformance-test", f"--gtest_filter={scripts}"] + node
    command += [f"--direct={hosts}/{lab}-conformance", f"--host={hosts}/{lab}/host"]
    command += [f"--lab={lab_of(lab).toml}"]
    return Suite(
        f"conformance {lab}", lambda seed: command + [f"--seed={seed:#x}"], rounds
    )


def suites(lab: str, source: str, repeats: int) -> list[Suite]:
    """What is repeated."""
    if lab != "lab2":
        return [judged(lab, suite, source, repeats) for suite in ("public", "hidden")]
    fewer = (repeats + 2) // 3
    return real(source, repeats) + [
        judged(lab, suite, source, fewer) for suite in ("public", "hidden")
    ]


def spin(parent: int) -> None:
    """Keeps one core busy as long as the parent lives, which hears Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while os.getppid() == parent:
        pass


def run_suite(suite: Suite, seed: int) -> str:
    """Runs one suite once; returns its output when anything failed."""
    done = subprocess.run(
        suite.command(seed), cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode == 0:
        return ""
    return f"{suite.name}, seed {seed:#x}, status {done.returncode}:\n" + (
        done.stdout + done.stderr
    ).decode(errors="replace")


def repeat(chosen: list[Suite], start: int, batch: int, at_once: int) -> int:
    """Runs all rounds from `start` on, so many suites at once; 0 if nothing failed."""
    cores = os.cpu_count() or 1
    load = [
        multiprocessing.Process(target=spin, args=(os.getpid(),), daemon=True)
        for _ in range(cores)
    ]
    for process in load:
        process.start()
    began = time.monotonic()
    rounds = max(suite.rounds for suite in chosen)
    passed = failed = 0
    done = start
    pool = ThreadPoolExecutor(at_once)
    try:
        while done < rounds:
            some = range(done, min(done + batch, rounds))
            jobs = [
                pool.submit(run_suite, suite, (number + 1) * 0x9E3779B1)
                for number in some
                for suite in chosen
                if number < suite.rounds
            ]
            for job in jobs:
                story = job.result()
                passed += not story
                failed += bool(story)
                if story:
                    print(story, flush=True)
            done = some.stop
            print(
                f"{done} of {rounds} rounds, {passed} suites passed, {failed} "
                f"failed, {time.monotonic() - began:.0f} s",
                flush=True,
            )
    except KeyboardInterrupt:
        print(f"Interrupted; go on with --start {done}", flush=True)
        return 130
    finally:
        pool.shutdown(cancel_futures=True)
        for process in load:
            process.terminate()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def main() -> int:
    """Repeats, and counts the failures."""
    parser = argparse.ArgumentParser(description="Look for tests that flake.")
    parser.add_argument("--lab", choices=sorted(REPEATS), default="lab1")
    parser.add_argument("--repeats", type=int, help=f"rounds: {REPEATS}")
    parser.add_argument("--start", type=int, default=0, help="this many are done")
    parser.add_argument("--suites", help="only these, between commas; default all")
    parser.add_argument("--at-once", type=int, help="suites: as cores; lab2: 8")
    parser.add_argument("--source", default="solution")
    options = parser.parse_args()
    repeats = options.repeats or REPEATS[options.lab]
    known = suites(options.lab, options.source, repeats)
    wanted = options.suites.split(",") if options.suites else [s.name for s in known]
    strange = set(wanted) - {suite.name for suite in known}
    if strange:
        parser.error(
            f"{options.lab} has no suite {', '.join(sorted(strange))}; "
            f"it has {', '.join(suite.name for suite in known)}"
        )
    chosen = [suite for suite in known if suite.name in wanted]
    missing = [
        program
        for suite in chosen
        for program in suite.command(0)[:1]
        if not (ROOT / program).exists()
    ]
    if missing:
        parser.error(f"{', '.join(missing)} is missing; make flakes-{options.lab}")
    # So many rounds go by between two lines; one of lab 2 takes long, and its real
    # processes mostly wait.
    batch, at_once = (8, 8) if options.lab == "lab2" else (20, os.cpu_count() or 1)
    return repeat(chosen, options.start, batch, options.at_once or at_once)


if __name__ == "__main__":
    sys.exit(main())
