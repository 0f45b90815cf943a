"""It is no archive, only named like one."""

import sys
from pathlib import Path

Path(sys.argv[1]).write_bytes(b"PK\x03\x04" + bytes(range(256)) * 64)
