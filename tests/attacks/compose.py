"""Makes a submission of an attack: make.py OUT, run in the attack's folder.

Most attacks are the starter, which earns nothing, with an attack added to one file:
attack.toml's `file`, or that of ATTACKED. Their attack.c holds the attack alone; this
puts in the text of the files that it includes by a path with 'attacks/' or 'starter/'
in front, and for ROOT@ the path of the project, since an attacker may guess it. OUT
becomes a folder with the lab's files.
"""

import re
import sys
import tomllib
from pathlib import Path

HERE = Path.cwd()
ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = {"attacks": ROOT / "tests/attacks", "starter": ROOT / "starter"}
# Of each lab: the file that attack.c becomes; the others stay as they are.
ATTACKED = {
    "lab1": "ring.c",
    "lab2": "register.c",
    "lab3": "coordinator.c",
    "lab4": "merkle.c",
    "lab5": "histogram.c",
}
INCLUDE = re.compile(r'^#include "(attacks|starter)/([\w.-]+)"$', re.MULTILINE)


def composed(text: str) -> str:
    def part(match: re.Match[str]) -> str:
        return composed((PARTS[match[1]] / match[2]).read_text("utf-8"))

    return INCLUDE.sub(part, text).replace("ROOT@", str(ROOT))


def files_of(lab: str) -> list[str]:
    """What a student hands in."""
    (path,) = ROOT.glob(f"labs/{lab}-*/lab.toml")
    files: list[str] = tomllib.loads(path.read_text("utf-8"))["files"]
    return files


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir()
    source = (HERE / "attack.c").read_text("utf-8")
    table = tomllib.loads((HERE / "attack.toml").read_text("utf-8"))
    lab = table["lab"]
    for name in files_of(lab):
        text = (PARTS["starter"] / name).read_text("utf-8")
        if name == table.get("file", ATTACKED[lab]):
            text = composed(source)
        (out / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
