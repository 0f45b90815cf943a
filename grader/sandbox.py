"""Where students' code is compiled and run.

detect() finds out by trying which level of sandbox this machine offers; a Slot
is one place to build and run one submission at a time: a folder, as root also a
user id of its own, and nothing that outlives it. wrap.py has the command lines.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from grader.confined import Completed, run_confined
from grader.errors import GraderError
from grader.slot_user import SlotUser, processes_of
from grader.staging import copy_regular, require_passable, stage
from grader.wrap import (
    BUILD_LIMITS,
    BWRAP,
    HOST_LIMITS,
    SYMBOLIZER_LIMITS,
    Box,
    Limits,
    View,
)

LEVELS = ("full", "reduced", "none")
ADDR2LINE = "/usr/bin/addr2line"


@dataclass(frozen=True)
class Level:
    name: str  # "full", "reduced" or "none"
    reason: str = ""  # why it is not a better one; "" for full


def detect(confine: Path, wanted: str = "auto") -> Level:
    """The best level that works here, or the wanted one if it works."""
    if wanted not in ("auto", *LEVELS):
        raise GraderError(
            f"there is no sandbox level '{wanted}'; use auto, {', '.join(LEVELS)}"
        )
    reasons: list[str] = []
    for name in LEVELS if wanted == "auto" else (wanted,):
        problem = _try_level(confine, name)
        if problem is None:
            if name == "none" and not reasons:
                reasons.append("no sandbox was asked for")
            return Level(name, "; ".join(reasons))
        reasons.append(f"{name}: {problem}")
    raise GraderError(f"no sandbox works here ({'; '.join(reasons)})")


def _try_level(confine: Path, name: str) -> str | None:
    """What keeps this machine from the level; None when it works."""
    if name == "full" and not BWRAP.exists():
        return "bubblewrap is not installed (apt-get install bubblewrap)"
    if name == "reduced" and os.geteuid() != 0 and _landlock(confine) == 0:
        return "the kernel has no Landlock, and only root can change the user"
    with tempfile.TemporaryDirectory(prefix="dynamo-detect-") as folder:
        root = Path(folder)
        root.chmod(0o711)
        try:
            with Slot(confine, Level(name), 0, root) as slot:
                return slot.check()
        except OSError as error:
            return str(error)


def _landlock(confine: Path) -> int:
    argv = [str(confine), "--landlock"]
    try:
        answer = subprocess.run(argv, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise GraderError(
            f"the launcher {confine} does not run ({error}); build it with make"
        ) from error
    return int(answer.stdout)


class Slot:
    """A place to build and run submissions, one after the other.

    `root` is an existing folder that other users can pass through (mode 711,
    below the system's temporary folder); slots of one run share it. Programs of
    a slot can read the kit and their own slot, and nothing else of `root`.
    """

    def __init__(self, confine: Path, level: Level, index: int, root: Path) -> None:
        self.level = level
        self.index = index
        self.root = root
        self.folder = root / f"slot{index}"
        self.uid: int | None = None
        self._confine = confine
        self._user: SlotUser | None = None

    def __enter__(self) -> Slot:
        if os.geteuid() == 0:
            require_passable(self.root)
        staged = self._stage(self._confine, "confine")
        if os.geteuid() == 0:
            self._user = SlotUser(self.index)
            self.uid = self._user.uid
        self.box = Box(self.level.name, staged, self.uid)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        self._own(self.folder, 0o750)
        for name in ("src", "out", "tmp"):
            self._fresh(name)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.reap()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._user is not None:
            self._user.release()

    # ---- running ----

    def run_build(
        self,
        argv: Sequence[str],
        *,
        kit: Path,
        source: Path,
        out: Path,
        limits: Limits = BUILD_LIMITS,
        files: Sequence[str] | None = None,
    ) -> Completed:
        """Runs a tool on a submission, in the folder of its files.

        In argv, @kit, @source and @out at the start of a word become those
        folders as the sandbox sees them. `files` are the names to take from
        `source` (default: all regular files). `out` starts empty; it names the
        build for host_flags and is kept within the slot.
        """
        inner = self._out(out)
        self._fresh("src")
        self._fresh("tmp")
        self._fresh(inner.name, inner)
        self._copy_source(source, files)
        views = {
            "@kit": View(self._stage(kit, "kit"), "/kit"),
            "@source": View(self.folder / "src", "/src"),
            "@out": View(inner, "/out", writable=True),
        }
        try:
            return self._run(
                [_resolve(self.box, views, word) for word in argv],
                list(views.values()),
                limits,
                start_in=views["@source"],
            )
        finally:
            self.reap()
            self._seal(inner)

    def host_flags(self, out: Path, limits: Limits = HOST_LIMITS) -> list[str]:
        """The judge's flags that run the host built into `out` in the sandbox."""
        view = View(self._out(out), "/out")
        wrap = self.box.prefix([view], limits, compiles=False, channel=True)
        host = self.box.path(view, "host")
        symbolizer = [
            *self.box.prefix(
                [view],
                SYMBOLIZER_LIMITS,
                compiles=True,
                scratch=self.folder / "tmp",
            ),
            *(ADDR2LINE, "-f", "-p", "-e", host),
        ]
        return [
            f"--host={host}",
            *(f"--wrap={word}" for word in wrap),
            *(f"--symbolizer={word}" for word in symbolizer),
        ]

    def host_file(self, out: Path) -> Path:
        """Where the host built into `out` really lies."""
        return self._out(out) / "host"

    def check(self) -> str | None:
        """What is wrong with this slot; None when it works.

        Runs a harmless program as a host and as a compiler. To be asked when a
        program failed in a way that may be the sandbox's fault.
        """
        launcher = "/confine"
        if self.level.name != "full":
            launcher = str(self.box.confine)
        for compiles in (False, True):
            done = self._run(
                [launcher, "--check"], [], SYMBOLIZER_LIMITS, compiles=compiles
            )
            if done.returncode != 0:
                said = done.output.decode("utf-8", "replace").strip()
                return said or f"a test program ended with {done.returncode}"
        return None

    def reap(self) -> None:
        """Ends whatever still runs as this slot's user.

        Without a user of its own the supervisor has done that already.
        """
        if self.uid is None:
            return
        argv = [str(self.box.confine), "--reap", f"--user={self.uid}"]
        for _ in range(200):
            done = subprocess.run(argv, capture_output=True, text=True)
            if done.returncode != 0:
                raise GraderError(f"slot {self.index}: {done.stderr.strip()}")
            if not processes_of(self.uid):
                return
            time.sleep(0.01)
        raise GraderError(
            f"processes of user {self.uid} do not die; restart the machine"
        )

    def _run(
        self,
        argv: Sequence[str],
        views: Sequence[View],
        limits: Limits,
        *,
        compiles: bool = True,
        start_in: View | None = None,
    ) -> Completed:
        def prefix(report_fd: int) -> list[str]:
            return self.box.prefix(
                views,
                limits,
                compiles=compiles,
                scratch=self.folder / "tmp",
                start_in=start_in,
                report_fd=report_fd,
            )

        return run_confined(prefix, argv, limits)

    # ---- files ----

    def _out(self, out: Path) -> Path:
        """The folder within the slot for a build that the caller calls `out`."""
        name = hashlib.sha256(os.fsencode(out.absolute())).hexdigest()[:16]
        return self.folder / "out" / name

    def _own(self, path: Path, mode: int) -> None:
        """Root's, and readable by the slot's user: it cannot change it."""
        if self.uid is not None:
            os.chown(path, 0, self.uid, follow_symlinks=False)
        path.chmod(mode)

    def _fresh(self, name: str, path: Path | None = None) -> None:
        """An empty folder in the slot."""
        path = path or self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700)
        self._own(path, 0o750)
        if self.uid is not None and (name == "tmp" or path.parent.name == "out"):
            os.chown(path, self.uid, self.uid)

    def _copy_source(self, source: Path, files: Sequence[str] | None) -> None:
        if files is None:
            files = sorted(p.name for p in source.iterdir() if p.is_file())
        for name in files:
            if name in ("", ".", "..") or "/" in name:
                raise GraderError(f"'{name}' is no plain file name; mend lab.toml")
            target = self.folder / "src" / name
            copy_regular(source / name, target)
            self._own(target, 0o640)

    def _seal(self, out: Path) -> None:
        """After a build: only regular files stay, and nobody can change them."""
        for folder, folders, names in os.walk(out):
            for name in (*folders, *names):
                path = Path(folder, name)
                mode = path.lstat().st_mode
                if stat.S_ISDIR(mode):
                    self._own(path, 0o750)
                elif stat.S_ISREG(mode):
                    self._own(path, 0o750 if mode & 0o100 else 0o640)
                else:
                    path.unlink()
        self._own(out, 0o750)

    def _stage(self, path: Path, name: str) -> Path:
        """A copy of a file or folder where every slot's user can read it.

        Copied once a version for all slots of `root`.
        """
        return stage(path, self.root, name)


def _resolve(box: Box, views: dict[str, View], word: str) -> str:
    name, slash, rest = word.partition("/")
    if name not in views:
        return word
    return box.path(views[name]) + slash + rest
