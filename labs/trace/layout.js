// layout.js: which events are shown, and where. One row an event, downwards;
// clients, then nodes, then the words, from left to right.

const rowHeight = 22;
const gapHeight = 18;
const headHeight = 28;
const gutterWidth = 104;

const filter = {
  key: null, nodes: new Set(nodes), labels: new Set(labels),
  groups: new Set(["timers", "store", "notes", "faults"]), only: false,
};

const groupOf = {
  timer: "timers", fire: "timers", cancel: "timers",
  put: "store", delete: "store", sync: "store", note: "notes",
  crash: "faults", open: "faults", cut: "faults", join: "faults", pause: "faults",
  resume: "faults", slow: "faults", skew: "faults", wipe: "faults",
  full: "faults", room: "faults", fail: "faults", phase: "faults",
};

// From the begin of the broken operations to their end, or to where it showed
// if one had none.
const brokenSpan = (() => {
  const broken = [...involved].map((op) => operations.get(op)).filter(Boolean);
  const shown = Math.max(...violations.map((event) => event.index));
  return [Math.min(...broken.map((operation) => operation.invoke)),
    Math.max(...broken.map((operation) => (operation.end === none ? shown : operation.end)))];
})();

// lane: where each client's column begins, and how wide it is.
const layout = { rows: [], rowOf: [], height: 0, x: new Map(), lane: new Map() };

function isShown(event) {
  const { kind, fields } = event;
  const message = messageOf(event);
  if (kind === "violation") return true;
  if (message) {
    if (!filter.labels.has(message.label)) return false;
    if (!filter.nodes.has(kind === "recv" ? message.to : message.from)) return false;
  } else if (["cut", "join"].includes(kind)) {
    if (!filter.nodes.has(fields.from) || !filter.nodes.has(fields.to)) return false;
  } else if (fields.n !== undefined && kind !== "invoke" && !filter.nodes.has(fields.n)) {
    return false;
  }
  if (groupOf[kind] && !filter.groups.has(groupOf[kind])) return false;
  if (groupOf[kind] === "faults") // about every key, and all operations of then
    return !filter.only || event.index >= brokenSpan[0] && event.index <= brokenSpan[1];
  if (filter.key !== null && event.key !== filter.key && fields.key !== filter.key) return false;
  return !filter.only || involved.has(event.op);
}

// What decides is in answers and in notes: those are never cut.
const wraps = (event) => event.kind === "reply" || event.kind === "note";
const wrappedLine = 16;
const wrappedIndent = 11; // characters, as in page.css

function heightOf(event) {
  if (!wraps(event)) return rowHeight;
  const columns = Math.floor((layout.wordsWidth - 16) / 7.3) - wrappedIndent;
  let count = 1;
  let used = Math.max(0, event.who.length - 8);
  for (const word of event.what.split(" ")) {
    if (used > 0 && used + word.length > columns) {
      count++;
      used = 0;
    }
    count += Math.max(0, Math.ceil(word.length / columns) - 1);
    used += word.length % columns + 1;
  }
  return rowHeight + (count - 1) * wrappedLine;
}

function placeRows() {
  const rows = [];
  let y = headHeight;
  let hidden = null;
  const add = (row, height) => {
    rows.push({ ...row, y, height, middle: y + Math.min(height, rowHeight) / 2 });
    y += height;
  };
  const endGap = () => {
    if (hidden) add(hidden, gapHeight);
    hidden = null;
  };
  layout.rowOf = new Int32Array(events.length).fill(none);
  for (const event of events) {
    if (!isShown(event)) {
      hidden ??= { gap: true, first: event.index, count: 0 };
      hidden.count++;
      continue;
    }
    endGap();
    layout.rowOf[event.index] = rows.length;
    add({ event }, heightOf(event));
  }
  endGap();
  layout.rows = rows;
  layout.height = y + 40;
}

function laneMiddle(client) {
  const { x, width } = layout.lane.get(client);
  return x + width / 2;
}

// Clients of whom nothing is shown are narrow.
function placeLanes() {
  const busy = new Set([...operations.values()]
    .filter(({ invoke, end }) => isShown(events[invoke]) || end !== none && isShown(events[end]))
    .map((operation) => operation.client));
  const wide = busy.size > 6 ? 64 : busy.size > 3 ? 84 : 104;
  let x = gutterWidth;
  layout.lane = new Map();
  for (const client of clients) {
    const width = busy.has(client) ? wide : 30;
    layout.lane.set(client, { x, width, busy: busy.has(client) });
    x += width;
  }
  return x;
}

function placeColumns(width) {
  const shown = nodes.filter((node) => filter.nodes.has(node));
  const lanesEnd = placeLanes();
  const room = width * 0.64 - lanesEnd;
  const nodeWidth = Math.max(84, Math.min(190, room / (shown.length + 0.6)));
  // Room for what is written on the outer sides of the outer nodes.
  const margin = Math.max(0.3 * nodeWidth, 124 - nodeWidth / 2);

  layout.textMost = Math.max(19, Math.floor((nodeWidth * 0.8 - 14) / 5.7)); // characters
  layout.nodeWidth = nodeWidth;
  const left = lanesEnd + margin;
  layout.x = new Map(shown.map((node, i) => [node, left + (i + 0.5) * nodeWidth]));
  layout.pictureWidth = left + shown.length * nodeWidth + margin;
  layout.wordsWidth = Math.max(360, width - layout.pictureWidth - 4);
  layout.width = layout.pictureWidth + layout.wordsWidth;
}

// The row at a height of the stage, by halving; the last one if below all.
function rowAt(y) {
  let low = 0;
  let high = layout.rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (layout.rows[middle].y <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

// The height at which an event is, or would be if it were shown.
function yOf(index) {
  if (index >= events.length) return layout.height - 30;
  const row = layout.rowOf[index];
  if (row !== none) return layout.rows[row].middle;
  let low = 0;
  let high = layout.rows.length - 1;
  const first = (i) => (layout.rows[i].gap ? layout.rows[i].first : layout.rows[i].event.index);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (first(middle) <= index) low = middle;
    else high = middle - 1;
  }
  return layout.rows.length ? layout.rows[low].middle : headHeight;
}

const isVisible = (index) => index !== none && layout.rowOf[index] !== none;
