// Everything about one task: its film, its facts, its plan, and the requests and webhooks that were about it.
// Asks for them once when opened, and again when the task moves.

import { VERBS } from "./actions.js";
import { deliveryRow } from "./deliveries.js";
import { fill, h, keepingFocus, mark, write } from "./dom.js";
import { icon } from "./icons.js";
import { exchangeRow } from "./journal.js";
import { address } from "./links.js";
import { copier, facts, part, phase, result, when } from "./shown.js";
import { keyOf } from "./tasks.js";
import { said, span, time } from "./words.js";

/** The view of a task for the panel. */
export function taskDetails(page, task) {
  return new TaskDetails(page, task);
}

class TaskDetails {
  #page;
  #task;
  #asked = 0;
  #media = "";
  #seen = "";
  #head = h("div", { class: "task-head" });
  #verbs = h("div", { class: "task-verbs" });
  #result = h("div", { class: "task-result" });
  #facts = h("div");
  #plan = h("ol", { class: "plan" });
  #requests = h("div");
  #webhooks = h("div");

  constructor(page, task) {
    this.#page = page;
    this.#task = task;
    this.name = `task/${keyOf(task)}`;
    this.title = "Task";
    const reason = h("input", {
      type: "text",
      placeholder: "reason of a failure (optional)",
      "aria-label": "Reason of a failure",
      maxlength: 500,
    });
    this.reason = reason;
    this.element = h(
      "div",
      { class: "task" },
      this.#head,
      this.#result,
      h("div", { class: "task-steer" }, this.#verbs, reason),
      part("Facts", this.#facts),
      part("Plan", this.#plan),
      part("Requests", this.#requests),
      part("Webhooks", this.#webhooks),
    );
    this.#write(task);
    this.#seen = this.#about();
    this.#ask();
  }

  #about() {
    return `${this.#page.exchanges.about(this.#task)}|${this.#page.deliveries.about(this.#task)}`;
  }

  draw() {
    const task = this.#page.tasks.get(keyOf(this.#task));
    const about = this.#about();
    if (about === this.#seen && (!task || task === this.#task)) return;
    this.#seen = about;
    if (task && task !== this.#task) this.#write(task);
    this.#ask();
  }

  tick() {
    this.#mark();
  }

  /** Asks for the whole of it; many moves in a row are one question more. */
  async #ask() {
    this.#asked += 1;
    if (this.#asked > 1) return;
    try {
      const whole = await this.#page.api.get(`tasks/${encodeURIComponent(this.#task.id)}`, {
        provider: this.#task.provider,
      });
      this.#whole(whole);
    } catch (error) {
      fill(this.#requests, h("p", { class: "empty" }, error.message));
    }
    const again = this.#asked > 1;
    this.#asked = 0;
    if (again && this.element.isConnected) this.#ask();
  }

  #whole(whole) {
    const page = this.#page;
    fill(
      this.#requests,
      list(whole.requests, (each) => exchangeRow(page, { provider: whole.provider, ...each })),
    );
    fill(
      this.#webhooks,
      list(whole.webhooks, (each) => deliveryRow(page, each)),
    );
    fill(this.#plan, (whole.plan ?? []).map(step));
    this.#mark();
  }

  #write(task) {
    this.#task = task;
    fill(
      this.#head,
      h(
        "div",
        { class: "row" },
        phase(task.phase, task.status),
        task.held ? h("span", { class: "chip held" }, "held") : null,
        h("span", { class: "muted" }, `${task.provider} · ${task.kind}`),
      ),
      h("p", { class: "task-prompt" }, said(task.prompt) || "no prompt"),
    );
    if (task.error) this.#head.append(h("p", { class: "card-error" }, task.error));
    keepingFocus(() =>
      fill(
        this.#verbs,
        (task.verbs ?? []).map((verb) => this.#button(verb)),
      ),
    );
    this.reason.hidden = !task.verbs?.includes("fail");
    fill(this.#facts, this.#told(task));
    this.#play(task);
  }

  #button(verb) {
    return h(
      "button",
      {
        type: "button",
        class: `button ${verb}`,
        on: { click: () => this.#page.act.verb(this.#task, verb, verb === "fail" ? this.reason.value.trim() : "") },
      },
      icon(verb),
      VERBS[verb].label,
    );
  }

  #told(task) {
    const id = h(
      "span",
      { class: "row" },
      h("code", { class: "wrap" }, task.id),
      copier(this.#page.act, task.id, "Copy the id"),
    );
    return facts([
      ["id", id],
      ["kind", task.kind],
      ["progress", task.progress === null || task.progress === undefined ? null : `${task.progress} %`],
      ["made", when(task.created_at)],
      ["moved", when(task.updated_at)],
      ["next", task.next ? `${task.next.status} at ${time(task.next.at)}` : null],
      ["scenario", task.scenario],
      ["owner", task.owner],
      ["parent", task.parent],
    ]);
  }

  /** A film that plays is not built again because something else has changed. */
  #play(task) {
    const results = task.phase === "succeeded" ? (task.results ?? []) : [];
    const media = JSON.stringify(results);
    if (media === this.#media) return;
    this.#media = media;
    const poster = task.thumbnail && address(task.thumbnail) ? task.thumbnail : null;
    fill(
      this.#result,
      results.map((value) => result(value, poster)),
    );
  }

  /** Says of each step of the plan whether it was reached. */
  #mark() {
    const { now } = this.#page.clock;
    for (const line of this.#plan.children) {
      const at = line.dataset.at === "" ? null : Number(line.dataset.at);
      mark(line, "data-reached", at !== null && at <= now);
      write(
        line.lastElementChild,
        at === null ? "when asked for" : at <= now ? `${span(now - at)} ago` : `in ${span(at - now)}`,
      );
    }
  }
}

function step(moment) {
  const progress = moment.progress === null || moment.progress === undefined ? "" : `${moment.progress} %`;
  return h(
    "li",
    { "data-at": moment.at ?? "" },
    h("span", { class: "mono" }, moment.at === null ? "--:--:--" : time(moment.at)),
    h("strong", {}, moment.status),
    h("span", { class: "muted" }, progress),
    h("span", { class: "muted relative" }),
  );
}

function list(items, make) {
  return items?.length
    ? h(
        "ol",
        { class: "rows" },
        items.map((each) => h("li", {}, make(each))),
      )
    : h("p", { class: "empty" }, "none");
}
