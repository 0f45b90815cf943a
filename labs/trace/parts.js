// parts.js: the parts of the picture: messages, marks of events, violations.

const svgNamespace = "http://www.w3.org/2000/svg";
const element = (id) => document.getElementById(id);
const picture = element("picture");

function html(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== false) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function svg(tag, attributes = {}, text = null) {
  const made = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null) made.setAttribute(name, value);
  if (text !== null) made.textContent = text;
  return made;
}

const short = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);
const hue = (label) => kindsInOrder.indexOf(label) % 8;

// Which events are in the light (null: all), and which operation is chosen.
const light = { events: null, operation: null };
const dim = (index) => (light.events && !light.events.has(index) ? " dim" : "");

// ---- Messages ----

function labelOf(message) {
  const value = message.value === undefined ? "" : ` "${message.value}"`;
  const version = message.version ?? (toldLabels.includes(message.label) ? "0.0" : "");
  return short(`${message.label} ${version}${value}`.trimEnd(), layout.textMost);
}

function head(x, y, angle, className) {
  return svg("path", {
    d: "M0,0 L-9,-4 L-9,4 Z", class: className,
    transform: `translate(${x},${y}) rotate(${angle})`,
  });
}

// With `side` the text is on that side of it.
function cross(group, x, y, why, text = why, side = 1) {
  group.append(svg("path", { class: "cross", d: `M${x - 5},${y - 5} l10,10 m0,-10 l-10,10` }));
  if (why === "cut") // a wall
    group.append(svg("path", { class: "cross", d: `M${x - side * 9},${y - 8} v16` }));
  group.append(svg("text", { class: "why", x: x + side * 11, y: y + 4,
    "text-anchor": side > 0 ? "start" : "end" }, text));
}

// A message to oneself: a loop on the right.
function drawLoop(group, message, y1, y2) {
  const x = layout.x.get(message.from);
  const out = Math.min(34, layout.nodeWidth / 3);
  group.append(svg("path", {
    class: `arrow k${hue(message.label)}`,
    d: `M${x},${y1} C${x + out},${y1 + 4} ${x + out},${y2 - 2} ${x + 5},${y2}`,
  }), head(x + 4, y2, 172, `f${hue(message.label)}`));
}

function drawMessage(message) {
  const x1 = layout.x.get(message.from);
  const x2 = layout.x.get(message.to);
  const seesBegin = isVisible(message.begin) && x1 !== undefined;
  const seesEnd = isVisible(message.end) && (message.lost !== null || x2 !== undefined);
  if (!seesBegin && !seesEnd) return null;
  const dimmed = light.events && !(light.events.has(message.begin) &&
    (message.end === none || message.lost !== null || light.events.has(message.end)));
  const group = svg("g", {
    "data-message": message.number, class: dimmed ? "dim" : "",
    "data-end": message.end === none ? "open" : message.lost !== null ? "lost" : "received",
    "data-copy": message.copy ? "yes" : null,
  });
  const y1 = yOf(message.begin);
  const y2 = message.end === none ? y1 + 16 : yOf(message.end);
  const color = `k${hue(message.label)}`;
  if (message.from === message.to && seesBegin && seesEnd && message.lost === null) {
    drawLoop(group, message, y1, y2);
    return group;
  }
  const side = message.from < message.to ? 1 : -1;
  let from = [x1, y1];
  let to = [x2, y2];
  if (!seesBegin || x1 === undefined) from = [to[0] - side * 34, y2 - 12];
  if (!seesEnd && message.end !== none || x2 === undefined) to = [from[0] + side * 34, y1 + 12];
  if (message.end === none) to = [from[0] + side * 0.3 * layout.nodeWidth, y1 + 20];
  if (message.lost !== null && x2 !== undefined) {
    // Never on the line of a node that has nothing to do with it: beside the
    // sender's, or beside the receiver's if it came as far as that.
    const far = message.lost === "down" || message.lost === "malformed";
    to = [far ? x2 - side * 0.2 * layout.nodeWidth : x1 + side * 0.3 * layout.nodeWidth, y2];
    if (message.from === message.to) to = [x1 + 24, y2];
  }
  const copy = message.copy ? " copy" : "";
  group.append(svg("path", { class: `arrow ${color}${copy}`, d: `M${from} L${to}` }));
  if (message.lost !== null) {
    cross(group, to[0], to[1], message.lost, `${message.lost} → n${message.to}`,
      message.from > message.to ? -1 : 1);
  } else if (message.end === none) {
    group.append(svg("circle", { class: `arrow ${color}`, cx: to[0], cy: to[1], r: 3.5 }));
  } else {
    const angle = Math.atan2(to[1] - from[1], to[0] - from[0]) * 180 / Math.PI;
    group.append(head(to[0] - (seesEnd ? Math.cos(angle * Math.PI / 180) * 4 : 0),
      to[1] - (seesEnd ? Math.sin(angle * Math.PI / 180) * 4 : 0), angle, `f${hue(message.label)}`));
  }
  return group;
}

// Beside where it leaves, and beyond where it arrives: rows that nothing else
// writes in. Loops are on the right, so their labels are on the left.
function drawLabels(group, event) {
  const message = messageOf(event);
  const x = layout.x.get(event.kind === "recv" ? message.to : message.from);
  if (x === undefined) return;
  const right = message.from < message.to;
  const y = yOf(event.index);
  const away = { x: x + (right ? 9 : -9), y: y - 2, "text-anchor": right ? "start" : "end" };
  group.append(svg("text", { ...away, class: `f${hue(message.label)}` },
    (message.copy && event.kind === "recv" ? "copy: " : "") + labelOf(message)));
}

// ---- Marks of events, a shape each ----

const star = "M0,-8 L2,-2 L8,0 L2,2 L0,8 L-2,2 L-8,0 L-2,-2 Z";
const shapes = {
  open: ["M-6,5 L0,-6 L6,5 Z", "mark full"],
  crash: ["M-7,-7 L7,7 M7,-7 L-7,7", "mark bad"],
  send: ["M-3,0 a3,3 0 1 0 6,0 a3,3 0 1 0 -6,0", "mark"],
  recv: ["M-4,0 a4,4 0 1 0 8,0 a4,4 0 1 0 -8,0", "mark full"],
  copy: ["M-6,-5 h7 v7 h-7 Z M-2,-1 h7 v7 h-7 Z", "mark"],
  timer: ["M-6,0 a6,6 0 1 0 12,0 a6,6 0 1 0 -12,0 M0,-4 V0 L3,2", "mark"],
  fire: ["M-6,0 a6,6 0 1 0 12,0 a6,6 0 1 0 -12,0 M0,-4 V0 L3,2 M-8,-6 l3,-3 M8,-6 l-3,-3", "mark"],
  cancel: ["M-6,0 a6,6 0 1 0 12,0 a6,6 0 1 0 -12,0 M-7,7 L7,-7", "mark"],
  put: ["M-6,-5 c0,-3 12,-3 12,0 v10 c0,3 -12,3 -12,0 Z M-6,-5 c0,3 12,3 12,0", "mark"],
  delete: ["M-6,-5 c0,-3 12,-3 12,0 v10 c0,3 -12,3 -12,0 Z M-7,7 L7,-7", "mark"],
  sync: ["M-6,-3 H6 M-6,3 H6", "mark"],
  note: ["M-6,-5 h12 v8 h-7 l-3,4 v-4 h-2 Z", "mark"],
  request: ["M-5,-5 h10 v10 h-10 Z", "mark full"],
  reply: ["M-5,-5 h10 v10 h-10 Z", "mark"],
  pause: ["M-5,-6 h3 v12 h-3 Z M2,-6 h3 v12 h-3 Z", "mark full"],
  resume: ["M-5,-6 L6,0 L-5,6 Z", "mark full"],
  slow: [star, "mark"],
  skew: [star, "mark full"],
  full: ["M-6,-5 c0,-3 12,-3 12,0 v10 c0,3 -12,3 -12,0 Z", "mark full"],
  room: [star, "mark"],
  fail: ["M-6,-5 c0,-3 12,-3 12,0 v10 c0,3 -12,3 -12,0 Z M-7,7 L7,-7", "mark bad"],
  wipe: ["M-6,-5 c0,-3 12,-3 12,0 v10 c0,3 -12,3 -12,0 Z M-7,7 L7,-7 M-7,-7 L7,7", "mark bad"],
};

function besides(event) {
  const { kind, fields } = event;
  if (kind === "put") return `${fields.key} = ${valueText(fields.value)}`;
  if (kind === "delete") return `${fields.key} deleted`;
  if (kind === "note") return fields.text;
  if (kind === "fire") return "timer rings";
  if (kind === "slow") return `× ${fields.factor}`;
  if (kind === "skew") return `clock ${fields.ms > 0 ? "+" : ""}${fields.ms} ms`;
  if (kind === "crash") return "crash";
  if (kind === "wipe") return "loses its disk";
  if (kind === "full") return "disk full";
  if (kind === "room") return "disk has room";
  if (kind === "fail") return fields.what === "full" ? "cannot put" : "cannot sync";
  if (kind === "open") return "begins";
  return null;
}

function drawMark(event) {
  const { kind, fields, index } = event;
  const message = messageOf(event);
  const shape = shapes[kind];
  const x = layout.x.get(kind === "copy" && message ? message.from : fields.n);
  if (!shape || x === undefined || kind === "invoke") return null;
  const y = yOf(index);
  const group = svg("g", { "data-event": index, class: dim(index).trim() });
  const text = besides(event);
  group.append(svg("path", { d: shape[0], class: shape[1], transform: `translate(${x},${y})` }));
  if (message && (kind === "send" || kind === "recv")) drawLabels(group, event);
  if (text)
    group.append(svg("text", { x: x + 12, y: y + 4, class: kind === "note" ? "note" : "" },
      short(text, layout.textMost)));
  return group;
}

function drawCut(event) {
  const from = layout.x.get(event.fields.from);
  const to = layout.x.get(event.fields.to);
  const y = yOf(event.index);
  if (from === undefined || to === undefined) return null;
  const group = svg("g", { "data-event": event.index, class: dim(event.index).trim() });
  const side = from < to ? 1 : -1;
  const middle = from + side * 0.4 * layout.nodeWidth; // between two nodes' lines
  group.append(svg("path", { class: "cutline", d: `M${from + side * 8},${y} H${to - side * 8}` }),
    head(to - side * 4, y, side > 0 ? 0 : 180, "cutline-head"));
  if (event.kind === "cut")
    group.append(svg("path", { class: "cross", d: `M${middle - 3},${y - 7} v14 m6,-14 v14` }));
  else
    group.append(svg("text", { x: middle, y: y - 2, "text-anchor": "middle" }, "joined"));
  return group;
}

function drawViolation(event) {
  const y = yOf(event.index);
  const x = layout.x.get(event.fields.n) ?? layout.pictureWidth - 16;
  const group = svg("g", { "data-violation": event.index });
  group.append(
    svg("path", { class: "breach", d: `M${gutterWidth},${y} H${layout.pictureWidth}` }),
    svg("path", { class: "alarm", d: "M-5,-12 H5 L12,-5 V5 L5,12 H-5 L-12,5 V-5 Z", transform: `translate(${x},${y})` }),
    svg("text", { class: "alarm-text", x, y: y + 5 }, "!"));
  return group;
}

// Of a violation's operations: which ended before which began, as clients saw.
function drawOrder(event) {
  const ops = (event.fields.ops ?? []).map((op) => operations.get(op)).filter(Boolean);
  const group = svg("g", { class: "order" });
  for (const first of ops)
    for (const then of ops)
      if (isVisible(first.end) && isVisible(then.invoke) && first.end < then.invoke && first.how !== "unknown" &&
          !ops.some((o) => o.invoke > first.end && o.end !== none && o.end < then.invoke)) {
        const x1 = laneMiddle(first.client);
        const x2 = laneMiddle(then.client);
        const y1 = yOf(first.end) + 9;
        const y2 = yOf(then.invoke) - 11;
        group.append(svg("path", { class: "breach", d: `M${x1},${y1} L${x2},${y2}` }),
          head(x2, y2, Math.atan2(y2 - y1, x2 - x1) * 180 / Math.PI, "alarm"),
          svg("text", { class: "breach-text", x: (x1 + x2) / 2, y: (y1 + y2) / 2 + 4,
            "text-anchor": "middle" }, y2 - y1 > 24 ? "ended before" : ""));
      }
  return group;
}
