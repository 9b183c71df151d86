// The panel at the side: one thing at a time, with a heading. Escape closes it, and the focus goes back.
// Knows what is open, not what is in it: a view of something is {title, element, draw?, tick?}.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";

/** The panel. */
export class Details {
  #place;
  #open = null;
  #opener = null;

  constructor(place) {
    this.#place = place;
    place.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.close();
    });
  }

  /** What is open now, by its name, or null. */
  get name() {
    return this.#open?.name ?? null;
  }

  /** Opens something; `opener` gets the focus back. */
  show(view, opener = document.activeElement) {
    if (!this.#place.contains(opener)) this.#opener = opener;
    const close = h(
      "button",
      {
        type: "button",
        class: "plain close",
        "aria-label": "Close the details (Escape)",
        title: "Close (Escape)",
        on: { click: () => this.close() },
      },
      icon("close"),
    );
    const head = h(
      "header",
      { class: "details-head" },
      h("h2", { tabindex: -1, id: "details-title" }, view.title),
      close,
    );
    this.#open = view;
    this.#place.setAttribute("aria-labelledby", "details-title");
    this.#place.hidden = false;
    document.body.dataset.details = "open";
    fill(this.#place, head, h("div", { class: "details-body" }, view.element));
    head.firstElementChild.focus({ preventScroll: true });
  }

  close() {
    if (!this.#open) return;
    this.#open = null;
    this.#place.hidden = true;
    delete document.body.dataset.details;
    fill(this.#place);
    const back = this.#opener?.isConnected ? this.#opener : document.getElementById("main");
    back.focus({ preventScroll: true });
  }

  /** Lets what is open draw itself again. */
  draw() {
    this.#open?.draw?.();
  }

  tick() {
    this.#open?.tick?.();
  }
}
