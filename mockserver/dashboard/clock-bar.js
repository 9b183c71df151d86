// The mock's clock at the top of the page: now, frozen or not, its speed, and buttons that move it.
// Knows how to show a clock and what to ask for; the server moves it.

import { give, h, mark, write } from "./dom.js";
import { icon } from "./icons.js";
import { day, seconds, span, time } from "./words.js";

const LEAPS = [
  [10, "+10 s"],
  [60, "+1 min"],
  [600, "+10 min"],
];
const SPEEDS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1000];

/** The clock's controls in `place`. */
export class ClockBar {
  #page;
  #now = h("time", { class: "now mono" });
  #day = h("span", { class: "day" });
  #freeze = h(
    "button",
    { type: "button", class: "button toggle", title: "Freeze or unfreeze the clock (z)" },
    icon("snow"),
    h("span", {}, "Freeze"),
  );
  #speed = h("select", { "aria-label": "Speed of the clock" });

  constructor(page, place) {
    this.#page = page;
    this.#freeze.addEventListener("click", () => this.toggle());
    this.#speed.addEventListener("change", () =>
      page.act.clock({ speed: Number(this.#speed.value) }, `The clock runs at ${this.#speed.value} times`),
    );
    place.append(
      h("div", { class: "clock-face", title: "The mock's clock (UTC)" }, this.#now, this.#day),
      this.#freeze,
      h(
        "div",
        { class: "leaps", role: "group", "aria-label": "Advance the clock" },
        LEAPS.map(([by, text]) =>
          h(
            "button",
            {
              type: "button",
              class: "button",
              "aria-label": `Advance the clock by ${span(by * 1000)}`,
              on: { click: () => this.advance(by) },
            },
            text,
          ),
        ),
        this.#custom(),
      ),
      h("label", { class: "speed" }, h("span", { class: "muted", "aria-hidden": "true" }, "speed"), this.#speed),
    );
  }

  #custom() {
    const field = h("input", {
      type: "text",
      class: "leap",
      placeholder: "90 s",
      "aria-label": "Advance the clock by: 90, 2 min, 1 h",
      autocomplete: "off",
      inputmode: "text",
    });
    const go = (event) => {
      event.preventDefault();
      const by = seconds(field.value);
      if (by === null)
        this.#page.notices.complain(`${JSON.stringify(field.value)} is no span of time: write 90, 2 min or 1 h`);
      else this.advance(by).then((done) => done && (field.value = ""));
    };
    return h(
      "form",
      { on: { submit: go } },
      field,
      h("button", { type: "submit", class: "button", "aria-label": "Advance the clock by this" }, icon("advance")),
    );
  }

  advance(by) {
    return this.#page.act.clock({ advance_s: by }, `The clock went on by ${span(by * 1000)}`);
  }

  toggle() {
    const frozen = !this.#page.clock.frozen;
    return this.#page.act.clock({ frozen }, frozen ? "The clock stands still" : "The clock runs");
  }

  draw() {
    const { clock } = this.#page;
    give(this.#freeze, "aria-pressed", String(clock.frozen));
    write(this.#freeze.lastElementChild, clock.frozen ? "Frozen" : "Freeze");
    const speeds = [...new Set([...SPEEDS, clock.speed])].filter((speed) => speed > 0).sort((a, b) => a - b);
    if (
      this.#speed.options.length !== speeds.length ||
      ![...this.#speed.options].some((option) => Number(option.value) === clock.speed)
    ) {
      this.#speed.replaceChildren(...speeds.map((speed) => h("option", { value: String(speed) }, `×${speed}`)));
    }
    this.#speed.value = String(clock.speed);
    this.tick();
  }

  tick() {
    const { clock } = this.#page;
    write(this.#now, time(clock.now, { parts: false }));
    write(this.#day, day(clock.now));
    mark(this.#now, "data-frozen", clock.frozen);
  }
}
