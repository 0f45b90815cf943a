"""The file is a symbolic link to the solution."""

import stat
import sys
import warnings
import zipfile
from pathlib import Path

ROOT = Path.cwd().parent.parent.parent
STARTER = (ROOT / "starter/ring.c").read_bytes()

warnings.simplefilter("ignore")
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    link = zipfile.ZipInfo("ring.c")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(link, str(ROOT / "solution/ring.c"))
