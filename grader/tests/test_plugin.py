"""The plugin as a user of pytest meets it."""

import json
import xml.etree.ElementTree as xml

from grader.tests.conftest import Course


def test_by_hand(course: Course) -> None:
    folder = course.hand_in("ada", "Ring.Finds fail expected 3\nLists.Walk die")
    done = course.pytest(
        f"--submission={folder}", "-rA", f"--junitxml={course.root / 'j.xml'}"
    )
    assert done.returncode == 1
    assert "1 failed, 4 passed, 1 error" in done.stdout
    assert "expected 3" in done.stdout and "Traceback" not in done.stdout
    assert "seed: 0x" in done.stdout
    root = xml.parse(course.root / "j.xml")
    cases = {c.get("name"): c for c in root.iter("testcase")}
    assert set(cases) == {"build", *course.lab.by_name}
    assert cases["Ring.Finds"].find("failure") is not None
    assert cases["Lists.Walk"].find("error") is not None


def test_selection(course: Course) -> None:
    folder = course.hand_in("ada", "Ring.Opens fail")
    one = f"--submission={folder}"
    assert "1 failed, 1 passed" in course.pytest(one, "-x").stdout
    assert "2 passed, 4 deselected" in course.pytest(one, "-m", "hidden").stdout
    assert "2 passed, 4 deselected" in course.pytest(one, "-k", "part_B").stdout
    listed = course.pytest(one, "--collect-only", "-q").stdout
    assert "::build\n" in listed and "::Lists.Walk\n" in listed


def test_a_node_id_names_one_test(course: Course) -> None:
    folder = course.hand_in("ada")
    done = course.pytest(
        f"--submission={folder}", target=f"{course.lab.path}::Ring.Opens"
    )
    assert "1 passed in" in done.stdout


def test_xdist_stores_on_the_controller(course: Course) -> None:
    folder = course.hand_in("ada", "Ring.Finds fail")
    store = course.root / "r.json"
    done = course.pytest(
        "-p", "xdist", "-n", "2", f"--submission={folder}", f"--result={store}"
    )
    assert "1 failed, 5 passed" in done.stdout
    table = json.loads(store.read_text())
    assert table["complete"] and table["score"] == 60
    again = course.pytest(f"--submission={folder}", f"--result={store}")
    assert "1 failed, 5 passed" in again.stdout  # taken over from the result


def test_what_is_missing_is_said(course: Course) -> None:
    assert "--submission=PATH" in course.pytest().stdout
    (course.root / "judge/lab1-hidden").unlink()
    done = course.pytest(f"--submission={course.hand_in('ada')}")
    assert "make kit judges" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_a_refused_submission_fails_its_build(course: Course) -> None:
    folder = course.submissions / "ada"
    folder.mkdir(parents=True)
    done = course.pytest(f"--submission={folder}")
    assert "6 failed" in done.stdout and "ring.c is missing" in done.stdout
