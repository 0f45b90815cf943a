"""Names that are no text break whoever writes them to JSON."""

import sys
import warnings
import zipfile
from pathlib import Path

ROOT = Path.cwd().parent.parent.parent
STARTER = (ROOT / "starter/ring.c").read_bytes()

warnings.simplefilter("ignore")
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("ring.c", STARTER)
    archive.writestr("bad-\udcff-\x1b[31m\r\n".replace("\udcff", "\ufffe"), "x")
    archive.writestr("=1+1.txt", "x")
Path(sys.argv[1]).write_bytes(
    Path(sys.argv[1]).read_bytes().replace("\ufffe".encode(), b"\xff\xfe\xfd")
)
