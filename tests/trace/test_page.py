"""The trace page in a browser: it draws all that happened, and hides on demand."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from conftest import HERE, MakePage, events_of, run_tool, sample
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

STALE_GET = (HERE / "stale-get.jsonl").read_text(encoding="utf-8")
HOSTILE = (
    "</script><script>window.hacked=1</script><img src=x onerror=hacked=1><!--\u2028"
)


class Page:
    """The page in the browser, by what a reader sees of it."""

    def __init__(self, browser: Chrome, path: Path, height: int = 1000) -> None:
        self.browser = browser
        browser.set_window_size(1500, height)
        browser.get_log("browser")  # what an earlier page has said
        browser.get(path.as_uri())

    def run(self, script: str, *arguments: object) -> object:
        """JavaScript in the page."""
        return self.browser.execute_script(script, *arguments)

    def count(self, selector: str) -> int:
        """Elements there are."""
        return len(self.browser.find_elements(By.CSS_SELECTOR, selector))

    def values(self, selector: str, name: str) -> list[str]:
        """An attribute of all elements that match."""
        found = self.run(
            "return [...document.querySelectorAll(arguments[0])]"
            ".map((e) => e.getAttribute(arguments[1]))",
            selector,
            name,
        )
        assert isinstance(found, list)
        return found

    def text(self, selector: str) -> str:
        """What an element says."""
        return str(
            self.run(
                "return document.querySelector(arguments[0]).textContent", selector
            )
        )

    def press(self, keys: str) -> None:
        """On the keyboard."""
        self.browser.find_element(By.ID, "scroller").send_keys(keys)

    def tick(self, group: str, name: str) -> None:
        """Changes a checkbox of the filters."""
        for label in self.browser.find_elements(By.CSS_SELECTOR, f"#{group} label"):
            if label.text.strip() == name:
                label.find_element(By.TAG_NAME, "input").click()
                return
        pytest.fail(f"no checkbox {name}")

    def rows(self) -> list[int]:
        """The events in words, by index."""
        return [int(value) for value in self.values("[data-row]", "data-row")]

    def bright(self) -> set[int]:
        """Those that are not dimmed."""
        found = self.values("[data-row]:not(.dim)", "data-row")
        return {int(value) for value in found}

    def silent(self) -> bool:
        """Nothing was complained of on the console."""
        log = self.browser.get_log("browser")
        assert log == [], log
        return True


@pytest.fixture
def small(chromium: Chrome, make_page: MakePage) -> Page:
    """The stale get, in a window that holds all of it."""
    return Page(chromium, make_page(STALE_GET), height=1900)


def past_of(events: list[dict[str, object]], last: int) -> set[int]:
    """What happened before an event, found anew from the trace alone."""
    causes: dict[int, set[int]] = {}
    latest: dict[str, int] = {}
    sends: dict[object, int] = {}
    steps: dict[tuple[str, object], int] = {}
    for i, event in enumerate(events):
        kind, causes[i] = event["e"], set()
        if kind in ("invoke", "return", "abandon"):
            place: str | None = f"client {event['client']}"
        elif kind == "violation":
            place = None
        else:
            place = f"n{event['n']}" if "n" in event else None
        if place:
            if place in latest:
                causes[i].add(latest[place])
            latest[place] = i
        if kind == "send":
            sends[event["m"]] = i
        elif kind == "copy":
            sends[event["m"]] = sends[event["of"]]
        if kind in ("recv", "lose", "copy"):
            causes[i].add(sends[event["m"]])
        if kind in ("invoke", "reply"):
            steps[str(kind), event["op"]] = i
        if kind in ("request", "return"):
            before = "invoke" if kind == "request" else "reply"
            causes[i].add(steps[before, event["op"]])
    past, left = {last}, [last]
    while left:
        new = causes[left.pop()] - past
        past |= new
        left.extend(new)
    return past


def test_draws_all_that_happened(small: Page) -> None:
    kinds = Counter(str(event["e"]) for event in events_of(STALE_GET))
    messages = kinds["send"] + kinds["copy"]
    assert small.count("[data-message]") == messages
    assert small.count("[data-message] .arrow") == messages
    assert small.count("[data-message][data-end=lost] .cross") >= kinds["lose"]
    assert small.count("[data-message][data-end=lost]") == kinds["lose"]
    assert small.count("[data-message][data-end=received]") == kinds["recv"]
    assert small.count("[data-copy=yes] .arrow.copy") == kinds["copy"]
    assert small.count("#bars .bar") == kinds["invoke"]
    assert small.count("[data-violation]") == kinds["violation"] == 1
    assert small.rows() == list(range(len(events_of(STALE_GET))))
    assert small.silent()


def test_marks_the_violation_and_its_operations(small: Page) -> None:
    assert small.values("#bars .bar.involved", "data-op") == ["0", "1"]
    assert "had been acknowledged before" in small.text(".broken")
    assert '"stored" from 1 node (W=2): n1 (1.1)' in small.text(".broken")
    assert "ended before" in small.text("svg .breach-text")
    assert "BROKEN: Register.Reads" in small.text(".row.violation")
    assert small.silent()


def test_says_what_was_run(small: Page) -> None:
    assert "ReadsSeeTheLastAcknowledgedWrite, seed 0x2a" in small.browser.title
    assert small.text("#setup") == "register on 3 nodes, N=3, R=2, W=2 (isolated world)"
    assert small.values("#handout", "href") == ["../handouts/lab2.html#part-b"]


def test_shades_a_node_that_is_cut_off(small: Page) -> None:
    assert small.text("#bands .band.cut") == "cut off from n2, n3"
    assert small.count("#bands .band") == 1


def test_a_click_shows_what_led_to_an_event(small: Page) -> None:
    events = events_of(STALE_GET)
    reply = max(i for i, event in enumerate(events) if event["e"] == "reply")
    small.browser.find_element(By.CSS_SELECTOR, f"[data-row='{reply}']").click()
    past = past_of(events, reply)
    assert 10 < len(past) < len(events) - 10
    assert small.bright() == past
    assert small.values("[aria-current]", "data-row") == [str(reply)]
    assert small.text("#details h2").startswith(f"#{reply} at 12.8 ms, n3: answers")
    small.press(Keys.ESCAPE)
    assert len(small.bright()) == len(events)


def test_a_click_on_a_bar_shows_its_operation(small: Page) -> None:
    events = events_of(STALE_GET)
    small.browser.find_element(By.CSS_SELECTOR, ".bar[data-op='1']").click()
    first = next(i for i, e in enumerate(events) if e["e"] == "invoke" and e["op"] == 1)
    assert small.bright() == set(range(first, len(events) - 1))
    assert small.count("#bars .bar.chosen") == 1


def test_keys_step_and_find_the_violation(small: Page) -> None:
    last = len(events_of(STALE_GET)) - 1
    small.press("f")
    assert small.values("[aria-current]", "data-row") == [str(last)]
    small.press(Keys.ESCAPE + "jjj")
    assert small.values("[aria-current]", "data-row") == ["2"]
    small.press("k")
    assert small.values("[aria-current]", "data-row") == ["1"]
    assert small.silent()


def test_shows_what_a_store_holds(small: Page) -> None:
    events = events_of(STALE_GET)
    put = next(i for i, event in enumerate(events) if event["e"] == "put")
    small.browser.find_element(By.CSS_SELECTOR, f"[data-row='{put - 1}']").click()
    assert "n1's store is empty" in small.text("#details")
    small.browser.find_element(By.CSS_SELECTOR, f"[data-row='{put}']").click()
    assert 'x = [1, 1, "b"]' in small.text("#details")


def test_a_crash_takes_unsynced_writes_from_the_store(
    chromium: Chrome, make_page: MakePage
) -> None:
    trace = '{"trace":1,"nodes":[1]}\n' + "\n".join(
        '{"i":%d,"t":0,"n":1,%s}' % line
        for line in enumerate(
            [
                '"e":"put","key":"a","value":"old"',
                '"e":"sync"',
                '"e":"put","key":"a","value":"new"',
                '"e":"put","key":"b","value":"kept?"',
                '"e":"crash","lost":1',
                '"e":"open","code":0',
            ]
        )
    )
    page = Page(chromium, make_page(trace))
    page.press("jjjj")
    assert 'b = "kept?"' in page.text("#details")
    page.press("jj")
    assert 'a = "new"' in page.text("#details")
    assert "b =" not in page.text("#details")
    assert page.text("#bands .band.down") == "down"


def test_filters(chromium: Chrome, make_page: MakePage) -> None:
    trace = sample("--seed", "5", "--events", "120")
    events = events_of(trace)
    page = Page(chromium, make_page(trace), height=3000)
    everything = page.rows()
    assert everything == list(range(len(events)))

    page.tick("kinds", "version?")
    asked = {event["m"] for event in events if event.get("kind") == "version?"}
    copies = {e["m"] for e in events if e["e"] == "copy" and e["of"] in asked}
    assert page.rows() == [
        i for i, event in enumerate(events) if event.get("m") not in asked | copies
    ]
    assert not {int(m) for m in page.values("[data-message]", "data-message")} & asked
    page.tick("kinds", "version?")

    page.tick("nodes", "n2")
    hidden = [i for i in everything if i not in page.rows()]
    assert {events[i]["e"] for i in hidden} >= {"recv", "send", "open"}
    assert all(events[i].get("n", 2) == 2 for i in hidden if events[i]["e"] != "lose")
    assert "n2" not in page.text("#heads")
    page.tick("nodes", "n2")

    page.tick("groups", "timers")
    shown = {events[i]["e"] for i in page.rows()}
    assert not shown & {"timer", "fire", "cancel"}
    page.tick("groups", "timers")

    page.run(
        "const s = document.getElementById('key'); s.value = '=x';"
        "s.dispatchEvent(new Event('change'))"
    )
    about_x = [events[i] for i in page.rows()]
    assert {e["key"] for e in about_x if "key" in e} == {"x"}
    assert sum(e["e"] == "invoke" for e in about_x) == page.count("#bars .bar")
    assert sum(e["e"] == "send" for e in about_x) == sum(
        e["e"] == "send" and e["key"] == "x" for e in events
    )
    assert page.silent()


def test_shows_only_the_broken_operations(
    chromium: Chrome, make_page: MakePage
) -> None:
    trace = sample("--seed", "7", "--events", "7250", "--mistake")
    events = events_of(trace)
    broken = next(event["ops"] for event in events if event["e"] == "violation")
    assert isinstance(broken, list)
    page = Page(chromium, make_page(trace), height=4000)
    page.browser.find_element(By.ID, "only").click()
    page.tick("groups", "faults")
    about = [events[i] for i in page.rows()]
    assert len(about) < 200
    assert {e["op"] for e in about if "op" in e} == set(broken)
    assert {e["e"] for e in about} >= {"invoke", "send", "recv", "put", "return"}
    assert page.values("#bars .bar", "data-op") == [str(op) for op in broken]
    assert page.count(".row.gap") > 0


def saved(page: Page, button: str) -> str:
    """What a button saves."""
    return str(
        page.browser.execute_async_script(
            "const done = arguments[1]; const real = URL.createObjectURL;"
            "URL.createObjectURL = (blob) => { blob.text().then(done);"
            " URL.createObjectURL = real; return '#'; };"
            "document.getElementById(arguments[0]).click();",
            button,
        )
    )


def test_saves_the_trace_and_the_log_for_shiviz(small: Page, tmp_path: Path) -> None:
    assert saved(small, "save-trace") == STALE_GET
    log = tmp_path / "log"
    assert run_tool("shiviz", HERE / "stale-get.jsonl", log).returncode == 0
    assert saved(small, "save-shiviz") == log.read_text(encoding="utf-8")


def test_texts_of_nodes_stay_texts(chromium: Chrome, make_page: MakePage) -> None:
    lines = [
        {"trace": 1, "test": HOSTILE, "nodes": [1], "page": "javascript:hacked=1"},
        {"i": 0, "t": 0, "e": "note", "n": 1, "text": HOSTILE},
        {"i": 1, "t": 0, "e": "put", "n": 1, "key": HOSTILE, "value": HOSTILE},
        {"i": 2, "t": 0, "e": "violation", "rule": HOSTILE, "text": HOSTILE, "ops": []},
    ]
    trace = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    page = Page(chromium, make_page(trace))
    page.press("jjj")
    assert page.run("return window.hacked") is None
    assert page.count("img") == 0
    assert HOSTILE[:-1] in page.text("[data-row='0']")
    assert HOSTILE[:-1] in page.text(".broken")
    assert page.count("#handout:not([hidden])") == 0
    assert saved(page, "save-trace") == trace
    assert page.silent()


def test_needs_no_network(small: Page) -> None:
    loaded = small.run(
        "return performance.getEntriesByType('resource').map(e => e.name)"
    )
    assert all(str(name).startswith("data:") for name in list(loaded or []))
    assert "default-src 'none'" in small.values("meta[http-equiv]", "content")[0]


def test_turns_dark_and_prints_light(small: Page) -> None:
    color = "return getComputedStyle(document.body).backgroundColor"
    light = small.run(color)
    small.browser.find_element(By.ID, "theme").click()
    assert small.run(color) != light
    small.run("dispatchEvent(new Event('beforeprint'))")
    assert small.run(color) == light
    assert small.rows() == list(range(len(events_of(STALE_GET))))
    small.run("dispatchEvent(new Event('afterprint'))")
    assert small.run(color) != light


def test_explains_its_shapes(small: Page) -> None:
    small.press("?")
    assert small.count("#legend dd") > 20
    assert "a rule is broken" in small.text("#legend")


def test_bears_a_trace_of_nothing(chromium: Chrome, make_page: MakePage) -> None:
    page = Page(chromium, make_page('{"trace":1}\n'))
    page.press("jkf?")
    assert page.rows() == []
    assert page.silent()


WALK = """
const done = arguments[0], box = document.getElementById('scroller');
const stage = document.getElementById('stage');
const seen = {
  messages: new Set(), rows: new Set(), bars: new Set(), most: 0, blank: 0 };
const look = () => {
  const all = (selector) => document.querySelectorAll(selector);
  for (const e of all('[data-message]')) seen.messages.add(e.dataset.message);
  for (const e of all('[data-row]')) seen.rows.add(e.dataset.row);
  for (const e of all('#bars .bar')) seen.bars.add(e.dataset.op);
  seen.most = Math.max(seen.most, document.querySelectorAll('*').length);
  const view = box.getBoundingClientRect();
  const words = [...all('.row')].map((e) => e.getBoundingClientRect());
  if (Math.min(...words.map((w) => w.top)) > view.top + 30 ||
      Math.max(...words.map((w) => w.bottom)) < Math.min(view.bottom,
        stage.getBoundingClientRect().bottom - 50))
    seen.blank++;
  if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1)
    return done([seen.messages.size, seen.rows.size, seen.bars.size,
      seen.most, seen.blank]);
  box.scrollTop += 900;
  requestAnimationFrame(() => requestAnimationFrame(look));
};
box.scrollTop = 0;
requestAnimationFrame(() => requestAnimationFrame(look));
"""


def test_bears_ten_thousand_events(chromium: Chrome, make_page: MakePage) -> None:
    trace = sample("--seed", "7", "--events", "10000", "--mistake")
    events = events_of(trace)
    kinds = Counter(str(event["e"]) for event in events)
    assert len(events) >= 10000 and kinds["violation"] == 1
    page = Page(chromium, make_page(trace))

    # It begins where it broke.
    violation = next(i for i, e in enumerate(events) if e["e"] == "violation")
    assert violation in page.rows()
    assert page.count("[data-violation]") == 1
    messages, rows, bars, most, blank = page.browser.execute_async_script(WALK)
    assert messages == kinds["send"] + kinds["copy"]
    assert rows == len(events)
    assert bars == kinds["invoke"]
    assert blank == 0  # wherever the reader stops
    assert most < 4000  # only what is near the window is drawn
    page.press("f")
    assert page.values("[aria-current]", "data-row") == [str(violation)]
    page.browser.find_element(By.ID, "only").click()
    assert page.text("#shown").endswith(f" of {len(events)} events")
    assert int(page.text("#shown").split()[0]) < 500
    assert page.silent()
