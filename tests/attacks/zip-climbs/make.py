"""A member's name climbs out of the folder by dots."""

import sys
import warnings
import zipfile
from pathlib import Path

ROOT = Path.cwd().parent.parent.parent
STARTER = (ROOT / "starter/ring.c").read_bytes()

warnings.simplefilter("ignore")
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("ring.c", STARTER)
    archive.writestr("../../../../../../tmp/dynamo-escaped", "escaped")
