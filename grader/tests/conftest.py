"""A small lab with a fake kit and fake judges, and a way to grade with them."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Iterator

import pytest

from grader import lab as labs
from grader import run
from grader.lab import ROOT, Lab
from grader.result import Result, load

HERE = Path(__file__).parent
TOOLBOX = "grader.tests.fake_toolbox"
PUBLIC = ("Ring.Opens", "Ring.Finds", "Lists.Walk")
HIDDEN = ("Ring.SecretlyMinimal", "Concealed.DependsOnMembers")
TOML = """
id = "lab1"
slug = "lab1-ring"
title = "The ring"
files = ["ring.c"]
handout = "handouts/lab1.md"
[limits]
source_kb = 4
total_s = 30
[[part]]
id = "A"
title = "Tokens"
anchor = "part-a"
[[part]]
id = "B"
title = "Strategies"
anchor = "part-b"
"""
TEST = """
[[test]]
name = "{0}"
part = "{1}"
suite = "{2}"
points = {3}
{4}
"""


@dataclass
class Course:
    """A lab in a folder of its own, and submissions to it."""

    root: Path
    lab: Lab

    @property
    def submissions(self) -> Path:
        return self.root / "submissions"

    @property
    def out(self) -> Path:
        return self.root / "out"

    def hand_in(self, student: str, script: str = "") -> Path:
        folder = self.submissions / student
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ring.c").write_text(script)
        return folder

    def plan(self, **more: Any) -> run.Plan:
        plan = run.Plan(
            lab=self.lab,
            submissions=self.submissions,
            out=self.out,
            kit=self.root / "kit",
            judges=self.root / "judge",
            confine=self.root / "confine",
            toolbox=TOOLBOX,
        )
        return replace(plan, **more)

    def grade(self, **more: Any) -> run.Tally:
        return run.grade(self.plan(**more))

    def result(self, student: str) -> Result:
        result = load(self.out / "results" / f"{student}.json")
        assert result is not None
        return result

    def flags(self) -> list[str]:
        return [
            f"--kit={self.root / 'kit'}",
            f"--judges={self.root / 'judge'}",
            f"--confine={self.root / 'confine'}",
            f"--toolbox={TOOLBOX}",
        ]

    def cli(self, *words: str) -> list[str]:
        return [
            "/usr/bin/python3",
            "-m",
            "grader",
            words[0],
            f"--lab={self.lab.path}",
            *words[1:],
        ]

    def pytest(self, *words: str, target: str = "") -> subprocess.CompletedProcess[str]:
        """Pytest with the plugin as a user calls it."""
        return subprocess.run(
            [
                "/usr/bin/python3",
                "-m",
                "pytest",
                "-p",
                "grader.pytest_plugin",
                "-c",
                os.devnull,
                f"--rootdir={ROOT}",
                "-p",
                "no:cacheprovider",
                "--noconftest",
                target or str(self.lab.path),
                *self.flags(),
                *words,
            ],
            cwd=ROOT,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )


def write_lab(root: Path) -> Lab:
    text = TOML
    for i, name in enumerate(PUBLIC):
        text += TEST.format(name, "AAB"[i], "public", 10, "")
    for i, name in enumerate(HIDDEN):
        text += TEST.format(name, "AB"[i], "hidden", 20, 'hint = "Try other orders."')
    (root / "lab.toml").write_text(text)
    (root / "kit").mkdir()
    (root / "kit" / "allowed-symbols.txt").write_text("memcpy\n")
    (root / "judge").mkdir()
    for suite, names in (("public", PUBLIC), ("hidden", HIDDEN)):
        judge = root / "judge" / f"lab1-{suite}"
        shutil.copy(HERE / "fake_judge.py", judge)
        judge.with_name(judge.name + ".tests").write_text("\n".join(names))
    return labs.load(root / "lab.toml")


@contextmanager
def passable() -> Iterator[Path]:
    """A folder that other users can pass through; pytest's own are not."""
    path = Path(tempfile.mkdtemp(prefix="dynamo-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """For the tests of one file, and for other users to read in."""
    with passable() as path:
        yield path


@pytest.fixture(scope="session")
def confine() -> Iterator[Path]:
    """The launcher, built here."""
    sources = sorted(map(str, (HERE.parent / "confine").glob("*.c")))
    flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    with passable() as path:
        program = path / "built-confine"
        subprocess.run(
            ["gcc", *flags, *sources, "-o", str(program), "-lseccomp"], check=True
        )
        yield program


@pytest.fixture
def course(tmp_path: Path, confine: Path) -> Course:
    (tmp_path / "confine").symlink_to(confine)
    return Course(tmp_path, write_lab(tmp_path))
