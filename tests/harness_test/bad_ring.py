"""A ring that misbehaves in many ways, and the judge that is to notice.

One program holds all misdeeds, so that it is compiled once. Which of them a
host commits is a number in its read-only data; a test gets a copy of the program
with that number patched. A misdeed is a function's body in C; what it returns
becomes the result of ring_leave or of load_efficiency.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", ROOT / "build"))
KIT = BUILD / "kit"
JUDGE = BUILD / "judge" / "lab1-public"
LAB = ROOT / "labs" / "lab1-ring" / "lab.toml"

# Calls ring_open, then ring_leave.
LEAVE = "RingLeave.RefusesStrangersAndSecondLeaves"
# Calls load_efficiency alone, on random loads.
EFFICIENCY = "LoadEfficiency.IsTheMeanOverTheHottest"

MARK = b"misdeed number "

HEAD = r"""
#include <assert.h>
#include <stdio.h>

static const char misdeed[] = "misdeed number 000";

/* Hides from the compiler that it knows the text, so that a patch counts. */
static const char *patched(void)
{
    const char *text = misdeed;

    __asm__ volatile("" : "+r"(text));
    return text;
}

/* A zero that the compiler does not see through. */
#define ZERO (patched()[0] - 'm')

/* Hides from the compiler where a pointer comes from. */
#define HIDE(pointer) __asm__ volatile("" : "+r"(pointer))

struct ring { uint64_t members; };
"""

TAIL = r"""
static int chosen(void)
{
    const char *digit = patched() + 15;

    return (digit[0] - '0') * 100 + (digit[1] - '0') * 10 + (digit[2] - '0');
}

int ring_open(struct ring **ring, const struct ring_config *config)
{
    (void)config;
    *ring = malloc(sizeof **ring);
    if (*ring == NULL)
        return DYN_ENOMEM;
    (*ring)->members = 0;
    return DYN_OK;
}

void ring_close(struct ring *ring)
{
    free(ring);
}

static int misbehave(void)
{
    switch (chosen()) {
@CASES@
    default: return DYN_ENOENT;
    }
}

int ring_leave(struct ring *ring, node_id node)
{
    (void)ring;
    (void)node;
    return misbehave();
}

double load_efficiency(const double *loads, size_t count)
{
    double sum = 0, hottest = 0;

    misbehave();
    for (size_t i = 0; i < count; i++) {
        sum += loads[i];
        hottest = loads[i] > hottest ? loads[i] : hottest;
    }
    return sum / (double)count / hottest;
}
"""


def starter_without(*functions: str) -> str:
    """The starter's stubs but for its struct and these functions."""
    text = (ROOT / "starter" / "ring.c").read_text()
    text = re.sub(r"struct ring \{.*?\n\};\n", "", text, flags=re.S)
    for function in functions:
        text, count = re.subn(
            rf"^[a-z][^\n;]*\b{function}\([^;{{]*\)\n\{{.*?^\}}\n",
            "",
            text,
            flags=re.S | re.M,
        )
        assert count == 1, f"starter/ring.c has no {function}; mend bad_ring.py"
    return text


def source(misdeeds: dict[str, str]) -> str:
    """ring.c with all misdeeds, numbered from 1 in the order of the table."""
    raw = (ROOT / "tests" / "attacks" / "raw.h").read_text()
    own = ("ring_open", "ring_close", "ring_leave", "load_efficiency")
    text = starter_without(*own)
    text += HEAD + raw
    cases = ""
    for number, (name, body) in enumerate(misdeeds.items(), 1):
        text += f"\n__attribute__((noinline)) static int {name}(void)\n"
        text += "{\n" + body.strip("\n") + "\n    return DYN_ENOENT;\n}\n"
        cases += f"    case {number}: return {name}();\n"
    return text + TAIL.replace("@CASES@\n", cases)


def line_of(text: str, function: str) -> int:
    """The number of the line that says 'here' in a function."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if f" int {function}(void)" in line)
    return next(i for i in range(start, len(lines)) if "/* here */" in lines[i]) + 1


def compile_host(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Builds folder/out/host from a ring.c of this text, as `make` does."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ring.c").write_text(text)
    return subprocess.run(
        ["sh", f"{KIT}/build-host.sh", str(KIT), f"{folder}/out", "lab1"]
        + [f"{folder}/ring.c"],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def copy_lab(path: Path, **limits: int) -> Path:
    """lab.toml with other limits."""
    text = LAB.read_text()
    for name, value in limits.items():
        text, count = re.subn(rf"(?m)^{name} = \d+", f"{name} = {value}", text)
        assert count == 1, f"lab.toml has no limit {name}"
    path.write_text(text)
    return path


@dataclass
class Run:
    """What a judge left behind."""

    status: int
    stdout: str
    stderr: str
    results: list[dict[str, object]]

    @property
    def result(self) -> dict[str, object]:
        """The one test's."""
        assert len(self.results) == 1, f"{self.results}\n{self.stdout}{self.stderr}"
        return self.results[0]

    @property
    def kind(self) -> object:
        return self.result["kind"]

    @property
    def message(self) -> str:
        return str(self.result["message"])


def judge(
    host: Path | str,
    test: str = LEAVE,
    *flags: str,
    lab: Path = LAB,
    results: Path,
    seed: int | None = 1,
    timeout: float = 120,
) -> Run:
    """Runs one test of the public suite."""
    command = [str(JUDGE), f"--host={host}", f"--lab={lab}", f"--results={results}"]
    command += [f"--gtest_filter={test}", f"--steps={results.parent}/failures"]
    if seed is not None:
        command.append(f"--seed={seed}")
    done = subprocess.run(
        command + list(flags),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=timeout,
        check=False,
    )
    lines = []
    if results.is_file():
        # A strict reading: an invalid byte fails the test.
        lines = results.read_bytes().decode("utf-8").splitlines()
    return Run(
        done.returncode,
        done.stdout.decode("utf-8"),
        done.stderr.decode("utf-8"),
        [json.loads(line) for line in lines],
    )


def processes_of(text: str) -> list[int]:
    """The processes, dead ones too, whose command line holds this text."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if text.encode() in words:
                found.append(int(entry.name))
    return found
