// details.js: the chosen event in full, and what its node held then.

const chosen = { index: none };

function storeList(node, index) {
  const most = 8;
  const mine = ([key]) => (filter.key !== null && key.includes(filter.key) ? 0 : 1);
  const list = (title, entries, text) => {
    const sorted = [...entries].sort((a, b) => mine(a) - mine(b));
    const more = sorted.length - most;
    return entries.size === 0 ? [] : [title, html("ul", {},
      ...sorted.slice(0, most).map((entry) => html("li", {}, html("code", {}, text(entry)))),
      ...(more > 0 ? [html("li", {}, `and ${more} more keys`)] : []))];
  };
  const held = storeAt(node, index);
  return html("div", {},
    ...(held.size === 0 ? [html("p", {}, `n${node}'s store is empty.`)] : []),
    ...list(`n${node}'s store:`, held, ([key, value]) => `${key} = ${valueText(value)}`),
    ...list("It last told others:", toldAt(node, index), ([key, { fields }]) =>
      `${key} is at ${fields.version ?? "0.0"}` + (fields.value === undefined ? "" : ` "${fields.value}"`) +
      ` (#${fields.i})`));
}

// The event as the trace has it, for those who want that.
const raw = { shown: false };

function rawToggle(event) {
  const button = html("button", { type: "button", class: "raw", "aria-pressed": String(raw.shown) }, "raw");
  button.addEventListener("click", () => {
    raw.shown = !raw.shown;
    describe();
  });
  return html("p", {}, button, ...(raw.shown ? [" ", html("code", {}, JSON.stringify(event.fields))] : []));
}

function jump(index, text) {
  const button = html("button", { type: "button" }, text);
  button.addEventListener("click", () => choose(index, true));
  return button;
}

function describe() {
  const panel = element("details");
  const event = events[chosen.index];
  if (!event) {
    panel.replaceChildren(html("h2", {}, "Click on an event to see what led to it, on a bar for one operation."),
      html("p", {}, "j, k: next and previous event · f: the operation that broke it · a: only its operations, or all · Esc: everything · ?: legend"));
    return;
  }
  const message = messageOf(event);
  const said = event.kind === "violation" ? "what broke stands at the top" : event.what;
  const parts = [html("h2", {}, `#${event.fields.i} at ${timeText(event.fields.t)}, ${event.who}: ${said}`)];
  const left = html("div", {});
  if (message)
    left.append(html("p", {}, jump(message.send, `sent at #${events[message.send].fields.i}`),
      message.end === none ? ", never arrived"
        : message.end !== event.index
          ? html("span", {}, ", ", jump(message.end, `${message.lost ? "lost" : "received"} at #${events[message.end].fields.i}`)) : ""));
  const operation = operations.get(event.op);
  if (operation)
    left.append(html("p", {}, jump(operation.invoke, `op ${operation.number}`),
      `: ${operation.words} → ${operation.outcome}` +
      (operation.answers && event.kind !== "reply" && !involved.has(operation.number) ? `; when n${operation.node} answered it had ${operation.answers}` : "")));
  left.append(rawToggle(event));
  const node = event.fields.n ?? message?.to;
  parts.push(left, node !== undefined && event.kind !== "invoke" ? storeList(node, event.index) : html("div"));
  panel.replaceChildren(...parts);
}
