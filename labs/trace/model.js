// model.js: the trace as the page uses it: events, messages, operations, and
// the stretches in which nodes are down, paused, slow or cut off.

const traceText = JSON.parse(document.getElementById("trace-text").textContent);
const links = JSON.parse(document.getElementById("trace-links").textContent);
const lines = traceText.split("\n").filter((line) => line !== "");
const run = JSON.parse(lines[0]);
const none = -1;

const events = links.events.map((link, index) => {
  const [who, what, host, handler, op, key, causes] = link;
  const fields = JSON.parse(lines[index + 1]);
  return { index, fields, kind: fields.e, who, what, host, handler, op, key, causes };
});

const nodes = [...new Set([
  ...(run.nodes ?? []),
  ...events.flatMap(({ fields, kind }) =>
    kind === "send" ? [fields.n, fields.to]
      : kind === "recv" || kind === "cut" || kind === "join"
        ? [fields.n, fields.from, fields.to] : [fields.n]),
])].filter((node) => node !== undefined).sort((a, b) => a - b);

function clientName(client) {
  return Number.isSafeInteger(client) && client >= 0 ? `client ${client}` : "test";
}

function timeText(microseconds) {
  return (microseconds / 1000).toFixed(links.decimals) + " ms";
}

// ---- Messages: where each begins and ends ----

const messages = new Map();
for (const event of events) {
  const { fields, kind, index } = event;
  if (kind === "send") {
    messages.set(fields.m, {
      number: fields.m, from: fields.n, to: fields.to, label: fields.kind,
      version: fields.version, value: fields.value, key: event.key, op: event.op,
      begin: index, send: index, end: none, lost: null, copy: false,
    });
  } else if (kind === "copy" && messages.has(fields.of)) {
    messages.set(fields.m, {
      ...messages.get(fields.of), number: fields.m, begin: index,
      end: none, lost: null, copy: true,
    });
  } else if ((kind === "recv" || kind === "lose") && messages.has(fields.m)) {
    const message = messages.get(fields.m);
    message.end = index;
    message.lost = kind === "lose" ? fields.why : null;
  }
}

// Kinds in the order of message.def, then those that it does not have. A kind's
// place there is its colour, on every page.
const kindsInOrder = [...links.kinds,
  ...[...new Set([...messages.values()].map((message) => message.label))]
    .filter((label) => !links.kinds.includes(label)).sort()];
const labels = kindsInOrder.filter((label) =>
  [...messages.values()].some((message) => message.label === label));

function messageOf(event) {
  return ["send", "recv", "lose", "copy"].includes(event.kind)
    ? messages.get(event.fields.m) ?? null : null;
}

// ---- Operations, from the client's question to its answer ----

const operations = new Map();
for (const event of events) {
  const { fields, kind, index } = event;
  if (kind === "invoke" && !operations.has(fields.op)) {
    operations.set(fields.op, {
      number: fields.op, client: clientName(fields.client), node: fields.n, do: fields.do,
      key: fields.key, value: fields.value, invoke: index, request: none, reply: none, end: none, how: "open",
      ...links.operations[fields.op],
    });
  }
  const operation = operations.get(fields.op);
  if (!operation) continue;
  if (kind === "request" || kind === "reply") {
    if (operation[kind] === none) operation[kind] = index;
  } else if ((kind === "return" || kind === "abandon") && operation.end === none) {
    operation.end = index;
    operation.how = kind === "abandon" ? "unknown" : fields.code === 0 ? "ok" : "failed";
  }
}
const clients = [...new Set([...operations.values()].map((operation) => operation.client))]
  .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));

const violations = events.filter((event) => event.kind === "violation");
const involved = new Set(violations.flatMap((event) => event.fields.ops ?? []));

function operationsOf(violation) {
  return [...new Set(violation.fields.ops ?? [])].map((op) => operations.get(op))
    .filter(Boolean).sort((a, b) => a.invoke - b.invoke);
}

// The operation that shows it: of the violation's the one that returned last,
// for before its answer there was still an order. Without answers, the last
// that began.
function wrongOf(violation) {
  const ops = operationsOf(violation);
  const ended = ops.filter((operation) => operation.how === "ok" || operation.how === "failed");
  return ended.length > 0
    ? ended.reduce((last, one) => (one.end > last.end ? one : last)) : ops.at(-1) ?? null;
}

// ---- Stretches: { kind, node, begin, end, text }, by event indexes ----

const stretches = [];

function stretchesOf(kind, begins, ends, text) {
  const open = new Map();
  for (const event of events) {
    const node = event.fields.n;
    if (open.has(node) && ends(event)) {
      stretches.push({ ...open.get(node), end: event.index });
      open.delete(node);
    }
    if (begins(event))
      open.set(node, { kind, node, begin: event.index, text: text(event) });
  }
  for (const stretch of open.values()) stretches.push({ ...stretch, end: events.length });
}
stretchesOf("down", (e) => e.kind === "crash", (e) => e.kind === "open", () => "down");
stretchesOf("pause", (e) => e.kind === "pause",
  (e) => ["resume", "crash"].includes(e.kind), () => "paused");
stretchesOf("slow", (e) => e.kind === "slow" && e.fields.factor > 1,
  (e) => ["slow", "crash"].includes(e.kind), (e) => `${e.fields.factor}× slow`);

// Which nodes a set of cuts parts from the rest: those outside the largest
// group that is still whole. Where all are still joined, whoever cannot send.
function cutOff(cuts) {
  const group = new Map(nodes.map((node) => [node, node]));
  for (const a of nodes)
    for (const b of nodes)
      if (!cuts.has(`${a}>${b}`) && !cuts.has(`${b}>${a}`)) {
        const old = group.get(b);
        for (const node of nodes)
          if (group.get(node) === old) group.set(node, group.get(a));
      }
  const size = new Map();
  for (const name of group.values()) size.set(name, (size.get(name) ?? 0) + 1);
  if (size.size === 1)
    return nodes.filter((a) => nodes.some((b) => cuts.has(`${a}>${b}`)));
  const largest = [...size].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
  return nodes.filter((node) => group.get(node) !== largest);
}

function cutText(cuts, node) {
  const names = (list) => list.map((other) => `n${other}`).join(", ");
  const out = nodes.filter((other) => cuts.has(`${node}>${other}`));
  const into = nodes.filter((other) => cuts.has(`${other}>${node}`));
  if (names(out) === names(into)) return `cut off from ${names(out)}`;
  return [out.length ? `sends to ${names(out)} lost` : "",
    into.length ? `hears nothing from ${names(into)}` : ""].filter(Boolean).join("; ");
}

{
  const cuts = new Set();
  let open = [];
  events.forEach((event, index) => {
    if (event.kind !== "cut" && event.kind !== "join") return;
    const name = `${event.fields.from}>${event.fields.to}`;
    if (event.kind === "cut") cuts.add(name);
    else cuts.delete(name);
    const next = events[index + 1];
    if (next && (next.kind === "cut" || next.kind === "join")) return; // one change
    for (const stretch of open) stretches.push({ ...stretch, end: index });
    open = cutOff(cuts).map((node) =>
      ({ kind: "cut", node, begin: index, text: cutText(cuts, node) }));
  });
  for (const stretch of open) stretches.push({ ...stretch, end: events.length });
}

// ---- Why: the causal past ----

function pastOf(index) {
  const past = new Set([index]);
  const left = [index];
  while (left.length > 0)
    for (const cause of events[left.pop()].causes)
      if (!past.has(cause)) {
        past.add(cause);
        left.push(cause);
      }
  return past;
}

// All that was done for operations, up to an event.
function doneFor(numbers, last) {
  return new Set(events.filter((event) => event.index <= last && numbers.has(event.op))
    .map((event) => event.index));
}

// The log format of ShiViz; labs/trace/schema.md's events with vector clocks.
function shivizText() {
  const clocks = [];
  const latest = new Map();
  const out = ["(?<host>\\S+) (?<clock>\\{.*\\}) (?<time>[0-9.]+)ms #(?<number>[0-9]+)\\n(?<event>.*)", ""];
  for (const event of events) {
    const clock = { ...(latest.get(event.host) ?? {}) };
    for (const cause of event.causes)
      for (const [host, count] of Object.entries(clocks[cause]))
        clock[host] = Math.max(clock[host] ?? 0, count);
    clock[event.host] = (clock[event.host] ?? 0) + 1;
    clocks.push(clock);
    latest.set(event.host, clock);
    const sorted = Object.fromEntries(Object.entries(clock)
      .sort(([a], [b]) => (a < b ? -1 : 1)));
    const time = timeText(event.fields.t).replace(" ", "");
    out.push(`${event.host} ${JSON.stringify(sorted)} ${time} #${event.fields.i}`,
      `${event.who}: ${event.what}`);
  }
  return out.join("\n") + "\n";
}
