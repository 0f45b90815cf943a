"""Runs everything that `make test` proves, one step after another.

Each step's output goes to build/prove/STEP.log; the end of it is shown when the
step fails. The last line is `N passed, N failed`, over all tests of all steps.

    python3 tests/prove.py [--jobs N] [--steps lint,mutants]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build/prove"
PYTHON = "/usr/bin/python3"

Counts = tuple[int, int]  # passed, failed


@dataclass(frozen=True)
class Step:
    """A command, and how to count the tests it ran."""

    name: str
    command: list[str]
    count: Callable[[Path, int], Counts]


def by_status(_log: Path, status: int) -> Counts:
    """The step is one test."""
    return (1, 0) if status == 0 else (0, 1)


def by_junit(log: Path, status: int) -> Counts:
    """pytest's own count; a run that ended before any test is one failure."""
    report = log.with_suffix(".xml")
    if not report.exists():
        return 0, 1
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    total = sum(int(s.get("tests", 0)) for s in suites)
    bad = sum(int(s.get("failures", 0)) + int(s.get("errors", 0)) for s in suites)
    skipped = sum(int(s.get("skipped", 0)) for s in suites)
    if status != 0 and bad == 0:
        bad = 1
    return max(0, total - bad - skipped), bad


def by_results(log: Path, status: int) -> Counts:
    """The judges' JSON Lines."""
    passed = failed = 0
    results = log.with_suffix(".jsonl")
    if results.exists():
        for line in results.read_text(encoding="utf-8").splitlines():
            if json.loads(line)["verdict"] == "passed":
                passed += 1
            else:
                failed += 1
    if status != 0 and failed == 0:
        failed = 1
    return passed, failed


def by_gtest(log: Path, status: int) -> Counts:
    """GoogleTest's JSON report."""
    report = log.with_suffix(".json")
    if not report.exists():
        return 0, 1
    data = json.loads(report.read_text(encoding="utf-8"))
    bad = data["failures"] + data["errors"]
    if status != 0 and bad == 0:
        bad = 1
    return max(0, data["tests"] - bad), bad


def pytest(name: str, folder: str, jobs: int) -> Step:
    """A folder of pytest tests, spread over the cores; those that share what takes
    long to make say so (xdist_group)."""
    return Step(
        name,
        [PYTHON, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n"]
        + [str(jobs), "--dist=loadgroup", f"--junitxml={LOGS / name}.xml", folder],
        by_junit,
    )


def gtest(name: str, command: list[str]) -> Step:
    """A program of GoogleTest's."""
    return Step(name, command + [f"--gtest_output=json:{LOGS / name}.json"], by_gtest)


def reference(lab: str, slug: str) -> Step:
    """Both suites of a lab on the reference solution."""
    hosts = "build/hosts/solution"
    judge = ["sh", "labs/run-judges.sh", ""]
    judge += [f"build/judge/{lab}-public", f"build/judge/{lab}-hidden", "--"]
    judge += [f"--host={hosts}/{lab}/host", f"--lab=labs/{slug}/lab.toml"]
    judge += ["--source=solution", f"--steps={hosts}/failures"]
    return Step(lab, judge + [f"--results={LOGS}/{lab}.jsonl"], by_results)


def conformance(name: str, lab: str, slug: str, suite: str) -> Step:
    """The scripts of a lab's programs in every world."""
    hosts = "build/hosts/solution"
    command = ["build/judge/conformance-test", "--node=build/dynamo-node"]
    command += [f"--direct={hosts}/{lab}-conformance", f"--host={hosts}/{lab}/host"]
    command += [f"--lab=labs/{slug}/lab.toml", f"--gtest_filter={suite}/*"]
    return gtest(name, command)


def steps(jobs: int) -> list[Step]:
    """Everything, the quickest first."""
    return [
        reference("lab1", "lab1-ring"),
        reference("lab2", "lab2-quorum"),
        reference("lab3", "lab3-vclock"),
        reference("lab4", "lab4-failure"),
        reference("lab5", "lab5-tail"),
        Step("points", [PYTHON, "-B", "-m", "grader", "check"], by_status),
        gtest("harness", ["build/judge/harness-test"]),
        gtest("world", ["build/judge/world-test"]),
        gtest("cluster", ["build/judge/cluster-test", "--node=build/dynamo-node"]),
        conformance("conformance", "lab2", "lab2-quorum", "Scripts"),
        conformance("conformance3", "lab3", "lab3-vclock", "VersionScripts"),
        conformance("conformance4", "lab4", "lab4-failure", "FailureScripts"),
        pytest("traces", "tests/conformance", jobs),
        pytest("chaos", "tests/cluster", jobs),
        pytest("load", "tests/load", jobs),
        pytest("judge", "tests/harness_test", jobs),
        pytest("mutants", "tests/mutants", jobs),
        pytest("alternatives", "tests/alternatives", jobs),
        pytest("trace", "tests/trace", jobs),
        pytest("handouts", "handouts/tests", jobs),
        Step(
            "figures",
            [PYTHON, "-B", "handouts/figures/draw_lab1.py", "--check"]
            + ["--program=build/figures/lab1/solution-figures"]
            + ["--out=build/figures/lab1-check"],
            by_status,
        ),
        *[
            Step(
                f"figures-{lab}",
                [PYTHON, "-B", f"handouts/figures/draw_{lab}.py", "--check"]
                + [f"--program=build/hosts/solution/{lab}-figures"],
                by_status,
            )
            for lab in ("lab2", "lab3", "lab4")
        ],
        Step(
            "figures-lab5",
            [PYTHON, "-B", "handouts/figures/draw_lab5.py", "--check"]
            + ["--program=build/figures/lab5/solution-figures"],
            by_status,
        ),
        Step(
            "figures-lent",
            ["build/hosts/solution/lab4-figures-lent"]
            + ["--runs=1", "--keys=1000", "--nodes=10"],
            by_status,
        ),
        pytest("grader", "grader/tests", jobs),
        Step(
            "fuzz",
            [PYTHON, "-B", "tests/fuzz/run.py", "--programs=build/fuzz"],
            by_status,
        ),
        Step("lint", ["sh", "tests/lint.sh", "check"], by_status),
    ]


def run(step: Step) -> Counts:
    """Runs one step and tells how it went."""
    log = LOGS / f"{step.name}.log"
    for product in LOGS.glob(f"{step.name}.*"):
        product.unlink()
    started = time.monotonic()
    print(f"  {step.name:<14}", end="", flush=True)
    with log.open("wb") as output:
        status = subprocess.run(
            step.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    passed, failed = step.count(log, status)
    took = time.monotonic() - started
    print(f"{passed:5} passed {failed:4} failed {took:7.1f} s", flush=True)
    if failed:
        text = log.read_text(encoding="utf-8", errors="replace").splitlines()
        print(f"\n    the end of {log.relative_to(ROOT)}:")
        print("\n".join("    " + line for line in text[-60:]) + "\n", flush=True)
    return passed, failed


def main() -> int:
    """Runs the chosen steps; 0 if nothing failed."""
    parser = argparse.ArgumentParser(description="Prove everything.")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--steps", help="only these, with commas")
    options = parser.parse_args()
    chosen = steps(options.jobs)
    if options.steps:
        names = options.steps.split(",")
        unknown = set(names) - {step.name for step in chosen}
        if unknown:
            known = ", ".join(step.name for step in chosen)
            parser.error(f"no step {', '.join(sorted(unknown))}; there are {known}")
        chosen = [step for step in chosen if step.name in names]
    LOGS.mkdir(parents=True, exist_ok=True)
    passed = failed = 0
    for step in chosen:
        counts = run(step)
        passed += counts[0]
        failed += counts[1]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
