"""Intake against hostile and clumsy submissions."""

import gzip
import io
import os
import stat
import struct
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader import intake
from grader.errors import GraderError
from grader.intake import Source, Taken, person, safe_name
from grader.tests.conftest import Course

GOOD = b"int ring;\n"


def take(course: Course, path: Path) -> Taken:
    return intake.take(Source(person("ada"), path), course.lab)


def zipped(
    path: Path,
    members: dict[str, bytes],
    change: Callable[[zipfile.ZipInfo], None] = lambda info: None,
) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            change(info)
            file.writestr(info, data)
    return path


def tarred(path: Path, *members: tarfile.TarInfo | tuple[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for member in members:
            if isinstance(member, tuple):
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                file.addfile(info, io.BytesIO(member[1]))
            else:
                file.addfile(member)
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def refused(taken: Taken, *words: str) -> None:
    assert taken.refusal is not None and not taken.files
    for word in words:
        assert word in taken.refusal, taken.refusal
    assert taken.refusal.isprintable() and taken.refusal.rstrip().endswith(".")


@pytest.mark.parametrize(
    "names",
    [
        ["ring.c"],
        ["lab1/ring.c"],
        ["./ring.c"],
        ["ring.c", "old/ring.c"],
        ["lab1/src/ring.c", "lab1/README", "__MACOSX/._ring.c"],
    ],
)
def test_the_files_of_the_lab_are_found(course: Course, names: list[str]) -> None:
    members = {name: GOOD if i == 0 else b"other" for i, name in enumerate(names)}
    path = course.root / "folder"
    for name, data in members.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    a = take(course, path)
    b = take(course, zipped(course.root / "a.zip", members))
    c = take(course, tarred(course.root / "a.tar.gz", *members.items()))
    assert a.files == b.files == c.files == {"ring.c": GOOD}
    assert a.hash == b.hash == c.hash


@pytest.mark.parametrize(
    "name, word",
    [
        ("../ring.c", "'..'"),
        ("a/../../ring.c", "'..'"),
        ("/tmp/ring.c", "absolute"),
        ("C:/ring.c", "absolute"),
        ("a\\ring.c", "backslash"),
        ("a\nb.c", "characters"),
        ("a\x1b[2J.c", "characters"),
        ("\u202ec.gnir", "characters"),
        ("d/" * 40 + "x", "folders deep"),
        ("n" * 2000, "too long"),
    ],
)
def test_names_that_lead_elsewhere(course: Course, name: str, word: str) -> None:
    data = {"ring.c": GOOD, name: b"x"}
    refused(take(course, zipped(course.root / "a.zip", data)), word)
    refused(take(course, tarred(course.root / "a.tar.gz", *data.items())), word)


def test_undecodable_names(course: Course) -> None:
    refused(
        take(
            course,
            tarred(
                course.root / "a.tar.gz",
                ("ring.c", GOOD),
                (os.fsdecode(b"a\xff.c"), b""),
            ),
        ),
        "\\xff",
    )
    folder = course.hand_in("ada")
    (folder / os.fsdecode(b"b\xfe.c")).write_text("")
    refused(take(course, folder), "\\xfe")


@pytest.mark.parametrize(
    "member",
    [
        special("ring.c", tarfile.SYMTYPE, "/etc/passwd"),
        special("ring.c", tarfile.LNKTYPE, "../bob/ring.c"),
        special("other", tarfile.SYMTYPE, ".."),
        special("dev", tarfile.CHRTYPE),
        special("disk", tarfile.BLKTYPE),
        special("pipe", tarfile.FIFOTYPE),
    ],
    ids=lambda info: info.name,
)
def test_links_and_devices_in_a_tar(course: Course, member: tarfile.TarInfo) -> None:
    refused(take(course, tarred(course.root / "a.tgz", member)), member.name)


def test_links_and_devices_in_a_zip(course: Course) -> None:
    def link(info: zipfile.ZipInfo) -> None:
        info.external_attr = (stat.S_IFLNK | 0o777) << 16

    refused(
        take(course, zipped(course.root / "a.zip", {"ring.c": b"/etc/passwd"}, link)),
        "link",
    )


def test_links_and_devices_in_a_folder(course: Course) -> None:
    secret = course.root / "secret.c"
    secret.write_text("secret")
    for name, make in {
        "soft": lambda p: p.symlink_to(secret),
        "hard": lambda p: p.hardlink_to(secret),
        "pipe": lambda p: os.mkfifo(p),
        "folder": lambda p: p.mkdir(),
        "far": lambda p: p.symlink_to("/dev/zero"),
    }.items():
        folder = course.submissions / name
        folder.mkdir(parents=True)
        make(folder / "ring.c")
        refused(take(course, folder), "ring.c")
    (course.submissions / "dir").symlink_to(course.submissions / "soft")
    found = {s.student.name: s for s in intake.find(course.submissions)}
    refused(intake.take(found["dir"], course.lab), "link")
    linked = course.submissions / "sub"
    linked.mkdir()
    (linked / "inner").symlink_to(course.submissions)
    refused(take(course, linked), "missing")


def test_what_is_too_large(course: Course) -> None:
    big = b"\0" * 50_000_000
    begun = time.monotonic()
    refused(take(course, zipped(course.root / "a.zip", {"ring.c": big})), "4 KB")
    refused(take(course, tarred(course.root / "a.tar.gz", ("ring.c", big))), "4 KB")
    refused(
        take(course, tarred(course.root / "b.tar.gz", ("x", big), ("y", big))),
        "unpacks to more",
    )
    (course.hand_in("ada") / "ring.c").write_bytes(b" " * 4097)
    refused(take(course, course.submissions / "ada"), "4 KB")
    many = {f"f{i}": b"" for i in range(3_000)}
    refused(take(course, zipped(course.root / "m.zip", many)), "2000 files")
    (course.root / "r.zip").write_bytes(os.urandom(11_000_000))
    refused(take(course, course.root / "r.zip"), "10240 KB")
    assert time.monotonic() - begun < 60


def test_a_zip_that_lies_about_its_size(course: Course) -> None:
    path = zipped(course.root / "a.zip", {"ring.c": b"x" * 100_000})
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 100_000), struct.pack("<I", 10)))
    refused(take(course, path))


def test_a_tar_header_that_claims_much(course: Course) -> None:
    begun = time.monotonic()
    info = tarfile.TarInfo("ring.c")
    info.size = 1 << 40
    path = course.root / "a.tar.gz"
    path.write_bytes(gzip.compress(info.tobuf(tarfile.PAX_FORMAT) + b"x" * 2000))
    refused(take(course, path))
    head = tarfile.TarInfo("x")
    head.type, head.size = tarfile.XHDTYPE, 1 << 33
    path.write_bytes(gzip.compress(head.tobuf(tarfile.GNU_FORMAT) + bytes(10_000_000)))
    refused(take(course, path))
    assert time.monotonic() - begun < 60


def test_headers_nested_without_end(course: Course) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 0
    path = course.root / "a.tar.gz"
    path.write_bytes(gzip.compress(info.tobuf(tarfile.GNU_FORMAT) * 5_000))
    refused(take(course, path))


@pytest.mark.parametrize(
    "members",
    [
        [("ring.c", GOOD), ("./ring.c", b"other")],
        [("a/ring.c", GOOD), ("a//ring.c", b"")],
        [("a/ring.c", GOOD), ("b/ring.c", GOOD)],
        [("notes.txt", b"")],
        [],
    ],
)
def test_ambiguous_or_missing(course: Course, members: list[tuple[str, bytes]]) -> None:
    refused(take(course, tarred(course.root / "a.tar.gz", *members)), "ring.c")


def test_encrypted_and_damaged(course: Course) -> None:
    path = zipped(course.root / "a.zip", {"ring.c": GOOD * 50})
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + at] |= 1
    path.write_bytes(data)
    refused(take(course, path), "encrypted")
    for name in ("b.zip", "b.tar.gz"):
        (course.root / name).write_bytes(b"this is no archive")
        refused(take(course, course.root / name), "cannot be read")


PIECES = st.sampled_from(
    [
        "ring.c",
        "a",
        "b",
        "..",
        ".",
        "",
        "/",
        "\\",
        "\0",
        "\n",
        "\x1b[0m",
        "\udcff",
        "ring.c/",
        "__MACOSX",
        "é",
        "C:",
    ]
)
NAMES = st.lists(PIECES, min_size=1, max_size=4).map("/".join)


@settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    members=st.lists(
        st.tuples(
            NAMES,
            st.sampled_from(
                [
                    tarfile.REGTYPE,
                    tarfile.SYMTYPE,
                    tarfile.LNKTYPE,
                    tarfile.DIRTYPE,
                    tarfile.CONTTYPE,
                    b"S",
                    b"Z",
                ]
            ),
            st.binary(max_size=20),
        ),
        max_size=5,
    ),
    damage=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=3),
)
def test_random_tars_are_taken_or_refused(
    course: Course,
    members: list[tuple[str, bytes, bytes]],
    damage: list[tuple[int, int]],
) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as file:
        for name, kind, data in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(data), "ring.c"
            try:
                file.addfile(info, io.BytesIO(data))
            except (ValueError, UnicodeError, OSError, struct.error):
                pass
    plain = bytearray(raw.getvalue())
    for at, value in damage:
        plain[at % len(plain)] = value
    path = course.root / "a.tar.gz"
    path.write_bytes(gzip.compress(bytes(plain), 1))
    check_taken(take(course, path))


@settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    names=st.lists(NAMES, max_size=4),
    damage=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4),
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_random_zips_are_taken_or_refused(
    course: Course, names: list[str], damage: list[tuple[int, int]]
) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as file:
        for name in names:
            try:
                file.writestr(zipfile.ZipInfo(name), GOOD)
            except UnicodeError:
                pass
    plain = bytearray(raw.getvalue())
    for at, value in damage:
        plain[at % len(plain)] = value
    path = course.root / "a.zip"
    path.write_bytes(plain)
    check_taken(take(course, path))


def check_taken(taken: Taken) -> None:
    if taken.refusal is None:
        assert set(taken.files) == {"ring.c"} and len(taken.files["ring.c"]) <= 4096
    else:
        assert taken.refusal.isprintable()


# ---- names and exports ----


@given(
    st.lists(
        st.text(max_size=80).filter(lambda t: "\0" not in t), max_size=6, unique=True
    )
)
@settings(max_examples=100, deadline=None, database=None, derandomize=True)
def test_names_become_file_names_without_collisions(names: list[str]) -> None:
    names = [
        n
        for n in names
        if not any(0xD800 <= ord(c) < 0xDC80 or 0xDCFF < ord(c) < 0xE000 for c in n)
    ]
    safe = [safe_name(name) for name in names]
    assert len(set(safe)) == len(safe)
    for name in safe:
        assert name.isascii() and "/" not in name and not name.startswith((".", "-"))
        assert 0 < len(name) < 100 and not name.endswith(".next")
        assert safe_name(name) == name or "-" in name


def test_file_names_that_would_meet() -> None:
    names = ["a b", "a_b", safe_name("a b"), "..", "", "a.next", "../x", "\udcff"]
    assert len({safe_name(name) for name in names}) == len(names)
    assert safe_name("ada.l") == "ada.l"


YML = """---
submission_11:
  :submitters:
  - :name: Ada Lovelace
    :sid: '17'
    :email: ada@example.edu
  :created_at: 2024-01-31 12:00:00 Z
submission_12:
  :submitters:
  - :name: Sam
    :email: s1@example.edu
  - :name: Sam
    :email: s2@example.edu
submission_13:
  :submitters: []
"""


def test_gradescopes_export(course: Course) -> None:
    root = course.root / "export" / "assignment_9_export"
    for key in ("submission_11", "submission_12"):
        (root / key).mkdir(parents=True)
        (root / key / "ring.c").write_bytes(GOOD)
    (root / intake.METADATA).write_text(YML)
    archive = course.root / "export.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in root.rglob("*"):
            file.write(path, path.relative_to(root.parent))
    for place in (root, root.parent, archive):
        found = {s.student.login or s.student.name: s for s in intake.find(place)}
        assert set(found) == {
            "ada@example.edu",
            "s1@example.edu",
            "s2@example.edu",
            "submission_13",
        }
        ada = found["ada@example.edu"]
        assert (ada.student.name, ada.student.id) == ("Ada Lovelace", "17")
        assert len({s.student.file for s in found.values()}) == 4
        assert intake.take(ada, course.lab).files == {"ring.c": GOOD}
        refused(intake.take(found["submission_13"], course.lab))


@pytest.mark.parametrize("text", ["- 1", "{", "../x: {}", "a: &a [*a]"])
def test_a_broken_export_is_one_sentence(course: Course, text: str) -> None:
    course.submissions.mkdir()
    (course.submissions / intake.METADATA).write_text(text)
    with pytest.raises(GraderError):
        intake.find(course.submissions)


def test_several_submissions_of_one_name(course: Course) -> None:
    course.hand_in("ada")
    zipped(course.submissions / "ada.zip", {"ring.c": GOOD})
    course.hand_in("bob")
    (course.submissions / "roster.csv").write_text("")
    found = {s.student.name: s for s in intake.find(course.submissions)}
    assert set(found) == {"ada", "bob"}
    refused(intake.take(found["ada"], course.lab), "several")
    assert not intake.take(found["bob"], course.lab).refusal


def test_an_empty_or_missing_folder_is_one_sentence(course: Course) -> None:
    for place in (course.root / "nothing", course.root / "kit"):
        with pytest.raises(GraderError):
            intake.find(place)
