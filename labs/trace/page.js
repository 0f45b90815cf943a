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
    ...clients.map((client) => name(laneMiddle(client),
      layout.lane.get(client).busy ? client : client.replace("client ", "c").replace("test", "t"), "client")),
    ...[...layout.x].map(([node, x]) => name(x, `n${node}`, "node")),
    name(layout.pictureWidth, "in words", "left client"));
  const count = layout.rows.filter((row) => row.event).length;
  element("shown").textContent = count === events.length
    ? `${count} events` : `${count} of ${events.length} events`;
  document.body.classList.toggle("narrowed", filter.only);
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
  const same = light.operation === number && light.events !== null;
  light.operation = same ? null : number;
  light.events = same ? null : doneFor(new Set([number]), events.length);
  chosen.index = operation.reply !== none ? operation.reply : operation.invoke;
  redraw();
  describe();
}

// To an event that a text names, whatever is hidden; nothing fades.
function goTo(index) {
  if (!isVisible(index) && filter.only) showOnly(false);
  choose(index, false);
  if (!isVisible(index)) scroller.scrollTop = yOf(index) - scroller.clientHeight / 2;
}

// The operation that broke the rule: all of it if it fits, and as much of what
// led to it as there is room for; its beginning in any case. Nothing fades.
function showBroken(violation = violations[0]) {
  if (!violation) return;
  const wrong = wrongOf(violation);
  if (!wrong) return goTo(violation.index);
  if (!isVisible(wrong.invoke) && filter.only) showOnly(false);
  chosen.index = wrong.invoke;
  light.operation = wrong.number;
  light.events = null;
  const topOf = (operation) => yOf(operation.invoke) - headHeight - 16;
  const ending = wrong.end === none ? wrong.invoke : wrong.end;
  const first = operationsOf(violation)[0];
  scroller.scrollTop = Math.min(topOf(wrong),
    Math.max(topOf(first), yOf(ending) + 3 * rowHeight - scroller.clientHeight));
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
  if (!row || inHead) return;
  if (row.gap) return filter.only ? showOnly(false) : undefined;
  if (chosen.index === row.event.index && light.events) choose(none, false);
  else choose(row.event.index, true);
}

function onKey(key) {
  if (key.ctrlKey || key.metaKey || key.altKey || ["SELECT", "INPUT"].includes(key.target.tagName)) return;
  const actions = {
    j: () => step(1), k: () => step(-1), f: () => showBroken(),
    a: () => involved.size > 0 && showOnly(!filter.only),
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

// Only the violations' operations, or all events.
function showOnly(only) {
  filter.only = only;
  element("only").checked = only;
  element("all").checked = !only;
  refilter();
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
  element("view").hidden = involved.size === 0;
  element("only").checked = filter.only;
  element("all").checked = !filter.only;
  for (const id of ["only", "all"])
    element(id).addEventListener("change", () => showOnly(id === "only"));
  element("filters").addEventListener("submit", (submit) => submit.preventDefault());
}

// ---- What broke ----

function link(text, index, className = "") {
  const made = html("a", { href: "#", class: `link ${className}`.trim(), "data-to": index }, text);
  made.addEventListener("click", (click) => {
    click.preventDefault();
    goTo(index);
  });
  return made;
}

const eventLink = (index) => link(`#${events[index].fields.i}`, index);

// A text in which operations ("put 1", "op 1") and events ("event 7", "events 7 to 9")
// lead to where they are.
function linked(text) {
  const indexOf = new Map(events.map((event) => [event.fields.i, event.index]));
  const parts = text.split(/("(?:[^"\\]|\\.)*"|\b(?:put|get|op) \d+\b|\bevents? \d+(?: to \d+)?)/);
  return parts.flatMap((part) => {
    const [, what, number] = /^(put|get|op) (\d+)$/.exec(part) ?? [];
    const operation = operations.get(Number(number));
    if (operation && (what === "op" || what === operation.do)) return [link(part, operation.invoke)];
    if (!/^events? /.test(part)) return [part];
    return part.split(/(\d+)/).map((piece) => {
      const index = indexOf.get(/^\d+$/.test(piece) ? Number(piece) : null);
      return index === undefined ? piece : link(`#${piece}`, index);
    });
  });
}

// Who had answered; fewer than R or W asks for stand out, if it was enough for
// the node.
function answersOf(operation) {
  const parts = operation.answers.split(/(from \d+ nodes? \([RW]=\d+\))/);
  return parts.map((part) => {
    const [, count, wanted] = /^from (\d+) nodes? \([RW]=(\d+)\)$/.exec(part) ?? [];
    return operation.how === "ok" && Number(count) < Number(wanted)
      ? html("b", { class: "few" }, part) : part;
  });
}

function evidence(operation, wrong) {
  const line = html("li", { "data-evidence": operation.number },
    html("span", { class: "sign" }, operation === wrong ? "✖" : ""),
    link(`op ${operation.number}`, operation.invoke, "op"),
    ` ${operation.words} → ${operation.outcome}, ${operation.client}, `, eventLink(operation.invoke), " to ",
    operation.end === none ? "the end" : eventLink(operation.end));
  if (operation.answers)
    line.append(`: when n${operation.node} answered (`, eventLink(operation.reply), ") it had ",
      ...answersOf(operation));
  return line;
}

function brokenBox(event) {
  const ops = operationsOf(event);
  const wrong = wrongOf(event);
  const show = html("button", { type: "button", class: "show" }, "Show it ", html("kbd", {}, "f"));
  show.addEventListener("click", () => showBroken(event));
  return html("div", { class: "broken" },
    html("div", { class: "top" }, html("b", {}, "✖ Broken"), html("span", {}, "seen at ", eventLink(event.index),
      `, ${timeText(event.fields.t)}`), show),
    html("ul", { class: "evidence" }, ...ops.map((operation) => evidence(operation, wrong))),
    html("div", { class: "text" }, ...linked(event.fields.text)),
    html("div", { class: "rule" }, "The rule: ", event.fields.rule));
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
  for (const event of violations) element("violations").append(brokenBox(event));
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
  filter.only = involved.size > 0;
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
  if (violations.length > 0) showBroken();
  else choose(none, false);
  scroller.focus({ preventScroll: true });
  document.documentElement.dataset.ready = "yes";
}

begin();
