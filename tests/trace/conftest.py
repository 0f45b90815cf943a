"""A browser for the trace page, and the tool that makes pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/trace"
TOOL = Path(os.environ.get("TRACE_TOOL", ROOT / "build/judge/trace-tool"))
DRIVER = Path("/usr/bin/chromedriver")


def run_tool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs trace-tool; whoever calls looks at its status."""
    if not TOOL.exists():
        pytest.fail(f"{TOOL} is missing: build it, or name it in TRACE_TOOL")
    return subprocess.run(
        [TOOL, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def sample(*options: str) -> str:
    """A trace from make_sample.py."""
    return subprocess.run(
        [sys.executable, "-B", HERE / "make_sample.py", *options],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def events_of(trace: str) -> list[dict[str, object]]:
    """All lines but the first."""
    return [json.loads(line) for line in trace.splitlines()[1:]]


MakePage = Callable[[str], Path]


@pytest.fixture
def make_page(tmp_path: Path) -> MakePage:
    """Makes the page of a trace and tells where it is."""

    def make(trace: str) -> Path:
        source = tmp_path / "trace.jsonl"
        source.write_text(trace, encoding="utf-8")
        page = tmp_path / "trace.html"
        done = run_tool("page", "--root=../", source, page)
        assert done.returncode == 0, done.stderr
        return page

    return make


@pytest.fixture(scope="module")
def chromium() -> Iterator[webdriver.Chrome]:
    """One browser for all tests of a file, without a window."""
    if not DRIVER.exists():
        pytest.fail("apt-get install chromium chromium-driver python3-selenium")
    options = Options()
    options.add_argument("--headless=new")
    options.add_argument("--window-size=1500,1000")
    options.add_argument("--disable-gpu")
    options.add_argument("--disable-dev-shm-usage")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # which chromium refuses root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(service=Service(str(DRIVER)), options=options)
    browser.set_script_timeout(300)
    yield browser
    browser.quit()
