"""Files of earlier labs that a lab's host is built with, and whose they are.

They are the student's own where these were handed in and build; else the
reference's, compiled beforehand, since a source beside the student's could be
included and read.
"""

import shutil
from pathlib import Path
from typing import Any, Callable, Sequence

from grader.errors import GraderError
from grader.intake import Taken
from grader.lab import Lab
from grader.result import Need

ASKED = "the instructor chose that"
NO_BUILD = "your own does not build together with this lab's files"
REFUSED = ("compile-error", "refused")


def object_name(name: str) -> str:
    return Path(name).with_suffix(".o").name


def reference_object(reference: Path, name: str) -> Path:
    """Where the reference's file lies, compiled."""
    return reference / object_name(name)


def lent(lab: Lab, words: Sequence[str]) -> dict[str, str]:
    """The files that are to be the reference's, and why: FILE or FILE=WHY each."""
    found = {}
    for word in words:
        name, _, why = word.partition("=")
        if name in lab.needs:
            found[name] = why or ASKED
    return found


def check_names(labs: Sequence[Lab], names: Sequence[str]) -> None:
    known = sorted({name for lab in labs for name in lab.needs})
    for name in names:
        if name not in known:
            raise GraderError(
                f"--with-reference {name}: none of these labs needs that file of an "
                f"earlier one; they need {', '.join(known) or 'none'}"
            )


def check(lab: Lab, reference: Path) -> None:
    for name in lab.needs:
        built = reference_object(reference, name)
        if not built.is_file():
            raise GraderError(f"there is no {built}; make it with 'make reference'")


class Assembly:
    """The builds of one submission, with the reference's in place of some files."""

    def __init__(
        self,
        lab: Lab,
        taken: Taken,
        reference: Path,
        sources: Path,
        build: Callable[[Sequence[str]], Any],
    ) -> None:
        self.lab, self.taken, self.reference = lab, taken, reference
        self.sources, self.build = sources, build

    def run(self) -> tuple[Any, list[Need]]:
        """The build that counts (build.Built), and whose files are in it."""
        lent = dict(self.taken.left)
        first = self._with(lent)
        own = list(self.taken.needs)
        if first.status not in REFUSED or not own:
            return first, self._needs(lent, "")
        # One early mistake is not to be paid for in every lab: is it theirs?
        every = lent | {name: NO_BUILD for name in own}
        last = self._with(every)
        if last.status in REFUSED:
            return first, self._needs(lent, "")
        for name in own if len(own) > 1 and last.status == "ok" else ():
            fewer = {key: why for key, why in every.items() if key != name}
            if self._with(fewer).status == "ok":
                every = fewer
            last = self._with(every)
        return last, self._needs(every, first.log)

    def _with(self, lent: dict[str, str]) -> Any:
        files = list(self.lab.files)
        for name in self.lab.needs:
            path = self.sources / (object_name(name) if name in lent else name)
            path.unlink(missing_ok=True)
            if name in lent:
                shutil.copyfile(reference_object(self.reference, name), path)
            else:
                path.write_bytes(self.taken.needs[name])
            files.append(path.name)
        return self.build(files)

    def _needs(self, lent: dict[str, str], log: str) -> list[Need]:
        return [
            Need(name, "reference", lent[name], log if lent[name] == NO_BUILD else "")
            if name in lent
            else Need(name, "own")
            for name in self.lab.needs
        ]
