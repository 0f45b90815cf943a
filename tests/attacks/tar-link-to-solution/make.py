"""The file is a symbolic link to the solution."""

import io
import sys
import tarfile
from pathlib import Path

ROOT = Path.cwd().parent.parent.parent
STARTER = (ROOT / "starter/ring.c").read_bytes()


with tarfile.open(sys.argv[1], "w:gz") as archive:

    def add(member: tarfile.TarInfo, data: bytes = b"") -> None:
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))

    link = tarfile.TarInfo("ring.c")
    link.type, link.linkname = tarfile.SYMTYPE, str(ROOT / "solution/ring.c")
    add(link)
