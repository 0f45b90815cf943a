"""A file of 1 GiB is packed into a megabyte."""

import sys
import warnings
import zipfile

warnings.simplefilter("ignore")
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    with archive.open("ring.c", "w", force_zip64=True) as member:
        for _ in range(1024):
            member.write(bytes(1 << 20))
