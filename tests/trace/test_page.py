"""The trace page in a browser: it draws all that happened, and hides on demand."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from conftest import HERE, ROOT, MakePage, events_of, run_tool, sample
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

STALE_GET = (HERE / "stale-get.jsonl").read_text(encoding="utf-8")
FIGURES = ROOT / "handouts/figures"
NO_WRITE_BACK = (FIGURES / "lab2-no-write-back.jsonl").read_text(encoding="utf-8")
SAMPLES = [HERE / "stale-get.jsonl", FIGURES / "lab2-no-write-back.jsonl"]
HOSTILE = (
    "</script><script>window.hacked=1</script><img src=x onerror=hacked=1><!--\u2028"
)


class Page:
    """The page in the browser, by what a reader sees of it."""

    def __init__(self, browser: Chrome, path: Path, height: int = 1000) -> None:
        self.browser = browser
        # Asking the window for another size would be answered at some time after
        # the page is there.
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 1500, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        browser.get_log("browser")  # what an earlier page has said
        browser.get(path.as_uri())
        assert self.run("return innerHeight") == height

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

    def view(self, which: str) -> None:
        """Only the broken operations ("only"), or "all"."""
        self.browser.find_element(By.CSS_SELECTOR, f"label:has(#{which})").click()

    def in_sight(self, selector: str) -> bool:
        """All of it is inside the diagram's window, below the heads."""
        return bool(
            self.run(
                "const r = document.querySelector(arguments[0])"
                ".getBoundingClientRect(), box = document.getElementById('scroller')"
                ".getBoundingClientRect();"
                "return r.top >= box.top + 27 && r.bottom <= box.bottom + 1",
                selector,
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
    """The stale get, all events, in a window that holds all of it."""
    page = Page(chromium, make_page(STALE_GET), height=1900)
    page.view("all")
    page.press(Keys.ESCAPE)
    return page


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
    events = events_of(STALE_GET)
    small.press("f")
    begin = next(i for i, e in enumerate(events) if e["e"] == "invoke" and e["op"] == 1)
    assert small.values("[aria-current]", "data-row") == [str(begin)]
    assert len(small.bright()) == len(events)  # nothing fades
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
    page.tick("groups", "faults")
    about = [events[i] for i in page.rows()]
    assert len(about) < 200
    assert {e["op"] for e in about if "op" in e} == set(broken)
    assert {e["e"] for e in about} >= {"invoke", "send", "recv", "put", "return"}
    assert page.values("#bars .bar", "data-op") == [str(op) for op in broken]
    assert page.count(".row.gap") > 0


def begin_of_wrong(events: list[dict[str, object]]) -> int:
    """Where the operation begins that returned last of the violation's."""
    ops = next(e["ops"] for e in events if e["e"] == "violation")
    assert isinstance(ops, list)
    last = [e["op"] for e in events if e["e"] == "return" and e["op"] in ops][-1]
    return next(
        i for i, e in enumerate(events) if e["e"] == "invoke" and e["op"] == last
    )


def test_opens_at_the_operation_that_broke_the_rule(
    chromium: Chrome, make_page: MakePage
) -> None:
    for file in SAMPLES:
        trace = file.read_text(encoding="utf-8")
        events = events_of(trace)
        page = Page(chromium, make_page(trace), height=800)
        begin = begin_of_wrong(events)
        assert page.in_sight(f"[data-row='{begin}']"), file
        assert page.run("return document.getElementById('only').checked")
        assert page.count(".dim") == 0
        broken = next(e["ops"] for e in events if e["e"] == "violation")
        assert isinstance(broken, list)
        about = [events[i] for i in page.rows()]
        assert {e["op"] for e in about if "op" in e} <= set(broken)
        some = page.rows()

        # All of it, and back; wherever the reader was.
        page.view("all")
        assert len(events) == int(page.text("#shown").split()[0])
        page.run("document.getElementById('scroller').scrollTop = 1e6")
        page.browser.find_element(By.CSS_SELECTOR, ".broken .show").click()
        assert page.in_sight(f"[data-row='{begin}']"), file
        assert page.count(".dim") == 0
        page.press("a")
        assert set(page.rows()) & set(some)
        assert page.run("return document.getElementById('only').checked")
        assert page.silent()


def test_a_click_on_what_is_hidden_shows_all(
    chromium: Chrome, make_page: MakePage
) -> None:
    page = Page(chromium, make_page(NO_WRITE_BACK), height=2600)
    page.run("document.getElementById('scroller').scrollTop = 0")
    assert page.count(".row.gap") > 0
    page.browser.find_element(By.CSS_SELECTOR, ".row.gap").click()
    assert page.count(".row.gap") == 0
    assert page.run("return document.getElementById('all').checked")


def test_the_evidence_comes_first_and_is_never_cut(
    chromium: Chrome, make_page: MakePage
) -> None:
    page = Page(chromium, make_page(NO_WRITE_BACK), height=800)
    assert page.values("[data-evidence]", "data-evidence") == ["0", "1", "2", "3"]
    assert 'op 3 get x → "a"' in page.text("[data-evidence='3']")
    assert page.text("[data-evidence='3'] .sign") == "✖"
    assert page.run(
        "const b = document.querySelector('.broken');"
        "return b.scrollHeight <= b.clientHeight && b.clientHeight < innerHeight / 4"
    )
    kinds = page.run(
        "return [...document.querySelector('.broken').children].map(e => e.className)"
    )
    assert kinds == ["top", "evidence", "text", "rule"]

    # The long sentence stands there, and nowhere else.
    text = page.text(".broken .text").replace("#", "")
    assert "returned the older" in text
    page.run("document.querySelector('.broken .top [data-to]').click()")
    assert page.values("[aria-current]", "class") == ["row violation"]
    assert "returned the older" not in page.text("#details") + page.text("#list")
    assert page.silent()


def test_names_in_the_evidence_lead_there(
    chromium: Chrome, make_page: MakePage
) -> None:
    page = Page(chromium, make_page(NO_WRITE_BACK), height=800)
    for link in range(page.count(".broken .link")):
        page.run(f"document.querySelectorAll('.broken .link')[{link}].click()")
        to = page.values(".broken .link", "data-to")[link]
        assert page.values("[aria-current]", "data-row") == [to]
        assert page.in_sight("[aria-current]")
        assert page.count(".dim") == 0
    assert page.count(".broken .text .link") > 6


def test_too_few_answers_stand_out(chromium: Chrome, make_page: MakePage) -> None:
    page = Page(chromium, make_page(STALE_GET))
    assert page.run(
        "return [...document.querySelectorAll('.few')].map(e => e.textContent)"
    ) == ["from 1 node (W=2)"]


def test_the_raw_event_only_on_demand(small: Page) -> None:
    small.press("jj")
    assert '"e":' not in small.text("#details")
    small.browser.find_element(By.CSS_SELECTOR, "#details .raw").click()
    assert '"e":"' in small.text("#details")
    small.press("j")
    assert '"e":"' in small.text("#details")


def test_answers_in_words_are_not_cut(chromium: Chrome, make_page: MakePage) -> None:
    for file in SAMPLES:
        page = Page(chromium, make_page(file.read_text(encoding="utf-8")), height=2600)
        page.view("all")
        cut = page.run(
            "return [...document.querySelectorAll('.row.reply')].filter("
            "e => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth)"
            ".map(e => e.textContent)"
        )
        assert page.count(".row.reply") > 0
        assert cut == []
        titles = page.values("[data-row]", "title")
        assert all(titles)


def test_a_lost_message_ends_on_no_other_nodes_line(
    chromium: Chrome, make_page: MakePage
) -> None:
    page = Page(chromium, make_page(NO_WRITE_BACK), height=2600)
    page.view("all")
    sends = {e["m"]: e for e in events_of(NO_WRITE_BACK) if e["e"] == "send"}
    found = page.run(
        "return [...document.querySelectorAll('[data-end=lost]')].map(g => ["
        "Number(g.dataset.message), g.querySelector('.why').textContent,"
        "/L(.*),/.exec(g.querySelector('.arrow').getAttribute('d'))[1]])"
    )
    lines = page.values(".axis", "d")
    columns = [float(line[1:].split(",")[0]) for line in lines]
    assert isinstance(found, list) and len(found) > 4
    for message, text, end in found:
        send = sends[message]
        assert text == f"cut → n{send['to']}"
        nearest = min(abs(float(end) - x) for x in columns)
        assert nearest > 12
        assert abs(float(end) - columns[int(str(send["n"])) - 1]) == nearest


def test_bars_tell_the_values(chromium: Chrome, make_page: MakePage) -> None:
    page = Page(chromium, make_page(NO_WRITE_BACK), height=2600)
    page.view("all")
    page.run("document.getElementById('scroller').scrollTop = 0")
    asks = page.run(
        "return [...document.querySelectorAll('.bar .ask')].map(e => e.textContent)"
    )
    assert asks == ['put "a"', 'put "b"', 'get → "b"', 'get → "a"']
    one = (
        '{"e":"invoke","i":%d,"t":0,"op":%d,"client":1,"n":1,"do":"put",'
        '"key":"%s","value":"v"}'
    )
    two = "\n".join(['{"trace":1,"nodes":[1]}', one % (0, 0, "x"), one % (1, 1, "y")])
    page = Page(chromium, make_page(two))
    assert page.text(".bar[data-op='1'] .ask") == 'put "v" y'


def test_a_kind_has_one_colour_on_every_page(
    chromium: Chrome, make_page: MakePage
) -> None:
    send = '{"e":"send","i":%d,"t":0,"n":1,"to":2,"m":%d,"kind":"%s"}'

    def colours(*kinds: str) -> list[str]:
        lines = [send % (i, i, kind) for i, kind in enumerate(kinds)]
        page = Page(
            chromium, make_page("\n".join(['{"trace":1,"nodes":[1,2]}', *lines]))
        )
        return page.values("[data-message] path.arrow", "class")

    in_order = ["version?", "version", "store", "stored", "read?", "value"]
    assert colours(*in_order) == [f"arrow k{i}" for i in range(6)]
    # There are eight. Those of one program differ.
    versions = ["versions?", "versions", "merge", "merged", "forward", "forwarded"]
    assert colours(*versions) == [f"arrow k{i % 8}" for i in range(6, 12)]
    # One that nobody knows comes after all of message.def.
    schema = (ROOT / "labs/include/dynamo/message.def").read_text()
    other = f"arrow k{len(re.findall('(?m)^MESSAGE_KIND', schema)) % 8}"
    assert colours("value", "made-up", "store") == ["arrow k5", other, "arrow k2"]


def test_columns_of_idle_clients_are_narrow_and_banners_do_not_wrap(
    chromium: Chrome, make_page: MakePage
) -> None:
    one = '{"e":"invoke","i":%d,"t":0,"op":%d,"client":%d,"n":1,"do":"get","key":"x"}'
    lines = [one % (i, i, i) for i in range(3)]
    broken = '{"e":"violation","i":3,"t":0,"rule":"r","text":"t","ops":[2]}'
    page = Page(
        chromium, make_page("\n".join(['{"trace":1,"nodes":[1]}', *lines, broken]))
    )
    heads = (
        "return [...document.querySelectorAll('#heads .client:not(.left)')]"
        ".map(e => e.textContent)"
    )
    assert page.run(heads) == ["c0", "c1", "client 2"]
    page.view("all")
    assert page.run(heads) == ["client 0", "client 1", "client 2"]
    page = Page(chromium, make_page(NO_WRITE_BACK), height=2600)
    tall = page.run(
        "return Math.max(...[...document.querySelectorAll('.band span')]"
        ".map(e => e.offsetHeight))"
    )
    assert isinstance(tall, int) and 0 < tall < 20


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


# Told of each scroll by the walk itself: a browser without a window may owe a frame,
# and with it the event, for as long as it likes.
WALK = """
const box = document.getElementById('scroller');
const stage = document.getElementById('stage');
const seen = {
  messages: new Set(), rows: new Set(), bars: new Set(), most: 0, blank: 0 };
const all = (selector) => [...document.querySelectorAll(selector)];
for (box.scrollTop = 0; ; box.scrollTop += 900) {
  box.dispatchEvent(new Event('scroll'));
  for (const e of all('[data-message]')) seen.messages.add(e.dataset.message);
  for (const e of all('[data-row]')) seen.rows.add(e.dataset.row);
  for (const e of all('#bars .bar')) seen.bars.add(e.dataset.op);
  seen.most = Math.max(seen.most, all('*').length);
  const view = box.getBoundingClientRect();
  const words = all('.row').map((e) => e.getBoundingClientRect());
  if (Math.min(...words.map((w) => w.top)) > view.top + 30 ||
      Math.max(...words.map((w) => w.bottom)) < Math.min(view.bottom,
        stage.getBoundingClientRect().bottom - 50))
    seen.blank++;
  if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1)
    return [seen.messages.size, seen.rows.size, seen.bars.size, seen.most, seen.blank];
}
"""


def test_bears_ten_thousand_events(chromium: Chrome, make_page: MakePage) -> None:
    trace = sample("--seed", "7", "--events", "10000", "--mistake")
    events = events_of(trace)
    kinds = Counter(str(event["e"]) for event in events)
    assert len(events) >= 10000 and kinds["violation"] == 1
    page = Page(chromium, make_page(trace))

    # It begins with the operation that broke it.
    violation = next(e for e in events if e["e"] == "violation")
    begin = begin_of_wrong(events)
    assert page.in_sight(f"[data-row='{begin}']")
    page.view("all")
    assert page.in_sight(f"[data-row='{begin}']")
    walked = page.run(WALK)
    assert isinstance(walked, list)
    messages, rows, bars, most, blank = walked
    assert messages == kinds["send"] + kinds["copy"]
    assert rows == len(events)
    assert bars == kinds["invoke"]
    assert blank == 0  # wherever the reader stops
    assert most < 4000  # only what is near the window is drawn
    page.run(
        f"document.querySelector('.broken [data-to=\"{violation['i']}\"]').click()"
    )
    assert page.in_sight(".row.violation")
    page.press("f")
    assert page.values("[aria-current]", "data-row") == [str(begin)]
    assert page.in_sight("[aria-current]")
    page.view("only")
    assert page.text("#shown").endswith(f" of {len(events)} events")
    assert int(page.text("#shown").split()[0]) < 500
    assert page.silent()
