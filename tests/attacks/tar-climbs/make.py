"""A member's name climbs out of the folder by dots."""

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

    add(tarfile.TarInfo("ring.c"), STARTER)
    add(tarfile.TarInfo("../../../../../../tmp/dynamo-escaped"), b"escaped")
