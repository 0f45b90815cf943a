"""The handout says what its sources say, and the package gives nothing away."""

from __future__ import annotations

import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

HANDOUTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HANDOUTS))

import package  # noqa: E402
import source  # noqa: E402
from source import HandoutError, LabText  # noqa: E402

LAB_TOML = """
id = "lab1"
slug = "lab1-ring"
title = "The ring"
files = ["ring.c"]
handout = "handouts/lab1.md"
[limits]
hang_s = 20  # comments go, as they could name Ring.KeepsItsSecret
[[part]]
id = "A"
title = "Tokens \\"and\\" more"
anchor = "part-a"
[[test]]
name = "Ring.IsRound"
part = "A"
suite = "public"
points = 2
[[test]]
name = "Ring.KeepsItsSecret"
part = "A"
suite = "hidden"
points = 3
hint = "Look at what nobody sees."
"""
HEADER = """/* ring.h: a ring. */
#ifndef RING_H
#define RING_H

/* ---- Positions (section 4.2) ---- */

int ring_position(void);

/* ---- Placement ----
 *
 * Walk. */
int ring_lookup(void);

#endif
"""
MARKDOWN = """# Part A (<!-- points: A --> points) {#part-a}

<!-- contract: ring.h# -->
<!-- contract: ring.h#Positions -->
<!-- contract: ring.h#Placement -->
<!-- tests: A -->
"""


@pytest.fixture
def lab(tmp_path: Path) -> LabText:
    """A small repository in which all that is to be handed out exists."""
    texts = {
        "labs/lab1-ring/lab.toml": LAB_TOML,
        "labs/include/dynamo/ring.h": HEADER,
        "labs/host/main.c": "int main(void) { return 0; }\n",
        "handouts/lab1.md": MARKDOWN,
        "handouts/student-README.md": "# Lab 1\n",
        "solution/ring.c": "int ring_lookup(void) { return 42; }\n",
        "tests/lab1-ring/hidden_test.cc": "// Ring.KeepsItsSecret\n",
        "tests/lab1-ring/public_test.cc": "// Ring.LooksUp\n",
        "labs/lab1-ring/calls.c": "/* calls */\n",
    }
    slots = {"slug": "lab1-ring", "lab": "lab1", "file": "ring.c"}
    for pattern in package.HANDED_OUT:
        name = pattern.format(**slots)
        if "*" not in name:
            texts.setdefault(name, f"{name}\n")
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return LabText.load(tmp_path, "lab1")


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        found = {}
        for entry in tar:
            file = tar.extractfile(entry)
            assert file is not None
            found[entry.name.removeprefix("dynamo-lab1/")] = file.read()
        return found


def test_the_contract_is_quoted_from_the_header(lab: LabText) -> None:
    text = source.expand(lab)
    for line in HEADER.splitlines():
        if line != "#endif":
            assert line in text
    assert "(5 points)" in text
    assert "| `Ring.IsRound` | 2 |" in text
    assert "| hidden tests | 3 |" in text


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("#Placement", "#Positions", "2 times"),
        ("<!-- contract: ring.h#Placement -->", "", "0 times"),
        ("<!-- tests: A -->", "<!-- test: A -->", "unknown directive"),
        ("<!-- tests: A -->", "<!-- contract: rong.h -->", "rong.h: No such"),
    ],
)
def test_a_handout_that_does_not_fit_its_sources_is_refused(
    lab: LabText, old: str, new: str, complaint: str
) -> None:
    lab.source.write_text(MARKDOWN.replace(old, new), encoding="utf-8")
    with pytest.raises(HandoutError, match=complaint):
        source.expand(lab)


def test_the_package_holds_the_list_and_no_more(lab: LabText, tmp_path: Path) -> None:
    (tmp_path / "handouts/notes.txt").write_text("for instructors", encoding="utf-8")
    found = members(package.write(lab, {"handouts/lab1.html": b"<p>"}, tmp_path / "o"))
    assert "starter/ring.c" in found
    assert "labs/host/main.c" in found
    assert "tests/lab1-ring/public_test.cc" in found
    assert found["handouts/lab1.html"] == b"<p>"
    assert not [n for n in found if n.startswith(("solution", "grader", "handouts/n"))]
    assert "tests/lab1-ring/hidden_test.cc" not in found


def test_of_hidden_tests_only_their_points_are_handed_out(
    lab: LabText, tmp_path: Path
) -> None:
    found = members(package.write(lab, {}, tmp_path / "o"))
    data = tomllib.loads(found["labs/lab1-ring/lab.toml"].decode())
    assert [test["name"] for test in data["test"]] == ["Ring.IsRound"]
    assert data["part"] == [
        {
            "id": "A",
            "title": 'Tokens "and" more',
            "anchor": "part-a",
            "hidden_points": 3,
        }
    ]
    assert data["limits"] == {"hang_s": 20}


def test_the_same_input_gives_the_same_bytes(lab: LabText, tmp_path: Path) -> None:
    one = package.write(lab, {}, tmp_path / "one").read_bytes()
    (tmp_path / "starter/ring.c").touch()
    assert package.write(lab, {}, tmp_path / "two").read_bytes() == one


@pytest.mark.parametrize(
    "text",
    [
        "// Ring.KeepsItsSecret",
        "TEST(Ring, KeepsItsSecret)",
        "Look at what nobody sees.",
        "int ring_lookup(void) { return 42; }\n",
    ],
)
def test_what_is_secret_stops_the_package(
    lab: LabText, tmp_path: Path, text: str
) -> None:
    (tmp_path / "starter/ring.c").write_text(text, encoding="utf-8")
    with pytest.raises(HandoutError, match="starter/ring.c would be handed out"):
        package.write(lab, {}, tmp_path / "o")


def test_a_link_into_the_solution_stops_the_package(
    lab: LabText, tmp_path: Path
) -> None:
    (tmp_path / "starter/ring.c").unlink()
    (tmp_path / "starter/ring.c").symlink_to("../solution/ring.c")
    with pytest.raises(HandoutError, match="link or comes from solution"):
        package.write(lab, {}, tmp_path / "o")


def test_a_file_on_neither_list_stops_the_package(lab: LabText, tmp_path: Path) -> None:
    (tmp_path / "tests/lab1-ring/answers.cc").write_text("42", encoding="utf-8")
    with pytest.raises(HandoutError, match="answers.cc is neither handed out nor kept"):
        package.write(lab, {}, tmp_path / "o")


def test_a_missing_file_stops_the_package(lab: LabText, tmp_path: Path) -> None:
    (tmp_path / "LICENSE").unlink()
    with pytest.raises(HandoutError, match="LICENSE is to be handed out"):
        package.write(lab, {}, tmp_path / "o")
