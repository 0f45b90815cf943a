"""Three names that become one hide which file is meant."""

import sys
import warnings
import zipfile
from pathlib import Path

ROOT = Path.cwd().parent.parent.parent
STARTER = (ROOT / "starter/ring.c").read_bytes()

warnings.simplefilter("ignore")
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("ring.c", STARTER)
    archive.writestr("./ring.c", (ROOT / "starter/ring.c").read_bytes() + b"// 2")
    archive.writestr("lab//ring.c", STARTER + b"// 3")
    archive.writestr("ring.c", STARTER + b"// 4")
