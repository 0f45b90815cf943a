// page.js: what a reader does with the page: scroll, step, choose, filter, save.

const scroller = element("scroller");

// ---- Showing ----

function redraw() {
  const height = scroller.clientHeight;
  drawWindow(scroller.scrollTop - height, scroller.scrollTop + 2 * height);
  placeCurrent();
}

// Only when the reader nears the edge of what is drawn.
function onScroll() {
  const { scrollTop, clientHeight } = scroller;
  if (scrollTop < drawn.top + clientHeight / 3 && drawn.top > 0 ||
      scrollTop + clientHeight * 4 / 3 > drawn.bottom && drawn.bottom < layout.height)
    redraw();
}

function arrange(draw = true, width = scroller.clientWidth) {
  placeColumns(width);
  placeRows();
  const stage = element("stage");
  stage.style.width = `${layout.width}px`;
  stage.style.height = `${layout.height}px`;
  const name = (x, text, className) =>
    html("span", { class: className, style: `left:${x}px` }, text);
  element("heads").replaceChildren(
    name(22, "ms", "left client"), name(68, "#", "left client"),
    ...clients.map((client) => name(layout.lane.get(client) + layout.laneWidth / 2, client, "client")),
    ...[...layout.x].map(([node, x]) => name(x, `n${node}`, "node")),
    name(layout.pictureWidth, "in words", "left client"));
  const count = layout.rows.filter((row) => row.event).length;
  element("shown").textContent = count === events.length
    ? `${count} events` : `${count} of ${events.length} events`;
  if (draw) redraw();
}

function placeStrip(id, row) {
  const strip = element(id);
  strip.hidden = !row;
  if (row)
    strip.style.cssText = `top:${row.y}px;height:${row.height}px;width:${layout.width}px`;
}

function placeCurrent() {
  const row = layout.rows[layout.rowOf[chosen.index]];
  placeStrip("current", row);
  element("list").querySelector("[aria-current]")?.removeAttribute("aria-current");
  element("list").querySelector(`[data-row="${chosen.index}"]`)?.setAttribute("aria-current", "true");
}

function bringToView(row, where = 0.5) {
  const view = scroller.clientHeight;
  if (row.y < scroller.scrollTop + headHeight || row.y + row.height > scroller.scrollTop + view - 4)
    scroller.scrollTop = Math.max(0, row.y - view * where);
}

// ---- Choosing ----

function choose(index, withPast) {
  chosen.index = index;
  light.operation = null;
  light.events = withPast && index !== none ? pastOf(index) : null;
  const row = layout.rows[layout.rowOf[index]];
  if (row) bringToView(row);
  redraw();
  describe();
}

function chooseOperation(number) {
  const operation = operations.get(number);
  const same = light.operation === number;
  light.operation = same ? null : number;
  light.events = same ? null : doneFor(new Set([number]), events.length);
  chosen.index = operation.reply !== none ? operation.reply : operation.invoke;
  redraw();
  describe();
}

// The violation, with all that was done for its operations in the light.
function focusViolation(dimOthers = true) {
  if (violations.length === 0) return;
  const at = violations.findIndex((event) => event.index > chosen.index);
  const event = violations[Math.max(0, at)];
  chosen.index = event.index;
  light.operation = null;
  const ops = new Set(event.fields.ops ?? []);
  light.events = dimOthers
    ? ops.size > 0 ? doneFor(ops, event.index).add(event.index) : pastOf(event.index) : null;
  const row = layout.rows[layout.rowOf[event.index]];
  const begins = [...ops].map((op) => operations.get(op)?.invoke ?? event.index);
  const top = yOf(Math.min(event.index, ...begins)) - headHeight - 14;
  const view = scroller.clientHeight;
  scroller.scrollTop = row.y + row.height - top < view ? top : row.y + row.height - view + 10;
  redraw();
  describe();
}

function step(by) {
  let row = layout.rowOf[chosen.index] ?? none;
  if (chosen.index === none || row === none) row = rowAt(scroller.scrollTop + headHeight) - by;
  do row += by; while (layout.rows[row]?.gap);
  if (layout.rows[row]) choose(layout.rows[row].event.index, light.events !== null && light.operation === null);
}

// ---- What the pointer is over ----

function stagePoint(pointer) {
  const box = scroller.getBoundingClientRect();
  return { x: pointer.clientX - box.left + scroller.scrollLeft,
    y: pointer.clientY - box.top + scroller.scrollTop, inHead: pointer.clientY - box.top < headHeight };
}

function onMove(pointer) {
  const { x, y, inHead } = stagePoint(pointer);
  const row = layout.rows[rowAt(y)];
  const tip = element("tip");
  if (!row || inHead || y > row.y + row.height) {
    placeStrip("hover", null);
    tip.hidden = true;
    return;
  }
  placeStrip("hover", row);
  const near = [...layout.x].find(([, at]) => Math.abs(at - x) < layout.nodeWidth * 0.4);
  tip.hidden = !near || row.gap;
  if (tip.hidden) return;
  tip.replaceChildren(html("b", {}, `n${near[0]} after #${row.event.fields.i}, ${timeText(row.event.fields.t)}`),
    storeList(near[0], row.event.index));
  tip.style.left = `${Math.min(pointer.clientX + 18, innerWidth - 440)}px`;
  tip.style.top = `${Math.min(pointer.clientY + 16, innerHeight - tip.offsetHeight - 8)}px`;
}

function onClick(pointer) {
  const bar = pointer.target.closest(".bar");
  if (bar) return chooseOperation(Number(bar.dataset.op));
  if (String(getSelection()) !== "") return; // they are selecting text
  const { y, inHead } = stagePoint(pointer);
  const row = layout.rows[rowAt(y)];
  if (!row || inHead || row.gap) return;
  if (chosen.index === row.event.index && light.events) choose(none, false);
  else choose(row.event.index, true);
}

function onKey(key) {
  if (key.ctrlKey || key.metaKey || key.altKey || ["SELECT", "INPUT"].includes(key.target.tagName)) return;
  const actions = {
    j: () => step(1), k: () => step(-1), f: () => focusViolation(),
    Escape: () => choose(none, false), "?": () => element("help").click(),
  };
  if (!actions[key.key]) return;
  key.preventDefault();
  actions[key.key]();
}

// ---- Filters ----

// The event in the middle stays there.
function refilter() {
  const middle = layout.rows[rowAt(scroller.scrollTop + scroller.clientHeight / 2)];
  const anchor = chosen.index !== none ? chosen.index : middle?.event?.index ?? middle?.first ?? 0;
  arrange(false);
  scroller.scrollTop = yOf(anchor) - scroller.clientHeight / 2;
  redraw();
}

function checkboxes(id, set, items, className = () => "") {
  for (const [value, text] of items) {
    const box = html("input", { type: "checkbox", checked: "" });
    box.addEventListener("change", () => {
      if (box.checked) set.add(value);
      else set.delete(value);
      refilter();
    });
    element(id).append(html("label", {}, box, html("span", { style: className(value) }, text)));
  }
  element(id).hidden = items.length === 0;
}

function buildFilters() {
  const keys = new Map();
  for (const event of events)
    if (event.key !== null) keys.set(event.key, (keys.get(event.key) ?? 0) + 1);
  element("key").append(html("option", { value: "" }, "all"),
    ...[...keys].map(([key, count]) => html("option", { value: `=${key}` }, `${short(key, 40)} (${count})`)));
  element("key").addEventListener("change", (change) => {
    filter.key = change.target.value === "" ? null : change.target.value.slice(1);
    refilter();
  });
  checkboxes("nodes", filter.nodes, nodes.map((node) => [node, `n${node}`]));
  checkboxes("kinds", filter.labels, labels.map((label) => [label, label]),
    (label) => `color:var(--k${hue(label)})`);
  checkboxes("groups", filter.groups, [...filter.groups].map((group) => [group, group]));
  element("only-label").hidden = involved.size === 0;
  element("only").addEventListener("change", (change) => {
    filter.only = change.target.checked;
    refilter();
  });
  element("filters").addEventListener("submit", (submit) => submit.preventDefault());
}

// ---- Header, saving, printing ----

function buildHeader() {
  element("setup").textContent = links.setup;
  const page = typeof run.page === "string" ? run.page : "";
  if (page !== "" && !/^[a-z]+:/i.test(page)) { // a file of the kit, nothing else
    element("handout").href = document.body.dataset.root + page;
    element("handout").hidden = false;
    element("handout").textContent = `Handout: ${page.replace(/^.*\//, "")}`;
  }
  for (const event of violations) {
    const show = html("button", { type: "button" }, "Show it ", html("kbd", {}, "f"));
    show.addEventListener("click", () => focusViolation());
    const answers = (event.fields.ops ?? []).map((op) => operations.get(op))
      .filter((operation) => operation?.answers)
      .map((operation) => html("span", { class: "answers" },
        `op ${operation.number}, ${operation.words} → ${operation.outcome}: when n${operation.node} answered it had ${operation.answers}`));
    const only = html("button", { type: "button" }, "Only its operations");
    only.addEventListener("click", () => element("only").click());
    only.hidden = involved.size === 0;
    element("violations").append(html("div", { class: "broken" },
      html("b", {}, `✖ ${event.fields.rule}`), ` at #${event.fields.i}, ${timeText(event.fields.t)} `, show, " ", only,
      html("div", {}, event.fields.text), ...answers));
  }
}

function save(name, text) {
  const link = html("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function setTheme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  element("theme").setAttribute("aria-pressed", dark);
  element("theme").textContent = dark ? "Light" : "Dark";
}

// On paper everything shows that a few hundred sheets can hold: what is drawn
// lies around the chosen event.
const printedMost = 3000 * rowHeight;
const paperWidth = 1430; // A4 across, at the style sheet's zoom

function beforePrint() {
  beforePrint.dark = document.documentElement.dataset.theme === "dark";
  setTheme(false);
  arrange(false, paperWidth);
  const middle = isVisible(chosen.index) ? yOf(chosen.index) : 0;
  const top = layout.height <= printedMost ? 0 : Math.max(0, middle - printedMost / 2);
  drawWindow(top, top + printedMost);
}

function afterPrint() {
  setTheme(beforePrint.dark);
  arrange();
}

function begin() {
  const name = (run.test ?? "trace").replace(/[^\w.-]+/g, "-");
  setTheme(matchMedia("(prefers-color-scheme: dark)").matches);
  buildHeader();
  buildFilters();
  buildLegend();
  element("save-shiviz").addEventListener("click", () => save(`${name}.shiviz.log`, shivizText()));
  element("save-trace").addEventListener("click", () => save(`${name}.jsonl`, traceText));
  element("theme").addEventListener("click", () =>
    setTheme(document.documentElement.dataset.theme !== "dark"));
  element("help").addEventListener("click", () => {
    const legend = element("legend");
    legend.hidden = !legend.hidden;
    element("help").setAttribute("aria-expanded", !legend.hidden);
    onScroll();
  });
  scroller.addEventListener("scroll", onScroll, { passive: true });
  element("stage").addEventListener("pointermove", onMove);
  element("stage").addEventListener("pointerleave", () => {
    placeStrip("hover", null);
    element("tip").hidden = true;
  });
  element("stage").addEventListener("click", onClick);
  addEventListener("keydown", onKey);
  addEventListener("resize", () => arrange());
  addEventListener("beforeprint", beforePrint);
  addEventListener("afterprint", afterPrint);
  arrange(false);
  if (violations.length > 0) focusViolation(false);
  else choose(none, false);
  scroller.focus({ preventScroll: true });
  document.documentElement.dataset.ready = "yes";
}

begin();
