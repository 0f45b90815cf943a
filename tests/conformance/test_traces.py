"""The same choices give the same trace: direct or isolated, once or again."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SLUGS = {"lab2": "lab2-quorum", "lab3": "lab3-vclock"}
SEEDS = {"lab2": (1, 2, 3), "lab3": (1, 2)}
HOSTS = ROOT / "build/hosts/solution"


def judge_of(lab: str) -> Path:
    return ROOT / f"build/judge/{lab}-public"


def host_of(lab: str) -> Path:
    return HOSTS / lab / "host"


def direct_of(lab: str) -> Path:
    return HOSTS / f"{lab}-direct"


# Only what does nothing but run a world can be run in the direct one (explore.h).
def worlds(lab: str) -> list[str]:
    """The public tests of a lab that run a cluster, and nothing else."""
    found = []
    for path in sorted((ROOT / "tests" / SLUGS[lab]).glob("*public_test.cc")):
        text = path.read_text(encoding="utf-8")
        for graded in re.finditer(
            r"^GRADED_WORLD\(\s*(\w+),\s*(\w+),.*?^}", text, re.MULTILINE | re.DOTALL
        ):
            if "LoneNode" not in graded[0]:  # that is no cluster
                found.append(f"{graded[1]}.{graded[2]}")
    return [test for test in found if not test.startswith("CartStore.")]


ALL = [
    (lab, test, seed) for lab in SLUGS for test in worlds(lab) for seed in SEEDS[lab]
]


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    for lab in SLUGS:
        for path in (judge_of(lab), host_of(lab), direct_of(lab)):
            if not path.exists():
                pytest.fail(f"{path} is missing: run 'make ready' first")


def run(lab: str, program: list[str], test: str, seed: int, trace: Path) -> list[str]:
    """The lines of one run's trace; which world it was is left out."""
    data = ROOT / "labs" / SLUGS[lab] / "lab.toml"
    done = subprocess.run(
        program
        + [f"--gtest_filter={test}", f"--lab={data}", f"--seed={seed}"]
        + ["--case=0", "--quiet", "--steps=", f"--trace={trace}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    header, *events = trace.read_bytes().decode().splitlines(keepends=True)
    kind = "direct" if program[0] == str(direct_of(lab)) else "isolated"
    world = f'"world":"{kind}",'
    assert header.count(world) == 1, header
    return [header.replace(world, "")] + events


def isolated(lab: str, test: str, seed: int, folder: Path) -> list[str]:
    program = [str(judge_of(lab)), f"--host={host_of(lab)}"]
    return run(lab, program, test, seed, folder / "isolated.jsonl")


def direct(lab: str, test: str, seed: int, folder: Path) -> list[str]:
    program = [str(direct_of(lab)), "--explore", "--host=none"]
    return run(lab, program, test, seed, folder / "direct.jsonl")


def check_same(one: list[str], other: list[str], what: str) -> None:
    """Shows the first difference alone: traces are long."""
    for number, (before, after) in enumerate(zip(one, other), start=1):
        if before != after:
            pytest.fail(f"{what}, line {number}:\n  {before}  {after}", pytrace=False)
    assert len(one) == len(other), f"{what}: one trace is longer"


def test_the_list_of_worlds_is_not_empty() -> None:
    assert len(worlds("lab2")) >= 16
    assert len(worlds("lab3")) >= 12


@pytest.mark.parametrize("lab,test,seed", ALL)
def test_a_seed_has_one_trace(lab: str, test: str, seed: int, tmp_path: Path) -> None:
    alone = isolated(lab, test, seed, tmp_path)
    together = direct(lab, test, seed, tmp_path)
    assert len(alone) > 5, f"{test} traces nothing"
    check_same(alone, together, "isolated and direct")
    again = isolated(lab, test, seed, tmp_path)
    check_same(alone, again, "isolated, once and again")
    check_same(together, direct(lab, test, seed, tmp_path), "direct, once and again")


# Were the seed not heeded, all of the above would say nothing.
def test_another_seed_has_another_trace(tmp_path: Path) -> None:
    test = "Register.IsLinearizableWhileNodesCrash"
    seeds = SEEDS["lab2"]
    traces = {"".join(direct("lab2", test, seed, tmp_path)[1:]) for seed in seeds}
    assert len(traces) == len(seeds)
