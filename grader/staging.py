"""Brings files to where a sandbox's user can read them, and nobody is fooled."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from grader.errors import GraderError


def stage(path: Path, root: Path, name: str) -> Path:
    """A copy of a file or folder in `root` that every user can read.

    Copied once a version, however many ask for it at the same time.
    """
    try:
        target = root / f"{name}-{_version(path)}"
        if target.exists():
            return target
        with tempfile.TemporaryDirectory(dir=root) as work:
            copy = Path(work, name)
            if path.is_dir():
                shutil.copytree(path, copy)
            else:
                shutil.copy(path, copy)
            _open_to_all(copy)
            with suppress(OSError):  # another slot was faster
                copy.rename(target)
    except FileNotFoundError as error:
        raise GraderError(f"{path} is missing; build it with make") from error
    if not target.exists():
        raise GraderError(f"{path} cannot be copied to {target}")
    return target


def copy_regular(source: Path, target: Path) -> None:
    """Copies a regular file; a link, pipe or device is not followed."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(source, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{source} is not a regular file")
        with target.open("wb") as copy:
            shutil.copyfileobj(file, copy)


def _version(path: Path) -> str:
    paths = [path, *sorted(path.rglob("*"))] if path.is_dir() else [path]
    digest = hashlib.sha256()
    for each in paths:
        status = each.stat()
        fact = (str(each), status.st_size, status.st_mtime_ns)
        digest.update(repr(fact).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]


def _open_to_all(path: Path) -> None:
    for each in [path, *path.rglob("*")] if path.is_dir() else [path]:
        executable = each.is_dir() or each.stat().st_mode & 0o100
        each.chmod(0o755 if executable else 0o644)


def require_passable(root: Path) -> None:
    for folder in (root.resolve(), *root.resolve().parents):
        if not folder.stat().st_mode & 0o001:
            raise GraderError(
                f"other users cannot pass through {folder}; use a folder below "
                f"{tempfile.gettempdir()} with mode 711"
            )
