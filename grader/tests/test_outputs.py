"""What leaves the grader: nothing hidden to students, nothing harmful to readers."""

import csv
import io
import json
import os
import re
import stat
import xml.etree.ElementTree as xml
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from grader import diff, examples, gradebook, gradescope, junit, report
from grader import lab as labs
from grader import result as results
from grader.course import Book, row
from grader.errors import GraderError
from grader.intake import Student
from grader.lab import Lab
from grader.result import Build, Result, TestResult
from grader.studentview import view
from grader.tests.conftest import HIDDEN, PUBLIC, Course
from grader.text import cell, cut, storable, visible

GOLDEN = Path(__file__).parent / "golden"
EVIL = (
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 <script>alert(1)</script> \x00\x08 "
    "\u202etxt ]]> {{ 7*7 }} é"
)


def graded(
    lab: Lab,
    fail: dict[str, str] | None = None,
    name: str = "Ada",
    kind: str = "expectation",
) -> Result:
    """A finished result in which nothing depends on this machine."""
    result = Result(
        lab=lab.id,
        student=Student(name, "ada", "17", "ada@example.edu", ""),
        submission="a" * 64,
        grader="1.0+test",
        lab_version="b" * 64,
        seed="0x0000000000000007",
        max=lab.points,
        level="full",
        build=Build("ok", "ring.c:3: warning: unused", 812),
        spent_ms=2_345,
    )
    for test in lab.tests:
        message = (fail or {}).get(test.name)
        passed = message is None
        result.add(
            TestResult(
                test.name,
                test.part,
                test.suite,
                test.points if passed else 0,
                test.points,
                "passed" if passed else "failed",
                "" if passed else kind,
                message or "",
                5,
            ),
            lab,
        )
    result.settle(lab)
    return replace(result, graded_at="2024-01-31T12:00:00+00:00")


def book(lab: Lab, *several: Result) -> Book:
    return Book(lab, [(result, None) for result in several])


def _as(result: Result, file: str) -> Result:
    return replace(result, student=replace(result.student, file=file))


def golden(name: str, text: str) -> None:
    """Compare with a stored output; UPDATE_GOLDEN=1 stores it anew."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    assert text == path.read_bytes().decode("utf-8")


FAILS = {
    "Ring.Finds": "1. ring_open\n2. expected 3, was 4",
    HIDDEN[1]: f"{HIDDEN[1]}: expected value 1234567, was 7654321",
}


def test_golden_files(course: Course) -> None:
    result = graded(course.lab, FAILS)
    result.history = [graded(course.lab).summary()]
    text = json.dumps(result.json(), indent=1) + "\n"
    golden("result.json", text)
    assert results.parse(json.loads(text), Path("x")) == result
    golden(
        "results.json",
        gradescope.dump(gradescope.results_json(row(course.lab, result))).decode(),
    )
    golden("gradebook.csv", gradebook.to_csv([book(course.lab, result)]))
    golden("junit.xml", junit.to_xml([result]).decode())


def student_outputs(result: Result, lab: Lab) -> list[str]:
    return [
        report.student_page(row(lab, result)),
        gradescope.dump(gradescope.results_json(row(lab, result))).decode(),
    ]


@pytest.mark.parametrize("kind", ["expectation", "crash", "build", "time", "hang"])
def test_nothing_hidden_reaches_a_student(course: Course, kind: str) -> None:
    result = graded(
        course.lab,
        {
            HIDDEN[0]: "secret-value printed by the student",
            HIDDEN[1]: "secret-value",
            "Ring.Finds": f"the log names {HIDDEN[0]} and SecretlyMinimal",
        },
        kind=kind,
    )
    result.build = Build("ok", f"note: {HIDDEN[1]} and DependsOnMembers in Concealed")
    for text in student_outputs(result, course.lab):
        for word in (
            "secret-value",
            *HIDDEN,
            "SecretlyMinimal",
            "Concealed",
            "DependsOnMembers",
        ):
            assert word not in text
        assert "Hidden test 2 (part B)" in text
        if kind != "build":
            assert "Try other orders." in text
        for name in PUBLIC:  # those are not struck out
            assert name in text


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_pages_are_inert_and_self_contained(course: Course) -> None:
    result = graded(course.lab, {"Ring.Finds": EVIL, HIDDEN[0]: EVIL}, name=EVIL)
    result.build = Build("ok", EVIL)
    result.note = EVIL
    refused = replace(result, status="refused", note=EVIL, tests=[])
    trouble = replace(result, status="infra-error", note=EVIL)
    pages = [
        report.student_page(row(course.lab, r)) for r in (result, refused, trouble)
    ]
    pages.append(
        report.overview_page(
            [
                Book(
                    course.lab,
                    [
                        (result, trouble),
                        (_as(refused, "b"), None),
                        (_as(trouble, "c"), None),
                    ],
                )
            ]
        )
    )
    for page in pages:
        tags = Tags()
        tags.feed(page)
        assert not {t for t, _ in tags.seen} & {"script", "img", "link", "iframe"}
        assert not [a for _, attrs in tags.seen for a in attrs if a.startswith("on")]
        assert all(
            not (attrs.get("href") or "").startswith(("http", "javascript"))
            for _, attrs in tags.seen
        )
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", page)
        assert "7*7" in page


def test_formulas_are_neutralised(course: Course) -> None:
    names = [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        'a"b,c',
        "\x1b[0m=2",
        "Ada",
    ]
    each = [
        _as(r, f"student-{i:02}")
        for i, r in enumerate(graded(course.lab, name=n) for n in names)
    ]
    text = gradebook.to_csv([book(course.lab, *each)])
    table = list(csv.reader(io.StringIO(text, newline="")))
    assert table[0][:4] == ["Student", "ID", "SIS Login ID", "Section"]
    for line in table[2:]:
        assert not line[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
        assert line[4] == "70"
    assert table[-1][0] == "Ada"


def test_no_grade_is_an_empty_cell(course: Course) -> None:
    bad = graded(course.lab)
    bad.add(replace(bad.tests[0], verdict="infra-error", points=0), course.lab)
    bad.settle(course.lab)
    rows = gradebook.rows([book(course.lab, bad)])
    assert rows[0][4] == ""
    with pytest.raises(GraderError, match="no complete grade"):
        gradescope.results_json(row(course.lab, bad))


def test_a_roster_keeps_its_students(course: Course) -> None:
    path = course.root / "canvas.csv"
    path.write_text(
        "\ufeffStudent,ID,SIS Login ID,Section,Other\n"
        "    Points Possible,,,,5\n"
        '"Lovelace, Ada",9001,ada,L01,3\n"Nobody, N",9002,nn,L02,\n',
        "utf-8",
    )
    rows = gradebook.rows(
        [book(course.lab, graded(course.lab, name="Ada Lovelace"))],
        gradebook.read_roster(path),
    )
    assert rows == [
        ["Lovelace, Ada", "9001", "ada", "L01", "70"],
        ["Nobody, N", "9002", "nn", "L02", ""],
    ]
    path.write_text("a,b\n")
    with pytest.raises(GraderError, match="no column 'Student'"):
        gradebook.read_roster(path)


def test_gradescope_limits(course: Course) -> None:
    result = graded(course.lab, {"Ring.Finds": "x" * 300_000})
    result.build = Build("ok", "y" * 300_000)
    table: dict[str, Any] = gradescope.results_json(row(course.lab, result))
    assert all(len(t["output"]) <= 100_000 for t in table["tests"])
    assert len(table["output"]) <= 100_000
    assert table["score"] == sum(t["score"] for t in table["tests"]) == 60
    assert {t["status"] for t in table["tests"]} == {"passed", "failed"}


def test_junit_is_legal_xml(course: Course) -> None:
    result = graded(
        course.lab, {"Ring.Finds": EVIL, HIDDEN[0]: "\ufffe\x01"}, name=EVIL
    )
    tree = xml.fromstring(junit.to_xml([result]))
    assert len(list(tree.iter("testcase"))) == 5
    assert len(list(tree.iter("failure"))) == 2


def test_gradescope_run(course: Course, capsys: Any) -> None:
    from grader.cli import main

    folder = course.root / "autograder"
    (folder / "submission").mkdir(parents=True)
    (folder / "submission/ring.c").write_text("Ring.Finds fail expected 3")
    (folder / "submission_metadata.json").write_text(
        json.dumps({"users": [{"email": "ada@example.edu", "id": 5, "name": "Ada L"}]})
    )
    words = [
        "gradescope-run",
        f"--lab={course.lab.path}",
        f"--folder={folder}",
        *course.flags(),
    ]
    assert main(words) == 0
    table = json.loads((folder / "results/results.json").read_text())
    assert table["score"] == 60 and len(table["tests"]) == 5
    (folder / "results/results.json").unlink()
    (folder / "submission/ring.c").write_text("Ring.Finds die")
    assert main(words) == 2  # no score rather than a wrong one
    assert not (folder / "results/results.json").exists()
    assert "No score was stored" in capsys.readouterr().err


def test_gradescopes_zip(course: Course, tmp_path: Path) -> None:
    root = tmp_path / "clone"
    for name in (
        "Makefile",
        "labs/packages.txt",
        "labs/lab1-ring/lab.toml",
        "tests/harness/main.cc",
        "tests/lab1-ring/hidden_test.cc",
        "grader/cli.py",
        "grader/tests/x.py",
        "solution/ring.c",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    target = tmp_path / "a.zip"
    gradescope.package([course.lab], target, root)
    with zipfile.ZipFile(target) as file:
        names = file.namelist()
        for name in ("setup.sh", "run_autograder"):
            assert file.getinfo(name).external_attr >> 16 == stat.S_IFREG | 0o755
    assert "grader/cli.py" in names and "tests/lab1-ring/hidden_test.cc" in names
    assert not [n for n in names if n.startswith(("solution", "grader/tests"))]


def test_diff_names_students_and_tests(course: Course) -> None:
    old = diff.of_result(graded(course.lab, FAILS))
    new = diff.of_result(graded(course.lab))
    lines = list(
        diff.lines(
            {
                ("a", "Ada"): (old, new),
                ("b", "Bob"): (new, new),
                ("c", "Cyd"): (None, new),
            }
        )
    )
    assert lines[0] == "Ada: 40 -> 70  (+30)"
    assert "    Ring.Finds: 0 -> 10" in lines
    assert "Cyd: absent -> 70" in lines and lines[-1] == "2 changed, 1 the same."


def test_texts() -> None:
    assert visible("a\x1b[1mb\x1b]8;;x\x07c\x00\u202e") == "abc\\x00\\u202e"
    assert storable("\ud83d\ude00 \ud800") == "\U0001f600 \ufffd"
    assert len(cut("x" * 200_000)) <= 100_000 and cut("ab") == "ab"
    assert cell("=1") == "'=1" and cell("a=1") == "a=1"


@pytest.mark.parametrize(
    "change, words",
    [
        (("points = 10", "points = 0"), "needs points above 0"),
        (("points = 10", 'points = "1"'), "needs points above 0"),
        (('name = "Ring.Finds"', 'name = "Ring.Opens"'), "listed twice"),
        (('suite = "hidden"', 'suite = "secret"'), "public or hidden"),
        (('part = "B"', 'part = "Z"'), "which no .*part.* has"),
        (('hint = "Try other orders."', ""), "needs a hint"),
        (('files = ["ring.c"]', 'files = ["../ring.c"]'), "names without a folder"),
        (("handout =", 'needs = ["a/b.c"]\nhandout ='), "names without a folder"),
        (("handout =", 'needs = ["ring.c"]\nhandout ='), "names a file twice"),
        (("source_kb = 4", "source_kb = -4"), "whole number above 0"),
        (('id = "lab1"', "id = "), "not valid TOML"),
    ],
)
def test_a_broken_lab_toml_is_refused(
    course: Course, change: tuple[str, str], words: str
) -> None:
    text = course.lab.path.read_text()
    assert change[0] in text
    course.lab.path.write_text(text.replace(*change))
    with pytest.raises(GraderError, match=words):
        labs.load(course.lab.path)


def test_judges_and_lab_toml_must_agree(course: Course) -> None:
    judges = course.root / "judge"
    assert labs.check(course.lab, judges) == []
    (judges / "lab1-public.tests").write_text(
        "Ring.Opens Ring.Finds New.One " "Ring.SecretlyMinimal"
    )
    wrong = "\n".join(labs.check(course.lab, judges))
    assert "Lists.Walk is in lab.toml as public, but its judge lacks it" in wrong
    assert "New.One is in the public judge, but lab.toml does not list it" in wrong
    assert "lists it as hidden" in wrong


def test_examples_are_assembled(course: Course, tmp_path: Path) -> None:
    root = tmp_path / "clone"
    for name, text in {
        "solution/ring.c": "return a + b;\n",
        "starter/ring.c": "return 0;\n",
        "tests/mutants/lab1-minus.toml": (
            'story = "s"\ncaught_by = ["A.B"]\n[[edit]]\nfile = "ring.c"\n'
            "find = '''a + b'''\nreplace = '''a - b'''\n"
        ),
        "tests/attacks/fake/attack.toml": (
            'story = "s"\nexpect = "refused"\nexample = true\n'
        ),
        "tests/attacks/fake/submission/ring.c": "evil\n",
        "tests/attacks/climb/attack.toml": 'story = "s"\nexpect = "refused"\n',
        "tests/attacks/climb/make.py": (
            "import sys\nopen(sys.argv[1], 'w').write('x')\n"
        ),
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    out = tmp_path / "out"
    for _ in range(2):  # made anew, not added to
        assert examples.assemble([course.lab], out, root=root, every_attack=True) == 5
    assert examples.assemble([course.lab], out, root=root) == 4
    assert (out / "lab1-wrong-minus/ring.c").read_text() == "return a - b;\n"
    (root / "solution/ring.c").write_text("a + b a + b")
    with pytest.raises(GraderError, match="occurs 2 times"):
        examples.assemble([course.lab], out, root=root)
    with pytest.raises(GraderError, match="not empty"):
        examples.assemble([course.lab], root)


def test_examples_of_all_labs_lie_in_one_folder(tmp_path: Path) -> None:
    every = labs.every()
    count = examples.assemble(every, tmp_path / "out", every_attack=True)
    assert count == len(list((tmp_path / "out").glob("[!.]*")))
    assert count > 20 * len(every)


def test_views_of_unfinished_results(course: Course) -> None:
    result = graded(course.lab)
    result.tests = result.tests[:2]
    result.settle(course.lab)
    seen = view(result, course.lab)
    assert [t.status for t in seen.tests] == ["passed"] * 2 + ["not run"] * 3
    assert "not graded to the end" in seen.note
