"""A folder of example submissions: the reference, the starter, wrong and hostile ones.

    tests/mutants/LAB-NAME.toml      story, caught_by, and [[edit]] with file, find
                                     (must occur exactly once in solution/), replace
    tests/attacks/NAME/attack.toml   story, expect; beside it submission/ (a folder)
                                     or make.py, called with the path to write to
"""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any, Sequence

from grader.errors import GraderError
from grader.lab import ROOT, Lab

MUTANTS = 5


def read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise GraderError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GraderError(f"{path} is not valid TOML: {error}") from None


def mutated(mutant: Path, lab: Lab, root: Path = ROOT) -> dict[str, str]:
    """The solution's files with a mutant's edits."""
    files = {name: (root / "solution" / name).read_text("utf-8") for name in lab.files}
    for edit in read_toml(mutant).get("edit", []):
        name, old = str(edit.get("file")), edit.get("find")
        if name in lab.needs and name not in files:
            files[name] = (root / "solution" / name).read_text("utf-8")
        if name not in files or not isinstance(old, str):
            raise GraderError(f"{mutant}: an [[edit]] needs a file of the lab and find")
        count = files[name].count(old)
        if count != 1:
            raise GraderError(
                f"{mutant}: its find occurs {count} times in "
                f"solution/{name}, not once"
            )
        files[name] = files[name].replace(old, str(edit.get("replace", "")))
    return files


def assemble(
    labs: Sequence[Lab],
    out: Path,
    mutants: int = MUTANTS,
    root: Path = ROOT,
    every_attack: bool = False,
) -> int:
    """Fill an empty or missing folder with submissions; how many there are.

    The reference and the starter have the files of all labs; the others have those
    of the lab that they are about, and its name in theirs. Of the mutants those that
    say `example = true` come first, of the attacks they alone, or every one.
    """
    if out.exists() and any(out.iterdir()):
        if not (out / ".examples").is_file():
            raise GraderError(f"{out} is not empty; name a new folder")
        shutil.rmtree(out)  # made by this command before
    out.mkdir(parents=True, exist_ok=True)
    (out / ".examples").write_text("Made by 'python3 -m grader examples'.\n", "ascii")
    count = 0
    names = [file for lab in labs for file in lab.files]
    for name, source in (("reference", "solution"), ("starter", "starter")):
        if (root / source).is_dir():
            _write(out / name, _files(root / source, names))
            count += 1
    for lab in labs:
        count += _of_lab(lab, out, mutants, root, every_attack)
    return count


def _files(folder: Path, names: Sequence[str]) -> dict[str, str]:
    return {name: (folder / name).read_text("utf-8") for name in names}


def _of_lab(lab: Lab, out: Path, mutants: int, root: Path, every_attack: bool) -> int:
    count = 0
    found = sorted((root / "tests/mutants").glob(f"{lab.id}-*.toml"))
    first = [path for path in found if read_toml(path).get("example") is True]
    rest = [path for path in found if path not in first]
    step = max(1, len(rest) // mutants) if mutants else 1
    for mutant in [*first, *rest[::step]][:mutants]:
        name = mutant.stem.removeprefix(f"{lab.id}-")
        _write(out / f"{lab.id}-wrong-{name}", mutated(mutant, lab, root))
        count += 1
    for attack in sorted((root / "tests/attacks").glob("*/attack.toml")):
        table = read_toml(attack)
        if not every_attack and table.get("example") is not True:
            continue
        if str(table.get("lab", lab.id)) == lab.id:
            _attack(
                attack.parent, table, out / f"{lab.id}-hostile-{attack.parent.name}"
            )
            count += 1
    if lab.needs and all((root / "solution" / f).is_file() for f in lab.files):
        # Right, but what it needs of an earlier lab does not build.
        files = _files(root / "solution", lab.files)
        files |= {name: "#error not finished\n" for name in lab.needs}
        _write(out / f"{lab.id}-broken-{Path(lab.needs[0]).stem}", files)
        count += 1
    return count


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


def _attack(folder: Path, table: dict[str, Any], target: Path) -> None:
    if (folder / "submission").is_dir():
        shutil.copytree(folder / "submission", target, symlinks=True)
        return
    ending = str(table.get("archive", ".zip"))
    if not re.fullmatch(r"\.?(zip|tar\.gz|tgz)|", ending):
        raise GraderError(f"{folder}/attack.toml: archive must be .zip or .tar.gz")
    if ending:
        target = target.with_name(f"{target.name}.{ending.lstrip('.')}")
    done = subprocess.run(
        ["/usr/bin/python3", "make.py", str(target.resolve())],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not target.exists():
        raise GraderError(
            f"{folder}/make.py did not make {target.name}: "
            f"{done.stderr.strip()[-200:]}"
        )
