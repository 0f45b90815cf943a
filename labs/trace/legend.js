// legend.js: what the shapes of the picture mean.

function buildLegend() {
  const mark = (kind) => {
    const drawing = svg("svg", { width: 24, height: 22, viewBox: "-12 -11 24 22" });
    drawing.append(svg("path", { d: shapes[kind][0], class: shapes[kind][1] }));
    return drawing;
  };
  const line = (draw) => {
    const drawing = svg("svg", { width: 66, height: 22, viewBox: "0 0 66 22" });
    draw(drawing);
    return drawing;
  };
  const arrow = (className) => line((d) => d.append(
    svg("path", { class: `arrow ${className}`, d: "M4,5 L56,16" }), head(60, 17, 12, "f0")));
  const items = [
    [arrow("k0"), "a message, from send to receipt; its kind beside it"],
    [arrow("k0 copy"), "the network's copy of one"],
    [line((d) => { d.append(svg("path", { class: "arrow k0", d: "M2,5 L22,10" })); cross(d, 22, 10, "loss", "loss→n4"); }), "lost: why, and to whom it was sent"],
    [line((d) => d.append(svg("path", { class: "arrow k0", d: "M4,5 L40,14" }), svg("circle", { class: "arrow k0", cx: 43, cy: 15, r: 3.5 }))), "still on its way at the end"],
    [html("div", { class: "bar put" }, "put \"b\""), "a client's put, from invoke to return"],
    [html("div", { class: "bar get" }, "get"), "a client's get (rounder)"],
    [html("div", { class: "bar put unknown" }, "put"), "given up: outcome unknown"],
    [html("div", { class: "bar put involved" }, "put"), "an operation of the violation"],
    [html("div", { class: "band down" }), "the node is down"],
    [html("div", { class: "band pause" }), "the node is paused"],
    [html("div", { class: "band cut" }), "the node is cut off"],
    [html("div", { class: "band slow" }), "the node is slow"],
    [mark("open"), "the program begins"], [mark("crash"), "crash"],
    [mark("wipe"), "the node loses its disk"],
    [mark("request"), "a request arrives"], [mark("reply"), "the node replies"],
    [mark("recv"), "a message is received"], [mark("send"), "a message is sent"],
    [mark("timer"), "a timer is set"], [mark("fire"), "it rings"], [mark("cancel"), "it is cancelled"],
    [mark("put"), "written to the own store"], [mark("sync"), "the store is synced"],
    [mark("note"), "the program's note"],
    [line((d) => d.append(svg("path", { class: "alarm", d: "M-5,-10 H5 L10,-5 V5 L5,10 H-5 L-10,5 V-5 Z", transform: "translate(33,11)" }))), "a rule is broken"],
  ];
  element("legend").append(html("p", {},
    "Downwards: one row an event, in the order in which they happened; times stand at the left. " +
    "A box on a node's line is one handler, from what started it to its last effect. " +
    "Hover over a node to see its store; click an event to see only what led to it."),
  html("dl", {}, ...items.map(([drawing, text]) => html("div", {}, html("dt", {}, drawing), html("dd", {}, text)))));
}
