// Questions that stand in the way until they are answered: the token, "are you sure", and the help.
// Knows how to ask; what the answer is for is not its business.

import { h } from "./dom.js";

/** Asks for the token of the control API; null where none is given. */
export function askToken(wrong) {
  const field = h("input", {
    type: "password",
    name: "token",
    autocomplete: "off",
    required: true,
    "aria-label": "Token",
  });
  return ask({
    title: "This mock asks for a token",
    lines: [
      wrong
        ? "The token that was given is not the right one."
        : "It was printed once when the mock started, and stands in its token file.",
      "It stays in this tab until the tab is closed.",
    ],
    field,
    yes: "Go on",
    answer: () => field.value.trim() || null,
  });
}

/** Asks whether something is to be done that cannot be taken back. */
export function confirmed(title, lines, yes) {
  return ask({ title, lines, yes, grave: true, answer: () => true });
}

/** Shows something that is only to be read. */
export function show(title, element) {
  return ask({ title, lines: [], element, yes: null, answer: () => null });
}

function ask({ title, lines, field = null, element = null, yes, grave = false, answer }) {
  return new Promise((resolve) => {
    const opener = document.activeElement;
    const no = h("button", { type: "button", class: "button" }, yes ? "Cancel" : "Close");
    const go = yes && h("button", { type: "submit", class: `button ${grave ? "grave" : "strong"}` }, yes);
    const form = h(
      "form",
      {},
      h("h2", { id: "dialog-title" }, title),
      lines.map((line) => h("p", {}, line)),
      element,
      field,
      h("div", { class: "dialog-end" }, no, go),
    );
    const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
    let told = null;
    no.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      told = answer();
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (opener?.isConnected) opener.focus({ preventScroll: true });
      resolve(told);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
