"""The judge itself: what it passes on, what it leaves behind, how it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import bad_ring
import pytest
from bad_ring import EFFICIENCY, JUDGE, LAB, LEAVE

PYTHON = "/usr/bin/python3"

MISDEEDS = {
    "loops": """
    for (volatile int i = 0;; i = 1)
        continue;"""
}


@pytest.fixture(scope="session")
def starter(judge_built: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A host whose functions are all but one as the starter's."""
    folder = tmp_path_factory.mktemp("starter")
    built = bad_ring.compile_host(folder, bad_ring.source(MISDEEDS))
    assert built.returncode == 0, built.stderr
    return folder / "out" / "host"


@pytest.fixture
def looping(starter: Path, tmp_path: Path) -> Path:
    """A host whose ring_leave does not return."""
    data = starter.read_bytes()
    host = tmp_path / "looping-host"
    host.write_bytes(data.replace(bad_ring.MARK + b"000", bad_ring.MARK + b"001"))
    host.chmod(0o755)
    return host


def check_infra(run: bad_ring.Run, *words: str) -> None:
    """Our own fault: it must never count against a student."""
    assert run.status not in (0, 1)
    assert run.result["verdict"] == "infra-error"
    assert run.kind == "infra"
    for word in words:
        assert word in run.message


def check_refusal(run: bad_ring.Run, *words: str) -> None:
    """Nothing was judged, for one reason, said in one line."""
    assert run.status == 3
    assert run.stderr.startswith("judge: ")
    assert run.stderr.count("\n") == 1
    for word in words:
        assert word in run.stderr


# ---- The judge cannot work ----


def test_a_missing_host_is_our_fault(judge_built: None, results: Path) -> None:
    check_infra(bad_ring.judge("/nonexistent/host", results=results), "started")


def test_a_host_that_is_no_program_is_our_fault(
    judge_built: None, tmp_path: Path, results: Path
) -> None:
    host = tmp_path / "host"
    host.write_text("")
    host.chmod(0o644)
    check_infra(bad_ring.judge(host, results=results), "started")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (None, ""),
        ("echo 'bwrap: no namespaces here' >&2; exit 1", "no namespaces here"),
        ("echo 'confine: no such user' >&2; exit 125", "no such user"),
    ],
)
def test_a_sandbox_that_fails_is_our_fault(
    script: str | None, words: str, starter: Path, results: Path
) -> None:
    wrap = ["/nonexistent/sandbox"] if script is None else ["sh", "-c", script]
    flags = [f"--wrap={word}" for word in wrap]
    run = bad_ring.judge(starter, LEAVE, *flags, results=results)
    check_infra(run, "started", words)


def test_results_that_cannot_be_written_stop_the_judge(starter: Path) -> None:
    missing = Path("/nonexistent/results.jsonl")
    run = bad_ring.judge(starter, "--steps=", results=missing)
    check_refusal(run, str(missing))


def test_a_full_disk_stops_the_judge(starter: Path, tmp_path: Path) -> None:
    full = tmp_path / "full.jsonl"
    full.symlink_to("/dev/full")
    run = bad_ring.judge(starter, EFFICIENCY, results=full)
    check_refusal(run, str(full), "disk")
    assert bad_ring.processes_of(str(starter)) == []


def test_steps_that_cannot_be_saved_are_not_promised(
    starter: Path, tmp_path: Path, results: Path
) -> None:
    (tmp_path / "file").write_text("")
    run = bad_ring.judge(
        starter, LEAVE, f"--steps={tmp_path}/file/steps", results=results
    )
    assert run.kind == "expectation"
    assert "  Debug  " not in run.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, ["lab.toml"]),
        ("id = \n", ["lab.toml", "line 1"]),
        ("id = 'lab1'\n", ["lab.toml", "title"]),
        ("part = [1]\nid = 'a'\ntitle = 'b'\nhandout = 'c'\n", ["lab.toml", "part"]),
    ],
)
def test_a_broken_lab_file_stops_the_judge(
    text: str | None, words: list[str], starter: Path, tmp_path: Path, results: Path
) -> None:
    lab = tmp_path / "lab.toml"
    if text is not None:
        lab.write_text(text)
    run = bad_ring.judge(starter, lab=lab, results=results)
    check_refusal(run, *words)
    assert run.results == []


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--seed=x"], ["--seed"]),
        (["--case=-1"], ["--case"]),
        (["--hots=x"], ["--hots"]),
    ],
)
def test_a_wrong_flag_stops_the_judge(
    flags: list[str], words: list[str], starter: Path, results: Path
) -> None:
    check_refusal(bad_ring.judge(starter, LEAVE, *flags, results=results), *words)


def test_a_test_that_does_not_exist_does_not_pass(starter: Path, results: Path) -> None:
    run = bad_ring.judge(starter, "RingLeave.NoSuchTest", results=results)
    check_refusal(run, "RingLeave.NoSuchTest")


def test_the_host_is_asked_for(judge_built: None, results: Path) -> None:
    check_refusal(bad_ring.judge("", results=results), "--host")


# ---- What a host is given ----

LOOK = """
import json, os, stat, sys
def kind(fd):
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        return None
    return next(n for n, t in (("socket", stat.S_ISSOCK), ("pipe", stat.S_ISFIFO),
                ("device", stat.S_ISCHR), ("file", stat.S_ISREG),
                ("folder", stat.S_ISDIR)) if t(mode))
found = {fd: kind(fd) for fd in range(1024)}
with open(sys.argv[1], "w") as out:
    json.dump({str(fd): k for fd, k in found.items() if k}, out)
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_a_nursery_inherits_four_descriptors(
    starter: Path, tmp_path: Path, results: Path
) -> None:
    """Whatever the judge itself was given or has opened."""
    seen = tmp_path / "seen.json"
    words = [PYTHON, "-I", "-c", LOOK, str(seen)]
    extra = os.open("/etc/passwd", os.O_RDONLY)
    try:
        done = subprocess.run(
            [str(JUDGE), f"--host={starter}", f"--lab={LAB}", f"--results={results}"]
            + [f"--wrap={word}" for word in words]
            + [f"--gtest_filter={LEAVE}", f"--steps={tmp_path}/failures"],
            pass_fds=[extra],
            capture_output=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(extra)
    assert done.returncode == 1, done.stderr
    assert seen.read_text() == (
        '{"0": "device", "1": "device", "2": "pipe", "3": "socket"}'
    )


def test_the_sanitizers_do_not_listen_to_our_environment(
    starter: Path, tmp_path: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    log.mkdir()
    monkeypatch.setenv(
        "ASAN_OPTIONS", f"exitcode=0:help=1:verbosity=2:log_path={log}/asan"
    )
    monkeypatch.setenv("UBSAN_OPTIONS", f"halt_on_error=0:log_path={log}/ubsan")
    run = bad_ring.judge(starter, EFFICIENCY, results=results)
    assert run.result["verdict"] == "passed", run.message
    assert list(log.iterdir()) == []


# ---- What stays behind ----


def test_a_grandchild_that_holds_the_pipes_keeps_nobody(
    starter: Path, tmp_path: Path, results: Path
) -> None:
    script = tmp_path / "wrap.sh"
    script.write_text(
        f"#!/bin/sh\nsleep 20.5 &\n" f'echo $! >>"{tmp_path}/pids"\nexec "$@"\n'
    )
    script.chmod(0o755)
    started = time.monotonic()
    try:
        run = bad_ring.judge(starter, EFFICIENCY, f"--wrap={script}", results=results)
        assert run.result["verdict"] == "passed"
        results.unlink()
        run = bad_ring.judge(starter, LEAVE, f"--wrap={script}", results=results)
        assert run.kind == "expectation"
        assert time.monotonic() - started < 15
    finally:
        for pid in (tmp_path / "pids").read_text().split():
            os.kill(int(pid), signal.SIGKILL)


def test_a_host_that_dies_beside_a_grandchild_is_told_at_once(
    starter: Path, tmp_path: Path, results: Path
) -> None:
    """The channel, too, is held open by what the sandbox left running."""
    script = tmp_path / "wrap.sh"
    script.write_text(
        f'#!/bin/sh\nsleep 20.5 &\necho $! >>"{tmp_path}/pids"\n' "kill -SEGV $$\n"
    )
    script.chmod(0o755)
    started = time.monotonic()
    try:
        run = bad_ring.judge(starter, LEAVE, f"--wrap={script}", results=results)
        assert run.kind in ("crash", "infra")
        assert time.monotonic() - started < 15
    finally:
        for pid in (tmp_path / "pids").read_text().split():
            os.kill(int(pid), signal.SIGKILL)


def test_no_process_is_left(starter: Path, results: Path) -> None:
    bad_ring.judge(starter, "*", results=results)
    assert bad_ring.processes_of(str(starter)) == []


def test_ended_hosts_do_not_pile_up(starter: Path, tmp_path: Path) -> None:
    """A failure costs a host or two; none may stay as a zombie."""
    command = [str(JUDGE), f"--host={starter}", f"--lab={LAB}", "--quiet"]
    with subprocess.Popen(command + [f"--steps={tmp_path}/failures"]) as judge:
        children = Path(f"/proc/{judge.pid}/task/{judge.pid}/children")
        if not children.exists():
            judge.kill()
            pytest.skip("this kernel does not list the children of a process")
        most = 0
        while judge.poll() is None:
            most = max(most, len(children.read_text().split()))
            time.sleep(0.01)
    # Two hosts where a test has two processes, and a symbolizer.
    assert 1 <= most <= 4


INIT = """
import ctypes, os, subprocess, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
orphans = 0
try:
    while os.waitpid(-1, 0)[0] > 0:
        orphans += 1
except ChildProcessError:
    print(orphans)
"""


def test_orphans_of_sandboxes_are_reaped(starter: Path, tmp_path: Path) -> None:
    """A sandbox that is killed leaves a process to init, and in a container
    init may not reap: zombies would fill the table of processes."""
    command = [PYTHON, "-c", INIT, str(JUDGE), f"--host={starter}", f"--lab={LAB}"]
    for word in ("sh", "-c", 'sleep 0.02 & exec "$@"', "sh"):
        command.append(f"--wrap={word}")
    command += [f"--steps={tmp_path}/failures", "--seed=1"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True
    )
    assert int(done.stdout) <= 5


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_host_does_not_outlive_its_judge(
    how: signal.Signals, looping: Path, tmp_path: Path
) -> None:
    command = [str(JUDGE), f"--host={looping}", f"--lab={LAB}", "--quiet"]
    command += [f"--gtest_filter={LEAVE}", f"--steps={tmp_path}/failures"]
    with subprocess.Popen(command) as judge:
        deadline = time.monotonic() + 60
        while len(bad_ring.processes_of(str(looping))) < 2:
            assert time.monotonic() < deadline, "the host does not start"
            time.sleep(0.02)
        judge.send_signal(how)
        judge.wait(timeout=60)
    while bad_ring.processes_of(str(looping)):
        assert time.monotonic() < deadline, "the host goes on alone"
        time.sleep(0.02)


# ---- Results ----


def test_results_are_appended_as_each_test_ends(
    looping: Path, tmp_path: Path, results: Path
) -> None:
    """So that a judge that is killed has told all that it knew."""
    lab = bad_ring.copy_lab(tmp_path / "lab.toml", hang_s=20)
    results.write_text('{"earlier": 1}\n')
    command = [str(JUDGE), f"--host={looping}", f"--lab={lab}", "--quiet"]
    command += [f"--results={results}", f"--steps={tmp_path}/failures"]
    command += [f"--gtest_filter=RingJoin.*:{LEAVE}"]
    with subprocess.Popen(command) as judge:
        try:
            deadline = time.monotonic() + 60
            while results.read_text().count("\n") < 3:
                assert time.monotonic() < deadline, results.read_text()
                time.sleep(0.02)
            assert judge.poll() is None
        finally:
            judge.kill()
    assert results.read_text().startswith('{"earlier": 1}\n{')


def test_the_same_seed_gives_the_same_message(starter: Path, results: Path) -> None:
    messages = []
    for _ in range(2):
        results.unlink(missing_ok=True)
        run = bad_ring.judge(starter, "*", results=results, seed=77)
        assert len(run.results) > 30
        messages.append(
            [(r["test"], r["kind"], r["message"], r["seed"]) for r in run.results]
        )
    assert messages[0] == messages[1]


def test_every_failure_is_repeated_by_its_command(starter: Path, results: Path) -> None:
    """What 'Again' prints brings back exactly what it stands under."""
    run = bad_ring.judge(starter, "RingPosition.*", results=results, seed=None)
    words = dict(
        word.split("=") for word in run.message.split("Again")[1].split() if "=" in word
    )
    assert words["SEED"] == run.result["seed"]
    results.unlink()
    again = bad_ring.judge(
        starter,
        words["T"],
        f"--seed={words['SEED']}",
        f"--case={words['CASE']}",
        results=results,
        seed=None,
    )
    assert again.message == run.message


def test_a_drawn_seed_is_printed(starter: Path, results: Path) -> None:
    run = bad_ring.judge(starter, EFFICIENCY, results=results, seed=None)
    assert f"seed {run.result['seed']}" in run.stdout


# ---- The kit's rules, told while building ----

BROKEN_RULES = r"""
int members_everywhere;
static uint64_t seen_before;

__attribute__((constructor)) static void early(void)
{
    members_everywhere = (int)seen_before++;
}

int memcmp(const void *a, const void *b, size_t size)
{
    return getenv("X") == NULL && a == b && size == 0;
}
"""


def test_broken_rules_are_all_named_at_once(judge_built: None, tmp_path: Path) -> None:
    built = bad_ring.compile_host(
        tmp_path, bad_ring.starter_without() + "struct ring { int x; };" + BROKEN_RULES
    )
    assert built.returncode == 2, built.stderr
    lines = [line for line in built.stderr.splitlines() if line.startswith("ring.c: ")]
    for words in (
        ("'members_everywhere'", "outlives"),
        ("'seen_before'", "outlives"),
        ("constructor",),
        ("'getenv'", "may not"),
        ("'memcmp'", "belongs to"),
    ):
        assert any(all(word in line for word in words) for line in lines), words
    assert not (tmp_path / "out" / "host").exists()


@pytest.mark.parametrize(
    ("text", "status", "word"),
    [
        ("int main(void) { return 0; }", (1, 2), "main"),
        ("void broken(void) { no such thing; }", (1,), "ring.c:"),
        (
            "static int _hidden; int next(void); int next(void) { return _hidden++; }",
            (2,),
            "_hidden",
        ),
        (
            "#include <unistd.h>\nvoid nap(void); void nap(void) { sleep(1); }",
            (2,),
            "'sleep'",
        ),
    ],
)
def test_a_file_that_cannot_be_a_host_is_refused(
    text: str, status: tuple[int, ...], word: str, judge_built: None, tmp_path: Path
) -> None:
    built = bad_ring.compile_host(
        tmp_path, bad_ring.starter_without() + "struct ring { int x; };\n" + text
    )
    assert built.returncode in status
    assert word in built.stderr
    assert not (tmp_path / "out" / "host").exists()


def test_the_starter_breaks_no_rule(judge_built: None, tmp_path: Path) -> None:
    text = (bad_ring.ROOT / "starter" / "ring.c").read_text()
    built = bad_ring.compile_host(tmp_path, text)
    assert (built.returncode, built.stderr) == (0, "")
