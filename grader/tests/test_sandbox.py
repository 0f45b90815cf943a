"""What a program in a sandbox can do, and what it cannot, at each level.

The tests run on the level that they name, as root and as an ordinary user (the
last test runs the others again as one). A level that this machine does not
offer is skipped with its reason.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.confined import LEFT_OUT, OUTPUT_MAX, Completed
from grader.errors import GraderError
from grader.sandbox import Level, Slot, detect
from grader.slot_user import FIRST_ID, SlotUser, processes_of
from grader.wrap import BWRAP, Limits

HERE = Path(__file__).resolve().parent
CONFINED = ("full", "reduced")
QUICK = Limits(
    cpu_s=1, wall_s=120, file_mb=1, memory_mb=300, processes=20, address_space_mb=None
)
BRIEF = replace(QUICK, wall_s=0.5)
# Where a page costs long to be had, who eats memory eats time as well.
HUNGRY = replace(QUICK, cpu_s=60)
IS_ROOT = os.geteuid() == 0
ORDINARY = 12345  # a user id that owns nothing


@pytest.fixture(scope="module")
def empty(folder: Path) -> Path:
    path = folder / "empty"
    path.mkdir()
    return path


@pytest.fixture(scope="module", params=CONFINED)
def slot(request: pytest.FixtureRequest, folder: Path, confine: Path) -> Iterator[Slot]:
    try:
        level = detect(confine, request.param)
    except GraderError as error:
        pytest.skip(str(error))
    root = folder / f"slots-{request.param}"
    root.mkdir(mode=0o711)
    with Slot(confine, level, 0, root) as slot:
        yield slot


@pytest.fixture(scope="module")
def probe(slot: Slot, folder: Path, empty: Path) -> Path:
    """The probe, built into the slot; the name under which it was built."""
    source = folder / f"probe-{slot.level.name}"
    source.mkdir(exist_ok=True)
    shutil.copy(HERE / "sandbox_probe.c", source / "probe.c")
    out = folder / "probe-out"
    done = slot.run_build(
        ["/usr/bin/gcc", "probe.c", "-o", "@out/host"],
        kit=empty,
        source=source,
        out=out,
    )
    assert done == Completed(0, b"", None, done.cpu_s)
    return out


def argv_of(slot: Slot, out: Path, limits: Limits | None = None) -> list[str]:
    flags = slot.host_flags(out, limits) if limits else slot.host_flags(out)
    wrap = [f.partition("=")[2] for f in flags if f.startswith("--wrap=")]
    host = [f.partition("=")[2] for f in flags if f.startswith("--host=")]
    return wrap + host


def host(slot: Slot, out: Path, *args: object) -> tuple[int, str]:
    done = subprocess.run(
        [*argv_of(slot, out), *map(str, args)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=90,
        env={"SECRET": "x"},
        text=True,
    )
    return done.returncode, done.stdout.strip()


def shell(
    slot: Slot, folder: Path, empty: Path, script: str, limits: Limits = QUICK
) -> Completed:
    """Runs a script where a compiler would run."""
    return slot.run_build(
        ["/bin/sh", "-c", script],
        kit=empty,
        source=empty,
        out=folder / "shell-out",
        limits=limits,
    )


def marked(mark: str) -> list[int]:
    """The processes that have `mark` for an argument."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def gone(mark: str) -> bool:
    for _ in range(100):
        if not marked(mark):
            return True
        time.sleep(0.02)
    return False


# ---- The host ----

FORBIDDEN = (
    "thread",
    "namespace",
    "socket",
    "exec",
    "own-signal",
    "outlive",
    "ptrace",
    "peek",
    "kill",
)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_forbidden_call_kills_the_host(slot: Slot, probe: Path, what: str) -> None:
    status, said = host(slot, probe, what, os.getpid())
    assert (status, said) == (-signal.SIGSYS, "")


def test_a_host_cannot_open_a_file_for_writing(slot: Slot, probe: Path) -> None:
    assert host(slot, probe, "write", "/tmp/x") == (-signal.SIGSYS, "")


def test_a_host_may_signal_itself(slot: Slot, probe: Path) -> None:
    assert host(slot, probe, "kill-self") == (-signal.SIGUSR1, "")


def test_a_host_reads_its_libraries_and_itself(slot: Slot, probe: Path) -> None:
    program = argv_of(slot, probe)[-1]
    assert host(slot, probe, "read", program) == (0, "done")
    assert host(slot, probe, "read", "/proc/self/maps") == (0, "done")


def test_a_host_reads_nothing_else(
    slot: Slot, probe: Path, folder: Path, confine: Path
) -> None:
    secret = folder / "hidden_test.cc"
    secret.write_text("EXPECT_EQ(42, answer)")
    secret.chmod(0o644)
    others = [
        secret,
        HERE / "test_sandbox.py",
        "/etc/passwd",
        "/usr/bin/env",
        slot.root,
        slot.folder / "src",
        "/root",
        "/home",
        f"/proc/{os.getpid()}/cmdline",
        f"/proc/{os.getpid()}/mem",
        f"/proc/{os.getppid()}/environ",
    ]
    for path in others:
        status, said = host(slot, probe, "read", path)
        assert (status, path) == (1, path)
        assert said in ("Permission denied", "No such file or directory")


def test_a_host_has_no_environment(slot: Slot, probe: Path) -> None:
    assert host(slot, probe, "environment") == (0, "done")


def test_a_host_runs_as_another_user(slot: Slot, probe: Path) -> None:
    _, said = host(slot, probe, "user")
    if slot.level.name == "full":
        assert said == "1000"
    else:
        assert int(said) == (slot.uid or os.getuid())
    assert slot.uid is None or slot.uid >= FIRST_ID


def test_a_host_inherits_its_channel_and_nothing_else(slot: Slot, probe: Path) -> None:
    secret = os.open(__file__, os.O_RDONLY)
    judge, channel = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def inherit() -> None:
        os.dup2(channel.fileno(), 3)
        os.dup2(secret, 4)
        os.dup2(secret, 900)

    done = subprocess.run(
        [*argv_of(slot, probe), "descriptors"],
        preexec_fn=inherit,
        close_fds=False,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    os.close(secret)
    judge.close()
    channel.close()
    assert done.stdout.split() == [b"0", b"1", b"2", b"3"]


def test_a_nursery_may_fork_few_and_leaves_none(slot: Slot, probe: Path) -> None:
    if slot.uid is None and slot.level.name != "full":
        pytest.skip("an ordinary user's own processes count, so the limit is high")
    mark = f"mark-{os.getpid()}-{slot.level.name}"
    done = subprocess.run(
        [*argv_of(slot, probe, QUICK), "fork", mark],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert 0 < int(done.stdout) <= QUICK.processes
    assert gone(mark)


def test_the_channel_closes_when_the_host_ends(slot: Slot, probe: Path) -> None:
    answers, channel = os.pipe()
    process = subprocess.Popen(
        [*argv_of(slot, probe), "user"],
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.dup2(channel, 3),
        close_fds=False,
    )
    os.close(channel)
    assert select.select([answers], [], [], 10)[0] and os.read(answers, 1) == b""
    os.close(answers)
    process.wait()


def test_killing_the_wrap_takes_the_host_down(slot: Slot, probe: Path) -> None:
    mark = f"mark-{os.getpid()}-{slot.level.name}"
    process = subprocess.Popen([*argv_of(slot, probe), "wait", mark])
    deadline = time.monotonic() + 60
    # The last to have the mark is the host itself, beneath its launchers.
    while time.monotonic() < deadline and not any(
        Path(f"/proc/{pid}/comm").read_text() == "host\n" for pid in marked(mark)
    ):
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert gone(mark)


def test_a_host_that_eats_memory_is_stopped(slot: Slot, probe: Path) -> None:
    done = subprocess.run(
        [*argv_of(slot, probe, HUNGRY), "eat"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stderr == "confine: stopped at more than 300 MB\n"


def test_a_host_is_stopped_by_the_clock(slot: Slot, probe: Path) -> None:
    limits = Limits(cpu_s=2, wall_s=0.3, file_mb=0, memory_mb=99, processes=9)
    done = subprocess.run(
        [*argv_of(slot, probe, limits), "wait"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (
        -signal.SIGKILL,
        "confine: stopped after 300 ms\n",
    )


@pytest.mark.skipif(not IS_ROOT, reason="only root's slots have users of their own")
def test_slots_cannot_read_each_other(
    slot: Slot, probe: Path, confine: Path, folder: Path, empty: Path
) -> None:
    with Slot(confine, slot.level, 1, slot.root) as other:
        assert other.uid != slot.uid
        done = shell(other, folder, empty, "echo mine > $TMPDIR/x; echo out > @out")
        assert done.reason is None
        for path in (other.folder, other.folder / "src", other.folder / "out"):
            assert host(slot, probe, "read", path)[0] == 1
            assert shell(slot, folder, empty, f"ls {path}").returncode != 0


def test_the_built_host_cannot_be_changed(slot: Slot, probe: Path) -> None:
    status = slot.host_file(probe).stat()
    assert status.st_mode & 0o022 == 0
    if IS_ROOT:
        assert status.st_uid == 0


# ---- The compiler's sandbox ----


def test_tools_cannot_reach_what_is_secret(
    slot: Slot, folder: Path, empty: Path
) -> None:
    secret = folder / "results.json"
    secret.write_text("{}")
    secret.chmod(0o644)
    for path in (secret, HERE, "/root", "/home", "/etc/passwd", "/var", "/usr/local"):
        # Landlock lets a file's size be asked for, so a bare `ls` proves nothing.
        done = shell(slot, folder, empty, f"ls {path}/ || cat {path}")
        assert done.returncode != 0, path
    done = shell(slot, folder, empty, f"cat /proc/{os.getpid()}/cmdline")
    assert done.returncode != 0 and b"pytest" not in done.output


def test_tools_cannot_write_outside_their_folders(
    slot: Slot, folder: Path, empty: Path
) -> None:
    for place in (folder, "/", "/usr/bin", "/dev", "@kit", slot.root, "/var/tmp", "."):
        target = f"{place}/new"
        done = shell(slot, folder, empty, f"echo x > {target}")
        assert done.returncode != 0, place
    done = shell(slot, folder, empty, "echo x > $TMPDIR/new && cat $TMPDIR/new")
    assert (done.returncode, done.output) == (0, b"x\n")


@pytest.mark.parametrize(
    "script",
    [
        "python3 -c 'import socket; socket.socket()'",
        "unshare -U true",
        "mount -t tmpfs none $TMPDIR",
        "kill -9 $PPID",
        "kill -9 -1",
        "chroot / true",
        "mknod $TMPDIR/x c 1 1",
        "su -c true",
    ],
)
def test_tools_gain_no_rights(
    slot: Slot, folder: Path, empty: Path, script: str
) -> None:
    # Run twice: once for the shell itself, and once to see that it goes on.
    done = shell(slot, folder, empty, f"{script} && echo GAINED; echo after")
    assert b"GAINED" not in done.output
    assert done.output.endswith(b"after\n")


def test_a_process_left_behind_is_ended(slot: Slot, folder: Path, empty: Path) -> None:
    mark = f"31{os.getpid()}"
    started = time.monotonic()
    done = shell(
        slot, folder, empty, f"(setsid sh -c 'sleep {mark} & sleep {mark}' &) ; true"
    )
    assert done.returncode == 0
    assert time.monotonic() - started < 25
    assert gone(mark)
    if slot.uid is not None:
        assert processes_of(slot.uid) == []


def test_a_fork_bomb_is_ended(slot: Slot, folder: Path, empty: Path) -> None:
    if slot.uid is None and slot.level.name == "reduced":
        pytest.skip("an ordinary user's own processes count, so the limit is high")
    done = shell(slot, folder, empty, "f() { f | f & }; f; sleep 1; f; wait")
    assert done.returncode is not None
    if slot.uid is not None:
        assert processes_of(slot.uid) == []
    assert slot.check() is None


def test_limits_stop_tools_and_say_which(slot: Slot, folder: Path, empty: Path) -> None:
    assert shell(slot, folder, empty, "sleep 20", BRIEF).reason == "wall"
    busy = shell(slot, folder, empty, "while :; do :; done")
    assert busy.reason == "time"
    eats = "python3 -c 'x = bytearray(1 << 29); import time; time.sleep(9)'"
    assert shell(slot, folder, empty, eats, HUNGRY).reason == "memory"
    size = shell(slot, folder, empty, "yes > $TMPDIR/x; stat -c %s $TMPDIR/x")
    assert int(size.output.split()[-1]) == QUICK.file_mb << 20


def test_output_is_cut(slot: Slot, folder: Path, empty: Path) -> None:
    done = shell(slot, folder, empty, "yes | head -c 9000000; echo end")
    assert (done.returncode, done.output.endswith(b"y\nend\n")) == (0, True)
    assert len(done.output) <= OUTPUT_MAX and LEFT_OUT in done.output


def test_links_are_taken_out_of_what_was_built(
    slot: Slot, folder: Path, empty: Path
) -> None:
    out = folder / "link-out"
    slot.run_build(
        ["/bin/sh", "-c", "ln -s /etc/shadow $0/host; mkfifo $0/p", "@out"],
        kit=empty,
        source=empty,
        out=out,
    )
    assert list(slot.host_file(out).parent.iterdir()) == []


def test_a_slot_starts_each_build_afresh(slot: Slot, folder: Path, empty: Path) -> None:
    shell(slot, folder, empty, "echo one > $TMPDIR/one; echo two > @out")
    assert shell(slot, folder, empty, "ls -A $TMPDIR").output == b""


def test_a_symbolizer_runs_in_the_sandbox(slot: Slot, probe: Path) -> None:
    flags = slot.host_flags(probe)
    argv = [f.partition("=")[2] for f in flags if f.startswith("--symbolizer=")]
    assert "--filter=build" in argv
    done = subprocess.run([*argv, "0x0"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "?? ??:0\n")


# ---- Levels and users ----


def test_detect_names_a_level_and_why(confine: Path) -> None:
    level = detect(confine)
    assert level.name in ("full", "reduced", "none")
    assert (level.name == "full") == (level.reason == "")


def test_detect_refuses_an_unknown_level(confine: Path) -> None:
    with pytest.raises(GraderError, match="there is no sandbox level 'best'"):
        detect(confine, "best")


def test_without_bubblewrap_the_level_is_reduced(
    confine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.sandbox.BWRAP", BWRAP.with_name("no-bwrap"))
    level = detect(confine)
    assert level.name in ("reduced", "none")
    assert "bubblewrap is not installed" in level.reason


def test_the_level_none_still_limits(confine: Path, folder: Path, empty: Path) -> None:
    root = folder / "slots-none"
    root.mkdir(mode=0o711)
    with Slot(confine, Level("none", "asked for"), 2, root) as slot:
        assert slot.check() is None
        assert shell(slot, folder, empty, "sleep 20", BRIEF).reason == "wall"
        assert shell(slot, folder, empty, "su -c true").returncode != 0


@pytest.mark.skipif(not IS_ROOT, reason="only root can change users")
def test_two_graders_never_share_a_user() -> None:
    first, second = SlotUser(7), SlotUser(7)
    try:
        assert first.uid != second.uid
    finally:
        first.release()
        second.release()


@pytest.mark.skipif(not IS_ROOT, reason="only root has such a folder")
def test_a_folder_that_others_cannot_enter_is_refused(
    confine: Path, tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(GraderError, match="cannot pass through"):
        with Slot(confine, Level("full"), 3, tmp_path):
            pass


@pytest.mark.skipif(not IS_ROOT, reason="this is an ordinary user")
def test_all_this_holds_for_an_ordinary_user(folder: Path) -> None:
    copy = folder / "project"
    shutil.copytree(
        HERE.parent, copy / "grader", ignore=shutil.ignore_patterns("__pycache__")
    )
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    done = subprocess.run(
        [
            *("setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}"),
            *("--clear-groups", sys.executable, "-B", "-m", "pytest", "-q"),
            *("-p", "no:cacheprovider", "--rootdir", str(copy)),
            str(copy / "grader/tests/test_sandbox.py"),
        ],
        cwd=copy,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
