// One stop of the Tab key for a whole list: arrows go through its items, and Tab goes on into the buttons of one item.
// Knows elements that take the focus, or whose first button does; not what they are.

/** Keeps the one stop of the items that `columns()` lists. What is put into the list is to come with `tabindex` -1. */
export class Roving {
  #columns;
  #at = null;

  constructor(root, columns) {
    this.#columns = columns;
    root.addEventListener("focusin", (event) => this.#arrive(event.target));
    root.addEventListener("keydown", (event) => this.#step(event));
  }

  /** Sees to it that something of the list can be reached, after it has changed. */
  settle() {
    const all = this.#columns().flat();
    if (!all.includes(this.#at)) this.#put(all[0] ?? null);
  }

  #arrive(target) {
    const item = this.#columns()
      .flat()
      .find((each) => each.contains(target));
    if (item) this.#put(item);
  }

  #put(item) {
    if (item === this.#at) return;
    for (const each of this.#at ? reachable(this.#at) : []) each.tabIndex = -1;
    this.#at = item;
    for (const each of item ? reachable(item) : []) each.tabIndex = 0;
  }

  #step(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName))
      return;
    const goal = this.#goal(event.key);
    if (!goal) return;
    event.preventDefault();
    reachable(goal)[0]?.focus();
    goal.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #goal(key) {
    const columns = this.#columns().filter((column) => column.length);
    const x = columns.findIndex((column) => column.includes(this.#at));
    if (x < 0) return null;
    const y = columns[x].indexOf(this.#at);
    if (key === "ArrowDown") return columns[x][y + 1];
    if (key === "ArrowUp") return columns[x][y - 1];
    if (key === "Home") return columns[x][0];
    if (key === "End") return columns[x].at(-1);
    const side = key === "ArrowRight" ? columns[x + 1] : key === "ArrowLeft" ? columns[x - 1] : null;
    return side ? side[Math.min(y, side.length - 1)] : null;
  }
}

function reachable(item) {
  const inside = [...item.querySelectorAll("button, a[href]")];
  return item.matches("[tabindex], button") ? [item, ...inside] : inside;
}
