"""Grading a folder: what is stored, resumed, put off, and never lost."""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from grader.errors import GraderError
from grader.folders import out_folder
from grader.lab import ROOT
from grader.result import load, next_path
from grader.tests.conftest import HIDDEN, PUBLIC, Course

ALL = [*PUBLIC, *HIDDEN]


def test_a_folder_is_graded_once(course: Course) -> None:
    course.hand_in("ada")
    course.hand_in("bob", "Ring.Finds fail expected 3, was 4")
    course.hand_in("eve", "no build: ring.c:3: error")
    tally = course.grade(jobs=2)
    assert {n: r.score for n, r in tally.results.items()} == {
        "ada": 70,
        "bob": 60,
        "eve": 0,
    }
    assert all(r.complete for r in tally.results.values())
    eve = course.result("eve")
    assert eve.build and eve.build.status == "compile-error"
    assert {t.kind for t in eve.tests} == {"build"}
    before = (course.out / "results/ada.json").stat().st_mtime_ns
    assert course.grade().skipped == 3
    assert (course.out / "results/ada.json").stat().st_mtime_ns == before


def test_a_changed_submission_is_graded_again_with_its_history(course: Course) -> None:
    course.hand_in("ada", "Ring.Finds fail")
    course.grade()
    course.hand_in("ada", "")
    tally = course.grade()
    assert tally.skipped == 0
    ada = course.result("ada")
    assert (ada.score, ada.history[-1]["score"]) == (70, 60)
    assert ada.history[-1]["tests"]["Ring.Finds"] == 0


@pytest.mark.parametrize(
    "script", ["Ring.Finds die", "Ring.Finds infra", "Ring.Finds garbage", "broken kit"]
)
def test_a_fault_of_ours_never_lowers_a_grade(course: Course, script: str) -> None:
    course.hand_in("ada", "Lists.Walk fail")
    course.grade()
    stored = (course.out / "results/ada.json").read_bytes()
    course.hand_in("ada", script)
    tally = course.grade()
    assert tally.ungraded and not tally.results["ada"].complete
    assert (course.out / "results/ada.json").read_bytes() == stored
    attempt = load(next_path(course.out / "results/ada.json"))
    assert attempt is not None and attempt.status == "infra-error"
    if script != "broken kit":  # the judge was started again on the others
        assert {t.name for t in attempt.tests if t.passed} == set(ALL) - {"Ring.Finds"}
    course.hand_in("ada", "")  # mended: now it takes the place
    course.grade()
    assert course.result("ada").score == 70
    assert not next_path(course.out / "results/ada.json").exists()


def test_a_judge_that_dies_once_is_started_again(course: Course) -> None:
    course.hand_in("ada", f"Lists.Walk flaky {course.root / 'flag'}")
    assert course.grade().results["ada"].score == 70
    assert (course.root / "flag").exists()


def test_a_hang_is_parked_and_delays_nobody(course: Course) -> None:
    course.hand_in("a-hang", "Ring.Opens hang 0.1\nLists.Walk hang 0.1")
    course.hand_in("a-slow", "Ring.Finds slow 2")
    for name in ("b", "c"):
        course.hand_in(name)
    tally = course.grade(park_after=1.0)
    assert list(tally.results) == ["b", "c", "a-hang", "a-slow"]
    assert course.result("a-hang").score == 50
    assert [t.kind for t in course.result("a-hang").tests if not t.passed] == [
        "hang",
        "hang",
    ]
    assert course.result("a-slow").score == 70


def test_a_submission_has_a_total_time(course: Course) -> None:
    course.hand_in("ada", "Ring.Finds slow 60")
    begun = time.monotonic()
    course.grade(total_s=2, park_after=60.0)
    assert time.monotonic() - begun < 40
    ada = course.result("ada")
    assert ada.complete and ada.score == 10
    late = ada.test("Lists.Walk")
    assert late and late.kind == "time" and "2 s together" in late.message


def test_a_refused_submission_says_why_and_harms_nobody(course: Course) -> None:
    course.hand_in("ada")
    course.hand_in("bob")
    (course.submissions / "bob" / "ring.c").unlink()
    (course.submissions / "bob" / "ring.c").symlink_to("/etc/passwd")
    (course.submissions / "cyd.zip").write_bytes(b"PK but no zip")
    (course.submissions / "dan.rar").write_bytes(b"Rar!")
    tally = course.grade()
    status = {n: r.status for n, r in tally.results.items()}
    assert status == {
        "ada": "graded",
        "bob": "refused",
        "cyd": "refused",
        "dan": "refused",
    }
    assert "link" in course.result("bob").note


def test_arguments_for_pytest_select_tests(course: Course) -> None:
    course.hand_in("ada")
    tally = course.grade(pytest_args=("-k", "Ring and not hidden"))
    ada = tally.results["ada"]
    assert not ada.complete and ada.status == "pending"
    assert [t.name for t in ada.tests] == ["Ring.Opens", "Ring.Finds"]
    assert course.grade().results["ada"].score == 70  # goes on from there


def test_xdist_within_a_submission(course: Course) -> None:
    course.hand_in("ada", "Ring.Finds fail no\nLists.Walk die")
    tally = course.grade(pytest_args=("-n", "2"))
    ada = tally.results["ada"]
    assert ada.status == "infra-error" and ada.score == 50
    assert len(ada.tests) == 5


def test_grading_again_keeps_the_grade_until_the_new_one_is_complete(
    course: Course,
) -> None:
    course.hand_in("ada", f"Ring.Opens flaky {course.root / 'flag'}")
    course.grade()
    tally = course.grade(again=True, pytest_args=("-k", "Opens"))
    assert not tally.results["ada"].complete
    assert course.result("ada").complete and not course.result("ada").history
    course.grade()  # finishes what --again began
    assert len(course.result("ada").history) == 1
    assert course.grade().skipped == 1


def test_only_and_seed(course: Course) -> None:
    course.hand_in("ada")
    course.hand_in("bob")
    assert list(course.grade(only=("bob",)).results) == ["bob"]
    with pytest.raises(GraderError, match="no submission of that name"):
        course.grade(only=("eve",))
    tally = course.grade(only=("bob",), seed="0x0000000000000007")
    assert tally.skipped == 0 and course.result("bob").seed.endswith("07")


def test_two_gradings_do_not_share_a_folder(course: Course) -> None:
    course.hand_in("ada")
    with out_folder(course.out):
        with pytest.raises(GraderError, match="another grading"):
            course.grade()


def test_an_unwritable_folder_is_one_sentence(course: Course) -> None:
    course.hand_in("ada")
    (course.root / "file").write_text("")
    with pytest.raises(GraderError, match="cannot write to .*Not a directory"):
        course.grade(out=course.root / "file" / "out")


def test_a_full_disk_loses_nothing(course: Course) -> None:
    """A limit on file sizes stands for the disk: writing the result fails."""
    course.hand_in("ada", "Ring.Opens fail")
    course.grade()
    stored = (course.out / "results/ada.json").read_bytes()
    course.hand_in("ada", "Ring.Opens fail " + "x" * 3_500)
    done = subprocess.run(
        ["prlimit", "--fsize=4200", *_grade_command(course)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 2, done.stderr
    assert "cannot write" in done.stderr and done.stderr.count("\n") == 1
    assert (course.out / "results/ada.json").read_bytes() == stored
    course.grade()
    assert course.result("ada").score == 60


def _grade_command(course: Course) -> list[str]:
    return course.cli(
        "grade",
        str(course.submissions),
        f"--out={course.out}",
        "--jobs=2",
        "--no-report",
        *course.flags(),
    )


def test_killed_at_random_moments_it_resumes(course: Course) -> None:
    names = [f"s{i}" for i in range(3)]
    for name in names:
        course.hand_in(
            name, "\n".join(f"{test} slow 0.3" for test in ALL) + "\nRing.Finds fail"
        )
    draw = random.Random(7)
    kills, seen = 0, {name: set[str]() for name in names}
    for round_ in range(40):
        process = subprocess.Popen(
            _grade_command(course),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            # Who runs the tests in the background has SIGINT ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        how = signal.SIGKILL if round_ % 3 else signal.SIGINT
        try:
            process.wait(draw.uniform(0.3, 0.6 + round_))
        except subprocess.TimeoutExpired:
            process.send_signal(how)
            process.wait()
            kills += 1
        for name in names:  # whole at every moment, and nothing is lost
            result = load(course.out / "results" / f"{name}.json")
            now = {t.name for t in result.tests} if result else set()
            assert seen[name] <= now
            seen[name] = now
        if process.returncode == 0:
            break
    assert kills >= 2 and process.returncode == 0
    assert all(course.result(name).score == 60 for name in names)
    time.sleep(0.1)
    assert not _children_named(str(course.root)), "a judge outlived its grading"


def _children_named(word: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if word in line and path.parent.name != str(os.getpid()):
            found.append(line)
    return found


def test_the_command_line_from_grade_to_diff(course: Course) -> None:
    course.hand_in("ada", "Ring.Finds fail")

    def call(*words: str) -> str:
        done = subprocess.run(
            course.cli(*words), cwd=ROOT, capture_output=True, text=True, timeout=200
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    out = f"--out={course.out}"
    said = call("grade", str(course.submissions), out, *course.flags())
    assert "Graded 1 of 1" in said and "60/70" in said and "Median time" in said
    assert " passed" not in said
    assert (course.out / "overview.html").is_file()
    course.hand_in("ada", "")
    call("grade", str(course.submissions), out, "--no-report", *course.flags())
    assert "ada: 60 -> 70  (+10)" in call("diff", out)
    assert "Ring.Finds: 0 -> 10" in call("diff", str(course.out))
    assert "ada,,ada,,70" in call("collect", out, "--to", "-")
    for kind in ("gradescope", "csv", "junit"):
        call("export", kind, out)
    results = course.out / "gradescope/ada/results.json"
    assert json.loads(results.read_text())["score"] == 70
    assert "each counted once" in call("check", f"--judges={course.root / 'judge'}")
    call("report", out)
