"""Builds a lab's files into a host and has the judges of the lab look at it.

Used by the tests of the mutants and of the alternatives. Everything made lies
in build/, nothing is written beside the sources.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab import ROOT, SUITES, Lab, lab_of
from schedule import events_of

KIT = ROOT / "build" / "kit"
WORK = ROOT / "build" / "mutants"
HERE = Path(__file__).resolve().parent
SEED = "0x1"  # fixed: a run of the tests today is the run of tomorrow
# Seconds for making a failure simpler, where nobody asks how short it became. It is
# asked of lab 2 (test_failures_of_clusters_are_short), which has as many as a student.
SHRINK_S = {"lab2": 20}
SHRINK_S_ELSE = 4


@dataclass(frozen=True)
class Result:
    """How one graded test ended, as the judge wrote it."""

    test: str
    verdict: str
    kind: str
    message: str
    events: int | None  # of the run in which it failed; None: it ran no cluster


def must_be_made(lab: Lab) -> None:
    """Stops with the mend where the kit or a judge has not been made."""
    for made in (KIT / "build-host.sh", *map(lab.judge, SUITES)):
        if not made.exists():
            raise FileNotFoundError(
                f"{made.relative_to(ROOT)} is missing; run 'make kit judges' first."
            )


def fingerprint(lab: Lab) -> str:
    """Changes when the kit, a judge, the lab or the machinery here does."""
    digest = hashlib.sha256(lab.toml.read_bytes())
    for part in sorted(HERE.glob("*.py")):
        if not part.name.startswith("test_"):
            digest.update(part.read_bytes())
    parts = sorted(path for path in KIT.rglob("*") if path.is_file())
    parts += [path for path in map(lab.judge, SUITES) if path.exists()]
    parts += [lab.explorer] if lab.explorer.exists() else []
    for path in parts:
        stat = path.stat()
        digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def sources(lab: Lab, folder: Path) -> list[Path]:
    """What a host is built from: the folder's files, else the reference's."""
    paths = []
    for name in lab.sources:
        own = folder / name
        paths.append(own if own.exists() else ROOT / "solution" / name)
    return paths


def built(lab: Lab, folder: Path, out: Path) -> tuple[int, str]:
    done = subprocess.run(
        ["sh", KIT / "build-host.sh", KIT, out, lab.id, *sources(lab, folder)],
        capture_output=True,
        text=True,
        errors="replace",
    )
    return done.returncode, done.stdout + done.stderr


@cache
def reference_objects(lab_id: str) -> Path:
    """Where the reference has been built; build-host.sh sees whether it is up to
    date."""
    lab = lab_of(lab_id)
    out = WORK / f"{lab_id}-reference"
    out.mkdir(parents=True, exist_ok=True)
    with (out / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, said = built(lab, out / "nothing", out)
    assert code == 0, said
    return out


def build(lab: Lab, folder: Path, out: Path) -> tuple[int, str]:
    """Builds a host as a student's is built: the exit code, and what was said.

    Most of its files are the reference's. Those are compiled once for all, and
    build-host.sh, which goes by what an object was made from, takes them as its own.
    """
    reference = reference_objects(lab.id)
    objects = out / "compiled"
    objects.mkdir(parents=True, exist_ok=True)
    for path in sources(lab, folder):
        if path.parent != ROOT / "solution":
            continue
        for made in (reference / "compiled").glob(f"{path.stem}.o*"):
            if made.suffix in (".d", ".from"):
                text = made.read_text().replace(str(reference), str(out))
                (objects / made.name).write_text(text)
            else:
                shutil.copyfile(made, objects / made.name)
    return built(lab, folder, out)


def link_explorer(lab: Lab, out: Path) -> Path:
    """The program that explores, as the Makefile's rule %-direct links it."""
    if not lab.explorer.exists():
        raise FileNotFoundError(
            f"{lab.explorer.relative_to(ROOT)} is missing; run 'make ready' first."
        )
    objects: list[Path] = [lab.explorer, ROOT / "build/judge/harness/main.o"]
    objects += [out / name.replace(".c", ".o") for name in lab.sources]
    ours = (KIT / "obj" / lab.id).glob("*.o")
    objects += sorted(path for path in ours if path.name != "calls.o")
    libraries = ["-lgmock", "-lgtest", "-lcrypto", "-lmsgpuck", "-lpthread"]
    command: list[str | Path] = ["g++", "-fsanitize=address,undefined"]
    subprocess.run([*command, "-o", out / "direct", *objects, *libraries], check=True)
    return out / "direct"


def forget_results(out: Path) -> None:
    """So that what is read next is of the judges that run next."""
    (out / "results.jsonl").unlink(missing_ok=True)
    shutil.rmtree(out / "steps", ignore_errors=True)


def run_judge(lab: Lab, suite: str, out: Path, *flags: str) -> None:
    """One judge on the host in `out`; it adds to the results there."""
    done = subprocess.run(
        [
            lab.judge(suite),
            f"--host={out / 'host'}",
            f"--lab={lab.toml}",
            f"--results={out / 'results.jsonl'}",
            f"--steps={out / 'steps'}",
            "--quiet",
            *flags,
        ],
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(
            f"{lab.judge(suite).name} broke (exit {done.returncode}):\n"
            + done.stdout[-2000:]
            + done.stderr[-2000:]
        )


def read_results(out: Path) -> dict[str, Result]:
    """What judges have written since the results were forgotten."""
    lines = (out / "results.jsonl").read_text().splitlines()
    return {
        line["test"]: Result(
            line["test"],
            line["verdict"],
            line["kind"],
            line["message"],
            events_of(out / "steps" / f"{line['test']}.jsonl"),
        )
        for line in map(json.loads, lines)
    }


def judge(
    lab: Lab,
    out: Path,
    tests: Iterable[str] | None,
    *,
    explorer: Path | None = None,
    peers: Path | None = None,
    seed: str = SEED,
    case: str | None = None,
    nemesis: Path | None = None,
) -> dict[str, Result]:
    """Runs tests (None: all) on the host in `out`; in worlds every second node on
    the host `peers`, if there is one."""
    chosen = list(lab.suites) if tests is None else list(tests)

    forget_results(out)
    for suite in SUITES:
        names = [name for name in chosen if lab.suites.get(name) == suite]
        if not names:
            continue
        run_judge(
            lab,
            suite,
            out,
            f"--seed={seed}",
            f"--shrink-s={SHRINK_S.get(lab.id, SHRINK_S_ELSE)}",
            "--gtest_filter=" + ":".join(names),
            *([f"--case={case}"] if case is not None else []),
            *([f"--direct={explorer}"] if explorer is not None else []),
            *([f"--peers={peers}"] if peers is not None else []),
            *([f"--nemesis={nemesis}"] if nemesis is not None else []),
        )
    return read_results(out)
