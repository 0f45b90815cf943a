"""How a build ends, and that its log says whose fault it was.

The kit here is a stand-in of two lines, so that these tests need nothing built;
the real kit is used by test_attacks.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.build import Built, build
from grader.sandbox import Slot, detect
from grader.wrap import BUILD_LIMITS

HERE = Path(__file__).resolve().parent
SCRIPT = """\
if grep -q FORBIDDEN "$4"; then echo "$4: the word FORBIDDEN is not allowed" >&2
exit 2; fi
gcc -std=c11 -Wall -g -c "$4" -o "$2/part.o" || exit 1
gcc "$2/part.o" -o "$2/host" || exit 1
"""
WORKS = "int main(void) { return 0; }\n"


@pytest.fixture(scope="module")
def slot(folder: Path, confine: Path) -> Iterator[Slot]:
    with Slot(confine, detect(confine), 0, folder) as slot:
        yield slot


@pytest.fixture(scope="module")
def kit(folder: Path) -> Path:
    path = folder / "kit"
    path.mkdir()
    (path / "build-host.sh").write_text(SCRIPT)
    return path


class Maker:
    """Builds one ring.c after the other."""

    def __init__(self, slot: Slot, kit: Path, folder: Path) -> None:
        self.slot, self.kit, self.folder = slot, kit, folder

    def __call__(self, source: str, **limits: int) -> Built:
        (self.folder / "ring.c").write_text(source)
        out = self.folder / "out"
        kind = replace(BUILD_LIMITS, **limits)
        return build(self.slot, self.kit, "lab1", self.folder, ["ring.c"], out, kind)


@pytest.fixture
def make(slot: Slot, kit: Path, tmp_path: Path) -> Maker:
    return Maker(slot, kit, tmp_path)


def test_a_host_is_built(make: Maker) -> None:
    assert make(WORKS) == Built("ok", "")
    assert make.slot.host_file(make.folder / "out").is_file()


def test_warnings_are_kept(make: Maker) -> None:
    built = make("int main(void) { int unused; return 0; }\n")
    assert built.status == "ok"
    assert "ring.c:1" in built.log and "unused" in built.log


def test_an_error_is_the_students(make: Maker) -> None:
    built = make("int main(void) { return x; }\n")
    assert built.status == "compile-error"
    assert built.log.startswith("ring.c: In function")
    assert "'x' undeclared" in built.log


def test_an_unresolved_name_is_the_students(make: Maker) -> None:
    built = make("int f(void);\nint main(void) { return f(); }\n")
    assert built.status == "compile-error"
    assert "undefined reference to `f'" in built.log


def test_a_failed_build_leaves_no_host_of_the_last_one(make: Maker) -> None:
    make(WORKS)
    make("nonsense\n")
    assert not make.slot.host_file(make.folder / "out").exists()


def test_a_rule_of_the_kit_refuses(make: Maker) -> None:
    built = make("// FORBIDDEN\n" + WORKS)
    assert built.status == "refused"
    assert built.log == "ring.c: the word FORBIDDEN is not allowed"


def test_a_missing_or_linked_file_is_refused(make: Maker) -> None:
    out = make.folder / "out"
    absent = build(make.slot, make.kit, "lab1", make.folder, ["ring.c"], out)
    assert absent.status == "refused" and "ring.c is missing" in absent.log
    (make.folder / "ring.c").symlink_to("/etc/passwd")
    assert build(make.slot, make.kit, "lab1", make.folder, ["ring.c"], out) == absent


def test_a_missing_kit_is_ours(make: Maker) -> None:
    make.kit = make.folder / "nowhere"
    built = make(WORKS)
    assert built.status == "infra-error" and "run make kit" in built.log


def test_a_kit_that_breaks_is_ours(make: Maker) -> None:
    make.kit = make.folder / "broken"
    make.kit.mkdir()
    script = make.kit / "build-host.sh"
    script.write_text("exit 3\n")
    assert make(WORKS).status == "infra-error"
    script.write_text("exit 0 # and no host\n")
    assert "left no host" in make(WORKS).log
    script.write_text("echo bwrap: no; exit 1\n")
    assert make(WORKS).status == "compile-error"  # for the sandbox works


def test_a_sandbox_that_breaks_is_ours(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make.slot, "check", lambda: "no namespaces")
    (make.folder / "kit").mkdir()
    make.kit = make.folder / "kit"
    (make.kit / "build-host.sh").write_text("echo bwrap: no; exit 1\n")
    built = make(WORKS)
    assert built.status == "infra-error" and "no namespaces" in built.log


def test_cpu_time_is_limited(make: Maker) -> None:
    nest = "#define A0 x\n" + "".join(
        f"#define A{i} A{i - 1} A{i - 1}\n" for i in range(1, 40)
    )
    built = make(nest + "A39\n", cpu_s=1)
    assert built.status == "compile-error"
    assert built.log.startswith("the compiler was stopped after 1 s of CPU time: ")


def test_waiting_is_limited(make: Maker) -> None:
    # The wall clock: a device that never ends would also do.
    built = make('#include "/dev/stdin"\n#include "/dev/full"\n', wall_s=3, cpu_s=9)
    assert built.status == "compile-error"


def test_memory_is_limited(make: Maker) -> None:
    built = make('__asm__(".incbin \\"/dev/zero\\"");\n' + WORKS, wall_s=120, cpu_s=3)
    assert built.status == "compile-error"


def test_the_size_of_a_file_is_limited(make: Maker) -> None:
    built = make("char large[1 << 30] = {1};\n" + WORKS)
    assert built.status == "compile-error"
    assert "the compiler was stopped at 64 MB of output" in built.log


def test_a_compiler_that_crashes_says_so(make: Maker) -> None:
    many = 200_000
    built = make(f"int main(void) {{ return {'(' * many}0{')' * many}; }}\n")
    assert built.status == "compile-error"
    assert built.log.startswith(("the compiler crashed", "the compiler was stopped"))


def test_a_students_words_are_not_taken_for_a_limit(make: Maker) -> None:
    built = make("#error CPU time limit exceeded, out of memory\n")
    assert built.log.startswith("ring.c:1:2: error: #error CPU time")


def test_the_log_is_cut_and_shows_what_is_not_text(make: Maker) -> None:
    built = make("#error \x1b[31mred\x07\u202e</script>\n")
    assert not any(c in built.log for c in "\x1b\x07\u202e")
    endless = "".join(f"int f{i}(void) {{ return g{i}; }}\n" for i in range(2000))
    built = make(endless)
    assert built.status == "compile-error"
    assert len(built.log) < 66_000 and "left out" in built.log
