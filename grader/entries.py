"""What is inside one submission: a folder, a .zip or a .tar.gz, never trusted.

Each reader yields the entries of its container after checking every name and
kind; nothing is ever written, links are never followed, and only the bytes of
wanted files are read, up to a limit that counts what really comes out. What a
student must change is a Refusal; an OSError is trouble of ours (a disk, a
permission) and passes through.
"""

import errno
import gzip
import io
import os
import stat
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Callable, Iterator

from grader.lab import Limits
from grader.text import _ODD, one_line

NAME_MAX, DEPTH_MAX = 1_000, 30


class Refusal(Exception):
    """Why a submission is not taken: a sentence for the student."""


@dataclass(frozen=True)
class Entry:
    parts: tuple[str, ...]
    read: Callable[[int], bytes]  # at most so many bytes; before the next entry

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def folder(self) -> tuple[str, ...]:
        return self.parts[:-1]


def shown(name: str) -> str:
    """A file's name as it can be printed, quoted."""
    raw = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return f"'{one_line(raw, 80)}'"


def checked(name: str, archive: bool) -> tuple[str, ...]:
    """The parts of a name that stays inside its container."""
    if len(name) > NAME_MAX:
        raise Refusal(
            f"The name {shown(name)} is too long. "
            "Hand in the files with short names."
        )
    if _ODD.search(name) or "\t" in name or "\n" in name:
        raise Refusal(
            f"The name {shown(name)} holds characters that no file of this "
            "lab needs. Rename the file or leave it out."
        )
    if archive and "\\" in name:
        raise Refusal(
            f"The name {shown(name)} holds a backslash. Make the archive "
            "with a tool that writes folders with '/'."
        )
    if name.startswith("/") or name[1:3] == ":/":
        raise Refusal(
            f"The name {shown(name)} is absolute. Make the archive from "
            "inside your folder, with relative names."
        )
    parts = tuple(p for p in name.split("/") if p not in ("", "."))
    if ".." in parts:
        raise Refusal(
            f"The name {shown(name)} leads out of the archive by '..'. "
            "Make the archive from inside your folder."
        )
    if len(parts) > DEPTH_MAX:
        raise Refusal(f"The name {shown(name)} is more than {DEPTH_MAX} folders deep.")
    return parts


def is_noise(parts: tuple[str, ...]) -> bool:
    """What tools leave behind: .git, .vscode, __MACOSX and what is in them."""
    return any(p.startswith(".") or p == "__MACOSX" for p in parts)


class Counter:
    """Refuses a container with too many entries."""

    def __init__(self, limits: Limits) -> None:
        self.left, self.limit = limits.entries, limits.entries

    def count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Refusal(
                f"It holds more than {self.limit} files. "
                "Hand in only the files of this lab."
            )


# ---- a folder ----


def read_regular(path: Path, limit: int) -> bytes:
    """At most `limit` bytes of a regular file, which is not reached by a link."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise Refusal(
                f"{shown(path.name)} is a link or a device, not a regular "
                "file. Hand in the file itself."
            ) from None
        raise
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        raise Refusal(
            f"{shown(path.name)} is not a regular file. " "Hand in the file itself."
        )
    with os.fdopen(fd, "rb") as file:
        if status.st_nlink > 1:
            raise Refusal(
                f"{shown(path.name)} is a hard link (the file has "
                f"{status.st_nlink} names). Hand in a copy."
            )
        return file.read(limit)


def folder(path: Path, limits: Limits, wanted: frozenset[str]) -> Iterator[Entry]:
    counter = Counter(limits)
    todo: list[tuple[Path, tuple[str, ...]]] = [(path, ())]
    while todo:
        here, parts = todo.pop()
        with os.scandir(here) as listing:
            found = sorted(listing, key=lambda item: item.name)
        for item in found:
            inside = checked("/".join((*parts, item.name)), archive=False)
            if is_noise(inside):
                continue
            counter.count()
            if item.is_dir(follow_symlinks=False) and item.name not in wanted:
                todo.append((Path(item.path), inside))
            else:  # what it is, is found out when it is read
                file = Path(item.path)
                yield Entry(
                    inside,
                    lambda limit, file=file: read_regular(  # type: ignore[misc]
                        file, limit
                    ),
                )


# ---- archives ----


def _whole(path: Path, limits: Limits) -> IO[bytes]:
    """The archive in memory, so that no error of reading it is the disk's."""
    limit = limits.archive_kb * 1024
    data = read_regular(path, limit + 1)
    if len(data) > limit:
        raise Refusal(
            f"The archive is larger than {limits.archive_kb} KB. "
            "Hand in only the files of this lab."
        )
    return io.BytesIO(data)


def _zip_entries(file: zipfile.ZipFile, limits: Limits, prefix: str) -> Iterator[Entry]:
    counter = Counter(limits)
    for info in file.infolist():
        raw = info.orig_filename
        if not raw.startswith(prefix):
            continue
        parts = checked(raw[len(prefix) :], archive=True)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise Refusal(
                f"{shown(raw)} is a link or a device. " "Hand in regular files only."
            )
        if is_noise(parts):
            continue
        counter.count()
        if parts and not raw.endswith("/") and kind != stat.S_IFDIR:

            def read(limit: int, info: zipfile.ZipInfo = info) -> bytes:
                if info.flag_bits & 0x1:
                    raise Refusal(
                        f"{shown(info.filename)} is encrypted. "
                        "Make the archive without a password."
                    )
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise Refusal(
                        f"{shown(info.filename)} is compressed in a way that "
                        "is not taken. Make the archive with 'zip'."
                    )
                with file.open(info) as stream:
                    return stream.read(limit)

            yield Entry(parts, read)


def _gunzipped(data: IO[bytes], limits: Limits) -> IO[bytes]:
    """All of it in memory: a tar that claims huge members is then skipped at once."""
    limit = limits.unpacked_kb * 1024
    with gzip.GzipFile(fileobj=data, mode="rb") as stream:
        plain = stream.read(limit + 1)
    if len(plain) > limit:
        raise Refusal(
            f"The archive unpacks to more than {limits.unpacked_kb} KB. "
            "Hand in only the files of this lab."
        )
    return io.BytesIO(plain)


def _tar_entries(file: tarfile.TarFile, limits: Limits) -> Iterator[Entry]:
    counter = Counter(limits)
    for info in file:
        setattr(file, "members", [])  # else tarfile keeps every member
        parts = checked(info.name, archive=True)
        if not (info.isreg() or info.isdir()) or info.sparse is not None:
            raise Refusal(
                f"{shown(info.name)} is a link, a device or a sparse file. "
                "Hand in regular files only."
            )
        if not 0 <= info.size <= limits.unpacked_kb * 1024:
            raise Refusal(f"{shown(info.name)} claims an impossible size.")
        if is_noise(parts):
            continue
        counter.count()
        if parts and info.isreg():

            def read(limit: int, info: tarfile.TarInfo = info) -> bytes:
                stream = file.extractfile(info)
                return stream.read(limit) if stream else b""

            yield Entry(parts, read)


def _guarded(entries: Callable[[], Iterator[Entry]], kind: str) -> Iterator[Entry]:
    """Whatever an archive's reader trips over is the archive's fault."""
    broken = Refusal(
        f"It cannot be read as a {kind} archive: it is damaged or of "
        "another kind. Make it again and look into it before handing in."
    )

    def guard(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        def guarded(limit: int) -> bytes:
            try:
                return read(limit)
            except Refusal:
                raise
            except Exception:  # the parsers raise two dozen kinds on hostile bytes
                raise broken from None

        return guarded

    try:
        for entry in entries():
            yield Entry(entry.parts, guard(entry.read))
    except (Refusal, GeneratorExit):
        raise
    except UnicodeError:
        raise Refusal(
            "It holds a name that cannot be decoded. Name the files with "
            "plain letters."
        ) from None
    except Exception:
        raise broken from None


def zipped(path: Path, limits: Limits, wanted: frozenset[str]) -> Iterator[Entry]:
    data = _whole(path, limits)

    def entries() -> Iterator[Entry]:
        with zipfile.ZipFile(data) as file:
            yield from _zip_entries(file, limits, "")

    return _guarded(entries, ".zip")


def tarred(path: Path, limits: Limits, wanted: frozenset[str]) -> Iterator[Entry]:
    data = _whole(path, limits)

    def entries() -> Iterator[Entry]:
        with tarfile.open(fileobj=_gunzipped(data, limits), mode="r:") as file:
            yield from _tar_entries(file, limits)

    return _guarded(entries, ".tar.gz")


def in_export(path: Path, prefix: str, limits: Limits) -> Iterator[Entry]:
    """One submission's entries in a zip of many (the zip itself is trusted more)."""

    def entries() -> Iterator[Entry]:
        with zipfile.ZipFile(path) as file:
            yield from _zip_entries(file, limits, prefix)

    return _guarded(entries, ".zip")


READERS = {".zip": zipped, ".tar.gz": tarred, ".tgz": tarred}


def archive_stem(name: str) -> str | None:
    """A student's name from an archive's file name; None when it is no archive."""
    for ending in sorted(READERS, key=len, reverse=True):
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return None


def of_path(path: Path, limits: Limits, wanted: frozenset[str]) -> Iterator[Entry]:
    for ending, reader in READERS.items():
        if path.name.lower().endswith(ending) and not path.is_dir():
            return reader(path, limits, wanted)
    return folder(path, limits, wanted)
