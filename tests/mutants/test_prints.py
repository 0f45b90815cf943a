"""What a student prints in a handler is told where it was printed.

Whole nodes run in worlds, where a printf among a thousand events is of no use by
itself. Addresses are printed here, which are others in each process: a node that prints
them does the same as one that does not.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import workbench
from lab import ROOT, lab_of
from mutant import edited, load

HANDLER = re.compile(
    r"^void \w+_(on_message|look)\([^)]*struct env \*env[^)]*\)\n\{$", re.M
)
PRINT = '\n    printf("at %p\\n", (void *)env);\n    fprintf(stderr, "and so on\\n");'
# A mutant, its file in which each handler prints, and a test that fails for it.
FAILURES = [
    ("lab2-register-answers-before-storing", "register.c"),
    ("lab4-handoff-drops-what-it-sends", "handoff.c"),
]


def printing(text: str) -> str:
    text, count = HANDLER.subn(lambda match: match[0] + PRINT, text)
    assert count > 0
    return "#include <stdio.h>\n" + text


@pytest.mark.parametrize(("name", "file"), FAILURES)
def test_a_failure_tells_where_it_was(name: str, file: str, tmp_path: Path) -> None:
    mutant = load(name)
    (tmp_path / file).write_text(printing(edited(mutant)[file]))
    assert workbench.build(mutant.lab, tmp_path, tmp_path) == (0, "")
    test = mutant.caught_by[0]
    result = workbench.judge(mutant.lab, tmp_path, [test])[test]
    assert result.kind == "expectation", result.message
    happened = result.message.split("  What happened\n")[1]
    assert re.search(r"prints: at 0x[0-9a-f]+\n", happened), happened
    assert "prints: and so on" in happened
    assert "prints: at 0x" in (tmp_path / f"steps/{test}.jsonl").read_text()


def test_an_address_that_is_printed_changes_nothing(tmp_path: Path) -> None:
    lab = lab_of("lab2")
    source = (ROOT / "solution/register.c").read_text()
    (tmp_path / "register.c").write_text(printing(source))
    assert workbench.build(lab, tmp_path, tmp_path) == (0, "")
    results = workbench.judge(lab, tmp_path, None)
    assert {r.test: r.message for r in results.values() if r.verdict != "passed"} == {}
