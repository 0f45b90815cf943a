"""dynamo-load against redis-server, against dynamo-node, and against a server that
does all that a server must not.

No test depends on how fast this machine is: where times are compared, a server
stands still for far longer than anything else takes.
"""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake import Fake, Words, bulk

ROOT = Path(__file__).resolve().parents[2]
LOAD = Path(os.environ.get("DYNAMO_LOAD", ROOT / "build/dynamo-load"))
NODE = ROOT / "build/dynamo-node"
PATIENCE_S = 60.0
STALL_S = 1.0

Result = dict[str, Any]


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    if not LOAD.exists():
        pytest.fail(f"{LOAD} is missing: run 'make build/dynamo-load' first")


def run(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LOAD), *flags], capture_output=True, text=True, timeout=PATIENCE_S
    )


def load(*flags: str, status: int = 0) -> Result:
    """The results of a load that ends so."""
    done = run("--json=-", *flags)
    assert done.returncode == status, done.stderr
    result = json.loads(done.stdout)
    assert isinstance(result, dict)
    return result


def answered(result: Result) -> int:
    return int(result["counts"]["gets"] + result["counts"]["puts"])


def free_ports(count: int) -> int:
    """The first of so many in a row, as far as can be known. None is one that
    the system gives to who connects, nor one that another worker tries."""
    for first in range(10000 + os.getpid() * 7 % 20000, 32000, count):
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first
    pytest.fail("there are no free ports in a row")


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.02)


# ---- A store that works ----


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_ports(1)
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--dir", str(tmp_path_factory.mktemp("redis"))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        yield f"--target=127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--pipeline=7", "--connections=3"],
        ["--size=10-2000", "--distribution=zipf"],
        ["--size=10", "--keys=1"],
        ["--size=100000", "--reads=0.9", "--connections=4", "--keys=10"],
        ["--rate=5000"],
        ["--rate=5000", "--arrivals=poisson", "--pipeline=3", "--connections=2"],
    ],
)
def test_all_requests_are_answered_and_all_values_right(
    redis: str, flags: list[str]
) -> None:
    prefix = f"--prefix={zlib.crc32(repr(flags).encode())}:"
    result = load(redis, "--requests=2000", prefix, *flags)
    counts = result["counts"]
    assert answered(result) == counts["sent"] == 2000
    assert counts["misses"] <= counts["gets"]
    for name in ("wrong", "old", "errors", "never_sent", "unanswered"):
        assert counts[name] == 0, name
    assert result["ended_by"] == "requests"
    assert result["throughput"] == pytest.approx(2000 / result["elapsed"], rel=1e-3)


def test_values_of_an_earlier_run_are_old_and_not_wrong(redis: str) -> None:
    flags = [redis, "--prefix=twice:", "--requests=1000", "--keys=20", "--seed=5"]
    load(*flags, "--reads=0")
    result = load(*flags, "--reads=0.95")  # also of the same seed
    assert result["counts"]["old"] > 0
    assert result["counts"]["wrong"] == result["counts"]["misses"] == 0


def test_the_share_of_gets_is_as_asked(redis: str) -> None:
    assert load(redis, "--requests=500", "--reads=1")["counts"]["puts"] == 0
    assert load(redis, "--requests=500", "--reads=0")["counts"]["gets"] == 0
    counts = load(redis, "--requests=5000", "--reads=0.8")["counts"]
    assert abs(counts["gets"] - 4000) < 5 * math.sqrt(5000 * 0.8 * 0.2)


def test_the_same_requests_are_sent_that_a_dry_run_prints() -> None:
    flags = ["--requests=300", "--distribution=zipf", "--size=10-99", "--seed=9"]
    printed = run("--dry-run", *flags).stdout.splitlines()
    with Fake() as fake:
        result = load(fake.target, "--connections=1", *flags)
    put, misses = set(), 0
    for words in fake.commands:
        misses += words[0] == b"GET" and words[1] not in put
        if words[0] == b"SET":
            put.add(words[1])
    assert result["counts"]["misses"] == misses
    sent = [
        f"{'get' if words[0] == b'GET' else 'put'} {words[1].decode()} "
        f"{len(words[2]) if words[0] == b'SET' else 0}"
        for words in fake.commands
    ]
    assert sent == [line.split(" ", 2)[2] for line in printed]


def test_the_warm_up_is_not_counted() -> None:
    with Fake() as fake:
        result = load(fake.target, "--warmup=0.3", "--requests=50", "--connections=2")
    assert answered(result) == result["counts"]["sent"] == 50
    assert len(fake.commands) > 50


def test_connections_are_spread_over_the_targets() -> None:
    with Fake() as first, Fake() as second:
        result = load(
            f"{first.target},localhost:{second.port}", "--requests=200", "--rate=2000"
        )
        assert len(first.commands) + len(second.commands) == 200
        assert len(first.commands) > 0 and len(second.commands) > 0
    assert len(result["config"]["targets"]) == 2


# ---- Times ----


def slow_requests(result: Result, kind: str) -> int:
    """How many took at least half a stall."""
    rows = result[f"{kind}_histogram"]
    return sum(count for us, count in rows if us >= STALL_S / 2 * 1e6)


def stall_once(after: int) -> Fake:
    """A server that once does nothing for a while."""

    def answer(fake: Fake, words: Words) -> bytes:
        if len(fake.commands) == after:
            time.sleep(STALL_S)
        return fake.serve(words)

    return Fake(answer)


def test_an_open_loop_tells_of_those_that_a_stall_kept_waiting() -> None:
    with stall_once(after=100) as fake:
        result = load(fake.target, "--rate=400", "--seconds=2", "--connections=4")
    # About 400 were due while it stood still, and half of these waited half as
    # long or longer. Only those that it had got are slow by service time.
    assert slow_requests(result, "latency") >= 150
    assert result["latency_us"]["all"]["p90"] >= STALL_S / 2 * 1e6
    assert slow_requests(result, "service") <= 40
    assert result["service_us"]["all"]["p90"] < STALL_S / 2 * 1e6
    assert result["counts"]["late"] >= 150
    assert answered(result) + result["counts"]["never_sent"] == 800


def test_a_closed_loop_hides_them() -> None:
    with stall_once(after=100) as fake:
        result = load(fake.target, "--requests=800", "--connections=4")
    assert result["latency_us"] == result["service_us"]
    assert 1 <= slow_requests(result, "latency") <= 40
    assert result["latency_us"]["all"]["p90"] < STALL_S / 2 * 1e6
    assert result["latency_us"]["all"]["max"] >= STALL_S * 1e6


def test_what_is_due_and_never_sent_is_told() -> None:
    def answer(fake: Fake, words: Words) -> bytes:
        time.sleep(0.02)
        return fake.serve(words)

    flags = ["--rate=1000", "--seconds=1", "--connections=1"]
    with Fake(answer) as fake:
        done = run(fake.target, "--json=-", *flags)
    counts = json.loads(done.stdout)["counts"]
    assert counts["sent"] <= 60
    assert counts["sent"] + counts["never_sent"] == 1000
    assert "never sent" in done.stderr


def at_share(rows: list[list[int]], share: float) -> int:
    """The percentile by its definition, from how many took how long."""
    total = sum(count for _, count in rows)
    seen = 0
    for us, count in rows:
        seen += count
        if seen >= share * total:
            return us
    pytest.fail("the histogram is empty")


def test_percentiles_rows_and_both_histograms_agree(redis: str, tmp_path: Path) -> None:
    path = tmp_path / "histogram"
    result = load(redis, "--seconds=1.2", "--rate=2000", f"--histogram={path}")
    for kind in ("latency", "service"):
        times, rows = result[f"{kind}_us"]["all"], result[f"{kind}_histogram"]
        assert sum(count for _, count in rows) == times["count"] == answered(result)
        mean = sum(us * count for us, count in rows) / times["count"]
        assert times["mean"] == pytest.approx(mean, rel=0.005)
        for name in ("p50", "p90", "p99", "p99.9", "p99.99"):
            expected = at_share(rows, float(name[1:]) / 100)
            assert times[name] == min(expected, times["max"])
    lines = [
        line.split()
        for line in path.read_text("ascii").splitlines()
        if not line.startswith("#")
    ]
    for first, kind in ((1, "latency"), (3, "service")):
        found = [
            [int(line[0]), int(line[first]) + int(line[first + 1])] for line in lines
        ]
        assert [row for row in found if row[1] > 0] == result[f"{kind}_histogram"]
    assert float(lines[-1][5]) == 1
    assert len(result["seconds"]) >= 1
    assert sum(row["ops"] for row in result["seconds"]) == answered(result)


# ---- Values that are wrong ----


def other_value(fake: Fake, key: bytes) -> bytes:
    return next(v for k, v in fake.values.items() if k != key and v != fake.values[key])


WRONG = {
    "garbage": (lambda fake, key: b"what is this, and who put it here?", "nobody"),
    "short": (lambda fake, key: b"short", "nobody"),
    "empty": (lambda fake, key: b"", "nobody"),
    "another key's": (other_value, "it was put at load:"),
    "truncated": (lambda fake, key: fake.values[key][:-1], "put 64 bytes there"),
    "longer": (lambda fake, key: fake.values[key] + b"x", "put 64 bytes there"),
    "changed": (
        lambda fake, key: fake.values[key][:-1] + bytes([fake.values[key][-1] ^ 1]),
        "bytes have changed",
    ),
    "of another number": (
        lambda fake, key: fake.values[key][:7] + b"\0" + fake.values[key][8:],
        "",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_seen(name: str) -> None:
    change, words = WRONG[name]
    wrong = []

    def answer(fake: Fake, command: Words) -> bytes:
        key = command[1]
        if command[0] == b"GET" and len(fake.values) == 5 and not wrong:
            wrong.append(key)
            return bulk(change(fake, key))
        return fake.serve(command)

    flags = ["--requests=500", "--keys=5", "--size=64", "--connections=3"]
    with Fake(answer) as fake:
        done = run(fake.target, "--json=-", *flags)
    assert done.returncode == 2
    result = json.loads(done.stdout)
    assert result["counts"]["wrong"] == 1 and answered(result) == 500
    assert "1 WRONG VALUES" in done.stderr
    (told,) = result["wrong_values"]
    assert told.startswith(f"{wrong[0].decode()}: ") and words in told
    assert told in done.stderr


def mixed(number: int, more: int = 0) -> int:
    """The first number of labs/base/prng.c with that seed."""
    z = ((number ^ more) + 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return z ^ z >> 31


def well_made(run: bytes, number: int, key: bytes, size: int) -> bytes:
    """A value as value.h describes it."""
    head = run + number.to_bytes(5, "big")
    seed = mixed(size, int.from_bytes(head, "big"))
    for byte in key:
        seed = mixed(seed, byte)
    words = range(0, size, 8)
    states = [(seed + n * 0x9E3779B97F4A7C15) % 2**64 for n in range(len(words))]
    filler = b"".join(mixed(state).to_bytes(8, "little") for state in states)
    return (head + filler)[:size]


def test_a_value_that_this_run_has_not_put_yet_is_wrong() -> None:
    flags = ["--requests=40", "--keys=2", "--size=30-31", "--seed=3"]
    rows = dry(40, *flags[1:])

    def first_gets(number: int, size: int) -> Result:
        """What a run says that reads such a value before all others."""

        def answer(fake: Fake, words: Words) -> bytes:
            if words[0] == b"SET":
                assert words[2] == well_made(
                    words[2][:3], len(fake.commands) - 1, words[1], len(words[2])
                )
                fake.values.setdefault(b"run", words[2][:3])
                return b"+OK\r\n"
            if b"run" not in fake.values or words[1] != key:
                return b"$-1\r\n"
            return bulk(well_made(fake.values[b"run"], number, words[1], size))

        with Fake(answer) as fake:
            done = run(fake.target, "--json=-", "--connections=1", *flags)
        found = json.loads(done.stdout)
        assert done.returncode == (2 if found["counts"]["wrong"] > 0 else 0)
        assert found["counts"]["old"] == 0
        return dict(found)

    puts = [row for row in rows if row[2] == "put"]
    number, size = int(puts[-1][0]), int(puts[-1][4])
    key = puts[-1][3].encode()
    # Before its time.
    result = first_gets(number, size)
    assert 0 < result["counts"]["wrong"] < result["counts"]["gets"]
    assert f"operation {number} did not put it" in result["wrong_values"][0]
    # In its time, and of another size than it had, or when it was a get.
    number, size = int(puts[0][0]), int(puts[0][4])
    key = puts[0][3].encode()
    assert first_gets(number, size)["counts"]["wrong"] == 0
    assert first_gets(number, 61 - size)["counts"]["wrong"] > 0
    get = next(row for row in rows if row[2] == "get" and row[3] == key.decode())
    for size in (30, 31):
        assert first_gets(int(get[0]), size)["counts"]["wrong"] > 0


# ---- Servers that fail ----


def test_errors_are_counted_by_their_first_word() -> None:
    def answer(fake: Fake, words: Words) -> bytes:
        if words[0] == b"GET":
            return b"-CONFLICT 2 versions of it\r\n"
        return b"-UNAVAILABLE \x1b[31mtoo few\r\n" if words[2][0] % 2 else b"-ERR\r\n"

    with Fake(answer) as fake:
        seen = load(fake.target, "--requests=200")
    gets = sum(words[0] == b"GET" for words in fake.commands)
    errors = seen["errors"]
    assert errors["CONFLICT"] == {"count": gets, "example": "CONFLICT 2 versions of it"}
    rest = sum(errors[k]["count"] for k in errors if k != "CONFLICT")
    assert set(errors) <= {"CONFLICT", "UNAVAILABLE", "ERR"}
    assert gets + rest == seen["counts"]["errors"] == 200
    assert sum(row["errors"] for row in seen["seconds"]) == 200
    assert answered(seen) == 0 and "\x1b" not in json.dumps(seen)


def test_many_kinds_of_errors_take_no_more_room() -> None:
    def answer(fake: Fake, words: Words) -> bytes:
        return b"-E%d %s\r\n" % (len(fake.commands), b"x" * 5000)

    with Fake(answer) as fake:
        errors = load(fake.target, "--requests=300")["errors"]
    assert len(errors) == 16 and errors["others"]["count"] == 300 - 15
    assert all(len(error["example"]) < 400 for error in errors.values())


@pytest.mark.parametrize(
    "bytes_, kind",
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "protocol"),
        (b"*2\r\n$1\r\na\r\n$1\r\nb\r\n", "protocol"),
        (b"$-7\r\n", "protocol"),
        (b"\0\xff\0\xff\r\n", "protocol"),
        (b":17\r\n", "unexpected"),
        (b"$2\r\nOK\r\n", "unexpected"),
    ],
)
def test_what_is_no_answer_is_an_error(bytes_: bytes, kind: str) -> None:
    with Fake(lambda fake, words: bytes_) as fake:
        result = load(fake.target, "--requests=20", "--connections=4", "--reads=0")
    assert result["errors"][kind]["count"] == result["counts"]["errors"] == 20


def test_an_answer_that_nobody_asked_for_breaks_the_connection() -> None:
    with Fake(lambda fake, words: b"+OK\r\n+OK\r\n") as fake:
        result = load(fake.target, "--requests=20", "--reads=0", "--connections=2")
    assert result["counts"]["connections_lost"] > 0


def test_connections_that_are_closed_are_made_again() -> None:
    def answer(fake: Fake, words: Words) -> bytes | None:
        return None if len(fake.commands) % 10 == 0 else fake.serve(words)

    with Fake(answer) as fake:
        result = load(fake.target, "--requests=200", "--connections=5")
    counts = result["counts"]
    assert result["errors"]["closed"]["count"] == counts["errors"] == 20
    assert answered(result) == 180
    # The last one may break when all has been said.
    assert counts["connections_lost"] in (19, 20)
    assert counts["wrong"] == 0


def test_a_run_goes_on_when_its_target_begins_again() -> None:
    def die(fake: Fake, words: Words) -> bytes | None:
        if len(fake.commands) == 50:
            fake.stop()
            return None
        return fake.serve(words)

    with Fake(die, port=free_ports(1)) as first:
        command = [str(LOAD), first.target, "--requests=150", "--json=-"]
        process = subprocess.Popen(
            [*command, "--connections=3"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        first.thread.join()
        time.sleep(0.3)
        with Fake(port=first.port):
            out, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    result = json.loads(out)
    assert answered(result) >= 140 and 1 <= result["counts"]["errors"] <= 3
    assert result["counts"]["connects_failed"] > 0


def test_a_run_without_a_time_ends_when_its_target_stays_away() -> None:
    def die(fake: Fake, words: Words) -> bytes | None:
        fake.stop()
        return None

    with Fake(die) as fake:
        result = load(fake.target, "--requests=1000", "--timeout=0.3", status=1)
    assert result["ended_by"] == "unreachable" and answered(result) == 0


def test_who_does_not_answer_is_left() -> None:
    with Fake(lambda fake, words: b"") as fake:
        result = load(fake.target, "--requests=4", "--connections=2", "--timeout=0.2")
    assert result["errors"]["timeout"]["count"] == 4


def test_one_target_of_two_is_enough() -> None:
    port = free_ports(1)
    with Fake() as fake:
        flags = [fake.target, f"--target=127.0.0.1:{port}", "--requests=100"]
        done = run("--json=-", *flags)
    assert done.returncode == 0 and answered(json.loads(done.stdout)) == 100
    assert f"127.0.0.1:{port} cannot be reached" in done.stderr


def test_nobody_at_the_start_is_said_in_a_sentence() -> None:
    port = free_ports(1)
    done = run(f"--target=127.0.0.1:{port}")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == (
        f"dynamo-load: 127.0.0.1:{port} cannot be reached: connection refused\n"
    )
    done = run("--target=no.such.host.invalid:1")
    assert done.returncode == 1 and "no.such.host.invalid:1" in done.stderr


# ---- What it draws ----


def dry(count: int, *flags: str) -> list[list[str]]:
    done = run("--dry-run", f"--requests={count}", *flags)
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_the_seed_determines_the_requests() -> None:
    flags = ["--distribution=zipf", "--size=10-500"]
    one = dry(2000, "--seed=1", *flags)
    assert one == dry(2000, "--seed=1", *flags)
    assert one[:1000] == dry(1000, "--seed=1", *flags)
    two = dry(2000, "--seed=2", *flags)
    assert sum(a[2:] == b[2:] for a, b in zip(one, two)) < 200
    assert sum(a[2:] == b[2:] for a, b in zip(one[1:], two)) < 200
    # When they are due is another matter.
    rated = dry(2000, "--seed=1", "--rate=100", *flags)
    assert [row[2:] for row in one] == [row[2:] for row in rated]


def check_frequencies(rows: list[list[str]], shares: list[float]) -> None:
    """Pearson's test; rare keys are taken together."""
    seen = Counter(int(row[3].removeprefix("load:")) for row in rows)
    assert max(seen) < len(shares)
    square, cells, rare_seen, rare = 0.0, 0, 0, 0.0
    for key, share in enumerate(shares):
        expected = share * len(rows)
        if expected < 10:
            rare_seen, rare = rare_seen + seen[key], rare + expected
            continue
        square += (seen[key] - expected) ** 2 / expected
        cells += 1
    if rare >= 10:
        square += (rare_seen - rare) ** 2 / rare
        cells += 1
    else:
        assert rare_seen < 50
    # With cells - 1 degrees of freedom, as good as never beyond.
    assert square < cells - 1 + 5 * math.sqrt(2 * cells), (square, cells)


@pytest.mark.parametrize("keys", [1, 10, 5000])
@pytest.mark.parametrize("theta", [0.0, 0.5, 0.99, 1.0, 1.3, 3.0])
def test_keys_are_drawn_as_often_as_they_should(theta: float, keys: int) -> None:
    flags = [f"--keys={keys}", "--seed=11"]
    if theta > 0:
        flags += ["--distribution=zipf", f"--theta={theta}"]
    weights = [(key + 1) ** -theta for key in range(keys)]
    total = sum(weights)
    # Shares that are wrong by a few in a hundred show where keys are few.
    draws = 100000 if keys == 10 else 20000
    check_frequencies(dry(draws, *flags), [weight / total for weight in weights])


def test_zipf_over_a_thousand_million_keys_needs_no_table() -> None:
    keys, theta, draws = 10**9, 0.99, 50000
    rows = dry(draws, f"--keys={keys}", "--distribution=zipf", "--seed=4")
    # Sum of k^-theta, by Euler and Maclaurin.
    total = sum(k**-theta for k in range(1, 1000))
    total += (keys ** (1 - theta) - 1000 ** (1 - theta)) / (1 - theta)
    total += (1000**-theta + keys**-theta) / 2
    seen = Counter(int(row[3].removeprefix("load:")) for row in rows)
    for key in range(5):
        expected = draws * (key + 1) ** -theta / total
        assert abs(seen[key] - expected) < 5 * math.sqrt(expected)
    assert keys / 2 < max(seen) < keys


def test_sizes_and_kinds_are_drawn_evenly() -> None:
    rows = dry(50000, "--size=10-19", "--reads=0.25")
    sizes = Counter(int(row[4]) for row in rows if row[2] == "put")
    assert set(sizes) == set(range(10, 20))
    puts = sum(sizes.values())
    assert abs(puts - 37500) < 5 * math.sqrt(50000 * 0.25 * 0.75)
    for count in sizes.values():
        assert abs(count - puts / 10) < 5 * math.sqrt(puts * 0.09)


def test_arrivals_are_even_or_poisson() -> None:
    count, rate = 50000, 2000
    even = [int(row[1]) for row in dry(count, f"--rate={rate}")]
    assert all(abs(us - number * 500) <= 1 for number, us in enumerate(even))
    drawn = dry(count, f"--rate={rate}", "--arrivals=poisson")
    gaps = [int(b[1]) - int(a[1]) for a, b in zip(drawn, drawn[1:])]
    mean = sum(gaps) / len(gaps)
    deviation = math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps))
    # Of an exponential distribution both are the same.
    assert mean == pytest.approx(500, rel=0.03)
    assert deviation == pytest.approx(500, rel=0.03)
    assert sum(gap > 1000 for gap in gaps) / len(gaps) == pytest.approx(
        math.exp(-2), rel=0.05
    )


# ---- The command ----


@pytest.mark.parametrize(
    "flags, words",
    [
        (["--rate=0"], ["--rate", "'0'"]),
        (["--rate=nan"], ["--rate", "'nan'"]),
        (["--arrivals=poisson"], ["--arrivals", "--rate"]),
        (["--arrivals=odd", "--rate=1"], ["--arrivals", "even", "poisson", "'odd'"]),
        (["--keys=0"], ["--keys", "'0'"]),
        (["--keys=-1"], ["--keys", "'-1'"]),
        (["--keys=1e3"], ["--keys", "whole"]),
        (["--distribution=pareto"], ["--distribution", "uniform", "zipf"]),
        (["--theta=1"], ["--theta", "--distribution=zipf"]),
        (["--theta=0", "--distribution=zipf"], ["--theta"]),
        (["--reads=1.5"], ["--reads", "0 to 1"]),
        (["--size=9"], ["--size", "10"]),
        (["--size=100-10"], ["--size", "smaller"]),
        (["--size=10-"], ["--size"]),
        (["--connections=0"], ["--connections"]),
        (["--pipeline=0"], ["--pipeline"]),
        (["--target=localhost"], ["--target", "HOST:PORT"]),
        (["--target=localhost:99999"], ["--target", "65535"]),
        (["--target=a:1,,b:2"], ["--target", "HOST:PORT"]),
        (["--target=a:1,b:2", "--connections=1"], ["--connections"]),
        (["--seconds=0"], ["--seconds"]),
        (["--requests=0"], ["--requests"]),
        (["--warmup=-1"], ["--warmup"]),
        (["--seed=x"], ["--seed"]),
        (["--prefix=" + "x" * 65], ["--prefix", "64"]),
        (["--dry-run"], ["--requests"]),
        (["--json=-", "--histogram=-"], ["--json", "--histogram"]),
        (["--nonsense"], ["--nonsense"]),
        (["127.0.0.1:6379"], ["127.0.0.1:6379", "--"]),
    ],
)
def test_a_bad_option_is_named(flags: list[str], words: list[str]) -> None:
    done = run(*flags)
    assert done.returncode == 1 and done.stdout == ""
    sentence, hint = done.stderr.splitlines()
    assert "--help" in hint
    for word in words:
        assert word in sentence


def test_help_names_every_option() -> None:
    done = run("--help")
    assert done.returncode == 0
    source = (ROOT / "labs/load/options.c").read_text("ascii")
    for line in source.splitlines():
        if line.startswith('    {"'):
            assert f"--{line.split(chr(34))[1]}" in done.stdout


@pytest.mark.parametrize("option", ["--json", "--histogram"])
def test_a_file_that_cannot_be_written_is_named(option: str, redis: str) -> None:
    done = run(f"{option}=/no/such/folder/file", redis, "--seconds=1000")
    assert done.returncode == 1
    assert "/no/such/folder/file: No such file" in done.stderr
    done = run(f"{option}=/dev/full", redis, "--requests=100")
    assert done.returncode == 1 and "100 answered" in done.stdout
    assert "/dev/full: No space left" in done.stderr


def test_standard_output_that_is_full_is_an_error(redis: str) -> None:
    for flags in ([redis, "--requests=10"], ["--dry-run", "--requests=10"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [str(LOAD), *flags], stdout=full, stderr=subprocess.PIPE, text=True
            )
        assert done.returncode == 1 and "No space left" in done.stderr


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_ctrl_c_ends_early_with_the_results_so_far(
    name: str, redis: str, tmp_path: Path
) -> None:
    path = tmp_path / "result.json"
    flags = ["--seconds=1000", "--rate=500", "--progress", f"--json={path}"]
    process = subprocess.Popen(
        [str(LOAD), redis, *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "ops" in process.stderr.readline()
    process.send_signal(signal.Signals[name])
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0 and "ended early" in out
    result = json.loads(path.read_text("ascii"))
    assert result["ended_by"] == "interrupted" and answered(result) >= 400
    counts = result["counts"]
    assert answered(result) + counts["unanswered"] == counts["sent"]


# ---- Our own store ----


@pytest.mark.skipif(sys.platform != "linux", reason="as dynamo-node is")
def test_a_store_of_three_nodes(tmp_path: Path) -> None:
    if not NODE.exists():
        pytest.fail(f"{NODE} is missing: run 'make build/dynamo-node' first")
    port = free_ports(3)
    command = [sys.executable, str(ROOT / "labs/uv/cluster.py"), f"--node={NODE}"]
    command += ["--nodes=3", f"--port={port}", f"--data={tmp_path / 'stores'}"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        for node in range(3):
            wait_for_port(port + node, process)
        time.sleep(0.5)  # until they know each other
        targets = ",".join(f"127.0.0.1:{port + node}" for node in range(3))
        flags = [f"--target={targets}", "--requests=2000", "--keys=200"]
        closed = load(*flags, "--distribution=zipf", "--size=10-1000")
        opened = load(*flags, "--rate=1000", "--seed=2")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)
    for result in (closed, opened):
        # Puts at once of one key make siblings.
        assert set(result["errors"]) <= {"CONFLICT"}
        assert answered(result) + result["counts"]["errors"] == 2000
        assert result["counts"]["wrong"] == 0
    assert opened["counts"]["old"] > 0


# ---- Pictures ----


def test_results_are_drawn(redis: str, tmp_path: Path) -> None:
    json_file, histogram = tmp_path / "evening.json", tmp_path / "night.txt"
    flags = ["--seconds=0.5", "--rate=500"]
    load(redis, *flags, f"--histogram={histogram}")
    quiet = run(redis, *flags, f"--json={json_file}")
    assert quiet.returncode == 0 and quiet.stderr == ""
    plot = [sys.executable, str(ROOT / "labs/load/plot.py")]
    out = tmp_path / "picture.svg"
    files = [str(json_file), str(histogram), f"--out={out}"]
    done = subprocess.run([*plot, *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    picture = out.read_text("utf-8")
    for text in ("evening", "night, service time", "99.99 %", "Latency of each second"):
        assert text in picture
    done = subprocess.run(
        [*plot, str(ROOT / "README.md"), "--out=x.svg"], capture_output=True, text=True
    )
    assert done.returncode == 1 and "README.md" in done.stderr
    assert len(done.stderr.splitlines()) == 1
