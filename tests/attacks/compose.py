"""Makes a submission of an attack: make.py OUT, run in the attack's folder.

Most attacks are the starter's ring.c, which earns nothing, with an attack added.
Their attack.c holds the attack alone; this puts in the text of the files that it
includes by a path with 'attacks/' or 'starter/' in front, and for ROOT@ the path
of the project, since an attacker may guess it. OUT becomes a folder with ring.c.
"""

import re
import sys
from pathlib import Path

HERE = Path.cwd()
ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = {"attacks": ROOT / "tests/attacks", "starter": ROOT / "starter"}
INCLUDE = re.compile(r'^#include "(attacks|starter)/([\w.-]+)"$', re.MULTILINE)


def composed(text: str) -> str:
    def part(match: re.Match[str]) -> str:
        return composed((PARTS[match[1]] / match[2]).read_text("utf-8"))

    return INCLUDE.sub(part, text).replace("ROOT@", str(ROOT))


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir()
    source = (HERE / "attack.c").read_text("utf-8")
    (out / "ring.c").write_text(composed(source), "utf-8")


if __name__ == "__main__":
    main()
