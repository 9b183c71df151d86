// The lanes: one for each phase, and cards that change lanes when their tasks move.
// Knows cards and lanes; what a task is and where it belongs it asks of tasks.js.

import { VERBS } from "./actions.js";
import { card, tickCard, updateCard } from "./card.js";
import { give, h, keepingFocus, keyed, write } from "./dom.js";
import { icon } from "./icons.js";
import { Roving } from "./roving.js";
import { LANES, keyOf } from "./tasks.js";

const MOVE_MS = 180;
const MOVING_AT_ONCE = 16;

/** The lanes. `page` has tasks, clock, act and open. */
export class Lanes {
  #page;
  #lanes = new Map();
  #cards = new Map();
  #roving;
  #tabs = [];
  element;

  constructor(page) {
    this.#page = page;
    this.element = h("div", {
      class: "lanes",
      "data-shown": "running",
      on: { click: (event) => this.#click(event), keydown: (event) => this.#key(event) },
    });
    for (const lane of LANES) this.#add(lane);
    this.#roving = new Roving(this.element, () => LANES.map(({ name }) => [...this.#lanes.get(name).list.children]));
    this.tabs = h("div", { class: "lane-tabs", role: "group", "aria-label": "Lane to show" }, this.#tabs);
    this.#show("running");
  }

  #add({ name, title }) {
    const count = h("span", { class: "count" }, "0");
    const list = h("ul", { class: "cards", "aria-label": title });
    const more = h(
      "button",
      {
        type: "button",
        class: "more",
        hidden: true,
        on: { click: () => this.#page.tasks.more(name).catch((error) => this.#page.notices.complain(error.message)) },
      },
      "Show more",
    );
    const empty = h("p", { class: "empty" }, EMPTY[name]);
    const head = h("h2", { class: "lane-head" }, icon(name), title, count);
    const lane = h(
      "section",
      { class: "lane", "data-lane": name, "aria-label": title },
      head,
      h("div", { class: "lane-body" }, list, empty, more),
    );
    const tabCount = h("span", { class: "count" }, "0");
    const tab = h(
      "button",
      { type: "button", class: "lane-tab", "data-lane": name, on: { click: () => this.#show(name) } },
      icon(name),
      h("span", {}, title.split(",")[0]),
      tabCount,
    );
    this.#tabs.push(tab);
    this.#lanes.set(name, { list, count, more, empty, tabCount });
    this.element.append(lane);
  }

  #show(name) {
    this.element.dataset.shown = name;
    for (const tab of this.#tabs) give(tab, "aria-pressed", String(tab.dataset.lane === name));
  }

  /** Draws what has changed. */
  draw() {
    const before = this.#places();
    keepingFocus(() => {
      const seen = new Set();
      for (const { name } of LANES) this.#drawLane(name, seen);
      for (const key of this.#cards.keys()) if (!seen.has(key)) this.#cards.delete(key);
    });
    this.#roving.settle();
    this.#glide(before);
  }

  #drawLane(name, seen) {
    const { tasks, clock } = this.#page;
    const { list, count, more, empty, tabCount } = this.#lanes.get(name);
    const shown = tasks.of(name);
    const now = clock.now;
    keyed(
      list,
      shown,
      keyOf,
      (task) => this.#card(task),
      (element, task) => updateCard(element, task, now),
    );
    for (const task of shown) seen.add(keyOf(task));
    const { number, more: unread } = tasks.count(name);
    const counted = number.toLocaleString("en") + (unread ? "+" : "");
    write(count, counted);
    write(tabCount, counted);
    empty.hidden = shown.length > 0;
    more.hidden = !tasks.hasMore(name);
  }

  #card(task) {
    const key = keyOf(task);
    if (!this.#cards.has(key)) this.#cards.set(key, card());
    return this.#cards.get(key);
  }

  /** Writes what passes by itself into the cards. */
  tick() {
    const { now } = this.#page.clock;
    for (const element of this.#cards.values()) tickCard(element, now);
  }

  // moving

  #places() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return null;
    return new Map([...this.#cards.values()].map((element) => [element, element.parentNode]));
  }

  /** A card that has changed lanes comes into view softly; many at once just stand there. */
  #glide(before) {
    if (!before) return;
    const moved = [...this.#cards.values()].filter((element) => before.get(element) !== element.parentNode);
    if (moved.length > MOVING_AT_ONCE) return;
    for (const element of moved)
      element.animate(
        [
          { opacity: 0.2, transform: "translateY(-6px)" },
          { opacity: 1, transform: "none" },
        ],
        { duration: MOVE_MS, easing: "ease-out" },
      );
  }

  // what a person does

  #task(element) {
    const { provider, id } = element.dataset;
    return this.#page.tasks.get(keyOf({ provider, id }));
  }

  #click(event) {
    const element = event.target.closest(".card");
    const task = element && this.#task(element);
    if (!task) return;
    const button = event.target.closest("[data-verb]");
    if (button) this.#page.act.verb(task, button.dataset.verb);
    else this.#page.openTask(task, element);
  }

  #key(event) {
    const element = event.target;
    if (!element.matches?.(".card") || event.ctrlKey || event.metaKey || event.altKey) return;
    const task = this.#task(element);
    if (event.key === "Enter" || event.key === " ") this.#page.openTask(task, element);
    else if (!this.#page.shortcuts.on || !this.#byKey(task, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #byKey(task, key) {
    const verb = Object.keys(VERBS).find((each) => VERBS[each].key === key.toLowerCase() && task.verbs?.includes(each));
    if (verb) this.#page.act.verb(task, verb);
    return Boolean(verb);
  }
}

const EMPTY = {
  waiting: "Nothing waits.",
  running: "Nothing runs.",
  succeeded: "Nothing has succeeded yet.",
  failed: "Nothing has failed.",
};
