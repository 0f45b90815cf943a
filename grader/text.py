"""Text from students made fit to be shown.

Messages and logs hold whatever a student's program or the compiler printed about
it: terminal escapes, control characters, lone surrogates. Results store them as
they are; every output (terminal, HTML, XML, JSON for others, CSV) passes them
through here first.
"""

import re

OUTPUT_MAX = 100_000  # characters: what Gradescope shows of one output

_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC and other strings
    r"|\x1b[ -/]*[0-~]"  # two-character escapes
)
# Controls, and the marks that make text read in another order than it is written.
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    "\ufeff\ufffe\uffff\ud800-\udfff]"
)
_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)


def _shown(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def visible(text: str) -> str:
    """The text without terminal escapes, other odd characters made visible."""
    text = _ANSI.sub("", text.replace("\r\n", "\n"))
    return _ODD.sub(_shown, text)


def one_line(text: str, limit: int = 200) -> str:
    """The text as one visible line, for progress lines and table cells."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= limit else line[: limit - 3] + "..."


def cut(text: str, limit: int = OUTPUT_MAX) -> str:
    """At most `limit` characters: the beginning and the end of a longer text."""
    if len(text) <= limit:
        return text
    note = f"\n[... {len(text) - limit} characters and more left out ...]\n"
    room = max(0, limit - len(note))
    head = room * 2 // 3
    tail = room - head
    return (text[:head] + note + (text[-tail:] if tail else ""))[:limit]


def storable(text: str) -> str:
    """The text as valid Unicode (surrogate pairs joined, lone ones replaced)."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def cell(text: str) -> str:
    """A spreadsheet cell that is never taken for a formula."""
    text = visible(text) if not text.startswith(_FORMULA) else "'" + visible(text)
    return "'" + text if text.startswith(_FORMULA) else text


def number(value: float) -> str:
    """Points without a needless '.0'."""
    return str(int(value)) if float(value).is_integer() else f"{value:.2f}"
