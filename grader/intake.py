"""Intake: which students handed something in, and the files taken of each.

Only the files that lab.toml names are taken, from the top of a submission or from
the one subfolder that holds them. Finding the submissions is cheap; each one is
read when its turn comes, so that a bad one costs its own student alone.
"""

import hashlib
import os
import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator, Mapping

from grader import entries
from grader.entries import Entry, Refusal, shown
from grader.errors import GraderError
from grader.lab import Lab

METADATA = "submission_metadata.yml"
# Beside the submissions, not one of them; any other file is refused by name.
_BYSTANDERS = {".csv", ".md", ".txt", ".toml", ".json", ".html", ".yml"}


@dataclass(frozen=True)
class Student:
    name: str
    file: str  # the name as a file name, unique
    id: str = ""
    login: str = ""
    email: str = ""


@dataclass(frozen=True)
class Source:
    """Where a student's submission lies; nothing of it has been read."""

    student: Student
    path: Path
    prefix: str | None = None  # its folder inside the zip of a bulk export
    problem: str | None = None  # known without looking inside


@dataclass(frozen=True)
class Taken:
    """What was taken of a submission, or why nothing was."""

    files: dict[str, bytes] = field(default_factory=dict)
    refusal: str | None = None
    absent: bool = False  # refused because none of the lab's files is there
    # Files of earlier labs: the student's own, or why they are not to be used.
    needs: dict[str, bytes] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        digest = hashlib.sha256()
        if self.refusal is not None:
            digest.update(b"refused\0" + self.refusal.encode("utf-8", "replace"))
        for name, data in sorted({**self.files, **self.needs}.items()):
            digest.update(f"{name}\0{len(data)}\0".encode())
            digest.update(data)
        return digest.hexdigest()


def safe_name(name: str) -> str:
    """A file name for a student, never shared by two: a name that had to be
    changed (or that looks like a changed one) ends in a hash of the original."""
    raw = os.fsencode(name)
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".-")[:60]
    if safe and safe == name and not re.search(r"-[0-9a-f]{12}$|\.next$", name):
        return safe
    return f"{safe or 'student'}-{hashlib.sha256(raw).hexdigest()[:12]}"


def person(name: str, **more: str) -> Student:
    shown_name = os.fsencode(name).decode("utf-8", "backslashreplace")
    return Student(shown_name, safe_name(name), **more)


# ---- which submissions there are ----


def find(place: Path) -> list[Source]:
    """The submissions in a folder, or in the folder or zip of a bulk export."""
    if place.is_dir():
        export = _export_folder(place)
        found = _exported(export) if export else _listed(place)
    elif zipfile.is_zipfile(place):
        found = _exported_zip(place)
    elif place.exists():
        raise GraderError(
            f"{place} is neither a folder of submissions nor the .zip "
            "of Gradescope's export"
        )
    else:
        raise GraderError(
            f"there is no folder {place}; name the folder that holds "
            "one folder or archive a student"
        )
    if not found:
        raise GraderError(
            f"{place} holds no submission: it needs one folder, .zip or "
            ".tar.gz a student"
        )
    return sorted(found, key=lambda source: source.student.file)


def _export_folder(place: Path) -> Path | None:
    if (place / METADATA).is_file():
        return place
    inside = [p for p in place.iterdir() if not p.name.startswith((".", "__MACOSX"))]
    if (
        len(inside) == 1
        and not inside[0].is_symlink()
        and (inside[0] / METADATA).is_file()
    ):
        return inside[0]
    return None


def _listed(place: Path) -> list[Source]:
    by_name: dict[str, list[Path]] = {}
    for path in sorted(place.iterdir(), key=lambda p: os.fsencode(p.name)):
        if path.name.startswith(".") or path.name == "__MACOSX":
            continue
        if path.is_dir():
            name = path.name
        else:
            stem = entries.archive_stem(path.name)
            if stem is None and path.suffix.lower() in _BYSTANDERS:
                continue
            name = stem or path.stem
        by_name.setdefault(name, []).append(path)
    return [
        Source(person(name), paths[0], problem=_problem(paths))
        for name, paths in by_name.items()
    ]


def _problem(paths: list[Path]) -> str | None:
    if len(paths) > 1:
        return (
            "There are several submissions of this name: "
            + ", ".join(shown(p.name) for p in paths)
            + ". Keep one."
        )
    path = paths[0]
    if path.is_symlink():
        return f"{shown(path.name)} is a link. Hand in the files themselves."
    if not path.is_dir() and entries.archive_stem(path.name) is None:
        return (
            f"{shown(path.name)} is neither a folder nor a .zip or .tar.gz "
            "archive. Hand in one of these."
        )
    return None


def _exported(place: Path) -> list[Source]:
    table = _metadata((place / METADATA).read_bytes(), place / METADATA)
    return [
        Source(
            student,
            place / key,
            problem=None
            if _real_folder(place / key)
            else "The export holds no folder of this submission.",
        )
        for key, student in table
    ]


def _real_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _exported_zip(place: Path) -> list[Source]:
    try:
        with zipfile.ZipFile(place) as file:
            names = [
                n
                for n in file.namelist()
                if n == METADATA or re.fullmatch(rf"[^/]+/{METADATA}", n)
            ]
            if len(names) != 1:
                raise GraderError(
                    f"{place} is not a bulk export: it needs one {METADATA}. Unpack it "
                    "and name the folder that holds one folder or archive a student"
                )
            if file.getinfo(names[0]).file_size > 50_000_000:
                raise GraderError(f"{names[0]} in {place} is too large")
            table = _metadata(file.read(names[0]), place / names[0])
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise GraderError(f"{place} cannot be read as a .zip: {error}") from None
    root = names[0].removesuffix(METADATA)
    return [Source(student, place, prefix=f"{root}{key}/") for key, student in table]


def _metadata(data: bytes, where: Path) -> list[tuple[str, Student]]:
    """Folder and student of each submission; a group's counts for each member."""
    import yaml  # Debian's python3-yaml; only an export needs it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        table = yaml.load(data, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise GraderError(f"{where} is not valid YAML") from None
    if not isinstance(table, dict):
        raise GraderError(f"{where} is not Gradescope's metadata of submissions")
    rows: list[tuple[str, str, str, str]] = []
    for key, value in table.items():
        if not re.fullmatch(r"submission_\w+", str(key)):
            raise GraderError(f"{where}: {key!r} is not the name of a submission")
        people = _get(value, "submitters") or [{}]
        for member in people if isinstance(people, list) else [{}]:
            rows.append(
                (
                    str(key),
                    str(_get(member, "name") or key),
                    str(_get(member, "email") or ""),
                    str(_get(member, "sid") or ""),
                )
            )
    shared = Counter(safe_name(row[1]) for row in rows)
    found: list[tuple[str, Student]] = []
    for key, name, email, sid in rows:
        file = safe_name(name)
        if shared[file] > 1:  # namesakes are told apart by address or number
            file = safe_name(f"{name} {email or sid or key}")
        found.append((key, Student(name, file, sid, email, email)))
    if len({student.file for _, student in found}) != len(found):
        raise GraderError(f"{where} lists a student twice")
    return found


def _get(table: Any, key: str) -> Any:
    """A value whose key is written as a Ruby symbol or without the colon."""
    if not isinstance(table, dict):
        return None
    return table.get(f":{key}", table.get(key))


# ---- what is taken of one ----

NOT_THERE = "none was handed in"

# What lies in each folder: a file's bytes, or why it cannot be taken.
Places = dict[tuple[str, ...], dict[str, bytes | Refusal]]


def take(source: Source, lab: Lab, borrowed: Mapping[str, str] | None = None) -> Taken:
    """The files of a submission. Raises OSError for trouble that is ours.

    `borrowed` are files of earlier labs that are the reference's in any case, and
    why."""
    if source.problem is not None:
        return Taken(refusal=source.problem)
    try:
        places = _read(_entries(source, lab), lab)
        home = _home(places, lab)
        if isinstance(home, Taken):
            return home
        needs, left = _needed(places, home, lab, borrowed or {})
        return Taken(_pick(places.get(home, {}), lab), needs=needs, left=left)
    except Refusal as refusal:
        return Taken(refusal=str(refusal))
    except MemoryError:
        return Taken(
            refusal="It cannot be unpacked in memory. Hand in only the files "
            "of this lab."
        )


def _entries(source: Source, lab: Lab) -> Iterator[Entry]:
    if source.prefix is not None:
        return entries.in_export(source.path, source.prefix, lab.limits)
    wanted = frozenset((*lab.files, *lab.needs))
    return entries.of_path(source.path, lab.limits, wanted)


def _read(found: Iterator[Entry], lab: Lab) -> Places:
    """All files of the lab, and those of earlier labs, wherever they lie."""
    limit = lab.limits.source_kb * 1024
    places: Places = {}
    for entry in found:
        if entry.name not in lab.files and entry.name not in lab.needs:
            continue
        place = places.setdefault(entry.folder, {})
        if entry.name in place:
            raise Refusal(
                f"{shown('/'.join(entry.parts))} is there twice. "
                "Hand in each file once."
            )
        if len(places) > 8:  # bounds what is held in memory, too
            raise Refusal(f"{shown(entry.name)} lies in many folders. Hand in one.")
        try:
            data = entry.read(limit + 1)
            place[entry.name] = (
                data
                if len(data) <= limit
                else Refusal(
                    f"{shown(entry.name)} is larger than {lab.limits.source_kb} KB."
                )
            )
        except Refusal as refusal:  # counts only if this is the file to be taken
            place[entry.name] = refusal
    return places


def _home(places: Places, lab: Lab) -> tuple[str, ...] | Taken:
    """The one folder that the lab's files are taken from."""
    homes = [place for place, there in places.items() if set(there) & set(lab.files)]
    if () not in homes and len(homes) > 1:
        where = ", ".join(sorted(shown("/".join(place)) for place in homes))
        raise Refusal(
            f"{', '.join(lab.files)} lies in several folders: {where}. "
            "Hand in one folder."
        )
    home = () if () in homes or not homes else homes[0]
    missing = [name for name in lab.files if name not in places.get(home, {})]
    if not missing:
        return home
    refusal = (
        f"{', '.join(missing)} is missing. Hand in "
        f"{', '.join(lab.files)} at the top or in one folder."
    )
    return Taken(refusal=refusal, absent=not homes)


def _pick(there: dict[str, bytes | Refusal], lab: Lab) -> dict[str, bytes]:
    taken: dict[str, bytes] = {}
    for name in lab.files:
        found_there = there[name]
        if isinstance(found_there, Refusal):
            raise found_there
        taken[name] = found_there
    return taken


def _needed(
    places: Places, home: tuple[str, ...], lab: Lab, borrowed: Mapping[str, str]
) -> tuple[dict[str, bytes], dict[str, str]]:
    """The student's own files of earlier labs: beside this lab's, or in the one
    other folder that has them. What is wrong with them is no reason to refuse."""
    needs: dict[str, bytes] = {}
    left: dict[str, str] = {}
    for name in lab.needs:
        where = [place for place, there in places.items() if name in there]
        if home in where:
            where = [home]
        if name in borrowed:
            left[name] = borrowed[name]
        elif not where:
            left[name] = NOT_THERE
        elif len(where) > 1:
            left[name] = f"{shown(name)} lies in several folders"
        else:
            data = places[where[0]][name]
            if isinstance(data, Refusal):
                left[name] = str(data)
            else:
                needs[name] = data
    return needs, left
