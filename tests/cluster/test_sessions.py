"""What the README shows of the store in use, done as it stands there.

The sessions run against `make cluster`'s five nodes, while they are killed. What
was acknowledged must be there in the end.
"""

from __future__ import annotations

import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "build/dynamo-node"
NODES = 5
README_PORT = 7001  # node 1's, in the README
KILLS = 8
ADDS = 25  # of a client, at least
CLIENTS = 4
PATIENCE_S = 120.0


def block(language: str) -> str:
    """The README's block of that language on the store in use."""
    text = (ROOT / "README.md").read_text("utf-8")
    section = text[text.index("## The store in use") :]
    found = re.search(rf"^```{language}\n(.*?)^```$", section, re.M | re.S)
    assert found, f"the README's section has no {language}"
    return found[1]


def free_port() -> int:
    """The first of NODES free ports in a row, as far as can be known."""
    for _ in range(100):
        first = random.randrange(10000, 30000)
        try:
            for port in range(first, first + NODES):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    pytest.fail("there are no five free ports in a row")


class Store:
    """`make cluster` at another port."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.port = free_port()
        self.log = folder / "log"
        command = [sys.executable, str(ROOT / "labs/uv/cluster.py")]
        command += [f"--node={NODE}", f"--nodes={NODES}", f"--port={self.port}"]
        command += [f"--data={folder / 'stores'}", *flags]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT
            )
        self.wait("it runs", lambda: "Ctrl-C" in self.said())

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def wait(self, what: str, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, f"waited in vain: {what}\n{self.said()}"
            time.sleep(0.02)

    def nodes(self) -> list[int]:
        """The processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text("ascii").split()]

    def kill_one(self) -> None:
        began = self.said().count("is up again")
        self.wait("all are up", lambda: len(self.nodes()) == NODES)
        victim = random.choice(self.nodes())
        subprocess.run(["kill", "-KILL", str(victim)], check=False)
        self.wait("it is up again", lambda: self.said().count("is up again") > began)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()  # and its nodes with it

    def moved(self, text: str) -> str:
        """The README's ports are these ones."""
        for node in range(NODES + 1):
            text = text.replace(str(README_PORT + node), str(self.port + node))
        return text


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    if not NODE.exists():
        pytest.fail(f"{NODE} is missing: run 'make ready' first")
    made = Store(tmp_path)
    yield made
    made.end()
    assert made.process.returncode == 0, made.said()


def commands(session: str) -> list[tuple[str, str]]:
    """Each command of a session, and what it prints."""
    found = []
    for part in re.split(r"^\$ ", session, flags=re.M)[1:]:
        command, _, output = part.partition("\n")
        found.append((command, output))
    return found


def test_the_session_of_redis_cli(store: Store) -> None:
    script, expected = "", ""
    for command, output in commands(store.moved(block("console"))):
        if command.startswith("make cluster"):
            continue
        script += command + "\n"
        expected += output
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=PATIENCE_S
    )

    def lines(text: str) -> list[str]:
        return [line for line in text.split("\n") if line.strip()]

    assert done.stderr == ""
    assert lines(done.stdout) == lines(expected)


def test_the_cart_in_python_loses_nothing_while_nodes_are_killed(
    store: Store,
) -> None:
    session: dict[str, Any] = {}
    exec(compile(store.moved(block("python")), "README.md", "exec"), session)
    redis = session["redis"]
    added: list[bytes] = []
    killed = threading.Event()

    def fill(client: int) -> None:
        count = 0
        while count < ADDS or not killed.is_set():
            item = b"item-%d-%d" % (client, count)
            count += 1
            try:
                session["add"]("cart", item)
            except redis.RedisError:
                continue  # not acknowledged: perhaps it is there, perhaps not
            added.append(item)

    clients = [threading.Thread(target=fill, args=(n,)) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        for _ in range(KILLS):
            store.kill_one()
    finally:
        killed.set()
        for client in clients:
            client.join()
    store.wait("all are up", lambda: len(store.nodes()) == NODES)
    assert len(added) >= CLIENTS * ADDS / 2
    for node in range(NODES):
        context, values = redis.Redis(port=store.port + node).execute_command(
            "DYN.GET", "cart"
        )
        assert context
        found = set().union(*(value.split() for value in values))
        assert set(added) - found == set(), f"node {node + 1}: {store.said()}"


def ask(port: int, *words: str) -> str:
    done = subprocess.run(
        ["redis-cli", "-p", str(port), *words], capture_output=True, text=True
    )
    return done.stdout.strip()


def test_data_survive_the_end_of_the_cluster(store: Store, tmp_path: Path) -> None:
    assert ask(store.port, "SET", "tea", "green") == "OK"
    store.end()
    again = Store(tmp_path)
    assert ask(again.port + 3, "GET", "tea") == "green"
    again.end()
    assert again.process.returncode == 0


def test_nodes_join_a_store_of_the_first(tmp_path: Path) -> None:
    store = Store(tmp_path, "--program=failure", "--first=3")
    assert ask(store.port, "SET", "tea", "green") == "OK"
    assert ask(store.port, "DYN.JOIN", "4") == "OK"
    assert ask(store.port, "DYN.JOIN", "4").startswith("EXIST")
    assert ask(store.port + 4, "GET", "tea") == "green"
    store.end()
    assert store.process.returncode == 0
    assert "DYN.JOIN 5" in store.said()


def refused(*flags: str) -> str:
    command = [sys.executable, str(ROOT / "labs/uv/cluster.py"), f"--node={NODE}"]
    done = subprocess.run(
        command + list(flags), capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_what_is_in_the_way_is_named(store: Store, tmp_path: Path) -> None:
    free = free_port()
    data = f"--data={tmp_path / 'stores'}"
    assert "runs on" in refused(data, f"--port={free}")
    assert f"port {store.port}, node 1's" in refused(
        f"--data={tmp_path / 'other'}", f"--port={store.port}"
    )
    store.end()
    assert "holds the stores of a cluster of NODES=5 N=3" in refused(
        data, "--nodes=4", f"--port={free}"
    )
    assert "N is 1 to 5" in refused("-n=6", f"--data={tmp_path / 'new'}")
    assert "NODES is 1 to 99" in refused("--nodes=0")
    assert "FIRST is for PROGRAM=failure" in refused("--first=3")
    assert "FIRST is N to NODES, 3 to 5" in refused("--program=failure", "--first=2")
