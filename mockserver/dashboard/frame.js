// The frame of the page: which view is shown, the links to the others with their counts, the search and the provider.
// Knows views as {title, element, draw, count}; does not know what they show.

import { fill, h, mark, write } from "./dom.js";

const SEARCH_MS = 200;

/** The frame. The view that is shown stands in the address after `#`. */
export class Frame {
  #page;
  #views;
  #links = new Map();
  #search = h("input", {
    type: "search",
    placeholder: "Search",
    "aria-label": "Search tasks, requests and webhooks (/)",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 200,
  });
  #provider = h("select", { "aria-label": "Provider", hidden: true });

  constructor(page, views) {
    this.#page = page;
    this.#views = views;
    for (const [name, view] of Object.entries(views)) {
      const number = h("span", { class: "count", hidden: true });
      this.#links.set(name, { number, link: h("a", { href: `#${name}` }, view.title, number) });
    }
    fill(
      document.getElementById("views"),
      [...this.#links.values()].map(({ link }) => link),
    );
    fill(document.getElementById("filters"), this.#provider, this.#search);
    let waiting = 0;
    this.#search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.#filter(), SEARCH_MS);
    });
    this.#provider.addEventListener("change", () => this.#filter());
    page.whenSettled((settings) => this.#providers(settings.providers));
    addEventListener("hashchange", () => this.#turn());
    document.getElementById("skip").addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById("main").focus();
    });
  }

  start() {
    this.#turn();
  }

  /** The keys that go to the views, and to the search. */
  keys() {
    const names = Object.keys(this.#views);
    const go = Object.fromEntries(names.map((name, number) => [String(number + 1), () => (location.hash = name)]));
    return { ...go, "/": () => this.#search.focus() };
  }

  draw() {
    for (const [name, { number }] of this.#links) {
      const counted = this.#views[name].count?.() ?? 0;
      number.hidden = !counted;
      write(number, counted.toLocaleString("en"));
    }
    this.#views[this.#shown].draw();
  }

  get #shown() {
    const name = location.hash.slice(1);
    return Object.hasOwn(this.#views, name) ? name : Object.keys(this.#views)[0];
  }

  #turn() {
    const shown = this.#shown;
    for (const [name, { link }] of this.#links) mark(link, "aria-current", name === shown ? "page" : null);
    const main = document.getElementById("main");
    fill(main, h("h1", { class: "unseen" }, this.#views[shown].title), this.#views[shown].element);
    main.dataset.view = shown;
    main.scrollTop = 0;
    document.title = `${this.#views[shown].title} · lumakit mock`;
    this.#page.changes.of("view");
  }

  #providers(providers) {
    this.#provider.hidden = providers.length < 2;
    fill(
      this.#provider,
      h("option", { value: "" }, "every provider"),
      providers.map((each) => h("option", { value: each.name }, each.name)),
    );
  }

  #filter() {
    const { tasks, exchanges, deliveries, search, changes, notices } = this.#page;
    const provider = this.#provider.value;
    search.text = this.#search.value.trim();
    tasks.filter = { provider, q: search.text };
    deliveries.provider = provider;
    const moved = exchanges.filter.provider !== provider;
    exchanges.filter.provider = provider;
    Promise.all([tasks.load(), moved ? exchanges.load() : null]).catch((error) => notices.complain(error.message));
    changes.of("tasks", "requests", "webhooks");
  }
}
