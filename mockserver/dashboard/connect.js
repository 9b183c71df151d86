// How to connect: where each provider is, which key it takes, and requests to copy into a terminal.
// Knows how a shell quotes; the examples are the contract's own.

import { fill, h } from "./dom.js";
import { copier } from "./shown.js";

const KEY = "any-key";

/** The view. */
export class Connect {
  #page;
  #drawn = null;

  constructor(page) {
    this.#page = page;
    this.element = h("div", { class: "panels wide" });
  }

  draw() {
    const { settings, act } = this.#page;
    if (!settings || settings === this.#drawn) return;
    this.#drawn = settings;
    fill(
      this.element,
      settings.providers.map((provider) => panel(act, provider)),
    );
  }
}

function panel(act, provider) {
  const base = baseOf(provider);
  const operations = provider.operations ?? [];
  const first = operations
    .filter((each) => each.example)
    .sort((a, b) => needs(a) - needs(b))
    .slice(0, 1);
  const rest = operations.filter((each) => !first.includes(each));
  return h(
    "section",
    { class: "panel", "aria-label": provider.name },
    h("h2", {}, provider.name, " ", h("span", { class: "muted small" }, provider.title ?? "")),
    h(
      "dl",
      { class: "facts" },
      fact("base address", base, act),
      fact("key", provider.scheme ? `any, in ${provider.scheme}` : "none is asked for"),
    ),
    first.map((each) => line(act, provider, base, each)),
    rest.length
      ? h(
          "details",
          { class: "part" },
          h(
            "summary",
            {},
            h("h3", {}, first.length ? "More requests" : "Requests"),
            h("span", { class: "count" }, String(rest.length)),
          ),
          h(
            "div",
            { class: "part-body" },
            rest.map((each) => line(act, provider, base, each)),
          ),
        )
      : null,
  );
}

/** How much has to be there before a request can be made: ids in its path, tasks in its body. */
function needs({ method, path, example }) {
  const names = typeof example === "object" ? Object.keys(example) : [];
  return (
    (method === "POST" ? 0 : 10) +
    2 * (path.match(/\{/g) ?? []).length +
    names.filter((name) => /(^|_)(ids?|parent)(_|$)/.test(name)).length
  );
}

function fact(name, value, act) {
  return h(
    "div",
    {},
    h("dt", {}, name),
    h(
      "dd",
      { class: "row" },
      act ? h("code", { class: "wrap" }, value) : value,
      act ? copier(act, value, `Copy the ${name}`) : null,
    ),
  );
}

function line(act, provider, base, operation) {
  const command = curl(provider, base, operation);
  return h(
    "div",
    { class: "command" },
    h(
      "p",
      { class: "muted small" },
      operation.key ?? `${operation.method} ${operation.path}`,
      operation.summary ? `: ${operation.summary}` : "",
    ),
    h(
      "div",
      { class: "command-line" },
      h("pre", { class: "text", tabindex: 0 }, command),
      copier(act, command, "Copy this command"),
    ),
  );
}

function baseOf(provider) {
  return new URL(provider.base ?? "/", document.baseURI).href.replace(/\/$/, "");
}

/** A request as a line for a shell. */
export function curl(provider, base, { method, path, example }) {
  const parts = ["curl -s"];
  const { header, query, cookie } = credential(provider.scheme ?? "");
  if (method !== "GET" && !(method === "POST" && example)) parts.push(`-X ${method}`);
  parts.push(quoted(base + path.replace(/\{([^}]+)\}/g, (_, name) => name.toUpperCase()) + (query ? `?${query}` : "")));
  if (header) parts.push(`-H ${quoted(header)}`);
  if (cookie) parts.push(`-b ${quoted(cookie)}`);
  if (example)
    parts.push(
      `-H ${quoted("Content-Type: application/json")}`,
      `-d ${quoted(typeof example === "string" ? example : JSON.stringify(example))}`,
    );
  return parts.join(" ");
}

/** What the contract says of a key, as a header, a query or a cookie with a key in it. */
function credential(scheme) {
  const [, place, name, word] =
    /^the (header|query parameter|cookie) (\S+?)(?: with `([^` ]+) [^`]*`)?(?:,|$| and )/.exec(scheme) ?? [];
  if (place === "header") return { header: `${name}: ${word ? `${word} ` : ""}${KEY}` };
  if (place === "query parameter") return { query: `${name}=${KEY}` };
  return place ? { cookie: `${name}=${KEY}` } : {};
}

/** A text as a shell takes it for itself. */
export function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
