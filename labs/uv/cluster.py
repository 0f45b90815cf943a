"""make cluster: a store on this machine, to talk to.

Starts NODES nodes, tells each where the others are, begins those again that end,
and ends all on Ctrl-C. What was stored stays in the folder.

    python3 labs/uv/cluster.py --node build/dynamo-node --nodes 5 --port 7001
"""

from __future__ import annotations

import argparse
import fcntl
import json
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, NoReturn

BEGINS_AGAIN_S = 2.0  # after a node has ended
GOSSIP_MS = 1000
STARTS_WITHIN_S = 20.0
ENDS_WITHIN_S = 10.0
SAID = re.compile(r"node (\d+) peer (\d+) client (\d+)\n")


class Trouble(Exception):
    """One sentence, for whoever has typed the command."""


class Node:
    """One process, and the next one after it."""

    def __init__(self, cluster: "Cluster", number: int) -> None:
        self.cluster = cluster
        self.number = number
        self.client_port = cluster.port + number - 1
        self.peer_port = 0
        self.process: subprocess.Popen[str] | None = None
        self.begins_at = 0.0  # when it is down

    def start(self) -> None:
        options = self.cluster.options
        folder = self.cluster.data / f"node-{self.number}"
        folder.mkdir(parents=True, exist_ok=True)
        members = ",".join(str(n + 1) for n in range(options.nodes))
        self.process = subprocess.Popen(
            [
                options.node,
                f"--id={self.number}",
                f"--members={members}",
                f"--program={options.program}",
                f"--n={options.n}",
                f"--r={options.r}",
                f"--w={options.w}",
                f"--store=lmdb:{folder}",
                f"--client-port={self.client_port}",
                *self.cluster.membership(),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for us alone
        )
        self.peer_port = self.reported()

    def reported(self) -> int:
        assert self.process is not None and self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], STARTS_WITHIN_S)
        line = self.process.stdout.readline() if ready else ""
        said = SAID.fullmatch(line)
        if said is None:
            self.process.kill()
            self.process.wait()
            raise Trouble(
                f"node {self.number} did not start; above it says why"
                if ready
                else f"node {self.number} said nothing for {STARTS_WITHIN_S:.0f} s"
            )
        return int(said[2])

    def is_up(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def tell(self, line: str) -> None:
        if self.process is None or self.process.stdin is None:
            return
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except OSError:
            pass  # it has just ended; that is seen soon

    def end_in_words(self) -> str:
        assert self.process is not None
        status = self.process.returncode
        if status < 0:
            return f"was ended by {signal.Signals(-status).name}"
        return f"has ended with status {status}"


class Cluster:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.port: int = options.port
        self.data: Path = options.data
        self.lock = claim(self.data)
        check_same(self.data, options)
        for number in range(options.nodes):
            check_free(self.port + number, number + 1)
        self.nodes = [Node(self, n + 1) for n in range(options.nodes)]

    def membership(self) -> list[str]:
        """How a node is told that members may change."""
        if self.options.first is None:
            return []
        return [f"--gossip-ms={GOSSIP_MS}", f"--first={self.options.first}"]

    def start(self) -> None:
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            self.introduce(node)

    def introduce(self, node: Node) -> None:
        """The others hear where it is, and it hears where they are."""
        for other in self.nodes:
            if other is not node and other.is_up():
                other.tell(f"peer {node.number} 127.0.0.1 {node.peer_port}")
                node.tell(f"peer {other.number} 127.0.0.1 {other.peer_port}")

    def watch(self) -> None:
        """Begins a node again that has ended."""
        now = time.monotonic()
        for node in self.nodes:
            if node.process is not None and not node.is_up():
                say(
                    f"node {node.number} {node.end_in_words()}; it begins again "
                    f"in {BEGINS_AGAIN_S:.0f} s"
                )
                node.process = None
                node.begins_at = now + BEGINS_AGAIN_S
            elif node.process is None and now >= node.begins_at:
                node.start()
                self.introduce(node)
                say(f"node {node.number} is up again, process {node.pid()}")

    def stop(self) -> None:
        for node in self.nodes:
            node.tell("stop")
        deadline = time.monotonic() + ENDS_WITHIN_S
        for node in self.nodes:
            if node.process is None:
                continue
            try:
                node.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                node.process.kill()
                node.process.wait()


def say(text: str) -> None:
    print(text, flush=True)


# ---- What may be in the way ----


def claim(data: Path) -> IO[str]:
    """The folder is this cluster's as long as the file is open."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "lock").open("w", encoding="ascii")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Trouble(
            f"a cluster runs on {data} already; end it, or say DATA=another folder"
        ) from None
    except OSError as error:
        raise Trouble(f"{data} cannot be used: {error.strerror}") from None
    return lock


def check_same(data: Path, options: argparse.Namespace) -> None:
    """The stores are of the same cluster, or there are none yet."""
    wanted = {"nodes": options.nodes, "n": options.n, "program": options.program}
    if options.first is not None:
        wanted["first"] = options.first
    path = data / "cluster.json"
    if not path.exists():
        path.write_text(json.dumps(wanted) + "\n", "ascii")
        return
    try:
        found = json.loads(path.read_text("ascii"))
        words = f"NODES={found['nodes']} N={found['n']} PROGRAM={found['program']}"
        if "first" in found:
            words += f" FIRST={found['first']}"
    except (ValueError, KeyError, TypeError):
        raise Trouble(f"{path} is damaged; say DATA=another folder") from None
    if found != wanted:
        raise Trouble(
            f"{data} holds the stores of a cluster of {words}; say that, or "
            "DATA=another folder"
        )


def check_free(port: int, number: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Trouble(
                f"port {port}, node {number}'s, cannot be had: {error.strerror}; "
                "say PORT=another one"
            ) from None


# ---- The command ----


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A store on this machine.")
    parser.add_argument("--node", required=True, help="the program dynamo-node")
    parser.add_argument("--nodes", type=int, default=5)
    parser.add_argument(
        "--program", default="dvv", help="register, vclock, dvv, failure"
    )
    parser.add_argument("-n", type=int, help="replicas (3, or all nodes)")
    parser.add_argument("-r", type=int, help="answers a get waits for")
    parser.add_argument("-w", type=int, help="answers a put waits for")
    parser.add_argument(
        "--first",
        type=int,
        help="so many nodes are members, until DYN.JOIN and DYN.LEAVE change that",
    )
    parser.add_argument("--port", type=int, default=7001, help="node 1's, for clients")
    parser.add_argument("--data", type=Path, default=Path("build/cluster"))
    options = parser.parse_args()
    if not 1 <= options.nodes <= 99:
        raise Trouble(f"NODES is 1 to 99, not {options.nodes}")
    if not 1 <= options.port <= 65535 - options.nodes:
        raise Trouble(f"PORT is 1 to {65535 - options.nodes}, not {options.port}")
    options.n = min(3, options.nodes) if options.n is None else options.n
    for name in ("r", "w"):
        if getattr(options, name) is None:
            setattr(options, name, options.n // 2 + 1)
    if not 1 <= options.n <= options.nodes:
        raise Trouble(f"N is 1 to {options.nodes}, the number of nodes")
    if options.first is not None:
        if options.program != "failure":
            raise Trouble("FIRST is for PROGRAM=failure: others have no membership")
        if not options.n <= options.first <= options.nodes:
            raise Trouble(f"FIRST is N to NODES, {options.n} to {options.nodes}")
    if not (1 <= options.r <= options.n and 1 <= options.w <= options.n):
        raise Trouble(f"R and W are 1 to {options.n}, which is N")
    return options


def describe(cluster: Cluster) -> None:
    options = cluster.options
    say(
        f"{options.nodes} nodes of {options.program}, N={options.n} R={options.r} "
        f"W={options.w}, stores in {options.data}"
    )
    for node in cluster.nodes:
        where = f"redis-cli -p {node.client_port}"
        say(f"  node {node.number}   {where}   process {node.pid()}")
    port, last = cluster.port, cluster.port + options.nodes - 1
    say(f"Any node serves any key: redis-cli -p {port} SET tea green")
    say(f"                         redis-cli -p {last} GET tea")
    if options.program in ("vclock", "dvv", "failure"):
        say(f"All versions:            redis-cli -p {port} DYN.GET tea")
    if options.first is not None:
        say(f"The first {options.first} are members at first. Another one joins by")
        say(f"                         redis-cli -p {port} DYN.JOIN {options.nodes}")
    say("A node that is killed begins again. Ctrl-C ends all; what is stored stays.")


def interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    # Also where whoever started us has it ignored, as shells do in the background.
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    cluster = None
    try:
        cluster = Cluster(read_options())
        cluster.start()
        describe(cluster)
        while True:
            time.sleep(0.1)
            cluster.watch()
    except KeyboardInterrupt:
        say("\nended; the stores are kept")
        return 0
    except Trouble as trouble:
        print(f"cluster: {trouble}.", file=sys.stderr)
        return 1
    except FileNotFoundError as error:
        print(f"cluster: {error.filename} is not there.", file=sys.stderr)
        return 1
    finally:
        if cluster is not None:
            cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
