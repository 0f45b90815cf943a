"""One running judge: a suite's tests in one process, their verdicts as they come.

The judge appends one JSON line a test to a file that only it can write. Waiting for
a test returns as soon as that test's own line is there, while the judge goes on with
the next ones.
"""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from grader.confined import NO_ENVIRONMENT

VERDICTS = ("passed", "failed", "infra-error")
_POLL_S = 0.004
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True)
class Verdict:
    verdict: str
    kind: str = ""
    message: str = ""
    ms: int = 0


class JudgeDied(Exception):
    """The judge itself ended without a verdict on the test waited for."""


class Slow(Exception):
    """The test waited for has not ended in the time given."""


class Judge:
    """`command`: the suite's judge, by its absolute path, and its arguments.
    `confine`: the launcher, as whose only child the judge runs: a supervisor that
    ends with the grader or when told to, and leaves nothing of the judge, its
    hosts and their sandboxes behind, whoever's processes they are."""

    def __init__(
        self,
        confine: Path,
        command: Sequence[str],
        tests: Sequence[str],
        work: Path,
        name: str,
    ) -> None:
        self.tests = frozenset(tests)
        self.verdicts: dict[str, Verdict] = {}
        self.file = work / f"{name}.results"
        self.log = work / f"{name}.log"
        self.file.unlink(missing_ok=True)
        self.position = 0
        self.broken = ""
        self.last_line = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [
                    str(confine),
                    "--supervise",
                    *(f"--env={key}={value}" for key, value in _ENVIRONMENT.items()),
                    "--",
                    *command,
                    f"--results={self.file}",
                    "--quiet",
                    "--gtest_filter=" + ":".join(tests),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=NO_ENVIRONMENT,
                start_new_session=True,
            )

    def wait(self, test: str, until: float | None, patience: float | None) -> Verdict:
        """The test's verdict. Raises Slow at the moment `until`, or when no test has
        ended for `patience` seconds; JudgeDied when there will be no verdict."""
        while True:
            ended = self.process.poll() is not None  # before reading: nothing is missed
            self._read()
            if test in self.verdicts:
                return self.verdicts[test]
            if ended or self.broken:
                self.stop()
                raise JudgeDied(self._why())
            now = time.monotonic()
            if until is not None and now >= until:
                raise Slow
            if patience is not None and now >= self.last_line + patience:
                raise Slow
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """Kill the judge and all that it runs; afterwards nothing of it is there."""
        self.process.terminate()
        self.process.wait()

    def _read(self) -> None:
        try:
            with open(self.file, "rb") as file:
                file.seek(self.position)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self.position += len(whole)
        for line in whole.splitlines():
            self._take(line)
            self.last_line = time.monotonic()

    def _take(self, line: bytes) -> None:
        try:
            table = json.loads(line)
            test, verdict = table["test"], table["verdict"]
            if test not in self.tests or verdict not in VERDICTS:
                raise ValueError("a test or verdict that was not asked for")
            self.verdicts[test] = Verdict(
                verdict,
                str(table.get("kind") or ""),
                str(table.get("message") or ""),
                int(table.get("ms") or 0),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as why:
            self.broken = f"it wrote a line that is no verdict ({why})"

    def _why(self) -> str:
        code = self.process.returncode
        how = self.broken or (
            f"it was ended by signal {-code}" if code < 0 else f"it exited with {code}"
        )
        tail = self.log.read_bytes()[-2_000:].decode("utf-8", "replace").strip()
        return f"the judge broke: {how}" + (f"\n{tail}" if tail else "")
