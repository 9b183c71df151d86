// How small things look wherever they stand: phases, statuses, verdicts, headers, bodies, results, copy buttons.
// Knows how to show a value, not where it comes from.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { address, kindOf } from "./links.js";
import { pretty } from "./pretty.js";
import { moment, size } from "./words.js";

/** A word with its phase: a drawing and a colour that say the same. */
export function phase(name, word = name) {
  return h("span", { class: "state", "data-phase": name }, icon(name), word);
}

/** A status of HTTP. */
export function status(code) {
  return h(
    "span",
    { class: "code", "data-class": code ? `${Math.floor(code / 100)}xx` : "none" },
    code ? String(code) : "none",
  );
}

/** What the mock thought of a request: {name, word} for the eye. */
export function verdict(exchange) {
  if (!exchange.status || exchange.status >= 400) return { name: "failed", word: "refused" };
  if (exchange.findings?.some((finding) => finding.severity === "error")) return { name: "failed", word: "breaks" };
  if (exchange.findings?.length) return { name: "warning", word: "warned" };
  return { name: "succeeded", word: "fits" };
}

/** Names and values, as a table of two columns. */
export function facts(pairs) {
  const rows = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return h(
    "dl",
    { class: "facts" },
    rows.map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, value instanceof Node ? value : String(value))),
    ),
  );
}

/** Headers, as text. */
export function headers(pairs) {
  const list = (Array.isArray(pairs) ? pairs : Object.entries(pairs ?? {})).map(([name, value]) =>
    h("div", {}, h("dt", {}, name), h("dd", {}, String(value))),
  );
  return list.length ? h("dl", { class: "headers" }, list) : h("p", { class: "empty" }, "no headers");
}

/** A body, as text. */
export function body(text, bytes) {
  if (text === null || text === undefined || text === "")
    return h("p", { class: "empty" }, bytes ? `${size(bytes)}, not kept as text` : "no body");
  return h(
    "pre",
    { class: "text", tabindex: 0 },
    pretty(typeof text === "string" ? text : JSON.stringify(text, null, 2)),
  );
}

/** A part of the details that can be folded. */
export function part(title, children, { open = true, count = null } = {}) {
  const number = count === null ? null : h("span", { class: "count" }, String(count));
  return h(
    "details",
    { class: "part", open },
    h("summary", {}, h("h3", {}, title), number),
    h("div", { class: "part-body" }, children),
  );
}

/** A button that copies a text. */
export function copier(act, text, label) {
  return h(
    "button",
    { type: "button", class: "plain copy", "aria-label": label, title: label, on: { click: () => act.copy(text) } },
    icon("copy"),
  );
}

/** A result: played or shown when it is a file of this server, and text when it is anything else. */
export function result(value, poster) {
  const url = address(value);
  if (!url) return h("p", { class: "text wrap" }, String(value));
  const kind = kindOf(url);
  const link = h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", class: "wrap" }, url.href);
  if (kind === "video")
    return h(
      "div",
      { class: "result" },
      h("video", {
        src: url.href,
        poster,
        controls: true,
        preload: "none",
        playsinline: true,
        "aria-label": "the result as a film",
      }),
      link,
    );
  if (kind === "picture")
    return h(
      "div",
      { class: "result" },
      h("img", { src: url.href, alt: "the result as a picture", loading: "lazy" }),
      link,
    );
  return link;
}

/** Findings: what does not fit, where, and how it is known. */
export function findings(list) {
  return h(
    "ul",
    { class: "findings" },
    list.map((finding) =>
      h(
        "li",
        {},
        h("span", { class: "chip" }, finding.severity ?? "error"),
        " ",
        finding.pointer ? h("code", {}, finding.pointer) : null,
        " ",
        finding.message,
        " ",
        h("small", {}, finding.code),
      ),
    ),
  );
}

/** A time of the mock's clock. */
export function when(ms) {
  return ms === null || ms === undefined ? "-" : h("time", { class: "mono" }, moment(ms));
}
