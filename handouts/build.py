#!/usr/bin/python3
"""Builds what students are handed.

    build.py html|pdf|all --lab lab1 --out build/handouts
    build.py tarball --lab lab1,lab2 --out build/handout --reference build/reference

The first makes lab1.html, one file with everything in it, and lab1.pdf from
that. The second makes also dynamo-lab1.tar.gz, the package that a student unpacks
(package.py says what goes in), and the same of lab 2. A sentence and exit status 1
when it cannot.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import package
from source import HandoutError, LabText, expand

HANDOUTS = Path(__file__).resolve().parent
ROOT = HANDOUTS.parent


def tool(name: str, debian_package: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise HandoutError(
            f"{name} is missing: install the Debian package {debian_package}"
        )
    return path


def run(argv: list[str], stdin: str | None = None) -> None:
    """Runs a tool in silence; what it says is shown when it fails."""
    # WeasyPrint orders sets by hash and stamps fonts with the time.
    steady = os.environ | {
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(package.MTIME),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        argv, input=stdin, text=True, capture_output=True, check=False, env=steady
    )
    if done.returncode != 0:
        raise HandoutError(f"{argv[0]} failed:\n{done.stderr.strip()}")


def build_html(lab: LabText, out: Path) -> Path:
    pandoc = tool("pandoc", "pandoc")
    markdown = expand(lab)
    out.mkdir(parents=True, exist_ok=True)
    page = out / f"{lab.id}.html"
    run(
        [
            pandoc,
            "--from=markdown",
            "--to=html5",
            "--standalone",
            "--self-contained",
            "--section-divs",
            "--toc",
            "--toc-depth=2",
            "--highlight-style=tango",
            f"--template={HANDOUTS / 'template.html'}",
            f"--css={HANDOUTS / 'style.css'}",
            f"--resource-path={HANDOUTS}",
            f"--output={page}",
        ],
        stdin=markdown,
    )
    check_links(lab, page)
    return page


def check_links(lab: LabText, page: Path) -> None:
    """Every link within the page and every anchor of lab.toml leads somewhere."""
    text = page.read_text(encoding="utf-8")
    ids = set(re.findall(r'\bid="([^"]+)"', text))
    wanted = set(re.findall(r'href="#([^"]+)"', text))
    wanted |= {part["anchor"] for part in lab.parts}
    for anchor in sorted(wanted - ids):
        raise HandoutError(
            f"{lab.source.name} has no section with the anchor #{anchor}"
        )


def build_pdf(lab: LabText, out: Path) -> Path:
    weasyprint = tool("weasyprint", "weasyprint")
    page = build_html(lab, out)
    pdf = page.with_suffix(".pdf")
    run([weasyprint, "--quiet", str(page), str(pdf)])
    return pdf


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build what students are handed.")
    parser.add_argument("what", choices=["html", "pdf", "all", "tarball"])
    parser.add_argument(
        "--lab", default="lab1", help="the labs' ids, with commas (default: lab1)"
    )
    parser.add_argument(
        "--reference",
        type=Path,
        default=ROOT / "build/reference",
        help="where `make reference` puts its objects (default: build/reference)",
    )
    parser.add_argument("--out", type=Path, required=True, help="where to")
    return parser.parse_args(argv)


def build(lab: LabText, options: argparse.Namespace) -> None:
    if options.what == "html":
        print(build_html(lab, options.out))
        return
    pdf = build_pdf(lab, options.out)
    page = pdf.with_suffix(".html")
    print(page, pdf, sep="\n")
    if options.what == "tarball":
        made = {f"handouts/{path.name}": path.read_bytes() for path in (page, pdf)}
        made |= package.lent(lab, options.reference)
        print(package.write(lab, made, options.out))


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    try:
        for lab_id in options.lab.split(","):
            build(LabText.load(ROOT, lab_id), options)
    except HandoutError as error:
        print(f"handouts: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
