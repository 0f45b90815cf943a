"""However a run of chaos ends, it leaves no process, port or file behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHAOS = ROOT / "build/judge/cluster-chaos"
NODE = ROOT / "build/dynamo-node"
PATIENCE_S = 120.0  # far more than what a slow machine needs
LISTENING = "0A"  # in /proc/net/tcp


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    for path in (CHAOS, NODE):
        if not path.exists():
            pytest.fail(f"{path} is missing: run 'make ready' first")


def wait_for(what: str, holds: Callable[[], bool]) -> None:
    """Looks again and again."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.01)


class Run:
    """A run of chaos whose files go to a folder of its own, by which all its
    processes can be told."""

    def __init__(self, folder: Path, *flags: str, node: Path = NODE) -> None:
        self.folder = folder
        self.chaos = subprocess.Popen(
            [str(CHAOS), f"--node={node}", "--seed=1", *flags],
            env=os.environ | {"TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def processes(self) -> list[int]:
        """All that live: a zombie has no environment any more."""
        mark = f"TMPDIR={self.folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except (OSError, ValueError):
                continue  # it ended, or is no process, or somebody else's
        return found

    def nodes(self) -> list[int]:
        return [pid for pid in self.processes() if pid != self.chaos.pid]

    def sockets(self) -> set[str]:
        """The inodes of those that listen, of all its processes."""
        held = set()
        for pid in self.processes():
            try:
                for name in Path(f"/proc/{pid}/fd").iterdir():
                    held.add(os.readlink(name))
            except OSError:
                continue
        return {inode for inode in listening() if f"socket:[{inode}]" in held}

    def reach_its_midst(self) -> set[str]:
        """Returns when nodes run and faults happen, with the open sockets."""
        assert self.chaos.stdout is not None
        for line in self.chaos.stdout:
            if line.startswith("  10 cycles"):
                break
        assert self.chaos.poll() is None, "it ended before its time"
        assert list(self.folder.iterdir()), "it makes no files"
        sockets: set[str] = set()

        def open_ports() -> bool:
            sockets.update(self.sockets())
            return len(self.nodes()) >= 2 and len(sockets) >= 4

        wait_for("several nodes listen", open_ports)
        return sockets

    def end(self) -> int:
        """Its status, once it has ended."""
        self.chaos.communicate(timeout=PATIENCE_S)
        return self.chaos.returncode


def listening() -> set[str]:
    """The inodes of all sockets that listen, whosever they are."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return {field[9] for field in fields if field[3] == LISTENING}


def check_nothing_lives(run: Run, sockets: set[str]) -> None:
    wait_for("its processes are gone", lambda: not run.processes())
    wait_for("its ports are closed", lambda: not sockets & listening())


def test_by_itself(tmp_path: Path) -> None:
    run = Run(tmp_path, "--cycles=3")
    assert run.end() == 0
    check_nothing_lives(run, set())
    assert not list(tmp_path.iterdir())


def test_because_no_node_starts(tmp_path: Path) -> None:
    run = Run(tmp_path, "--cycles=3", node=Path("/bin/false"))
    assert run.end() == 3
    check_nothing_lives(run, set())
    assert not list(tmp_path.iterdir())


def test_because_a_node_dies(tmp_path: Path) -> None:
    run = Run(tmp_path, "--cycles=1000000")
    sockets = run.reach_its_midst()

    # One that chaos has just killed itself tells it nothing.
    def kill_one() -> bool:
        for pid in run.nodes()[:1]:
            try:
                os.kill(pid, signal.SIGABRT)
            except ProcessLookupError:
                continue
        return run.chaos.poll() is not None

    wait_for("it notices", kill_one)
    assert run.end() == 1
    check_nothing_lives(run, sockets)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_by_a_signal_that_asks_for_it(name: str, tmp_path: Path) -> None:
    run = Run(tmp_path, "--cycles=1000000")
    sockets = run.reach_its_midst()
    number = signal.Signals[name]
    # A terminal sends it to the nodes as well.
    os.killpg(run.chaos.pid, number)
    assert run.end() == 128 + number
    check_nothing_lives(run, sockets)
    assert not list(tmp_path.iterdir())


# It waits for seven nodes to agree where the others look how far they are.
def test_while_nodes_stand_in_for_others(tmp_path: Path) -> None:
    run = Run(tmp_path, "--cycles=1000000", "--program=failure")
    sockets = run.reach_its_midst()
    os.killpg(run.chaos.pid, signal.SIGINT)
    assert run.end() == 128 + signal.SIGINT
    check_nothing_lives(run, sockets)
    assert not list(tmp_path.iterdir())


# It cannot tidy up: its nodes end with it, and the next run removes its files.
def test_by_a_signal_that_does_not_ask(tmp_path: Path) -> None:
    run = Run(tmp_path, "--cycles=1000000")
    sockets = run.reach_its_midst()
    run.chaos.kill()
    assert run.end() == -signal.SIGKILL
    check_nothing_lives(run, sockets)
    assert Run(tmp_path, "--cycles=1").end() == 0
    assert not list(tmp_path.iterdir())
