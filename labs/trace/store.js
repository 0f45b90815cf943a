// store.js: what a node's store held at a moment, and how stored bytes read.

// The store of `node` after event `index`: a Map from key to value as traced.
// A crash takes back as many unsynced writes as the trace says.
function storeAt(node, index) {
  const held = new Map();
  let unsynced = [];
  const change = (key, value) => {
    unsynced.push([key, held.get(key)]);
    if (value === undefined) held.delete(key);
    else held.set(key, value);
  };
  for (const event of eventsOfNode.get(node) ?? []) {
    if (event.index > index) break;
    const { key, value, lost } = event.fields;
    if (event.kind === "put") change(key, value);
    else if (event.kind === "delete") change(key, undefined);
    else if (event.kind === "sync") unsynced = [];
    else if (event.kind === "wipe") held.clear();
    else if (event.kind === "crash") {
      for (let i = 0; i < lost && unsynced.length > 0; i++) {
        const [old, before] = unsynced.pop();
        if (before === undefined) held.delete(old);
        else held.set(old, before);
      }
      unsynced = [];
    }
  }
  return held;
}

const eventsOfNode = new Map();
for (const event of events)
  if (["put", "delete", "sync", "crash", "wipe"].includes(event.kind)) {
    if (!eventsOfNode.has(event.fields.n)) eventsOfNode.set(event.fields.n, []);
    eventsOfNode.get(event.fields.n).push(event);
  }

// Bytes of a text in which others than printable ASCII stand as \xNN; null if
// it was cut.
function bytesOf(text) {
  if (/\.\.\.\(\d+ bytes\)$/.test(text)) return null;
  return [...text.matchAll(/\\x([0-9a-f]{2})|([^\\])/g)]
    .map(([, hex, character]) => hex ? parseInt(hex, 16) : character.charCodeAt(0));
}

// Reads one MessagePack value as text; throws where it cannot.
function unpack(bytes, at) {
  const number = (size) => {
    let value = 0n;
    for (let i = 0; i < size; i++) value = value * 256n + BigInt(take());
    return value;
  };
  const take = () => {
    if (at.next >= bytes.length) throw new RangeError("it ends too early");
    return bytes[at.next++];
  };
  const text = (size) => {
    let out = "";
    for (let i = 0; i < size; i++) {
      const byte = take();
      out += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte)
        : "\\x" + byte.toString(16).padStart(2, "0");
    }
    return `"${out}"`;
  };
  const many = (size, one) => Array.from({ length: size }, one).join(", ");
  const item = () => unpack(bytes, at);
  const pair = () => `${item()}: ${item()}`;
  const type = take();

  if (type < 0x80) return String(type);
  if (type < 0x90) return `{${many(type & 15, pair)}}`;
  if (type < 0xa0) return `[${many(type & 15, item)}]`;
  if (type < 0xc0) return text(type & 31);
  if (type === 0xc0) return "nil";
  if (type === 0xc2 || type === 0xc3) return String(type === 0xc3);
  if (type >= 0xc4 && type <= 0xc6) return text(Number(number(1 << (type - 0xc4))));
  if (type >= 0xcc && type <= 0xcf) return String(number(1 << (type - 0xcc)));
  if (type >= 0xd9 && type <= 0xdb) return text(Number(number(1 << (type - 0xd9))));
  if (type === 0xdc) return `[${many(Number(number(2)), item)}]`;
  if (type >= 0xe0) return String(type - 256);
  throw new RangeError("a type that is not read here");
}

// A stored value as a reader would like it: MessagePack lists and maps opened,
// anything else as the trace has it.
function valueText(value) {
  const bytes = bytesOf(value);
  if (bytes && bytes.length > 0 && bytes[0] >= 0x80) {
    try {
      const at = { next: 0 };
      const text = unpack(bytes, at);
      if (at.next === bytes.length) return text;
    } catch {
      // It was none, then.
    }
  }
  const zeros = value.replace(/(?:\\x00){3,}/g, (run) => `\\x00*${run.length / 4}`);
  return `"${zeros}"`;
}

// What a node has last told others of each key: key to the event of its send.
// This is how a version shows when the stored bytes are the program's secret.
function toldAt(node, index) {
  const told = new Map();
  for (const event of toldByNode.get(node) ?? []) {
    if (event.index > index) break;
    told.set(event.fields.key, event);
  }
  return told;
}

const toldLabels = ["version", "value", "stored"];
const toldByNode = new Map();
for (const event of events)
  if (event.kind === "send" && toldLabels.includes(event.fields.kind)) {
    if (!toldByNode.has(event.fields.n)) toldByNode.set(event.fields.n, []);
    toldByNode.get(event.fields.n).push(event);
  }
