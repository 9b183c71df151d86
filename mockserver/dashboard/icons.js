// Small drawings, made of paths. An icon never stands alone: a word or a label says the same.
// Knows nothing of what they are used for.

const SPACE = "http://www.w3.org/2000/svg";
const PATHS = {
  waiting: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2 1.3",
  running: "M13.5 8A5.5 5.5 0 1 1 8 2.5",
  succeeded: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M5.6 8.2l1.7 1.7 3.2-3.6",
  failed: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M6.1 6.1l3.8 3.8M9.9 6.1 6.1 9.9",
  cancelled: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4.2 11.8l7.6-7.6",
  complete: "M3.5 8.5 6.5 11.5 12.5 4.8",
  fail: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  cancel: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3M4.6 11.4l6.8-6.8",
  hold: "M6 4v8M10 4v8",
  release: "M5.5 3.8v8.4L12 8z",
  advance: "M4 4v8l5.5-4zM12 4v8",
  snow: "M8 2.5v11M3.2 5.2l9.6 5.6M12.8 5.2l-9.6 5.6",
  copy: "M5.5 5.5v-2h7v7h-2M3.5 5.5h7v7h-7z",
  again: "M12.8 6.2A5.2 5.2 0 1 0 13.2 8.6M13 3.2v3.2H9.8",
  close: "M4 4l8 8M12 4l-8 8",
  warning: "M8 3 14 13H2zM8 6.8v2.8M8 11.4v.1",
  blocked: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M5.5 8h5",
  film: "M2.5 4h11v8h-11zM6.8 6.2v3.6L10 8z",
};

/** A drawing of 16 pixels that takes the colour of the text around it. */
export function icon(name) {
  const svg = document.createElementNS(SPACE, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }))
    svg.setAttribute(key, value);
  const path = document.createElementNS(SPACE, "path");
  path.setAttribute("d", PATHS[name] ?? PATHS.waiting);
  svg.append(path);
  return svg;
}

/** Draws another icon in the place of the one that is there. */
export function redraw(svg, name) {
  const path = svg.firstElementChild;
  if (path.getAttribute("d") !== PATHS[name]) path.setAttribute("d", PATHS[name] ?? PATHS.waiting);
}
