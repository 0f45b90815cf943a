"""Measures what the kit promises: from save to verdict, from save to the first
failure, how soon exploring finds a mistake, the time that a submission takes.

    python3 tests/bench.py [--lab lab1] [--runs 11] [--submissions 50]

Lab 2 is graded together with lab 1, lab 4 with all before it, one submission at a
time on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build/bench"
sys.path.insert(0, str(ROOT / "tests/mutants"))

import mutant as mutants  # noqa: E402
from lab import lab_of  # noqa: E402

# What is edited to measure a save, and what is graded then.
EDITED = {
    "lab1": "ring.c",
    "lab2": "register.c",
    "lab3": "coordinator.c",
    "lab4": "merkle.c",
    "lab5": "histogram.c",
}
GRADED = {
    "lab1": "lab1",
    "lab2": "lab1,lab2",
    "lab3": "lab3",
    "lab4": "lab1,lab2,lab3,lab4",
    "lab5": "lab1,lab2,lab3,lab4,lab5",
}
# The mistake that is to be found, and the tests whose exploring finds it: a
# register that acknowledges a write at one reply; a store that loses one of two
# writes through one coordinator.
MISTAKES = {
    "lab2": "lab2-register-put-waits-for-one",
    "lab3": "lab3-dvv-put-drops-all",
}
EXPLORED = {
    "lab2": (
        "Register.IsLinearizableInWhateverOrderMessagesArrive",
        "Register.IsLinearizableWhicheverMessageIsLate",
    ),
    "lab3": (
        "DottedStore.LosesNothingInWhateverOrderMessagesArrive",
        "DottedStore.LosesNothingWhicheverMessageIsLate",
    ),
}


def spread(times: list[float]) -> str:
    return (
        f"median {statistics.median(times):.2f} s of {len(times)}, "
        f"{min(times):.2f} to {max(times):.2f} s"
    )


def source_of(lab: str, name: str, edits: dict[str, str]) -> Path:
    """A folder with the reference's files of a lab, and these instead of some."""
    source = WORK / name
    source.mkdir(parents=True, exist_ok=True)
    for file in lab_of(lab).sources:
        text = edits.get(file) or (ROOT / "solution" / file).read_text()
        (source / file).write_text(text)
    return source


def made(lab: str, source: Path) -> list[str]:
    """The command that builds a source's host and runs the public suite on it."""
    return ["make", "-s", f"test-{lab}", f"SRC={source.relative_to(ROOT)}"] + [
        f"{lab}_judges=build/judge/{lab}-public"
    ]


def saved(lab: str, source: Path, run: int) -> None:
    """Saves the file that a student edits, with something new in it."""
    path = source / EDITED[lab]
    text = path.read_text().partition("\n/* saved ")[0]
    path.write_text(f"{text}\n/* saved {run} */\n")


def save_to_verdict(lab: str, runs: int) -> list[float]:
    """Seconds from saving a file to the end of the public suite."""
    source = source_of(lab, f"{lab}-save", {})
    times = []
    for run in range(runs + 1):
        saved(lab, source, run)
        began = time.monotonic()
        done = subprocess.run(
            made(lab, source), cwd=ROOT, capture_output=True, text=True, check=False
        )
        times.append(time.monotonic() - began)
        if done.returncode != 0:  # the reference passes: whoever looks wants to know
            sys.exit(
                f"{done.stdout[-4000:]}{done.stderr[-4000:]}{lab}: run {run} failed"
            )
    return times[1:]  # the first one may have built a judge


def save_to_failure(lab: str, source: Path, runs: int) -> list[float]:
    """Seconds from saving a mistake to the end of the first failure's report."""
    times = []
    for run in range(runs + 1):
        saved(lab, source, run)
        began = time.monotonic()
        with subprocess.Popen(
            made(lab, source),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # make says that it was ended
            text=True,
            start_new_session=True,
        ) as judge:
            assert judge.stdout is not None
            for line in judge.stdout:
                if line.startswith("  Again"):
                    times.append(time.monotonic() - began)
                    break
            # All of them: what went on would slow the next run down.
            os.killpg(judge.pid, signal.SIGKILL)
    return times[1:]


def exploring(lab: str, source: Path, test: str, runs: int) -> list[float]:
    """Seconds until the explorer has found the mistake, from seeds of its own."""
    program = ROOT / "build/hosts" / str(source.relative_to(ROOT)).replace("/", "_")
    command = [f"{program}/{lab}-direct", "--explore", f"--gtest_filter={test}"]
    command += [f"--lab={lab_of(lab).toml}", "--host=none", "--cases=4000"]
    times = []
    for _ in range(runs):
        with tempfile.TemporaryFile() as report:
            began = time.monotonic()
            subprocess.run(
                ["sh", "-c", 'exec "$@" 3>&0 0</dev/null', "sh", *command],
                cwd=ROOT,
                stdin=report,
                stdout=subprocess.DEVNULL,
                check=False,
            )
            times.append(time.monotonic() - began)
            report.seek(0)
            assert b"\nfound " in report.read(), f"{test} did not find it"
    return times


def grade(labs: str, count: int, jobs: int) -> tuple[float, list[float]]:
    """Grades copies of the reference; all in all, and each student's."""
    folder = WORK / "submissions"
    out = WORK / "grades"
    for old in (folder, out):
        shutil.rmtree(old, ignore_errors=True)
    for number in range(count):
        student = folder / f"student{number:03}"
        student.mkdir(parents=True)
        for lab in labs.split(","):
            for file in lab_of(lab).files:
                text = (ROOT / "solution" / file).read_text()
                (student / file).write_text(f"{text}\n/* {number} */\n")
    cores = f"0-{min(jobs, os.cpu_count() or 1) - 1}"
    began = time.monotonic()
    subprocess.run(
        ["taskset", "-c", cores, "/usr/bin/python3", "-B", "-m", "grader", "grade"]
        + [str(folder), "--lab", labs, "--out", str(out), "--jobs", str(jobs)]
        + ["--no-report"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    whole = time.monotonic() - began
    each: dict[str, float] = {}
    for path in out.glob("**/*.json"):
        result = json.loads(path.read_text())
        if isinstance(result, dict) and "spent_ms" in result:
            each.setdefault(path.stem, 0)
            each[path.stem] += result["spent_ms"] / 1000
    return whole, list(each.values())


def main() -> int:
    """Prints the measures."""
    parser = argparse.ArgumentParser(description="Measure the kit.")
    parser.add_argument("--lab", choices=sorted(EDITED), default="lab1")
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--submissions", type=int, help="lab1: 50, others: 5")
    options = parser.parse_args()
    lab = options.lab
    times = save_to_verdict(lab, options.runs)
    print(f"from save to verdict, public suite: {spread(times)}", flush=True)
    if lab in MISTAKES:
        mistake = mutants.load(MISTAKES[lab])
        source = source_of(lab, f"{lab}-mistake", mutants.edited(mistake))
        times = save_to_failure(lab, source, options.runs)
        print(f"from save to the first failure's report: {spread(times)}", flush=True)
        for test in EXPLORED[lab]:
            times = exploring(lab, source, test, options.runs)
            print(f"exploring, {test}: found after {spread(times)}", flush=True)
    labs, jobs = GRADED[lab], (os.cpu_count() or 1) if lab == "lab1" else 1
    count = options.submissions or (50 if lab == "lab1" else 5)
    whole, each = grade(labs, count, jobs)
    print(f"grading {count} submissions of {labs}, {jobs} jobs: {whole:.1f} s in all")
    if each:
        print(f"of each: {spread(each)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
