"""A wrong solution: the reference with the edits of one LAB-NAME.toml.

    story       the mistake, as a student makes it, and what it does to a store
    caught_by   the tests that must fail; the first is the one that is for it
    refused     instead: a part of the sentence with which the kit refuses it
    random      optional: why a failure need not come again with the same seed
    explored    optional: why the few cases of grading miss it; it is looked for
                as `make test-LAB` does, by trying many cases in one process
    [[edit]]    file (any of the lab's), find (occurs exactly once), replace

What was built and judged is kept in build/mutants until the kit, a judge, the
lab, the reference or the mutant changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import workbench
from lab import ROOT, Lab, lab_of
from workbench import WORK, Result

HERE = Path(__file__).resolve().parent
NAMES = sorted(path.stem for path in HERE.glob("*.toml"))
LABS = sorted({name.split("-")[0] for name in NAMES})
AGAIN = re.compile(r"SEED=(0x[0-9a-f]+) CASE=(\d+)")


@dataclass(frozen=True)
class Mutant:
    name: str
    story: str
    caught_by: list[str]
    refused: str
    random: str
    explored: str
    edits: list[dict[str, str]]

    @property
    def lab(self) -> Lab:
        return lab_of(self.name)


@dataclass(frozen=True)
class Judged:
    """What became of one host: also what is kept as JSON."""

    built: int  # build-host.sh's exit code
    said: str
    results: list[Result]
    replays: dict[str, str]  # test: its kind when its SEED and CASE ran again


def load(name: str) -> Mutant:
    data = tomllib.loads((HERE / f"{name}.toml").read_text())
    return Mutant(
        name,
        data["story"],
        data.get("caught_by", []),
        data.get("refused", ""),
        data.get("random", ""),
        data.get("explored", ""),
        data["edit"],
    )


def edited(mutant: Mutant) -> dict[str, str]:
    """The files that the mutant changes. An edit that no longer fits says so."""
    texts: dict[str, str] = {}
    for number, edit in enumerate(mutant.edits, 1):
        file = edit["file"]
        assert file in mutant.lab.sources, (
            f"{mutant.name}.toml: edit {number} is of {file}, which is none of the "
            f"files that {mutant.lab.id} is built from: {', '.join(mutant.lab.sources)}"
        )
        text = texts.get(file) or (ROOT / "solution" / file).read_text()
        times = text.count(edit["find"])
        assert times == 1, (
            f"{mutant.name}.toml: what edit {number} finds occurs {times} times "
            f"in solution/{file}, not once; write the mistake anew:\n" + edit["find"]
        )
        texts[file] = text.replace(edit["find"], edit["replace"])
    return texts


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Among several workers one builds a mutant, the others wait for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def fingerprint(lab_id: str) -> str:
    return workbench.fingerprint(lab_of(lab_id))


@dataclass(frozen=True)
class Wish:
    """What is to be looked at, and how."""

    lab: Lab
    texts: dict[str, str]  # of the lab's files that are not the reference's
    tests: list[str] | None  # None: all
    explored: bool = False
    again: bool = False

    def key(self) -> str:
        """Of what was kept of an earlier look: all that it depends on."""
        digest = hashlib.sha256(fingerprint(self.lab.id).encode())
        for file in self.lab.sources:
            text = self.texts.get(file) or (ROOT / "solution" / file).read_text()
            digest.update(f"{file} {len(text)}\n{text}".encode())
        digest.update(repr((self.tests, self.explored, self.again)).encode())
        return digest.hexdigest()


def seen(wish: Wish, out: Path) -> Judged:
    """What becomes of a host; from out/judged.json where nothing has changed."""
    key = wish.key()
    store = out / "judged.json"
    with only_one(out / "lock"):
        if store.exists():
            data: dict[str, Any] = json.loads(store.read_text())
            if data.pop("key") == key:
                data["results"] = [Result(**each) for each in data["results"]]
                return Judged(**data)
        judged = look_at(wish, out)
        part = store.with_suffix(".part")
        part.write_text(json.dumps({"key": key, **asdict(judged)}, indent=1))
        part.rename(store)
        return judged


def look_at(wish: Wish, out: Path) -> Judged:
    folder = out / "source"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, text in wish.texts.items():
        (folder / file).write_text(text)
    code, said = workbench.build(wish.lab, folder, out)
    if code != 0:
        return Judged(code, said, [], {})
    explorer = workbench.link_explorer(wish.lab, out) if wish.explored else None
    results = workbench.judge(wish.lab, out, wish.tests, explorer=explorer)
    replays = {}
    for test, result in results.items():
        place = AGAIN.search(result.message)
        if wish.again and result.verdict == "failed" and place is not None:
            seed, case = place.groups()
            once_more = workbench.judge(
                wish.lab, out, [test], explorer=explorer, seed=seed, case=case
            )
            replays[test] = once_more[test].kind
    return Judged(code, said, list(results.values()), replays)


def judged(name: str) -> Judged:
    """What became of a mutant."""
    mutant = load(name)
    wish = Wish(
        mutant.lab,
        edited(mutant),
        mutant.caught_by,
        explored=bool(mutant.explored),
        again=not mutant.random,
    )
    return seen(wish, WORK / name)
