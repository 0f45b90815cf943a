"""A nursery forks hosts that share nothing, and tells how each of them ended."""

from __future__ import annotations

import array
import errno
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from bad_ring import ROOT

HOST = ROOT / "build/hosts/solution/lab1/host"
HEAP_COUNT = b"\x0d\0\0\0\x91\x91\xaaheap_count"  # a frame with one call
NO_CALL = b"\x06\0\0\0\x91\x91\xa3bad"
SHARED = """
#define _GNU_SOURCE
#include <sys/mman.h>
__attribute__((constructor)) static void share(void)
{
    mmap(0, 4096, RIGHTS, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}
"""
NO_DESCRIPTORS = """
#define _GNU_SOURCE
#include <sys/resource.h>
__attribute__((constructor)) static void fill(void)
{
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){4, 4});
}
"""


class Host:
    """One fork, by the judge's ends of its four pipes."""

    def __init__(self, control: socket.socket) -> None:
        calls, answers, out, err = (os.pipe() for _ in range(4))
        theirs = (calls[0], answers[1], out[1], err[1])
        self.calls, self.answers, self.out, self.err = (
            calls[1],
            answers[0],
            out[0],
            err[0],
        )
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", theirs))
        control.sendmsg([b"F"], [rights])
        for fd in theirs:
            os.close(fd)

    def ask(self, frame: bytes) -> bytes:
        os.write(self.calls, frame)
        return os.read(self.answers, 100)

    def close(self) -> None:
        for fd in (self.calls, self.answers, self.out, self.err):
            with suppress(OSError):
                os.close(fd)


class Nursery:
    def __init__(self, **environment: str) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(60)
        self.process = subprocess.Popen(
            [HOST],
            preexec_fn=lambda: os.dup2(theirs.fileno(), 3),
            close_fds=False,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        theirs.close()
        self.hosts: list[Host] = []

    def fork(self) -> tuple[Host, int]:
        self.hosts.append(Host(self.control))
        return self.hosts[-1], self.answer()

    def answer(self) -> int:
        (value,) = struct.unpack("i", self.control.recv(4))
        assert isinstance(value, int)
        return value

    def wait(self, pid: int) -> int:
        self.control.send(b"W" + struct.pack("i", pid))
        return self.answer()

    def close(self) -> None:
        self.control.close()
        self.process.wait(60)
        for host in self.hosts:
            host.close()


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    one = Nursery()
    yield one
    one.close()


def ended(pid: int) -> bool:
    for _ in range(600):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


def test_a_host_has_five_descriptors(nursery: Nursery) -> None:
    nursery.fork()
    host, pid = nursery.fork()
    host.ask(HEAP_COUNT)
    kinds = {
        int(fd.name): os.readlink(fd).partition(":")[0]
        for fd in Path(f"/proc/{pid}/fd").iterdir()
    }
    assert sorted(kinds) == [0, 1, 2, 3, 4]
    assert {kinds[fd] for fd in (1, 2, 3, 4)} == {"pipe"}
    pipes = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in (3, 4)]
    assert pipes == [
        os.readlink(f"/proc/self/fd/{fd}") for fd in (host.calls, host.answers)
    ]


def test_each_end_is_told(nursery: Nursery) -> None:
    hosts = [nursery.fork() for _ in range(5)]
    for host, _ in hosts:
        assert host.ask(HEAP_COUNT) == b"\x03\0\0\0\x91\x91\x00"
    hosts[0][0].close()  # its end of the channel
    os.kill(hosts[1][1], signal.SIGKILL)
    assert hosts[2][0].ask(NO_CALL) == b""
    assert b"no function of that name" in os.read(hosts[2][0].err, 100)
    assert [os.waitstatus_to_exitcode(nursery.wait(hosts[i][1])) for i in range(3)] == [
        0,
        -signal.SIGKILL,
        64,
    ]
    # Whoever is asked for late is remembered, and told once.
    os.kill(hosts[3][1], signal.SIGKILL)
    time_of_death = f"/proc/{hosts[3][1]}/stat"
    while Path(time_of_death).read_text().split()[2] != "Z":
        time.sleep(0.01)
    nursery.fork()
    assert nursery.wait(hosts[3][1]) == signal.SIGKILL
    assert nursery.wait(hosts[3][1]) == -errno.ECHILD
    assert nursery.wait(1) == -errno.ECHILD
    assert hosts[4][0].ask(HEAP_COUNT) == b"\x03\0\0\0\x91\x91\x00"


def test_no_host_outlives_its_nursery(nursery: Nursery) -> None:
    pids = [nursery.fork()[1] for _ in range(3)]
    nursery.process.kill()
    nursery.process.wait()
    assert all(ended(pid) for pid in pids)


def test_closing_the_socket_ends_all(nursery: Nursery) -> None:
    pids = [nursery.fork()[1] for _ in range(3)]
    nursery.control.close()
    assert nursery.process.wait(60) == 0
    assert all(ended(pid) for pid in pids)


@pytest.mark.parametrize("rights", ["PROT_READ|PROT_WRITE", "PROT_READ", "PROT_NONE"])
def test_no_memory_may_be_shared_before_the_first_host(
    tmp_path: Path, rights: str
) -> None:
    assert "memory is shared before the first host" in refused(
        tmp_path, SHARED, f"-DRIGHTS={rights}"
    )


def test_what_is_mapped_must_be_told(tmp_path: Path) -> None:
    """A constructor that leaves no descriptor to look with."""
    assert "what is mapped cannot be told" in refused(tmp_path, NO_DESCRIPTORS)


def refused(folder: Path, constructor: str, *flags: str) -> str:
    """What a nursery says that ends before its first host, after that constructor."""
    source, library = folder / "first.c", folder / "first.so"
    source.write_text(constructor)
    subprocess.run(
        ["gcc", "-shared", "-fPIC", *flags, "-o", library, source], check=True
    )
    one = Nursery(LD_PRELOAD=str(library))
    Host(one.control).close()
    _, complaint = one.process.communicate(timeout=60)
    assert one.process.returncode != 0
    one.close()
    assert isinstance(complaint, str)
    return complaint
