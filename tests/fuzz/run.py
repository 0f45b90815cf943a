"""Runs the fuzzers, each on a number of inputs, and says how they ended.

What a run finds interesting stays in build/fuzz/corpus/NAME, and the next goes on
from there. An input that fails is kept as build/fuzz/NAME-crash-...; the program
with that file as its argument runs it again.

    run.py --programs build/fuzz [--only message,world] [--runs 100000] [--seed 1]
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

# How many inputs of `--runs` each takes: a world is a thousand times slower than
# reading a message.
SHARES = {"message": 1.0, "effects": 1.0, "world": 0.01}


def corpus(programs: Path, name: str) -> Path:
    """The folder of inputs to begin with; valid ones, where bytes mean something."""
    folder = programs / "corpus" / name
    if not folder.exists():
        folder.mkdir(parents=True)
        if name != "world":
            subprocess.run([programs / "seeds", name, folder], check=True)
    return folder


def fuzz(programs: Path, name: str, runs: int, seed: int) -> bool:
    """Whether the fuzzer came to its end without a finding."""
    longest = 2000 if name == "world" else 4096
    command = [str(programs / name), f"-runs={runs}", f"-seed={seed}"]
    command += [f"-max_len={longest}", "-timeout=60", "-rss_limit_mb=4096"]
    command += [f"-artifact_prefix={programs}/{name}-", "-print_final_stats=1"]
    print(f"  {name}: {runs} inputs from seed {seed} ...", flush=True)
    done = subprocess.run(
        command + [str(corpus(programs, name))],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    ran = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    if done.returncode == 0 and ran:
        print(f"  {name}: {ran[1]} inputs, nothing found")
        return True
    print("\n".join(done.stderr.splitlines()[-40:]))
    print(f"  {name}: failed; see above")
    return False


def main() -> int:
    """1 if anything was found."""
    parser = argparse.ArgumentParser(description="Run the fuzzers.")
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--only", default=",".join(SHARES), help="names, with commas")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    names = options.only.split(",")
    for name in names:
        if name not in SHARES:
            parser.error(f"no fuzzer {name}; there are {', '.join(SHARES)}")
    good = [
        fuzz(
            options.programs,
            name,
            max(1, int(options.runs * SHARES[name])),
            options.seed,
        )
        for name in names
    ]
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
