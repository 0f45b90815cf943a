"""The two folders of a grading: one to work in, one for the results."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from grader import result as results
from grader.errors import GraderError, StoreError


class work_folder:
    """A temporary folder that other users can pass through; leftovers of gradings
    that were killed are removed."""

    def __enter__(self) -> Path:
        place = Path(tempfile.gettempdir())
        for old in place.glob("dynamo-grade-*"):
            owner = old.name.split("-")[2]
            if (
                owner.isdigit()
                and not Path("/proc", owner).exists()
                and not old.is_symlink()
                and old.stat().st_uid == os.geteuid()
            ):
                shutil.rmtree(old, ignore_errors=True)
        try:
            self.path = Path(tempfile.mkdtemp(prefix=f"dynamo-grade-{os.getpid()}-"))
            self.path.chmod(0o711)
        except OSError as error:
            raise GraderError(
                f"cannot make a folder in {place}: {error.strerror}; "
                "make room or set TMPDIR"
            ) from None
        return self.path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


class out_folder:
    """The results' folder, writable and used by one grading at a time."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def __enter__(self) -> Path:
        try:
            for name in ("results", "logs"):
                (self.out / name).mkdir(parents=True, exist_ok=True)
            self.lock = open(self.out / ".lock", "a", encoding="ascii")
        except OSError as error:
            raise StoreError(
                f"cannot write to {self.out}: {error.strerror}; name "
                "another folder with --out"
            ) from None
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.lock.close()
            raise GraderError(
                f"another grading works in {self.out}; wait for it or "
                "name another folder with --out"
            ) from None
        results.write_whole(self.out / ".probe", b"x" * 4096)
        (self.out / ".probe").unlink(missing_ok=True)
        return self.out

    def __exit__(self, *_: object) -> None:
        self.lock.close()
