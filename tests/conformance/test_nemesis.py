"""The scripts that come with the kit: the reference stands them, the same way twice."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "tests/nemesis").glob("*.nemesis"))
HOSTS = ROOT / "build/hosts/solution"
SLUGS = {"lab3": "lab3-vclock", "lab4": "lab4-failure"}
# Each draws crashes, cuts and the rest, and so can follow any that spares the disks.
TESTS = [
    ("lab3", "Store.LosesNothingWhileNodesCrash"),
    ("lab4", "SloppyStore.LosesNothingWhateverFails"),
    ("lab4", "Replicas.AgreeInTheEndWhateverFails"),
]
MEMBERSHIP = ("lab4", "Membership.LosesNothingWhateverFails")
JOINS = "grow-and-shrink"  # the script in which nodes join, for MEMBERSHIP alone
PLAYED = [
    (*test, script)
    for script in SCRIPTS
    for test in [*TESTS, MEMBERSHIP]
    if script.stem != JOINS or test == MEMBERSHIP
]
CASES = 300


def run(lab: str, program: list[str], test: str, script: Path, *flags: str) -> str:
    """What a program says on descriptor 3, where an explorer reports."""
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" 3>&1 >&2', "sh", *program]
        + [f"--lab={ROOT / 'labs' / SLUGS[lab] / 'lab.toml'}", "--steps="]
        + [f"--gtest_filter={test}", "--seed=1", f"--nemesis={script}", *flags],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def direct_of(lab: str) -> list[str]:
    return [str(HOSTS / f"{lab}-direct"), "--explore", "--host=none"]


def name_of(value: str | Path) -> str:
    return value.stem if isinstance(value, Path) else value


def test_there_are_four() -> None:
    assert [script.stem for script in SCRIPTS] == [
        "flapping-link",
        JOINS,
        "long-partition",
        "rolling-restarts",
    ]


@pytest.mark.parametrize(("lab", "test", "script"), PLAYED, ids=name_of)
def test_the_reference_stands_it(lab: str, test: str, script: Path) -> None:
    said = run(lab, direct_of(lab), test, script, f"--cases={CASES}")
    assert said.splitlines()[-1].startswith("none "), said


@pytest.mark.parametrize(
    ("lab", "test", "script"), [p for p in PLAYED if p[:2] != TESTS[2]], ids=name_of
)
def test_both_worlds_play_it_alike(
    lab: str, test: str, script: Path, tmp_path: Path
) -> None:
    programs = {
        "direct": direct_of(lab),
        "isolated": [
            str(ROOT / f"build/judge/{lab}-public"),
            f"--host={HOSTS / lab / 'host'}",
            "--quiet",
        ],
    }
    traces = {}
    for world, program in programs.items():
        trace = tmp_path / world
        run(lab, program, test, script, "--case=0", f"--trace={trace}")
        traces[world] = trace.read_text().replace(f'"world":"{world}",', "")
    assert traces["direct"] == traces["isolated"]
    kinds = ('"e":"crash"', '"e":"cut"')
    assert any(kind in traces["direct"] for kind in kinds), "the script did nothing"


def judged(test: str, script: Path) -> subprocess.CompletedProcess[str]:
    """A public test of lab 3, run as by `make test-lab3 NEMESIS=...`."""
    return subprocess.run(
        [ROOT / "build/judge/lab3-public", f"--host={HOSTS / 'lab3' / 'host'}"]
        + [f"--lab={ROOT / 'labs' / SLUGS['lab3'] / 'lab.toml'}", "--steps="]
        + [f"--gtest_filter={test}", "--seed=1", f"--nemesis={script}"],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_wrong_line_stops_the_judge(tmp_path: Path) -> None:
    script = tmp_path / "wrong.nemesis"
    script.write_text("at 120 crash 3\nat 130 crsh 3\n")
    done = judged("Store.LosesNothingWhileNodesCrash", script)
    assert done.returncode == 3
    assert done.stderr.startswith(f"judge: {script}:2: 'crsh' is nothing"), done.stderr
    missing = judged("Store.LosesNothingWhileNodesCrash", tmp_path / "none")
    assert missing.returncode == 3
    assert "cannot be read" in missing.stderr


def test_a_node_that_is_not_there_is_told(tmp_path: Path) -> None:
    script = tmp_path / "six.nemesis"
    script.write_text("at 10 crash 6 for 5\n")
    done = judged("Store.LosesNothingWhileNodesCrash", script)
    assert done.returncode == 2
    sentence = f"The script cannot be followed: {script}:1: there is no node 6 in this"
    assert sentence in done.stdout, done.stdout


# Else a script seems to have done no harm where nobody looked at it.
@pytest.mark.parametrize(
    ("test", "why"),
    [
        ("Store.LosesNothingWhenNothingFails", "draws no faults"),
        (
            "Store.LosesNothingWhileMessagesGoAstray",
            "has no cuts among its faults, which {}:1 asks for",
        ),
    ],
)
def test_who_does_not_follow_the_script_says_so(
    test: str, why: str, tmp_path: Path
) -> None:
    script = tmp_path / "cut.nemesis"
    script.write_text("at 10 cut 1 from others for 5\n")
    done = judged(test, script)
    sentence = f"{test} {why.format(script)}: it ran as ever, without {script}."
    assert done.returncode == 0, done.stdout
    assert sentence in done.stdout, done.stdout
