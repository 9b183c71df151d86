// The journal: every request with its answer, the mock's verdict and the reason; and one exchange in full.
// Knows exchanges; keeps the newest few hundred, and lets the server search where it can.

import { h, keepingFocus, keyed, write } from "./dom.js";
import { icon } from "./icons.js";
import { Roving } from "./roving.js";
import { body, facts, findings, headers, part, status, verdict, when } from "./shown.js";
import { size, span, time } from "./words.js";

const PAGE = 100;
const KEPT = 500;
const FILES = "/__media/";

/** The exchanges the page knows, the newest first. */
export class Exchanges {
  #fetch;
  #changed;
  #all = new Map();
  #next = null;
  #round = 0;
  filter = { provider: "", refused: false, status: "", files: false };

  constructor(fetch, changed) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  /** Asks for the newest ones. */
  async load() {
    const round = (this.#round += 1);
    this.#all.clear();
    await this.#read(round, null);
  }

  /** Asks for older ones. */
  more() {
    return this.#read(this.#round, this.#next);
  }

  get hasMore() {
    return this.#next !== null && this.#all.size < KEPT;
  }

  take(exchange) {
    if (!exchange) return;
    this.#all.set(exchangeKey(exchange), exchange);
    if (this.#all.size > 2 * KEPT) this.#all = new Map(this.rows().map((each) => [exchangeKey(each), each]));
    this.#changed();
  }

  /** What is known of the requests about a task, as a text that changes with it. */
  about(task) {
    const own = [...this.#all.values()].filter(
      (each) => each.provider === task.provider && each.tasks?.includes(task.id),
    );
    return own.map((each) => each.number).join();
  }

  /** The newest first; `text` has to stand somewhere in what a row says. */
  rows(text = "", most = KEPT) {
    const wanted = text.toLowerCase();
    const found = [...this.#all.values()].filter(
      (each) => this.#fits(each) && (!wanted || told(each).includes(wanted)),
    );
    return found.sort((a, b) => b.at - a.at || b.number - a.number).slice(0, most);
  }

  async #read(round, before) {
    const { provider, refused, status: code } = this.filter;
    const status = /^\d{3}$/.test(code) ? code : "";
    const told = await this.#fetch({ provider, refused: refused ? "true" : "", status, limit: PAGE, before });
    if (round !== this.#round) return;
    for (const each of told.requests) this.#all.set(exchangeKey(each), each);
    this.#next = told.next ?? null;
    this.#changed();
  }

  #fits(exchange) {
    const { provider, refused, status: code, files } = this.filter;
    if (!files && exchange.path.startsWith(FILES)) return false; // this page itself looks at thumbnails
    return (
      (!provider || exchange.provider === provider) &&
      (!refused || exchange.status >= 400) &&
      (!code || String(exchange.status).startsWith(code.replace(/x+$/, "")))
    );
  }
}

function told(exchange) {
  const { method, path, query, operation, reason, tasks, owner } = exchange;
  return [method, path, query, operation, reason, exchange.status, owner, ...(tasks ?? [])].join(" ").toLowerCase();
}

export function exchangeKey(exchange) {
  return `${exchange.provider ?? ""}#${exchange.number}`;
}

/** A row of the journal: one button that opens the exchange. */
export function exchangeRow(page, exchange) {
  const seen = verdict(exchange);
  const why = exchange.reason || exchange.findings?.[0]?.message || "";
  return h(
    "button",
    {
      type: "button",
      class: "row-button exchange",
      "data-verdict": seen.word,
      on: { click: (event) => page.details.show(exchangeDetails(page, exchange), event.currentTarget) },
    },
    h("time", { class: "mono muted" }, time(exchange.at)),
    h("span", { class: "method" }, exchange.method),
    h("span", { class: "path mono" }, exchange.path, exchange.query ? `?${exchange.query}` : ""),
    status(exchange.status),
    h("span", { class: "verdict", "data-phase": seen.name }, icon(seen.name), seen.word),
    h("span", { class: "why" }, why),
    h("span", { class: "who muted" }, exchange.provider ?? ""),
  );
}

/** One exchange, in full. */
export function exchangeDetails(page, exchange) {
  const seen = verdict(exchange);
  const { request = {}, response = {} } = exchange;
  const tasks = (exchange.tasks ?? []).map((id) =>
    h(
      "button",
      { type: "button", class: "link mono", on: { click: () => page.openTaskById(exchange.provider, id) } },
      id,
    ),
  );
  const element = h(
    "div",
    {},
    h(
      "p",
      { class: "line mono wrap" },
      `${exchange.method} ${exchange.path}${exchange.query ? `?${exchange.query}` : ""}`,
    ),
    h(
      "p",
      { class: "row" },
      status(exchange.status),
      h("span", { class: "verdict", "data-phase": seen.name }, icon(seen.name), seen.word),
    ),
    exchange.reason ? h("p", { class: "card-error" }, exchange.reason) : null,
    facts([
      ["at", when(exchange.at)],
      ["number", exchange.number],
      ["provider", exchange.provider],
      ["operation", exchange.operation],
      ["tasks", tasks.length ? h("span", {}, tasks) : null],
      ["owner", exchange.owner],
      ["held back", exchange.delay_s ? span(exchange.delay_s * 1000) : null],
    ]),
    exchange.findings?.length
      ? part("Findings", findings(exchange.findings), { count: exchange.findings.length })
      : null,
    part("Request", [headers(request.headers), body(request.body, request.bytes), weight(request)]),
    part("Answer", [headers(response.headers), body(response.body, response.bytes), weight(response)]),
  );
  return { name: `request/${exchangeKey(exchange)}`, title: "Request", element };
}

function weight({ bytes }) {
  return bytes ? h("p", { class: "muted small" }, size(bytes)) : null;
}

/** The view of the journal, or of its newest rows where `most` is given. */
export class Journal {
  #page;
  #most;
  #list = h("ol", { class: "rows", "aria-label": "Requests, the newest first" });
  #empty = h("p", { class: "empty" }, "No request has come yet. Connect shows how to send one.");
  #more = h("button", { type: "button", class: "more", hidden: true }, "Show older ones");
  #roving;

  constructor(page, most = KEPT) {
    this.#page = page;
    this.#most = most;
    this.#more.addEventListener("click", () =>
      page.exchanges.more().catch((error) => page.notices.complain(error.message)),
    );
    this.element = h(
      "div",
      { class: "journal" },
      most === KEPT ? this.#filters() : null,
      this.#list,
      this.#empty,
      this.#more,
    );
    this.#roving = new Roving(this.#list, () => [[...this.#list.querySelectorAll(".row-button")]]);
  }

  #filters() {
    const { exchanges } = this.#page;
    const choose = () => exchanges.load().catch((error) => this.#page.notices.complain(error.message));
    const codes = h(
      "select",
      { on: { change: () => ((exchanges.filter.status = codes.value), choose()) } },
      [
        ["", "any status"],
        ["2xx", "2xx"],
        ["3xx", "3xx"],
        ["4xx", "4xx"],
        ["5xx", "5xx"],
      ].map(([value, text]) => h("option", { value }, text)),
    );
    const refused = h("input", {
      type: "checkbox",
      on: { change: () => ((exchanges.filter.refused = refused.checked), choose()) },
    });
    const files = h("input", {
      type: "checkbox",
      on: { change: () => ((exchanges.filter.files = files.checked), this.#page.changes.of("requests")) },
    });
    return h(
      "div",
      { class: "tools" },
      h("label", {}, h("span", { class: "unseen" }, "Status"), codes),
      h("label", { class: "check" }, refused, "refused only"),
      h("label", { class: "check" }, files, "files of results too"),
    );
  }

  draw() {
    const { exchanges, search } = this.#page;
    const rows = exchanges.rows(search.text, this.#most);
    keepingFocus(() =>
      keyed(
        this.#list,
        rows,
        (each) => exchangeKey(each),
        (each) => this.#row(each),
        () => {},
      ),
    );
    this.#empty.hidden = rows.length > 0;
    write(
      this.#empty,
      search.text ? "No request fits the search." : "No request has come yet. Connect shows how to send one.",
    );
    this.#more.hidden = this.#most !== KEPT || !exchanges.hasMore;
    this.#roving.settle();
  }

  #row(exchange) {
    const row = exchangeRow(this.#page, exchange);
    row.tabIndex = -1;
    return h("li", {}, row);
  }
}
