// draw.js: operations, stretches and words, and all that lies between two heights.

// ---- Clients' operations: the way to the node and back ----

function drawCalls(operation, top, bottom) {
  const lane = layout.lane.get(operation.client);
  const x = layout.x.get(operation.node);
  const group = svg("g", { class: dim(operation.invoke).trim() });
  const line = (a, b, there) => {
    if (!isVisible(a) || !isVisible(b) || x === undefined) return;
    const [y1, y2] = [yOf(a), yOf(b)];
    if (Math.max(y1, y2) < top || Math.min(y1, y2) > bottom) return;
    const edge = lane.x + lane.width - 6;
    const strong = involved.has(operation.number) ? " strong" : "";
    group.append(svg("path", { class: `arrow client${strong}`,
      d: there ? `M${edge},${y1} L${x - 6},${y2}` : `M${x - 6},${y1} L${edge},${y2}` }));
    group.append(there ? head(x - 5, y2, 0, "client-head") : head(edge, y2, 180, "client-head"));
  };
  line(operation.invoke, operation.request, true);
  line(operation.reply, operation.end, false);
  return group;
}

// The value is what tells operations apart, so it stands before the key.
const onlyOneKey = new Set([...operations.values()].map((operation) => operation.key)).size <= 1;

function barTitle(operation) {
  const key = onlyOneKey || operation.key === undefined ? "" : ` ${operation.key}`;
  if (operation.do === "put") return `put ${valueText(operation.value ?? "")}${key}`;
  return `get${operation.how === "ok" ? ` → ${operation.outcome}` : ""}${key}`;
}

function barOf(operation) {
  const lane = layout.lane.get(operation.client);
  const ends = operation.end === none;
  if (!isVisible(operation.invoke) && !isVisible(operation.end)) return null;
  const top = yOf(operation.invoke) - 9;
  const bottom = (ends ? layout.height - 20 : yOf(operation.end)) + 9;
  const isDim = light.events && !light.events.has(operation.invoke);
  const bar = html("div", {
    class: `bar ${operation.do} ${operation.how}` + (involved.has(operation.number) ? " involved" : "") +
      (light.operation === operation.number ? " chosen" : "") + (isDim ? " dim" : ""),
    "data-op": operation.number,
    title: `op ${operation.number}: ${operation.words} → ${operation.outcome}` +
      (operation.answers ? `; the node had ${operation.answers}` : ""),
    style: `left:${lane.x + 4}px;width:${lane.width - 10}px;` +
      `top:${top}px;height:${Math.max(18, bottom - top)}px`,
  });
  bar.append(html("span", { class: "ask" }, barTitle(operation)));
  if (bottom - top >= 34)
    bar.append(html("span", { class: "got" }, operation.how === "open" ? "no answer yet"
      : operation.how === "unknown" ? "? given up"
        : (operation.how === "ok" ? "→ " : "✗ ") + operation.outcome));
  return bar;
}

function bandOf(stretch) {
  const x = layout.x.get(stretch.node);
  const top = yOf(stretch.begin) + rowHeight / 2 + 1;
  const bottom = yOf(stretch.end);
  if (x === undefined || bottom <= top) return null;
  const width = layout.nodeWidth * { down: 0.42, pause: 0.42, slow: 0.6, cut: 0.86 }[stretch.kind];
  return html("div", {
    class: `band ${stretch.kind}` + (nodes.indexOf(stretch.node) % 2 ? " lower" : ""),
    style: `left:${x - width / 2}px;width:${width}px;top:${top}px;height:${bottom - top}px`,
  }, html("span", {}, stretch.text));
}

// ---- Rows of words ----

function rowElement(row, previous) {
  if (row.gap)
    return html("div", { class: "row gap", role: "listitem" },
      `⋯ ${row.count} hidden`);
  const { event } = row;
  const mark = { invoke: " begin", return: " end", abandon: " end" }[event.kind] ?? ` ${event.kind}`;
  const made = html("div", {
    class: "row" + mark + (wraps(event) ? " wraps" : "") + (event.handler !== none ? " effect" : "") + dim(event.index) +
      (involved.has(event.op) && ["invoke", "return", "abandon"].includes(event.kind) ? " involved" : ""),
    role: "listitem", "data-row": event.index, title: event.what,
    "aria-setsize": events.length, "aria-posinset": event.index + 1,
  }, html("span", { class: "who" },
    event.who.replace(/ <- /, " ← ").replace(/ -> /, " → ").replace(/ -x /, " ⇸ ")), " ",
  html("span", { class: "what" },
    event.kind === "violation" ? `✖ BROKEN: ${event.fields.rule}` : event.what));
  made.dataset.newTime = !previous?.event || previous.event.fields.t !== event.fields.t;
  return made;
}

// ---- The window ----

const drawn = { top: 0, bottom: 0 };

function drawAxes(top, bottom) {
  for (const [node, x] of layout.x) {
    picture.append(svg("path", { class: "axis", d: `M${x},${Math.max(top, headHeight)} V${bottom}` }));
    for (const stretch of stretches)
      if (stretch.node === node && stretch.kind === "down") {
        const [y1, y2] = [yOf(stretch.begin), yOf(stretch.end)];
        if (y2 > top && y1 < bottom)
          picture.append(svg("path", { stroke: "var(--paper)", "stroke-width": 3, d: `M${x},${y1} V${y2}` }),
            svg("path", { class: "axis away", d: `M${x},${y1} V${y2}` }));
      }
  }
}

// How long each handler went on: from its event to its last effect.
const handlerEnds = new Map();
for (const event of events) if (event.handler !== none) handlerEnds.set(event.handler, event.index);

function drawHandlers(first, last, top, bottom) {
  for (const [begin, end] of handlerEnds) {
    const x = layout.x.get(events[begin].fields.n);
    if (x === undefined || end < first || begin > last) continue;
    const [y1, y2] = [yOf(begin), yOf(end)];
    if (y2 > top && y1 < bottom && y2 > y1)
      picture.append(svg("rect", { class: "active" + dim(begin), x: x - 3.5, width: 7, y: y1, height: y2 - y1 + 4 }));
  }
}

// Everything between two heights of the stage.
function drawWindow(top, bottom) {
  drawn.top = top;
  drawn.bottom = bottom;
  const firstRow = rowAt(top);
  const lastRow = rowAt(bottom);
  const indexOf = (row) => (row === undefined ? 0 : row.gap ? row.first : row.event.index);
  const first = indexOf(layout.rows[firstRow]);
  const last = Math.max(first, indexOf(layout.rows[lastRow]) +
    (layout.rows[lastRow]?.gap ? layout.rows[lastRow].count : 0));
  const touches = (begin, end) => begin <= last && (end === none ? events.length : end) >= first;

  picture.replaceChildren();
  picture.setAttribute("width", layout.pictureWidth);
  picture.setAttribute("height", Math.min(layout.height, bottom));
  const add = (made) => made && picture.append(made);
  const rows = layout.rows.slice(firstRow, lastRow + 1);
  drawAxes(top, Math.min(bottom, layout.height - 10));
  drawHandlers(first, last, top, bottom);
  for (const operation of operations.values())
    if (touches(operation.invoke, operation.end)) add(drawCalls(operation, top, bottom));
  for (const message of messages.values())
    if (touches(message.begin, message.end === none ? message.begin : message.end))
      add(drawMessage(message));
  for (const { event } of rows)
    if (event)
      add(event.kind === "cut" || event.kind === "join" ? drawCut(event)
        : event.kind === "violation" ? drawViolation(event) : drawMark(event));
  for (const event of violations) add(drawOrder(event));

  element("bands").replaceChildren(...stretches
    .filter((stretch) => touches(stretch.begin, stretch.end)).map(bandOf).filter(Boolean));
  element("bars").replaceChildren(...[...operations.values()]
    .filter((operation) => touches(operation.invoke, operation.end)).map(barOf).filter(Boolean));
  drawList(rows, firstRow);
}

function drawList(rows, firstRow) {
  const made = [];
  rows.forEach((row, i) => {
    const words = rowElement(row, layout.rows[firstRow + i - 1]);
    words.style.cssText = `top:${row.y}px;left:${layout.pictureWidth}px;` +
      `width:${layout.wordsWidth}px;height:${row.height}px`;
    made.push(words);
    if (row.gap) return;
    const fresh = words.dataset.newTime === "true" || i === 0;
    made.push(html("div", { class: "gutter", "aria-hidden": "true",
      style: `top:${row.y}px;left:0;width:${gutterWidth - 8}px` },
    (fresh ? timeText(row.event.fields.t).replace(" ms", "") : "") +
      ` #${row.event.fields.i}`.padStart(7)));
    if (fresh && i > 0)
      made.push(html("div", { class: "tick", style: `top:${row.y}px;left:0;width:${layout.width}px` }));
  });
  element("list").replaceChildren(...made);
}
