// The contract as the mock understands it: the lifecycle, the operations, and what was corrected on what basis.
// Knows how to show them and judges nothing.

import { fill, h } from "./dom.js";
import { phase } from "./shown.js";

/** The view. */
export class ContractView {
  #page;
  #drawn = null;

  constructor(page) {
    this.#page = page;
    this.element = h("div", { class: "panels wide" });
  }

  draw() {
    const { settings } = this.#page;
    if (!settings || settings === this.#drawn) return;
    this.#drawn = settings;
    fill(this.element, settings.providers.map(panel));
  }
}

function panel(provider) {
  const corrections = provider.corrections ?? [];
  return h(
    "section",
    { class: "panel", "aria-label": provider.name },
    h(
      "h2",
      {},
      provider.name,
      " ",
      h("span", { class: "chip" }, provider.edition),
      h("span", { class: "muted small" }, provider.title ?? ""),
    ),
    h("h3", {}, "Lifecycle"),
    lifecycle(provider.lifecycle, provider.progress),
    fold("Operations", (provider.operations ?? []).length, operations(provider.operations ?? [])),
    fold(
      "Corrections",
      corrections.length,
      corrections.length
        ? h("ul", { class: "corrections" }, corrections.map(correction))
        : h("p", { class: "empty" }, "Nothing was corrected."),
    ),
  );
}

function fold(title, number, element) {
  return h(
    "details",
    { class: "part" },
    h("summary", {}, h("h3", {}, title), h("span", { class: "count" }, String(number))),
    h("div", { class: "part-body" }, element),
  );
}

function lifecycle(given, progress) {
  if (!given) return h("p", { class: "empty" }, "There is none: answers come from the document's examples.");
  const phases = new Map(given.words.map((each) => [each.word, each.phase]));
  const rows = given.words.map(({ word, phase: name }) => {
    const next = given.moves.filter(([from]) => from === word).map(([, to]) => phase(phases.get(to) ?? "waiting", to));
    const end = ["succeeded", "failed", "cancelled"].includes(name) ? "an end" : "nowhere";
    return h(
      "tr",
      {},
      h(
        "th",
        { scope: "row" },
        phase(name, word),
        word === given.starts ? h("span", { class: "chip" }, "starts here") : null,
      ),
      h("td", {}, name),
      h("td", {}, next.length ? h("span", { class: "row" }, next) : h("span", { class: "muted" }, end)),
    );
  });
  const head = h(
    "thead",
    {},
    h(
      "tr",
      {},
      ["word", "phase", "may become"].map((text) => h("th", { scope: "col" }, text)),
    ),
  );
  return h(
    "div",
    {},
    h("table", { class: "table" }, head, h("tbody", {}, rows)),
    progress
      ? h("p", { class: "muted small" }, progress === "looks" ? "Each fetch moves a task." : "The clock moves tasks.")
      : null,
  );
}

function operations(list) {
  return h(
    "ul",
    { class: "operations" },
    list.map((each) =>
      h(
        "li",
        {},
        h("span", { class: "method" }, each.method),
        h("code", { class: "wrap" }, each.path),
        h("span", { class: "muted" }, each.summary ?? ""),
      ),
    ),
  );
}

function correction(each) {
  const evidence = [each.evidence ?? []].flat().map((text) => h("li", {}, text));
  const head = h(
    "p",
    { class: "row" },
    h("code", {}, each.id ?? ""),
    h("span", { class: "chip", "data-basis": each.basis }, each.basis ?? ""),
  );
  return h(
    "li",
    {},
    head,
    h("p", {}, each.text ?? ""),
    evidence.length ? h("ul", { class: "evidence muted small wrap" }, evidence) : null,
  );
}
