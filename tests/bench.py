"""Measures what the kit promises: from save to verdict, and time a submission.

    python3 tests/bench.py [--runs 11] [--submissions 50]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build/bench"


def save_to_verdict(runs: int) -> list[float]:
    """Seconds from saving ring.c to the end of the public suite."""
    source = WORK / "save"
    source.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "solution/ring.c").read_text()
    times = []
    for run in range(runs + 1):
        (source / "ring.c").write_text(f"{text}\n/* {run} */\n")
        began = time.monotonic()
        subprocess.run(
            ["make", "-s", "test-lab1", f"SRC={source.relative_to(ROOT)}"]
            + ["lab1_judges=build/judge/lab1-public"],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        times.append(time.monotonic() - began)
    return times[1:]  # the first one may have built a judge


def grade(count: int) -> tuple[float, list[float]]:
    """Grades copies of the reference; all in all, and each."""
    folder = WORK / "submissions"
    out = WORK / "grades"
    for old in (folder, out):
        shutil.rmtree(old, ignore_errors=True)
    text = (ROOT / "solution/ring.c").read_text()
    for number in range(count):
        student = folder / f"student{number:03}"
        student.mkdir(parents=True)
        (student / "ring.c").write_text(f"{text}\n/* {number} */\n")
    began = time.monotonic()
    subprocess.run(
        ["/usr/bin/python3", "-B", "-m", "grader", "grade", str(folder)]
        + ["--out", str(out), "--jobs", str(os.cpu_count() or 1), "--no-report"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    whole = time.monotonic() - began
    each = []
    for path in out.glob("**/*.json"):
        result = json.loads(path.read_text())
        if isinstance(result, dict) and "spent_ms" in result:
            each.append(result["spent_ms"] / 1000)
    return whole, each


def main() -> int:
    """Prints the measures."""
    parser = argparse.ArgumentParser(description="Measure the kit.")
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--submissions", type=int, default=50)
    options = parser.parse_args()
    times = save_to_verdict(options.runs)
    print(
        f"from save to verdict, public suite, {options.runs} runs: median "
        f"{statistics.median(times):.2f} s, {min(times):.2f} to {max(times):.2f} s"
    )
    whole, each = grade(options.submissions)
    line = f"grading {options.submissions} submissions: {whole:.1f} s in all"
    if each:
        line += f", median {statistics.median(each):.2f} s each"
    print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
