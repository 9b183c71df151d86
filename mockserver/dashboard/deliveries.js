// Webhooks: every delivery with its state and attempts, why one was blocked, and a button that sends it again.
// Knows deliveries; does not know when one is due: the server does.

import { give, h, keepingFocus, keyed, mark, write } from "./dom.js";
import { icon } from "./icons.js";
import { Roving } from "./roving.js";
import { body, facts, headers, part, status, when } from "./shown.js";
import { count, short, span, time } from "./words.js";

const PAGE = 100;
const KEPT = 500;
const DRAWN = {
  waiting: "waiting",
  delivered: "succeeded",
  failed: "warning",
  exhausted: "failed",
  blocked: "blocked",
  lost: "cancelled",
};
const MEANS = {
  waiting: "it will be sent",
  delivered: "the receiver took it",
  failed: "the last attempt failed, another one is due",
  exhausted: "every attempt failed",
  blocked: "it must not be sent there",
  lost: "it is lost on purpose",
};

/** The deliveries the page knows. */
export class Deliveries {
  #fetch;
  #changed;
  #all = new Map();
  #next = null;
  #heard = null; // what events said while a page was on its way: it is newer than the page
  #round = 0;
  state = "";
  provider = "";

  constructor(fetch, changed) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  async load() {
    const round = (this.#round += 1);
    this.#heard = new Map();
    const told = await this.#fetch({ state: this.state, limit: PAGE });
    if (round !== this.#round) return;
    const heard = this.#heard;
    this.#heard = null;
    this.#all.clear();
    this.#keep(told);
    for (const [key, each] of heard) this.#all.set(key, each);
  }

  async more() {
    this.#keep(await this.#fetch({ state: this.state, limit: PAGE, before: this.#next }));
  }

  get hasMore() {
    return this.#next !== null && this.#all.size < KEPT;
  }

  get(key) {
    return this.#all.get(key);
  }

  take(delivery) {
    if (!delivery?.id) return;
    this.#heard?.set(deliveryKey(delivery), delivery);
    this.#all.set(deliveryKey(delivery), delivery);
    if (this.#all.size > KEPT) this.#all.delete(this.#all.keys().next().value);
    this.#changed();
  }

  /** What is known of a task's deliveries, as a text that changes with it. */
  about(task) {
    const own = [...this.#all.values()].filter((each) => each.task === task.id && each.provider === task.provider);
    return own.map((each) => `${each.id} ${each.state} ${each.attempts?.length}`).join();
  }

  /** What is shown: of a state and a provider, with a text in it, the newest first. */
  rows(text = "") {
    const wanted = text.toLowerCase();
    const found = [...this.#all.values()].filter(
      (each) =>
        (!this.state || each.state === this.state) &&
        (!this.provider || each.provider === this.provider) &&
        (!wanted ||
          [each.task, each.url, each.event, each.state, each.reason].join(" ").toLowerCase().includes(wanted)),
    );
    return found.sort((a, b) => rank(b) - rank(a) || (b.seq ?? 0) - (a.seq ?? 0));
  }

  #keep(told) {
    for (const each of told.deliveries) this.#all.set(deliveryKey(each), each);
    this.#next = told.next ?? null;
    this.#changed();
  }
}

function deliveryKey(delivery) {
  return `${delivery.provider}/${delivery.id}`;
}

function rank(delivery) {
  return delivery.attempts?.at(-1)?.at ?? delivery.due_at ?? 0;
}

/** A row: what was sent where, and what came of it. */
export function deliveryRow(page, delivery) {
  const element = h(
    "button",
    {
      type: "button",
      class: "row-button delivery",
      on: { click: (event) => page.details.show(deliveryDetails(page, delivery), event.currentTarget) },
    },
    h("span", { class: "state" }),
    h("span", { class: "event" }),
    h("span", { class: "path mono" }),
    h("span", { class: "tries muted" }),
    h("span", { class: "why" }),
  );
  updateRow(element, delivery);
  return element;
}

function updateRow(element, delivery) {
  const [state, event, url, tries, why] = element.children;
  const last = delivery.attempts?.at(-1);
  mark(element, "data-state", delivery.state);
  give(state, "data-phase", DRAWN[delivery.state] ?? "waiting");
  state.replaceChildren(icon(DRAWN[delivery.state]), delivery.state);
  write(event, `${delivery.event || "update"} · ${short(delivery.task)}`);
  write(url, delivery.url);
  write(tries, count(delivery.attempts?.length ?? 0, "attempt"));
  write(why, delivery.reason || (last ? outcome(last) : delivery.due_at ? `due at ${time(delivery.due_at)}` : ""));
}

function outcome(attempt) {
  return attempt.error || `answered ${attempt.status}`;
}

/** One delivery, in full; drawn again when it changes. */
export function deliveryDetails(page, first) {
  const element = h("div");
  let shown = null;
  const draw = () => {
    const delivery = page.deliveries.get(deliveryKey(first)) ?? first;
    if (delivery === shown) return;
    shown = delivery;
    keepingFocus(() => element.replaceChildren(...told(page, delivery)));
  };
  draw();
  return { name: `webhook/${deliveryKey(first)}`, title: "Webhook", element, draw };
}

function told(page, delivery) {
  const task = h(
    "button",
    { type: "button", class: "link mono", on: { click: () => page.openTaskById(delivery.provider, delivery.task) } },
    delivery.task,
  );
  return [
    h("p", { class: "line mono wrap" }, `POST ${delivery.url}`),
    h(
      "p",
      { class: "row" },
      h("span", { class: "state", "data-phase": DRAWN[delivery.state] }, icon(DRAWN[delivery.state]), delivery.state),
      h("span", { class: "muted" }, MEANS[delivery.state] ?? ""),
    ),
    delivery.reason ? h("p", { class: "card-error" }, delivery.reason) : "",
    h(
      "p",
      {},
      h(
        "button",
        { type: "button", class: "button", on: { click: () => page.act.redeliver(delivery) } },
        icon("again"),
        "Send it again",
      ),
    ),
    facts([
      ["task", task],
      ["event", delivery.event],
      ["number", delivery.seq],
      ["provider", delivery.provider],
      ["next try", delivery.due_at ? when(delivery.due_at) : null],
    ]),
    part("Attempts", attempts(delivery.attempts ?? []), { count: delivery.attempts?.length ?? 0 }),
    part("Headers", headers(delivery.headers)),
    part("Body", body(delivery.body)),
  ];
}

function attempts(list) {
  if (!list.length) return h("p", { class: "empty" }, "none yet");
  return h(
    "ol",
    { class: "attempts" },
    list.map((each) =>
      h(
        "li",
        {},
        h(
          "div",
          { class: "row" },
          h("time", { class: "mono muted" }, time(each.at)),
          status(each.status),
          h("span", {}, each.error || ""),
          h("span", { class: "muted" }, each.took_ms === null || each.took_ms === undefined ? "" : span(each.took_ms)),
        ),
        each.body ? body(each.body) : null,
      ),
    ),
  );
}

/** The view of all deliveries. */
export class Webhooks {
  #page;
  #list = h("ol", { class: "rows", "aria-label": "Webhooks, the newest first" });
  #empty = h("p", { class: "empty" });
  #more = h("button", { type: "button", class: "more", hidden: true }, "Show older ones");
  #roving;

  constructor(page) {
    this.#page = page;
    const { deliveries, notices } = page;
    const load = (asking) => asking.catch((error) => notices.complain(error.message));
    this.#more.addEventListener("click", () => load(deliveries.more()));
    const states = h(
      "select",
      { on: { change: () => ((deliveries.state = states.value), load(deliveries.load())) } },
      [
        h("option", { value: "" }, "any state"),
        Object.keys(DRAWN).map((value) => h("option", { value }, value)),
      ].flat(),
    );
    this.element = h(
      "div",
      { class: "journal" },
      h("div", { class: "tools" }, h("label", {}, h("span", { class: "unseen" }, "State"), states)),
      this.#list,
      this.#empty,
      this.#more,
    );
    this.#roving = new Roving(this.#list, () => [[...this.#list.children]]);
  }

  draw() {
    const { deliveries, search } = this.#page;
    const rows = deliveries.rows(search.text);
    keepingFocus(() =>
      keyed(
        this.#list,
        rows,
        deliveryKey,
        (each) => this.#row(each),
        (element, each) => updateRow(element.firstElementChild, each),
      ),
    );
    this.#empty.hidden = rows.length > 0;
    write(
      this.#empty,
      search.text || deliveries.state
        ? "No webhook fits."
        : "No webhook yet. A submit that names an address to call back makes one.",
    );
    this.#more.hidden = !deliveries.hasMore;
    this.#roving.settle();
  }

  #row(delivery) {
    const again = h(
      "button",
      {
        type: "button",
        class: "button small",
        tabindex: -1,
        "aria-label": `Send the webhook of ${short(delivery.task)} again`,
        on: { click: () => this.#page.act.redeliver(delivery) },
      },
      icon("again"),
      "Redeliver",
    );
    const row = deliveryRow(this.#page, delivery);
    row.tabIndex = -1;
    return h("li", { class: "with-button" }, row, again);
  }
}
