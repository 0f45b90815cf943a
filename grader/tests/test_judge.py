"""One running judge: what is left of it."""

import os
import time
from pathlib import Path

import pytest

from grader.judge import Judge, JudgeDied

# Starts a process in a session of its own, which outlives its parent, and says
# which; then ends or waits, as its first argument says.
DAEMONISING = """#!/usr/bin/python3 -IS
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open(sys.argv[2] + ".new", "w") as file:
            file.write(str(os.getpid()))
        os.rename(sys.argv[2] + ".new", sys.argv[2])
        time.sleep(600)
    os._exit(0)
os.wait()
time.sleep(600 if sys.argv[1] == "stay" else 0)
"""


@pytest.mark.parametrize("how", ["stay", "end"])
def test_nothing_outlives_a_judge(tmp_path: Path, confine: Path, how: str) -> None:
    program, said = tmp_path / "judge", tmp_path / "pid"
    program.write_text(DAEMONISING)
    program.chmod(0o755)
    judge = Judge(confine, [str(program), how, str(said)], ["A.B"], tmp_path, "s")
    while how == "stay" and not said.exists():
        time.sleep(0.01)
    if how == "stay":
        judge.stop()
    else:
        with pytest.raises(JudgeDied):
            judge.wait("A.B", None, None)
    assert not said.exists() or not os.path.exists(f"/proc/{said.read_text()}")
