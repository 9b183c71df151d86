// The view that steers the mock as a whole: what becomes of new tasks, faults, and forgetting everything.
// Knows scenarios and faults as texts; what they mean is the server's.

import { fill, h, keepingFocus } from "./dom.js";
import { icon } from "./icons.js";

const FAULTS = [
  "503 every 3rd",
  "429 retry-after 7 first 2",
  "latency 0.5..3",
  "rate 10/60s per key",
  "at most 2 running",
  "reset 5%",
  "truncate",
  "malformed",
  "out of credits",
  "media 404",
];

/** The view. */
export class Steer {
  #page;
  #scenarios = h("div", { class: "stack" });
  #faults = h("div", { class: "stack" });
  #drawn = "";

  constructor(page) {
    this.#page = page;
    this.element = h(
      "div",
      { class: "panels" },
      panel("Scenarios", "What becomes of tasks that are made from now on.", this.#scenarios),
      h(
        "div",
        { class: "stack" },
        panel("Faults", "How the mock misbehaves on request.", this.#addFault(), this.#faults),
        panel(
          "Start again",
          "Forgets every task, request and webhook, and the faults that were added. The clock and the scenarios stay.",
          h(
            "button",
            { type: "button", class: "button grave", on: { click: () => page.reset() } },
            icon("again"),
            "Reset the mock",
          ),
        ),
      ),
    );
  }

  draw() {
    const { scenarios, settings, faults } = this.#page;
    const said = JSON.stringify([
      scenarios,
      settings?.scenarios,
      settings?.providers?.map((each) => each.name),
      faults,
    ]);
    if (said === this.#drawn) return;
    this.#drawn = said;
    keepingFocus(() => {
      fill(this.#scenarios, this.#rows());
      fill(this.#faults, this.#list());
    });
  }

  #rows() {
    const { scenarios } = this.#page;
    const rows = Object.entries(scenarios?.scenarios ?? {}).map(([provider, now]) => this.#row(provider, now));
    const keys = Object.entries(scenarios?.by_key ?? {}).flatMap(([provider, owners]) =>
      Object.entries(owners).map(([owner, now]) => h("li", { class: "row" }, provider, h("code", {}, owner), now)),
    );
    return [
      ...rows,
      keys.length ? h("div", {}, h("h3", {}, "For single keys"), h("ul", { class: "plain-list" }, keys)) : null,
    ];
  }

  #row(provider, now) {
    const known = this.#page.settings?.scenarios ?? [];
    const names = known.map((each) => each.name);
    const options = [
      ...known.map((each) => h("option", { value: each.name, title: each.text }, each.name)),
      names.includes(now) ? null : h("option", { value: now }, now),
    ].filter(Boolean);
    const select = h("select", { "aria-label": `Scenario of ${provider}` }, options);
    select.value = now;
    const mixture = h("input", {
      type: "text",
      placeholder: "95% success, 5% fail",
      "aria-label": `A mixture for ${provider}`,
      maxlength: 500,
    });
    const play = (event) => {
      event.preventDefault();
      if (mixture.value.trim()) this.#page.act.scenario(provider, mixture.value.trim());
    };
    select.addEventListener("change", () => this.#page.act.scenario(provider, select.value));
    const text = known.find((each) => each.name === now)?.text ?? "";
    return h(
      "div",
      { class: "setting" },
      h("strong", { class: "setting-name" }, provider),
      select,
      h(
        "form",
        { class: "inline", on: { submit: play } },
        mixture,
        h("button", { type: "submit", class: "button" }, "Play"),
      ),
      h("p", { class: "muted small" }, text),
    );
  }

  #addFault() {
    const field = h("input", {
      type: "text",
      placeholder: FAULTS[0],
      "aria-label": "A fault in words",
      maxlength: 1000,
      autocomplete: "off",
    });
    const provider = h("select", { "aria-label": "Provider the fault is for" });
    let names = [];
    this.#page.whenSettled((settings) => {
      names = settings.providers.map((each) => each.name);
      fill(
        provider,
        names.length > 1 ? h("option", { value: "" }, "every provider") : null,
        names.map((name) => h("option", { value: name }, name)),
      );
    });
    const add = async (event) => {
      event.preventDefault();
      const text = field.value.trim();
      if (text && (await this.#page.act.addFault(text, provider.value ? [provider.value] : names))) field.value = "";
    };
    const examples = FAULTS.map((text) =>
      h("button", { type: "button", class: "chip", on: { click: () => ((field.value = text), field.focus()) } }, text),
    );
    return h(
      "form",
      { class: "stack", on: { submit: add } },
      h("div", { class: "inline" }, field, provider, h("button", { type: "submit", class: "button strong" }, "Add")),
      h("div", { class: "row", role: "group", "aria-label": "Examples" }, examples),
    );
  }

  #list() {
    const faults = this.#page.faults ?? [];
    if (!faults.length) return h("p", { class: "empty" }, "No fault is on: the mock behaves.");
    const rows = faults.map((fault) =>
      h(
        "li",
        {},
        icon("warning"),
        h("span", { class: "grow wrap" }, fault.text ?? JSON.stringify(fault)),
        h("span", { class: "muted" }, fault.provider ?? ""),
        h(
          "button",
          {
            type: "button",
            class: "plain",
            "aria-label": `Remove the fault ${fault.text ?? fault.id}`,
            on: { click: () => this.#page.act.removeFault(fault) },
          },
          icon("close"),
        ),
      ),
    );
    return [
      h("ul", { class: "fault-list" }, rows),
      faults.length > 1
        ? h(
            "p",
            {},
            h(
              "button",
              { type: "button", class: "button", on: { click: () => this.#page.act.clearFaults() } },
              "Remove all",
            ),
          )
        : null,
    ];
  }
}

function panel(title, text, ...children) {
  return h(
    "section",
    { class: "panel", "aria-label": title },
    h("h2", {}, title),
    h("p", { class: "muted" }, text),
    children,
  );
}
