"""The same choices give the same trace: direct or isolated, once or again."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = "lab2-quorum"
LAB = ROOT / "labs" / SUITE / "lab.toml"
JUDGE = ROOT / "build/judge/lab2-public"
HOST = ROOT / "build/hosts/solution/lab2/host"
DIRECT = ROOT / "build/hosts/solution/lab2-direct"
SEEDS = (1, 2, 3)


def worlds() -> list[str]:
    """The public tests that run a cluster."""
    found = []
    for path in sorted((ROOT / "tests" / SUITE).glob("*public_test.cc")):
        text = path.read_text(encoding="utf-8")
        found += re.findall(r"^GRADED_WORLD\((\w+), (\w+),", text, re.MULTILINE)
    return [f"{suite}.{name}" for suite, name in found]


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    for path in (JUDGE, HOST, DIRECT):
        if not path.exists():
            pytest.fail(f"{path} is missing: run 'make ready' first")


def run(program: list[str], test: str, seed: int, trace: Path) -> list[str]:
    """The lines of one run's trace; which world it was is left out."""
    done = subprocess.run(
        program
        + [f"--gtest_filter={test}", f"--lab={LAB}", f"--seed={seed}"]
        + ["--case=0", "--quiet", "--steps=", f"--trace={trace}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    header, *events = trace.read_bytes().decode().splitlines(keepends=True)
    kind = "direct" if program[0] == str(DIRECT) else "isolated"
    world = f'"world":"{kind}",'
    assert header.count(world) == 1, header
    return [header.replace(world, "")] + events


def isolated(test: str, seed: int, folder: Path) -> list[str]:
    program = [str(JUDGE), f"--host={HOST}"]
    return run(program, test, seed, folder / "isolated.jsonl")


def direct(test: str, seed: int, folder: Path) -> list[str]:
    program = [str(DIRECT), "--explore", "--host=none"]
    return run(program, test, seed, folder / "direct.jsonl")


def check_same(one: list[str], other: list[str], what: str) -> None:
    """Shows the first difference alone: traces are long."""
    for number, (before, after) in enumerate(zip(one, other), start=1):
        if before != after:
            pytest.fail(f"{what}, line {number}:\n  {before}  {after}", pytrace=False)
    assert len(one) == len(other), f"{what}: one trace is longer"


def test_the_list_of_worlds_is_not_empty() -> None:
    assert len(worlds()) >= 16


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("test", worlds())
def test_a_seed_has_one_trace(test: str, seed: int, tmp_path: Path) -> None:
    alone = isolated(test, seed, tmp_path)
    together = direct(test, seed, tmp_path)
    assert len(alone) > 5, f"{test} traces nothing"
    check_same(alone, together, "isolated and direct")
    check_same(alone, isolated(test, seed, tmp_path), "isolated, once and again")
    check_same(together, direct(test, seed, tmp_path), "direct, once and again")


# Were the seed not heeded, all of the above would say nothing.
def test_another_seed_has_another_trace(tmp_path: Path) -> None:
    test = "Register.IsLinearizableWhileNodesCrash"
    traces = {"".join(direct(test, seed, tmp_path)[1:]) for seed in SEEDS}
    assert len(traces) == len(SEEDS)
