// Short messages at the edge of the page, said aloud politely too. Knows texts only.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const SHOWN_MS = 4000;
const COMPLAINT_MS = 10_000;
const MOST = 4;

/** The messages; `place` shows them, `spoken` is a live region for those who do not see them. */
export class Notices {
  #place;
  #spoken;

  constructor(place, spoken) {
    this.#place = place;
    this.#spoken = spoken;
  }

  say(text) {
    this.#show(text, "said", "succeeded", SHOWN_MS);
  }

  complain(text) {
    this.#show(text, "wrong", "warning", COMPLAINT_MS);
  }

  /** Only for the ear: what is seen elsewhere on the page. */
  whisper(text) {
    this.#spoken.textContent = text;
  }

  #show(text, kind, drawing, forMs) {
    const close = h("button", { class: "plain", type: "button", "aria-label": "Close this message" }, icon("close"));
    const notice = h("div", { class: `notice ${kind}` }, icon(drawing), h("span", {}, text), close);
    close.addEventListener("click", () => notice.remove());
    this.#place.append(notice);
    while (this.#place.children.length > MOST) this.#place.firstElementChild.remove();
    setTimeout(() => notice.remove(), forMs);
    this.whisper(text);
  }
}
