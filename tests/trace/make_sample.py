"""Writes a plausible trace: a quorum register under faults, maybe with a mistake.

This is no judge of anything. It makes traces of every size that hold every kind
of event, for looking at and for testing the trace page, the narrative and the
export.

    python3 tests/trace/make_sample.py --story stale-get > small.jsonl
    python3 tests/trace/make_sample.py --seed 7 --events 10000 > large.jsonl
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import sys
from dataclasses import dataclass, field

Version = tuple[int, int]
Fields = dict[str, object]

RETRY_US = 50_000


@dataclass
class Operation:
    """What a client wants, and what its coordinator has heard so far."""

    number: int
    client: int
    node: int
    key: str
    value: str | None  # of a put
    invoked: int = 0
    done: bool = False
    storing: bool = False
    best: tuple[Version, str] = ((0, 0), "")
    heard: dict[str, set[int]] = field(default_factory=dict)
    newest_before: Version = (0, 0)


@dataclass
class Node:
    """A replica, and what is to come back after a crash."""

    number: int
    store: dict[str, tuple[Version, str]] = field(default_factory=dict)
    up: bool = True
    paused: bool = False
    waiting: list[tuple[int, int, Fields]] = field(default_factory=list)
    slow: int = 1
    timers: int = 0
    unsynced: bool = False


def packed(version: Version, value: str) -> str:
    """A version and a value as MessagePack, escaped as traces show bytes."""
    return f"\\x93\\x{version[0]:02x}\\x{version[1]:02x}\\x{0xA0 + len(value):02x}" + (
        value
    )


class Sample:
    """One run; its lines are the trace."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.random = random.Random(options.seed)
        self.nodes = {i: Node(i) for i in range(1, options.nodes + 1)}
        self.lines: list[str] = []
        self.now = 0
        self.order = 0
        self.queue: list[tuple[int, int, str, tuple[object, ...]]] = []
        self.messages = 0
        self.cuts: set[tuple[int, int]] = set()
        self.operations: list[Operation] = []
        self.newest: dict[str, Version] = {}  # of the puts that have ended
        self.broken = False
        self.values = 0
        self.lost_by_story: list[tuple[str, int]] = []  # label and receiver

    # ---- The trace ----

    def log(self, event_kind: str, **fields: object) -> None:
        """One event; from_ stands for from, which is a word of Python's."""
        event: Fields = {"i": len(self.lines), "t": self.now, "e": event_kind}
        event.update({name.rstrip("_"): value for name, value in fields.items()})
        self.lines.append(json.dumps(event, separators=(",", ":")))

    def header(self) -> str:
        """The first line."""
        return json.dumps(
            {
                "trace": 1,
                "world": "isolated",
                "test": self.options.test,
                "seed": hex(self.options.seed),
                "case": 3,
                "program": "register",
                "nodes": list(self.nodes),
                "n": self.options.n,
                "r": self.options.r,
                "w": self.options.w,
                "f": 0,
                "lab": "lab2",
                "page": "handouts/lab2.html#part-b",
            }
        )

    # ---- Time ----

    def at(self, time: int, what: str, *about: object) -> None:
        """Something to happen later."""
        self.order += 1
        heapq.heappush(self.queue, (time, self.order, what, about))

    def chance(self, of_1000: int) -> bool:
        """Whether a fault strikes; never in a story, which says its own."""
        return self.options.story is None and self.random.randrange(1000) < of_1000

    # ---- The network ----

    def send(self, node: Node, to: int, label: str, fields: Fields) -> None:
        """Sends, and draws what becomes of it."""
        self.messages += 1
        number = self.messages
        if node.unsynced:
            node.unsynced = False
            self.log("sync", n=node.number)
        self.log("send", n=node.number, to=to, m=number, kind=label, **fields)
        content: Fields = {**fields, "kind": label}
        if to == node.number:
            self.at(self.now, "arrive", number, node.number, to, content)
            return
        if (node.number, to) in self.cuts:
            self.log("lose", m=number, why="cut")
            return
        if (label, to) in self.lost_by_story or self.chance(30):
            self.log("lose", m=number, why="loss")
            return
        latency = 1000 + 100 * self.random.randrange(40)
        latency *= max(node.slow, self.nodes[to].slow)
        if self.chance(20):
            latency += 100 * self.random.randrange(400)
        if self.chance(15) or (self.options.story and number == 2):
            self.messages += 1
            self.log("copy", m=self.messages, of=number)
            self.at(
                self.now + latency + 700,
                "arrive",
                self.messages,
                node.number,
                to,
                content,
            )
        self.at(self.now + latency, "arrive", number, node.number, to, content)

    def arrive(self, number: int, sender: int, to: int, content: Fields) -> None:
        """A message reaches a node, whatever state that is in."""
        node = self.nodes[to]
        if not node.up:
            self.log("lose", m=number, why="down")
        elif node.paused:
            node.waiting.append((number, sender, content))
        else:
            self.log("recv", n=to, from_=sender, m=number)
            self.on_message(node, sender, content)

    # ---- The register ----

    def to_replicas(self, node: Node, operation: Operation, label: str) -> None:
        """Asks all N."""
        fields: Fields = {"operation": operation.number + 1, "key": operation.key}
        if label == "store":
            version, value = operation.best
            fields["version"] = f"{version[0]}.{version[1]}"
            fields["value"] = value
        answer = {"version?": "version", "read?": "value", "store": "stored"}[label]
        for to in list(self.nodes)[: self.options.n]:
            if to not in operation.heard.get(answer, set()):
                self.send(node, to, label, fields)

    def timer(self, node: Node, operation: Operation) -> None:
        """When to ask again."""
        node.timers += 1
        self.log(
            "timer",
            n=node.number,
            timer=node.timers,
            after_ms=RETRY_US // 1000,
            kind=1,
            arg=operation.number + 1,
        )
        self.at(self.now + RETRY_US, "fire", node.number, node.timers, operation)

    def on_request(self, operation: Operation) -> None:
        """A client's operation reaches its coordinator."""
        node = self.nodes[operation.node]
        self.log(
            "request", n=node.number, op=operation.number, request=operation.number + 1
        )
        if operation.value is None:
            self.to_replicas(node, operation, "read?")
        else:
            self.to_replicas(node, operation, "version?")
        self.timer(node, operation)

    def on_message(self, node: Node, sender: int, content: Fields) -> None:
        """A replica answers, a coordinator counts."""
        key = str(content["key"])
        label = str(content["kind"])
        held = node.store.get(key, ((0, 0), ""))
        answer: Fields = {"operation": content["operation"], "key": key}
        if label in ("version?", "read?"):
            if held[0] != (0, 0):
                answer["version"] = f"{held[0][0]}.{held[0][1]}"
                if label == "read?":
                    answer["value"] = held[1]
            self.send(
                node, sender, label.replace("?", "").replace("read", "value"), answer
            )
        elif label == "store":
            counter, writer = str(content["version"]).split(".")
            version = (int(counter), int(writer))
            if version > held[0]:
                node.store[key] = (version, str(content["value"]))
                self.log("put", n=node.number, key=key, value=packed(*node.store[key]))
                node.unsynced = True
                held = node.store[key]
            answer["version"] = f"{held[0][0]}.{held[0][1]}"
            self.send(node, sender, "stored", answer)
        else:
            self.on_answer(node, sender, label, content)

    def on_answer(self, node: Node, sender: int, label: str, content: Fields) -> None:
        """Counts towards R or W."""
        number = content["operation"]
        assert isinstance(number, int)
        operation = self.operations[number - 1]
        if operation.done or operation.node != node.number:
            return
        heard = operation.heard.setdefault(label, set())
        heard.add(sender)
        wanted_w = self.options.w - (1 if self.options.mistake else 0)
        if label in ("version", "value") and not operation.storing:
            counter, writer = str(content.get("version", "0.0")).split(".")
            seen = ((int(counter), int(writer)), str(content.get("value", "")))
            operation.best = max(operation.best, seen)
            if len(heard) < self.options.r:
                return
            operation.storing = True
            if operation.value is not None:
                version = (operation.best[0][0] + 1, node.number)
                operation.best = (version, operation.value)
            elif operation.best[0] == (0, 0) or self.options.no_write_back:
                self.reply(node, operation)
                return
            self.log("note", n=node.number, text=f"{len(heard)} answers are enough")
            self.to_replicas(node, operation, "store")
        elif label == "stored" and len(heard) >= wanted_w:
            self.reply(node, operation)

    def reply(self, node: Node, operation: Operation) -> None:
        """The operation ends."""
        operation.done = True
        version, value = operation.best
        values = [value] if operation.value is None and version != (0, 0) else []
        if node.timers:
            self.log("cancel", n=node.number, timer=node.timers)
        self.log(
            "reply",
            n=node.number,
            op=operation.number,
            request=operation.number + 1,
            code=0,
            values=values,
        )
        self.log(
            "return",
            op=operation.number,
            client=operation.client,
            code=0,
            values=values,
        )
        if operation.value is None and version < operation.newest_before:
            self.violation(operation)
        newest = self.newest.get(operation.key, (0, 0))
        self.newest[operation.key] = max(newest, version)
        self.at(self.now + 1000 * self.random.randrange(1, 8), "next", operation.client)

    def violation(self, operation: Operation) -> None:
        """Told once."""
        if self.broken:
            return
        self.broken = True
        newer = next(
            o
            for o in self.operations
            if o.key == operation.key
            and o.value is not None
            and o.done
            and o.best[0] == operation.newest_before
        )
        found = f'"{operation.best[1]}"' if operation.best[1] else "nothing"
        self.log(
            "violation",
            rule="Register.ReadsSeeTheLastAcknowledgedWrite",
            text=f"get {operation.key} (op {operation.number}) returned {found}, "
            f'but put {newer.key} "{newer.value}" (op {newer.number}) had been '
            "acknowledged before the get began.",
            ops=[newer.number, operation.number],
            n=operation.node,
        )

    # ---- Clients and fate ----

    def invoke(self, client: int, node: int, key: str, value: str | None) -> None:
        """A client asks."""
        operation = Operation(len(self.operations), client, node, key, value, self.now)
        operation.newest_before = self.newest.get(key, (0, 0))
        self.operations.append(operation)
        fields: Fields = {"op": operation.number, "client": client, "n": node}
        fields.update({"do": "get" if value is None else "put", "key": key})
        if value is not None:
            fields["value"] = value
        self.log("invoke", **fields)
        self.on_request(operation)

    def next(self, client: int) -> None:
        """A client's next wish; it asks a node that is up."""
        up = [n.number for n in self.nodes.values() if n.up and not n.paused]
        if not up:
            self.at(self.now + 10_000, "next", client)
            return
        key = self.random.choice(self.options.keys)
        value = None
        if self.random.random() < 0.5:
            self.values += 1
            value = f"v{self.values}"
        self.invoke(client, self.random.choice(up), key, value)

    def fire(self, number: int, timer: int, operation: Operation) -> None:
        """Asks again those that have not answered."""
        node = self.nodes[number]
        if operation.done or not node.up or node.paused:
            return
        self.log("fire", n=number, timer=timer, kind=1, arg=operation.number + 1)
        label = "read?" if operation.value is None else "version?"
        self.to_replicas(node, operation, "store" if operation.storing else label)
        self.timer(node, operation)

    def crash(self, number: int) -> None:
        """The node dies, and its clients hear nothing more."""
        node = self.nodes[number]
        if not node.up or node.paused:
            return
        node.up = False
        self.log("crash", n=number, lost=0)
        for operation in self.operations:
            if operation.node == number and not operation.done:
                operation.done = True
                self.log("abandon", op=operation.number, client=operation.client)
                self.at(self.now + 5000, "next", operation.client)
        self.at(self.now + 40_000, "restart", number)

    def restart(self, number: int) -> None:
        """It comes back with its store."""
        self.nodes[number].up = True
        self.log("open", n=number, code=0)

    def cut(self, number: int, both_ways: bool) -> None:
        """A partition between one node and the others."""
        if self.cuts:
            return
        for other in self.nodes:
            if other != number:
                self.cuts.add((number, other))
                self.log("cut", from_=number, to=other)
                if both_ways:
                    self.cuts.add((other, number))
                    self.log("cut", from_=other, to=number)
        self.at(self.now + 60_000, "join")

    def join(self) -> None:
        """The partition ends."""
        for sender, to in sorted(self.cuts):
            self.log("join", from_=sender, to=to)
        self.cuts.clear()

    def pause(self, number: int) -> None:
        """The node stands still."""
        node = self.nodes[number]
        if node.up and not node.paused:
            node.paused = True
            self.log("pause", n=number)
            self.at(self.now + 30_000, "resume", number)

    def resume(self, number: int) -> None:
        """It goes on with what has waited."""
        node = self.nodes[number]
        node.paused = False
        self.log("resume", n=number)
        waiting, node.waiting = node.waiting, []
        for message, sender, content in waiting:
            self.arrive(message, sender, number, content)

    def slow(self, number: int, factor: int) -> None:
        """Its messages take longer."""
        self.nodes[number].slow = factor
        self.log("slow", n=number, factor=factor)
        if factor > 1:
            self.at(self.now + 50_000, "slow", number, 1)

    def fate(self) -> None:
        """Strikes now and then."""
        number = self.random.choice(list(self.nodes))
        blow = self.random.randrange(6)
        if blow == 0:
            self.crash(number)
        elif blow == 1:
            self.cut(number, True)
        elif blow == 2:
            self.cut(number, False)
        elif blow == 3:
            self.pause(number)
        elif blow == 4:
            self.slow(number, 5)
        else:
            self.log("skew", n=number, ms=self.random.randrange(-200, 200))
        self.at(self.now + 40_000, "fate")

    # ---- Whole runs ----

    def run_queue(self, most: int) -> None:
        """Lets happen what is due, until there are so many events."""
        steps = {
            "arrive": self.arrive,
            "next": self.next,
            "fire": self.fire,
            "crash": self.crash,
            "restart": self.restart,
            "cut": self.cut,
            "join": self.join,
            "pause": self.pause,
            "resume": self.resume,
            "slow": self.slow,
            "fate": self.fate,
            "invoke": self.invoke,
        }
        while self.queue and len(self.lines) < most:
            time, _, what, about = heapq.heappop(self.queue)
            self.now = max(self.now, time)
            steps[what](*about)  # type: ignore[operator]

    def start(self) -> None:
        """All nodes begin."""
        for number in self.nodes:
            self.log("open", n=number, code=0)

    def random_run(self) -> None:
        """Clients and fate, as long as asked for."""
        self.start()
        self.log("phase", name="faults")
        for client in range(self.options.clients):
            self.at(1000 * client, "next", client)
        self.at(20_000, "fate")
        self.run_queue(self.options.events)

    def stale_get(self) -> None:
        """A put that is acknowledged at W-1 votes, then a get that misses it."""
        self.start()
        self.lost_by_story = [("store", 2), ("store", 3)]
        self.at(1000, "invoke", 0, 1, "x", "b")
        self.run_until_idle()
        self.cut(1, True)
        self.now += 1000
        self.invoke(1, 3, "x", None)
        self.run_until_idle()

    def run_until_idle(self) -> None:
        """Until nothing is under way; timers and clients' further wishes lapse."""
        self.queue = [e for e in self.queue if e[2] not in ("fire", "next")]
        while self.queue:
            self.run_queue(len(self.lines) + 1)
            self.queue = [e for e in self.queue if e[2] in ("arrive", "invoke")]
            heapq.heapify(self.queue)


def main() -> int:
    """The trace, on standard output."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--keys", nargs="+", default=["x", "y"])
    parser.add_argument("-n", type=int, default=3)
    parser.add_argument("-r", type=int, default=2)
    parser.add_argument("-w", type=int, default=2)
    parser.add_argument("--test", default="Register.ReadsSeeTheLastAcknowledgedWrite")
    parser.add_argument("--story", choices=["stale-get"], help="instead of chance")
    parser.add_argument(
        "--mistake", action="store_true", help="puts are acknowledged at W-1"
    )
    parser.add_argument(
        "--no-write-back", action="store_true", help="gets do not store what they find"
    )
    options = parser.parse_args()
    if options.nodes < options.n or min(options.n, options.r, options.w) < 1:
        parser.error("there must be at least N nodes, and N, R and W of at least 1")
    if options.story:
        options.mistake = True
    sample = Sample(options)
    if options.story:
        sample.stale_get()
    else:
        sample.random_run()
    sys.stdout.write("\n".join([sample.header(), *sample.lines]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
