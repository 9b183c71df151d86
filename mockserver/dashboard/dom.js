// Elements out of plain values, and lists that are kept in step with plain lists.
// The only door to the page's tree: text goes in as text, attributes by name, and nothing is ever read as HTML.
// Knows nothing of tasks, requests or the server.

import { address } from "./links.js";

const LEADS_ELSEWHERE = new Set(["href", "src", "poster", "action", "formaction", "srcset", "data"]);
const RUNS = /^(on|style$|srcdoc$)/i;

/** An element with attributes, listeners (`on: {click}`), and children that are elements, texts or nothing. */
export function h(name, given = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(given)) give(element, key, value);
  element.append(...present(children));
  return element;
}

/** Sets one attribute. What leads elsewhere has to lead to this server; what would run is refused. */
export function give(element, key, value) {
  if (key === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  else if (key === "value" || key === "checked") element[key] = value;
  else if (RUNS.test(key)) throw new TypeError(`${key} is set by no one here`);
  else if (value === false || value === null || value === undefined) element.removeAttribute(key);
  else if (LEADS_ELSEWHERE.has(key) && !address(value)) element.removeAttribute(key);
  else element.setAttribute(key, value === true ? "" : String(value));
}

/** Puts other children in place of those that are there. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

/** Writes a text where it is another one: a page that says the same is not laid out again. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute where it is another one. */
export function mark(element, key, value) {
  const said = value === null || value === undefined || value === false ? null : String(value === true ? "" : value);
  if (element.getAttribute(key) !== said) give(element, key, said);
}

const kept = new WeakMap();

/** Keeps the children of an element in step with a list: made once, updated, moved, removed; the focus stays. */
export function keyed(parent, items, keyOf, make, update) {
  const old = kept.get(parent) ?? new Map();
  const next = new Map();
  for (const item of items) {
    const key = keyOf(item);
    next.set(key, old.get(key) ?? make(item));
    old.delete(key);
  }
  for (const [, element] of old) if (element.parentNode === parent) element.remove();
  kept.set(parent, next);
  let at = parent.firstElementChild;
  for (const item of items) {
    const element = next.get(keyOf(item));
    update(element, item);
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
}

/** Does something to the tree, and gives the focus back to what had it. */
export function keepingFocus(change) {
  const focused = document.activeElement;
  change();
  if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
}

function present(children) {
  return children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}
