"""Every way in which student code can end becomes a diagnosis that helps."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bad_ring
import pytest
from bad_ring import EFFICIENCY, LEAVE, Run

MISDEEDS = {
    # ---- Memory ----
    "heap_overflow": """
    volatile int *room = malloc(4 * sizeof *room);
    HIDE(room);
    room[4] = 1; /* here */""",
    "use_after_free": """
    volatile int *room = malloc(4 * sizeof *room);
    free((void *)room);
    HIDE(room);
    if (room[1] == 7) /* here */
        puts("seven");""",
    "double_free": """
    void *volatile room = malloc(4);
    free(room);
    free(room); /* here */""",
    "free_of_the_middle": """
    char *volatile room = malloc(64);
    free(room + 8); /* here */""",
    "local_overflow": """
    volatile int room[4] = {0};
    room[4 + ZERO] = 1; /* here */""",
    "recursion": """
    volatile char room[512];
    room[0] = 1;
    return recursion() + room[0]; /* here */""",
    "null_pointer": """
    volatile int *nowhere = (int *)(intptr_t)ZERO;
    *nowhere = 1; /* here */""",
    "wild_pointer": """
    volatile int *nowhere = (int *)(intptr_t)(0x123450 + ZERO);
    *nowhere = 1; /* here */""",
    # ---- Undefined behaviour ----
    "signed_overflow": """
    volatile int large = 2147483647;
    large = large + 1; /* here */""",
    "division_by_zero": """
    volatile int some = 5;
    some = some / ZERO; /* here */""",
    "shift_too_far": """
    volatile unsigned some = 1;
    some = some << (40 + ZERO); /* here */""",
    # ---- Ends ----
    "aborts": """
    abort();""",
    "failed_assert": """
    assert(ZERO == 1); /* here */""",
    "exit_0": """
    raw(SYS_exit_group, 0, 0, 0, 0);""",
    "exit_64": """
    raw(SYS_exit_group, 64, 0, 0, 0);""",
    "exit_98": """
    raw(SYS_exit_group, 98, 0, 0, 0);""",
    "exit_125": """
    raw(SYS_exit_group, 125, 0, 0, 0);""",
    "exit_127": """
    raw(SYS_exit_group, 127, 0, 0, 0);""",
    "kills_itself": """
    raw(SYS_tgkill, raw(SYS_getpid, 0, 0, 0, 0), raw(SYS_gettid, 0, 0, 0, 0), 9, 0);
    for (volatile int i = 0;; i = 1)
        continue;""",
    "endless_loop": """
    for (volatile int i = 0;; i = 1)
        continue;""",
    # ---- Heap ----
    "leak": """
    char *volatile room = malloc(7); /* here */
    (void)room;""",
    "hoards": """
    for (char *volatile room = "";;) {
        room = malloc(1 << 20);
        room[0] = 1; /* here */
    }""",
    "hoards_with_care": """
    for (char *volatile room = ""; room != NULL;)
        room = malloc(1 << 20); /* here */""",
    "hoards_little_blocks": """
    for (char *volatile room = ""; room != NULL;)
        room = malloc(1);""",
    "maps_memory_itself": """
    for (;;) {
        char *room = (char *)raw(SYS_mmap, 0, 1 << 24, 3, 0x21);
        (void)room;
        break;
    }""",
    # ---- Output ----
    "prints_for_ever": """
    for (;;)
        printf("still here\\n");""",
    "prints_garbage": """
    fwrite("\\x1b[2J\\xff\\xfe\\0\\x9b\\xe2\\x82\\r\\n", 1, 12, stderr);
    abort();""",
    "prints_and_is_wrong": """
    fprintf(stderr, "leaving \\x1b[31m\\xff node\\n");
    return DYN_OK;""",
    "forges_a_report": """
    fputs("==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1\\n"
          "READ of size 4 at 0x1 thread T0\\n    #0 0x1 in f (/x/host+0x1)\\n"
          "\\x1b]0;owned\\a ring.c:1:1: runtime error: \\xff\\n", stderr);
    raw(SYS_exit_group, 0, 0, 0, 0);""",
    "forges_many_reports": """
    fputs("==1==ERROR: AddressSanitizer: heap-use-after-free\\n", stderr);
    for (int i = 0; i < 900; i++)
        fputs("freed by thread T0 here:\\n    #0 0x1 in f (/x/host+0x1)\\n", stderr);
    raw(SYS_exit_group, 0, 0, 0, 0);""",
    # ---- The channel ----
    "closes_the_channel": """
    raw(SYS_close, 4, 0, 0, 0);""",
    "closes_what_calls_come_from": """
    raw(SYS_close, 3, 0, 0, 0);
    return DYN_ENOENT;""",
    "closes_the_channel_and_stays": """
    raw(SYS_close, 3, 0, 0, 0);
    raw(SYS_close, 4, 0, 0, 0);
    for (volatile int i = 0;; i = 1)
        continue;""",
    "closes_its_output": """
    raw(SYS_close, 1, 0, 0, 0);
    raw(SYS_close, 2, 0, 0, 0);
    return DYN_OK;""",
    "writes_a_byte": """
    raw_write(4, "x", 1);""",
    "writes_a_huge_length": """
    raw_write(4, "\\xff\\xff\\xff\\xff garbage", 12);""",
    "writes_a_length_of_zero": """
    raw_write(4, "\\0\\0\\0\\0", 4);""",
    "writes_text": """
    raw_write(4, "\\x05\\0\\0\\0hello", 9);""",
    "writes_half_an_answer": """
    raw_write(4, "\\x40\\0\\0\\0\\x91", 5);
    for (volatile int i = 0;; i = 1)
        continue;""",
    "writes_deep_brackets": """
    char *deep = malloc(1 << 20);
    memset(deep, 0x91, 1 << 20);
    raw_write(4, "\\0\\0\\x10\\0", 4);
    for (long at = 0; at < 1 << 20;)
        at += raw_write(4, deep + at, (1 << 20) - at);""",
    "writes_many_values": """
    char *many = malloc(8 << 20);
    memset(many, 0x90, 8 << 20);
    memcpy(many, "\\x91\\xdd\\0\\x7f\\xff\\xfa", 6);
    raw_write(4, "\\0\\0\\x80\\0", 4);
    for (long at = 0; at < 8 << 20;)
        at += raw_write(4, many + at, (8 << 20) - at);""",
    "writes_other_kinds": """
    raw_write(4, "\\x05\\0\\0\\0\\x91\\x91\\xa2hi", 9);""",
    "writes_two_answers": """
    raw_write(4, "\\x04\\0\\0\\0\\x92\\x91\\xfc\\x90", 8);""",
    "writes_an_object": """
    raw_write(4, "\\x05\\0\\0\\0\\x91\\x81\\xa1x\\x01", 9);""",
    "writes_a_huge_code": """
    raw_write(4, "\\x0b\\0\\0\\0\\x91\\x91\\xcf", 7);
    raw_write(4, "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff", 8);""",
    "answers_before_its_time": """
    raw_write(4, "\\x03\\0\\0\\0\\x91\\x91\\xfc", 7); /* [[DYN_ENOENT]] */""",
    # ---- System calls ----
    "opens_a_file": """
    if (raw_open("/etc/passwd", 0) >= 0)
        abort();
    return DYN_OK;""",
    "opens_a_socket": """
    raw(SYS_socket, 1, 1, 0, 0);""",
    "forks": """
    raw(SYS_clone, 17, 0, 0, 0);""",
    "sends_a_signal": """
    raw(SYS_kill, 1, 0, 0, 0);""",
    "sleeps": """
    long time[2] = {1000, 0};
    raw(SYS_nanosleep, (long)time, 0, 0, 0);""",
    "traces": """
    raw(SYS_ptrace, 0, 0, 0, 0);""",
    "starts_a_program": """
    raw(SYS_execve, (long)"/bin/sh", 0, 0, 0);""",
    "maps_code": """
    raw(SYS_mmap, 0, 4096, 7, 0x22);""",
    "silences_the_filter": """
    long action[4] = {1 /* SIG_IGN */, 0, 0, 0};
    raw(SYS_rt_sigaction, 31 /* SIGSYS */, (long)action, 0, 8);
    raw(SYS_socket, 1, 1, 0, 0);""",
}

SOURCE = bad_ring.source(MISDEEDS)
Judge = Callable[..., Run]


@pytest.fixture(scope="session")
def program(judge_built: None, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The host with all misdeeds. A folder named labs/ is a likely one, and
    must not be taken for the kit's."""
    folder = tmp_path_factory.mktemp("bad") / "labs" / "dynamo"
    built = bad_ring.compile_host(folder, SOURCE)
    assert built.returncode == 0, built.stderr
    data = (folder / "out" / "host").read_bytes()
    assert data.count(bad_ring.MARK + b"000") == 1
    return data


@pytest.fixture
def run(program: bytes, tmp_path: Path, results: Path) -> Judge:
    """Judges the host that commits one misdeed."""

    def judged(misdeed: str, test: str = LEAVE, *flags: str, **limits: int) -> Run:
        number = list(MISDEEDS).index(misdeed) + 1
        host = tmp_path / "host"
        host.unlink(missing_ok=True)
        host.write_bytes(
            program.replace(bad_ring.MARK + b"000", bad_ring.MARK + b"%03d" % number)
        )
        host.chmod(0o755)
        results.unlink(missing_ok=True)
        limits = {"hang_s": 4, "heap_mb": 32} | limits
        lab = bad_ring.copy_lab(tmp_path / "lab.toml", **limits)
        return bad_ring.judge(host, test, *flags, lab=lab, results=results)

    return judged


@dataclass(frozen=True)
class Due:
    """What a misdeed must be told as."""

    kind: str
    words: tuple[str, ...] = ()
    line: bool = False


def sanitizer(*words: str) -> Due:
    return Due("sanitizer", words, line=True)


def channel(*words: str) -> Due:
    return Due("channel", ("escriptor", "host") + words)


def forbidden(*words: str) -> Due:
    return Due("forbidden", ("operating system",) + words)


IN_RING_LEAVE = {
    "heap_overflow": sanitizer("heap-buffer-overflow", "WRITE of size 4"),
    "use_after_free": sanitizer("heap-use-after-free", "freed in"),
    "double_free": sanitizer("double-free"),
    "free_of_the_middle": sanitizer("malloc did not return"),
    "local_overflow": sanitizer("out of bounds"),
    "recursion": sanitizer("stack", "recursion"),
    "null_pointer": sanitizer("null pointer"),
    "wild_pointer": sanitizer("SEGV", "pointer"),
    "signed_overflow": sanitizer("signed integer overflow"),
    "division_by_zero": sanitizer("division by zero"),
    "shift_too_far": sanitizer("shift exponent 40"),
    "aborts": Due("crash", ("signal 6", "abort()")),
    "failed_assert": Due("crash", ("ZERO == 1",), line=True),
    "exit_0": Due("exit", ("exit status 0",)),
    "exit_98": Due("exit", ("exit status 98",)),
    # Student code must not pass for a fault of ours, which is tried again.
    "exit_125": Due("exit", ("exit status 125",)),
    "exit_127": Due("exit", ("exit status 127",)),
    "hoards": Due("sanitizer", line=True),
    "maps_memory_itself": Due("expectation"),
    "prints_for_ever": Due("flood", ("64 KB", "still here")),
    "prints_garbage": Due("crash", ("\\x1b[2J\\xff\\xfe\\x00\\x9b",)),
    "prints_and_is_wrong": Due(
        "expectation", ("Expected", "DYN_ENOENT", "leaving \\x1b[31m\\xff node")
    ),
    "forges_a_report": Due("sanitizer"),
    "closes_the_channel": channel(),
    "closes_the_channel_and_stays": channel(),
    "closes_its_output": Due("expectation", ("DYN_ENOENT",)),
    "writes_a_huge_length": channel("4294967295"),
    "writes_a_length_of_zero": channel(),
    "writes_text": channel(),
    "writes_deep_brackets": channel(),
    "writes_many_values": channel(),
    "writes_other_kinds": channel(),
    "writes_two_answers": channel(),
    "writes_an_object": channel(),
    "writes_a_huge_code": channel(),
    "opens_a_file": Due("expectation", ("DYN_ENOENT",)),
    "opens_a_socket": forbidden("socket"),
    "forks": forbidden("process"),
    "sends_a_signal": forbidden("kill"),
    "sleeps": forbidden("sleep"),
    "traces": forbidden("ptrace"),
    "starts_a_program": forbidden(),
    "maps_code": forbidden(),
    "silences_the_filter": forbidden(),
}


def check_story(run: Run, test: str) -> None:
    """What every failure's text has, whatever the kind."""
    assert run.status == 1, run.stdout + run.stderr
    assert run.result["test"] == test
    assert run.result["verdict"] == "failed"
    assert re.match(r"  Rule      [A-Z].*\.\n", run.message)
    assert re.search(r"\(handouts/lab1\.[a-z]+#[a-z-]+\)", run.message)
    assert "\n  Steps\n" in run.message
    assert "\n  Seen      " in run.message
    assert f"\n  Again     make test-lab1 T={test}" in run.message
    # Nothing that a terminal would obey.
    for text in (run.message, run.stdout):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


def check_line(run: Run, misdeed: str) -> None:
    line = bad_ring.line_of(SOURCE, misdeed)
    assert re.search(rf"\bring\.c:{line}\b", run.message), (line, run.message)


def test_a_host_that_hears_no_more_calls_is_told(run: Judge) -> None:
    """The call itself is answered; the next one does not arrive."""
    judged = run("closes_what_calls_come_from")
    assert judged.kind == "channel", judged.message
    assert "ring_leave(ring 0, node 1)  -> DYN_ENOENT" in judged.message


@pytest.mark.parametrize("misdeed", IN_RING_LEAVE)
def test_a_misdeed_is_told_as_what_it_is(misdeed: str, run: Judge) -> None:
    due = IN_RING_LEAVE[misdeed]
    judged = run(misdeed)
    check_story(judged, LEAVE)
    assert judged.kind == due.kind, judged.message
    for word in due.words:
        assert word in judged.message
    if due.line:
        check_line(judged, misdeed)
    assert "      1  ring_open(ring 0, strategy 1" in judged.message
    assert "      2  ring_leave(ring 0, node 1)" in judged.message
    if due.kind != "expectation":
        assert "ring_leave(ring 0, node 1)  -> no answer" in judged.message


def test_the_honest_ring_gets_further(run: Judge) -> None:
    """The misdeeds' common ring is no misdeed: an ordinary expectation fails."""
    judged = run("leak")
    assert judged.kind == "expectation"
    assert "ring_leave(ring 0, node 1)  -> DYN_ENOENT" in judged.message
    assert "      3  ring_join" in judged.message


def test_a_leak_is_told_with_its_line(run: Judge) -> None:
    judged = run("leak", EFFICIENCY)
    check_story(judged, EFFICIENCY)
    assert judged.kind == "leak"
    assert "7 bytes" in judged.message
    check_line(judged, "leak")


@pytest.mark.parametrize("misdeed", ["hoards_with_care", "hoards_little_blocks"])
def test_memory_without_end_is_told(misdeed: str, run: Judge) -> None:
    judged = run(misdeed, EFFICIENCY, heap_mb=8)
    check_story(judged, EFFICIENCY)
    assert judged.kind == "memory", judged.message
    assert "memory" in judged.message or "may hold" in judged.message


def test_an_endless_loop_is_stopped(run: Judge) -> None:
    judged = run("endless_loop", hang_s=2)
    check_story(judged, LEAVE)
    assert judged.kind == "hang"
    assert "2 second" in judged.message
    # Neither to shrink it nor to tell it is a hang waited for once more.
    assert int(str(judged.result["ms"])) < 15000


def test_forged_frames_do_not_keep_the_judge_busy(run: Judge) -> None:
    """Each look-up of a line is a process; their number is bounded."""
    judged = run("forges_many_reports")
    check_story(judged, LEAVE)
    assert judged.kind == "sanitizer"
    assert int(str(judged.result["ms"])) < 15000


def test_a_killed_host_is_told(run: Judge) -> None:
    judged = run("kills_itself")
    check_story(judged, LEAVE)
    assert judged.kind in ("hang", "crash")


@pytest.mark.parametrize("misdeed", ["writes_a_byte", "writes_half_an_answer"])
def test_an_answer_out_of_step_ends_in_time(misdeed: str, run: Judge) -> None:
    """The rest of the answer never comes: that is no endless loop."""
    judged = run(misdeed, hang_s=1)
    check_story(judged, LEAVE)
    assert judged.kind == "channel", judged.message


def test_an_answer_given_too_early_gains_nothing(run: Judge) -> None:
    """The true answer is then taken for the next call's, and so on."""
    for test in (LEAVE, EFFICIENCY):
        judged = run("answers_before_its_time", test)
        check_story(judged, test)
        assert judged.kind in ("channel", "expectation")


def test_a_random_case_is_shrunk_and_replayed(run: Judge, results: Path) -> None:
    """One command brings the very same failure back."""
    first = run("heap_overflow", EFFICIENCY, "--seed=0x5eed")
    check_story(first, EFFICIENCY)
    check_line(first, "heap_overflow")
    assert "load_efficiency([1])  -> no answer" in first.message
    again = re.search(r"SEED=(\w+) CASE=(\d+)", first.message)
    assert again is not None
    flags = (f"--seed={again[1]}", f"--case={again[2]}")
    assert again[1] == "0x5eed" == first.result["seed"]
    for second in (
        run("heap_overflow", EFFICIENCY, "--seed=0x5eed"),
        run("heap_overflow", EFFICIENCY, *flags),
    ):
        assert second.message == first.message


def test_the_saved_steps_replay_in_the_host_alone(run: Judge, tmp_path: Path) -> None:
    run("use_after_free")
    done = subprocess.run(
        [tmp_path / "host", "--replay", tmp_path / "failures" / f"{LEAVE}.steps"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "heap-use-after-free" in done.stderr
    assert re.search(
        r"1 +\[\"ring_open\".*\n.*->.*\n +2 +\[\"ring_leave\"", done.stdout
    )
    commands = (tmp_path / "failures" / f"{LEAVE}.gdb").read_text()
    assert "step == 2" in commands
    assert "tbreak ring_leave" in commands
