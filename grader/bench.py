"""Where one submission is tried: taken in, built in a sandbox, judged.

The bench does each step when the first test needs it, and once. Student code never
runs in this process nor in the judge's; see sandbox.py for where it runs.
"""

import importlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from grader.earlier import Assembly
from grader.errors import GraderError
from grader.intake import Source, Taken, take
from grader.judge import Judge, JudgeDied, Slow, Verdict
from grader.lab import Lab, Test, judge_path
from grader.result import Build, Need

NOT_BUILT = "Not run, because your code did not build. The build log says why."
TIME_UP = (
    "Not finished: the tests of one submission may take {limit} s together, "
    "and the time was up. A test above that hangs or is very slow used it."
)


class Parked(Exception):
    """This submission is slow: let the others go first."""


@dataclass(frozen=True)
class Tools:
    """What is prebuilt, and which sandbox to use."""

    kit: Path
    judges: Path
    confine: Path
    level: Any  # sandbox.Level
    slot: int
    work: Path
    reference: Path  # the reference's files, built, for labs that need earlier ones
    toolbox: str = ""  # a module in place of sandbox and build, for the own tests

    def module(self, name: str) -> Any:
        return importlib.import_module(self.toolbox or f"grader.{name}")


class Bench:
    def __init__(
        self,
        lab: Lab,
        source: Source,
        tools: Tools,
        seed: str,
        selected: Callable[[str], Sequence[str]],
        *,
        one_by_one: bool = False,
        patience: float | None = None,
        spent_ms: int = 0,
        total_s: int | None = None,
        borrowed: Mapping[str, str] | None = None,
    ) -> None:
        self.lab, self.source, self.tools, self.seed = lab, source, tools, seed
        self.selected = selected  # the tests of a suite that still need a verdict
        self.one_by_one, self.patience = one_by_one, patience
        self.total_s = total_s or lab.limits.total_s
        self.left_ms = self.total_s * 1000 - spent_ms
        self.until = 0.0  # the moment when the total time is up, from the build on
        self.borrowed = borrowed or {}
        self.built: Build | None = None
        self.needs: list[Need] = []  # whose files of earlier labs, once it is built
        self.flags: list[str] = []
        self.slot: Any = None
        self.private = tools.work / f"bench{tools.slot}"  # not for the sandbox
        self.judges: dict[str, Judge] = {}
        self.died: set[str] = set()  # suites whose judge died: one test a judge now

    def taken(self) -> Taken:
        return take(self.source, self.lab, self.borrowed)

    def build(self) -> Build:
        """Build the submission, once."""
        if self.built is None:
            begun = time.monotonic()
            self.until = begun + max(0, self.left_ms) / 1000
            try:
                taken = self.taken()
                self.built = (
                    Build("refused", taken.refusal)
                    if taken.refusal is not None
                    else self._build(taken)
                )
            except (OSError, GraderError) as error:
                self.built = Build("infra-error", f"{type(error).__name__}: {error}")
            self.built.ms = int((time.monotonic() - begun) * 1000)
        return self.built

    def _build(self, taken: Taken) -> Build:
        tools = self.tools
        sandbox, builder = tools.module("sandbox"), tools.module("build")
        self.slot = sandbox.Slot(
            tools.confine, tools.level, tools.slot, tools.work
        ).__enter__()
        shutil.rmtree(self.private, ignore_errors=True)
        sources = self.private / "source"
        sources.mkdir(parents=True)
        self.private.chmod(0o700)
        for name, data in taken.files.items():
            (sources / name).write_bytes(data)
        out = Path("host")
        assembly = Assembly(
            self.lab,
            taken,
            tools.reference,
            sources,
            lambda files: builder.build(
                self.slot, tools.kit, self.lab.id, sources, files, out
            ),
        )
        done, self.needs = assembly.run()
        if done.status == "ok":
            self.flags = self.slot.host_flags(out)
        return Build(done.status, done.log)

    def verdict(self, test: Test) -> Verdict:
        """The judge's verdict on a test; ours when there can be none."""
        built = self.build()
        if built.status == "infra-error":
            return Verdict("infra-error", "infra", f"The build failed: {built.log}")
        if built.status != "ok":
            return Verdict("failed", "build", NOT_BUILT)
        try:
            return self._judged(test)
        except OSError as error:
            return Verdict("infra-error", "infra", f"{type(error).__name__}: {error}")

    def _judged(self, test: Test) -> Verdict:
        for first in (True, False):
            judge = self._judge(test, alone=not first)
            try:
                return judge.wait(test.name, self.until, self.patience)
            except Slow:
                judge.stop()
                if time.monotonic() < self.until:
                    raise Parked from None
                return Verdict("failed", "time", TIME_UP.format(limit=self.total_s))
            except JudgeDied as death:
                # Whose test it was cannot be known: try this one alone.
                alone = len(judge.tests) == 1
                self.died.add(test.suite)
                del self.judges[test.suite]
                if not first or alone:
                    return Verdict("infra-error", "infra", str(death))
        raise AssertionError

    def _judge(self, test: Test, alone: bool) -> Judge:
        running = self.judges.get(test.suite)
        if running is not None and test.name in running.tests:
            return running
        if running is not None:
            running.stop()
        alone = alone or self.one_by_one or test.suite in self.died
        todo = [test.name] if alone else list(self.selected(test.suite))
        if test.name not in todo:
            todo = [test.name]
        command = [
            str(judge_path(self.tools.judges, self.lab, test.suite)),
            *self.flags,
            f"--lab={self.lab.path}",
            f"--seed={self.seed}",
        ]
        judge = Judge(self.tools.confine, command, todo, self.private, test.suite)
        self.judges[test.suite] = judge
        return judge

    def close(self) -> None:
        for judge in self.judges.values():
            judge.stop()
        self.judges.clear()
        if self.slot is not None:
            self.slot.__exit__(None, None, None)
            self.slot = None
        shutil.rmtree(self.private, ignore_errors=True)
