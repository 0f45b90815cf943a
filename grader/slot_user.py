"""A real user id for each slot, so that limits and kills hit that slot alone.

Only root can change users. The ids belong to nobody in the password file; a
lock file for each keeps two graders on one machine from sharing one, since each
ends its runs by killing all processes of its id.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path

from grader.errors import GraderError

FIRST_ID = 64700
LAST_ID = 65499  # 65534 and its neighbours have meanings of their own
COUNT = LAST_ID - FIRST_ID + 1
LOCK_FOLDER = Path("/run/lock")


class SlotUser:
    """A lease of one user id, held until `release`."""

    def __init__(self, index: int) -> None:
        self.uid, self._lock = _lease(index)

    def release(self) -> None:
        os.close(self._lock)


def _lease(index: int) -> tuple[int, int]:
    for offset in range(COUNT):
        uid = FIRST_ID + (index + offset) % COUNT
        if _has_name(uid):
            continue
        lock = _try_lock(uid)
        if lock is None:
            continue
        if _is_running(uid):  # e.g. a grader in a container with a /run of its own
            os.close(lock)
            continue
        return uid, lock
    raise GraderError(
        f"no user id from {FIRST_ID} to {LAST_ID} is free for slot {index}; "
        "end other graders on this machine or use fewer jobs"
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _try_lock(uid: int) -> int | None:
    folder = LOCK_FOLDER if os.access(LOCK_FOLDER, os.W_OK) else Path("/tmp")
    path = folder / f"dynamo-grader-{uid}.lock"
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = os.open(path, flags, 0o600)
    except OSError:
        return None
    status = os.fstat(lock)
    with suppress(OSError):
        if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid():
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
    os.close(lock)
    return None


def processes_of(uid: int) -> list[int]:
    """The living processes of a user (a zombie is dead)."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            if folder.stat().st_uid != uid:
                continue
            after_name = (folder / "stat").read_text().rpartition(")")[2]
            if after_name.split()[0] != "Z":
                found.append(int(folder.name))
    return found


def _is_running(uid: int) -> bool:
    return bool(processes_of(uid))
