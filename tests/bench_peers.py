"""make bench-peers: our store beside redis-server, in one run on this machine.

Plain redis-server, one process without persistence, is the yardstick; beside it three
nodes of the store (N=3, R=W=2), in memory and on LMDB. Each is loaded by dynamo-load
in a closed loop, with values of 100 bytes and as many gets as puts, one after the other
and all of it REPEATS times, so that a machine that becomes slower does so for all.
What is told are medians, and how much of redis-server's throughput that is, and how
many times its 99.9th percentile.

    python3 tests/bench_peers.py --repeats 5 --seconds 3
"""

from __future__ import annotations

import argparse
import json
import re
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NODE, LOAD = ROOT / "build/dynamo-node", ROOT / "build/dynamo-load"
SAID = re.compile(r"node \d+ peer (\d+) client (\d+)\n")
STARTS_WITHIN_S = 20.0
NODES = 3
# Of each number of connections: how much of redis-server's throughput is to be
# reached, and how many times its 99.9th percentile may be taken.
GOALS = {50: (0.5, 2.0), 8: (0.25, 6.0)}
LMDB_GOAL = 0.7  # of the throughput in memory
REDIS, MEMORY, LMDB = "redis-server", "3 nodes, memory", "3 nodes, LMDB"


class Trouble(Exception):
    """One sentence, for whoever has typed the command."""


@dataclass(frozen=True)
class Measure:
    """What one load met."""

    ops_s: float
    mean_us: float
    p999_us: float
    errors: int


def ended(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def redis_server() -> Iterator[list[int]]:
    """On a port of its own, keeping nothing."""
    if shutil.which("redis-server") is None:
        raise Trouble("redis-server is missing: make ready installs it")
    port = free_port()
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1"]
        + ["--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        until = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError as error:
                if time.monotonic() > until or process.poll() is not None:
                    raise Trouble(f"redis-server does not answer: {error}") from error
                time.sleep(0.05)
        yield [port]
    finally:
        ended(process)


def reported(process: subprocess.Popen[str]) -> tuple[int, int]:
    """The ports of a node that begins."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], STARTS_WITHIN_S)
    said = SAID.fullmatch(process.stdout.readline() if ready else "")
    if said is None:
        raise Trouble("a node did not start; above it says why")
    return int(said[1]), int(said[2])


@contextmanager
def nodes(store: Path | None, program: str) -> Iterator[list[int]]:
    """Three that know each other; `store`: where LMDB puts its files."""
    with ExitStack() as stack:
        started = []
        members = ",".join(str(number + 1) for number in range(NODES))
        for number in range(NODES):
            command = [str(NODE), f"--id={number + 1}", f"--members={members}"]
            command += [f"--program={program}", "--n=3", "--r=2", "--w=2"]
            if store is not None:
                folder = store / f"node-{number + 1}"
                folder.mkdir()
                command.append(f"--store=lmdb:{folder}")
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            stack.callback(ended, process)
            started.append(process)
        ports = [reported(process) for process in started]
        for self, process in enumerate(started):
            assert process.stdin is not None
            for other, (peer, _) in enumerate(ports):
                if other != self:
                    process.stdin.write(f"peer {other + 1} 127.0.0.1 {peer}\n")
            process.stdin.flush()
        yield [client for _, client in ports]


def load(ports: list[int], connections: int, options: argparse.Namespace) -> Measure:
    """One load. Errors are counted: a get of a key with siblings is one."""
    targets = ",".join(f"127.0.0.1:{port}" for port in ports)
    with tempfile.NamedTemporaryFile() as result:
        done = subprocess.run(
            [str(LOAD), f"--target={targets}", f"--connections={connections}"]
            + [f"--keys={options.keys}", "--reads=0.5", "--size=100"]
            + [f"--warmup={options.warmup}", f"--seconds={options.seconds}"]
            + [f"--json={result.name}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Trouble(
                f"dynamo-load ended with status {done.returncode}: "
                f"{done.stderr.strip()}"
            )
        told = json.loads(Path(result.name).read_text("utf-8"))
    latency = told["latency_us"]["all"]
    return Measure(
        told["throughput"], latency["mean"], latency["p99.9"], told["counts"]["errors"]
    )


def measured(options: argparse.Namespace) -> dict[tuple[str, int], list[Measure]]:
    """All stores are there all the time; one of them is loaded."""
    found: dict[tuple[str, int], list[Measure]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = {
            REDIS: stack.enter_context(redis_server()),
            MEMORY: stack.enter_context(nodes(None, options.program)),
            LMDB: stack.enter_context(nodes(folder, options.program)),
        }
        for repeat in range(options.repeats):
            for connections in GOALS:
                for name, ports in stores.items():
                    measure = load(ports, connections, options)
                    found.setdefault((name, connections), []).append(measure)
            if sys.stderr.isatty():
                print(f"{repeat + 1} of {options.repeats}", file=sys.stderr)
    return found


def median(measures: list[Measure], of: str) -> float:
    return float(statistics.median(getattr(measure, of) for measure in measures))


def tell(found: dict[tuple[str, int], list[Measure]], repeats: int) -> bool:
    """The table; whether all goals are reached."""
    reached = True
    print(f"Medians of {repeats}; half gets, values of 100 bytes, N=3, R=W=2.")
    print(
        f"{'':18}{'connections':>12}{'ops/s':>10}{'of redis':>10}{'mean us':>10}"
        f"{'99.9 % us':>11}{'of redis':>10}{'errors':>8}"
    )
    for connections, (least, most) in GOALS.items():
        of_redis = found[REDIS, connections]
        for name in (REDIS, MEMORY, LMDB):
            measures = found[name, connections]
            speed = median(measures, "ops_s") / median(of_redis, "ops_s")
            tail = median(measures, "p999_us") / median(of_redis, "p999_us")
            print(
                f"{name:18}{connections:12}{median(measures, 'ops_s'):10.0f}"
                f"{speed:10.3f}{median(measures, 'mean_us'):10.0f}"
                f"{median(measures, 'p999_us'):11.0f}{tail:10.2f}"
                f"{sum(measure.errors for measure in measures):8}"
            )
            if name == MEMORY:
                reached &= speed >= least and tail <= most
        share = median(found[LMDB, connections], "ops_s")
        share /= median(found[MEMORY, connections], "ops_s")
        reached &= share >= LMDB_GOAL
        print(f"  on LMDB {share:.2f} of the throughput in memory")
    goals = "; ".join(
        f"{count} connections: at least {least} of its throughput, at most {most:g} "
        "times its 99.9th percentile"
        for count, (least, most) in GOALS.items()
    )
    print(f"What memory is to reach of redis-server's: {goals}.")
    print(f"LMDB: at least {LMDB_GOAL} of memory's throughput.")
    print("All of it is reached." if reached else "Not all of it is reached.")
    return reached


def main() -> int:
    """Measures and tells. 0, whatever was measured; 1: it could not be."""
    parser = argparse.ArgumentParser(description="Our store beside redis-server.")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each load")
    parser.add_argument("--warmup", type=float, default=0.5)
    parser.add_argument("--keys", type=int, default=10000)
    parser.add_argument("--program", default="dvv", help="what the nodes run")
    options = parser.parse_args()
    for program in (NODE, LOAD):
        if not program.exists():
            print(f"bench-peers: {program} is missing", file=sys.stderr)
            return 1
    try:
        tell(measured(options), options.repeats)
    except Trouble as trouble:
        print(f"bench-peers: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
