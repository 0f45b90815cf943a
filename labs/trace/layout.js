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
  resume: "faults", slow: "faults", skew: "faults", phase: "faults",
};

// From the begin of the broken operations to where it showed.
const brokenSpan = [
  Math.min(...[...involved].map((op) => operations.get(op)?.invoke ?? Infinity)),
  Math.max(...violations.map((event) => event.index)),
];

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

function heightOf(event) {
  if (event.kind !== "violation") return rowHeight;
  const columns = Math.max(30, Math.floor((layout.wordsWidth - 20) / 7.4));
  return 10 + 18 * Math.ceil(event.what.length / columns);
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

function placeColumns(width) {
  const shown = nodes.filter((node) => filter.nodes.has(node));
  const laneWidth = clients.length > 6 ? 64 : clients.length > 3 ? 84 : 104;
  const room = width * 0.64 - gutterWidth - clients.length * laneWidth;
  const nodeWidth = Math.max(84, Math.min(190, room / (shown.length + 0.6)));
  // Room for what is written on the outer sides of the outer nodes.
  const margin = Math.max(0.3 * nodeWidth, 124 - nodeWidth / 2);

  layout.textMost = Math.max(19, Math.floor((nodeWidth * 0.8 - 14) / 5.7)); // characters
  layout.laneWidth = laneWidth;
  layout.nodeWidth = nodeWidth;
  layout.lane = new Map(clients.map((client, i) => [client, gutterWidth + i * laneWidth]));
  const left = gutterWidth + clients.length * laneWidth + margin;
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
