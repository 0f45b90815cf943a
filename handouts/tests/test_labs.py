"""Each lab's handout and package, from the project's own files."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

HANDOUTS = Path(__file__).resolve().parents[1]
ROOT = HANDOUTS.parent
sys.path[:0] = [str(HANDOUTS), str(HANDOUTS / "figures")]

import draw_runs  # noqa: E402
import package  # noqa: E402
import source  # noqa: E402
from source import HandoutError, LabText  # noqa: E402

LABS = sorted(path.parent.name[:4] for path in ROOT.glob("labs/*/lab.toml"))
REFERENCE = ROOT / "build/reference"
FIGURES = ROOT / "build/hosts/solution/lab2-figures"


@pytest.fixture(params=LABS)
def lab(request: pytest.FixtureRequest) -> LabText:
    return LabText.load(ROOT, request.param)


@pytest.fixture
def packed(lab: LabText, tmp_path: Path) -> dict[str, bytes]:
    """The package's files, by path, but for the HTML and PDF."""
    page = {f"handouts/{lab.id}.html": source.expand(lab).encode()}
    path = package.write(lab, page | package.lent(lab, REFERENCE), tmp_path)
    found = {}
    with tarfile.open(path) as tar:
        for entry in tar:
            file = tar.extractfile(entry)
            assert file is not None
            found[entry.name.removeprefix(f"dynamo-{lab.id}/")] = file.read()
    return found


def test_the_handout_has_all_that_it_stands_for(lab: LabText) -> None:
    text = source.expand(lab)
    assert not source.DIRECTIVE.search(text)
    assert (HANDOUTS / f"examples/{lab.id}-failure.txt").read_text().strip() in text
    for test in lab.tests("public"):
        assert f"| `{test['name']}` |" in text


def test_each_contract_is_quoted_once(lab: LabText) -> None:
    text = source.expand(lab)
    for name in lab.files:
        header = ROOT / f"labs/include/dynamo/{Path(name).stem}.h"
        for title, section in source.header_sections(header.read_text()).items():
            assert text.count(section.strip()) == 1, (header.name, title)


def test_the_package_is_of_one_lab(lab: LabText, packed: dict[str, bytes]) -> None:
    def under(folder: str) -> set[str]:
        return {Path(name).name for name in packed if name.startswith(folder + "/")}

    assert under("starter") == set(lab.files)
    assert under("labs/reference") == {Path(n).stem + ".o" for n in lab.needs}
    others = {LabText.load(ROOT, other).slug for other in LABS} - {lab.slug}
    assert not [n for n in packed if any(f"/{slug}/" in n for slug in others)]
    assert not [n for n in packed if re.search(r"hidden|^solution|^grader|mutant", n)]
    assert {f"labs/{lab.slug}/lab.toml", "README.md", "Makefile"} <= set(packed)


def test_nothing_of_it_tells_a_hidden_test(packed: dict[str, bytes]) -> None:
    for other in LABS:
        for test in LabText.load(ROOT, other).tests("hidden"):
            for secret in (test["name"], test["hint"]):
                assert [n for n, d in packed.items() if secret.encode() in d] == []


@pytest.mark.parametrize(
    "file", sorted(p.name for p in (ROOT / "solution").glob("*.c"))
)
def test_no_line_of_any_solution_gets_out(lab: LabText, file: str) -> None:
    lines = [n for n, of in package.solution_lines(ROOT).items() if of == file]
    assert len(lines) >= 2
    page = f"<p>{lines[-1].replace('<', '&lt;').replace('&&', '&amp;&amp;')}</p>"
    for name, text in [("tests/x.h", f"// {lines[0]}"), ("handouts/x.html", page)]:
        with pytest.raises(HandoutError, match=f"a line of the solution's {file}"):
            package.check_no_solution_line(lab, {name: text.encode()})


def test_a_lent_object_tells_nothing_of_its_source(tmp_path: Path) -> None:
    lab = LabText.load(ROOT, "lab2")
    for data in package.lent(lab, REFERENCE).values():
        named = set(re.findall(rb"[A-Za-z_]{6,}", data))
        own = re.findall(
            r"^static [^(;=]*?(\w+)\(", (ROOT / "solution/ring.c").read_text(), re.M
        )
        assert len(own) > 20
        assert not [name for name in own if name.encode() in named]
    built = tmp_path / "ring.o"
    ring = "solution/ring.c"
    command = ["gcc", "-g", "-Ilabs/include", "-c", ring, "-o", str(built)]
    subprocess.run(command, cwd=ROOT, check=True)
    with pytest.raises(HandoutError, match="without debug information"):
        package.write(lab, package.lent(lab, tmp_path), tmp_path / "out")


def test_the_judge_can_be_built_in_pieces(tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    names = ["answers", "trials", "world"]
    names += [f"{lab}-{what}" for lab in LABS for what in ("model", "tests")]
    assert f"pieces := {' '.join(names[:3])} " in makefile
    # Another folder for what is built, so that nothing of it is taken for ours.
    deps = tmp_path / "deps-student"
    deps.touch()
    objects = [f"{tmp_path}/judge/pieces/{name}.o" for name in names]
    command = ["make", "-s", f"B={tmp_path}", "SYNTAX=-fsyntax-only", *objects]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_readme_is_the_labs(lab: LabText, packed: dict[str, bytes]) -> None:
    text = packed["README.md"].decode()
    assert f"`handouts/{lab.id}.html`" in text
    assert f"make test-{lab.id} " in text
    draws = f"\nfigures-{lab.id}: " in (ROOT / "Makefile").read_text()
    assert (f"make figures-{lab.id} " in text) == draws
    assert not [other for other in LABS if other != lab.id and f"-{other}" in text]
    assert all(f"`{name}`" in text for name in lab.files + lab.needs)


@pytest.mark.parametrize("picture", draw_runs.PICTURES, ids=lambda p: p.name)
def test_pictures_are_of_their_traces(picture: draw_runs.Picture) -> None:
    trace = HANDOUTS / f"figures/{picture.name}.jsonl"
    svg = trace.with_suffix(".svg").read_text(encoding="utf-8")
    drawn = draw_runs.drawn(picture, trace.read_text(encoding="utf-8").splitlines())
    assert drawn == svg, "run handouts/figures/draw_runs.py"
    assert picture.remarks and all(word in svg for word in picture.remarks.values())


def test_the_stale_get_is_what_the_reference_does() -> None:
    done = subprocess.run(
        [FIGURES, "--run=stale-get"], capture_output=True, text=True, check=True
    )
    assert done.stdout == (HANDOUTS / "figures/lab2-stale-get.jsonl").read_text()
