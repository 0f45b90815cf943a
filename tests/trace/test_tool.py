"""trace-tool says what is wrong, and never dies of what it is given."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from conftest import HERE, run_tool, sample

STALE_GET = (HERE / "stale-get.jsonl").read_text(encoding="utf-8")
KINDS = ["page", "narrative", "shiviz"]


def test_the_sample_is_what_the_script_makes() -> None:
    assert sample("--story", "stale-get") == STALE_GET


@pytest.mark.parametrize("what", KINDS)
def test_writes_to_standard_output(what: str) -> None:
    done = run_tool(what, HERE / "stale-get.jsonl", "-")
    assert done.returncode == 0, done.stderr
    assert "ReadsSeeTheLastAcknowledgedWrite" in done.stdout


@pytest.mark.parametrize("what", KINDS)
def test_names_the_malformed_line(what: str, tmp_path: Path) -> None:
    lines = STALE_GET.splitlines()
    lines[30] = lines[30][:25]
    broken = tmp_path / "broken.jsonl"
    broken.write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "out"
    done = run_tool(what, broken, out)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"{broken}: the trace's line 31 is no JSON" in done.stderr
    assert not out.exists()


def test_names_the_file_that_is_missing(tmp_path: Path) -> None:
    done = run_tool("shiviz", tmp_path / "none.jsonl", "-")
    assert done.returncode == 1
    assert "none.jsonl cannot be read" in done.stderr
    done = run_tool("shiviz", HERE / "stale-get.jsonl", tmp_path / "no/out")
    assert done.returncode == 1
    assert "no/out cannot be written: No such file or directory" in done.stderr
    done = run_tool("page", f"--template={tmp_path}", HERE / "stale-get.jsonl", "-")
    assert done.returncode == 1
    assert "page.html cannot be read" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "three names are needed"),
        (["picture", "a", "b"], "'picture' cannot be made"),
        (["page", "--colour=no", "a", "b"], "there is no option --colour=no"),
        (["narrative", "--most=many", "a", "b"], "not 'many'"),
    ],
)
def test_explains_a_wrong_command(arguments: list[str], complaint: str) -> None:
    done = run_tool(*arguments)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "usage: trace-tool page" in done.stderr


def test_takes_options_of_the_narrative() -> None:
    trace = HERE / "stale-get.jsonl"
    assert (
        "only what is about key z"
        in run_tool("narrative", "--key=z", trace, "-").stdout
    )
    assert "left out" in run_tool("narrative", "--most=5", trace, "-").stdout


def test_bears_any_damage(tmp_path: Path) -> None:
    """A file with flipped bytes and lost lines is told of or refused."""
    draw = random.Random(20)
    trace = tmp_path / "damaged.jsonl"
    verdicts = set()
    for _ in range(60):
        damaged = bytearray(STALE_GET.encode())
        for _ in range(draw.randrange(1, 4)):
            at = draw.randrange(len(damaged))
            blow = draw.randrange(3)
            if blow == 0:
                damaged[at] = draw.randrange(0x30, 0x3A)
            elif blow == 1:
                begin = damaged.rfind(b"\n", 0, at) + 1
                end = damaged.find(b"\n", at) + 1 or len(damaged)
                if begin > 0:
                    del damaged[begin:end]
            else:
                damaged[at] ^= 1 << draw.randrange(8)
        trace.write_bytes(damaged)
        for what in KINDS:
            done = run_tool(what, trace, tmp_path / "out")
            assert done.returncode in (0, 1), (done.returncode, done.stderr)
            assert (done.returncode == 1) == ("the trace's line" in done.stderr)
            verdicts.add(done.returncode)
    assert verdicts == {0, 1}
