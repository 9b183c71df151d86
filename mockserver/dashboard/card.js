// One task as a card: what it says, how far it is, what can be done to it. Made once; then what changed is written.
// Knows one task; does not know lanes.

import { VERBS } from "./actions.js";
import { h, mark, write } from "./dom.js";
import { icon, redraw } from "./icons.js";
import { address } from "./links.js";
import { laneOf } from "./tasks.js";
import { age, said, short, span } from "./words.js";

const CARD_VERBS = ["complete", "fail", "cancel", "hold", "release", "advance"];
const parts = new WeakMap();

/** The element of a task. The lane's listener does what its buttons ask for, by their `data-verb`. */
export function card() {
  const own = {
    icon: icon("waiting"),
    word: h("span", { class: "word" }),
    held: h("span", { class: "chip held", hidden: true }, "held"),
    age: h("time", { class: "age" }),
    prompt: h("p", { class: "prompt" }),
    thumb: h("img", { class: "thumb", alt: "", loading: "lazy", decoding: "async", hidden: true }),
    error: h("p", { class: "card-error", hidden: true }),
    bar: h("progress", { max: 100, hidden: true }),
    percent: h("span", { class: "percent" }),
    next: h("span", { class: "next" }),
    from: h("span", { class: "from" }),
    verbs: CARD_VERBS.map(button),
  };
  const element = h(
    "li",
    { class: "card", tabindex: -1 },
    h("div", { class: "card-head" }, h("span", { class: "state" }, own.icon, own.word), own.held, own.age),
    h("div", { class: "card-middle" }, h("div", { class: "card-text" }, own.prompt, own.error), own.thumb),
    h("div", { class: "card-progress" }, own.bar, own.percent, own.next),
    h("div", { class: "card-foot" }, own.from, h("div", { class: "verbs" }, own.verbs)),
  );
  parts.set(element, own);
  return element;
}

function button(verb) {
  const { label, key } = VERBS[verb];
  return h(
    "button",
    {
      type: "button",
      class: `verb ${verb}`,
      "data-verb": verb,
      tabindex: -1,
      title: `${label} (${key})`,
      hidden: true,
    },
    icon(verb),
  );
}

/** Writes a task into its card. */
export function updateCard(element, task, now) {
  const own = parts.get(element);
  if (own.task !== task) {
    own.task = task;
    state(element, own, task);
    middle(own, task);
    verbs(own, task);
  }
  tickCard(element, now);
}

/** Writes what passes by itself: how old the task is, and how long until its next word. */
export function tickCard(element, now) {
  const own = parts.get(element);
  const { task } = own;
  write(own.age, age(Math.max(0, now - (task.created_at ?? now))));
  const left = task.next ? task.next.at - now : null;
  write(
    own.next,
    task.held || left === null
      ? ""
      : left > 0
        ? `${task.next.status} in ${span(Math.ceil(left / 1000) * 1000)}`
        : `${task.next.status} soon`,
  );
}

function state(element, own, task) {
  mark(element, "data-phase", task.phase);
  mark(element, "data-id", task.id);
  mark(element, "data-provider", task.provider);
  redraw(own.icon, task.phase);
  write(own.word, task.status ?? task.phase);
  own.held.hidden = !task.held;
  const going = laneOf(task.phase) === "running" || (task.phase === "waiting" && task.progress > 0);
  own.bar.hidden = !going || task.progress === null || task.progress === undefined;
  own.bar.value = task.progress ?? 0;
  write(own.percent, own.bar.hidden ? "" : `${task.progress} %`);
  mark(own.bar, "aria-label", own.bar.hidden ? null : "progress");
  const label = [task.provider, task.kind, task.status, task.held ? "held" : "", said(task.prompt)]
    .filter(Boolean)
    .join(", ");
  mark(element, "aria-label", label);
}

function middle(own, task) {
  write(own.prompt, said(task.prompt) || "no prompt");
  mark(own.prompt, "data-empty", !said(task.prompt));
  write(own.error, task.error ?? "");
  own.error.hidden = !task.error;
  const picture = task.phase === "succeeded" && task.thumbnail && address(task.thumbnail);
  own.thumb.hidden = !picture;
  mark(own.thumb, "src", picture ? picture.href : null);
  write(own.from, `${task.provider} · ${task.kind || "task"} · ${short(task.id)}`);
  mark(own.from, "title", task.id);
}

function verbs(own, task) {
  const legal = new Set(task.verbs ?? []);
  for (const each of own.verbs) {
    each.hidden = !legal.has(each.dataset.verb);
    mark(each, "aria-label", `${VERBS[each.dataset.verb].label} ${short(task.id)}`);
  }
}
