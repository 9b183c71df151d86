// Single keys for those who have no mouse in hand, the help that lists them, and a switch that turns them off.
// Knows keys and what to call, not how it is done.

import { show } from "./dialogs.js";
import { h } from "./dom.js";

const KEPT_AT = "lumakit-mock-shortcuts";
const HELP = [
  ["1 … 6", "go to a view"],
  ["/", "search"],
  ["z", "freeze or unfreeze the clock"],
  [".", "advance the clock by 10 s"],
  ["Tab", "into the cards or rows, and out again"],
  ["Arrows, Home, End", "from card to card, from lane to lane, from row to row"],
  ["Enter", "open the details of a card or row"],
  ["c  f  x", "complete, fail, cancel the card one is at"],
  ["h", "hold or release it"],
  ["a", "advance it to its next word"],
  ["Escape", "close the details or a dialog"],
  ["?", "this help"],
];

/** The keys of the page. `on` tells whether single keys do anything; `does` maps a key to a function. */
export class Shortcuts {
  #does;

  constructor(does) {
    this.#does = { ...does, "?": () => this.help() };
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  get on() {
    return localStorage.getItem(KEPT_AT) !== "off";
  }

  help() {
    const keys = HELP.map(([key, what]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)));
    const check = h("input", {
      type: "checkbox",
      checked: this.on,
      on: { change: () => localStorage.setItem(KEPT_AT, check.checked ? "on" : "off") },
    });
    return show(
      "Keyboard",
      h("div", {}, h("dl", { class: "keys" }, keys), h("label", { class: "check" }, check, "single keys do something")),
    );
  }

  #key(event) {
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.defaultPrevented ||
      document.querySelector("dialog[open]")
    )
      return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox") return;
    const act = this.#does[event.key];
    if (!act || (!this.on && event.key !== "?")) return;
    event.preventDefault();
    act();
  }
}
