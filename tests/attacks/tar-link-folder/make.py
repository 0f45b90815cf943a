"""A linked folder leads out, and a member is written through it."""

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

    link = tarfile.TarInfo("folder")
    link.type, link.linkname = tarfile.SYMTYPE, "/tmp"
    add(link)
    add(tarfile.TarInfo("folder/dynamo-escaped"), b"escaped")
    add(tarfile.TarInfo("ring.c"), STARTER)
