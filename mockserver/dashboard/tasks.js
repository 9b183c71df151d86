// The tasks the page knows, by lane: pages of them from the server, and what events say of each since.
// Keeps a bounded number of each lane and the true counts. Knows no elements.

export const LANES = [
  { name: "waiting", title: "Waiting", phases: ["waiting"] },
  { name: "running", title: "Running", phases: ["running"] },
  { name: "succeeded", title: "Succeeded", phases: ["succeeded"] },
  { name: "failed", title: "Failed, cancelled", phases: ["failed", "cancelled"] },
];
const PHASES = LANES.flatMap((lane) => lane.phases);
const FIRST = 200; // of all lanes in one question: with few tasks it is the only one
const PAGE = 40; // of a lane
const KEPT = 400; // in a lane: more than a person looks through by eye
const HOPS = 8; // the server looks at a few thousand tasks for a page, however few fit

/** The key of a task among all providers. */
export function keyOf(task) {
  return `${task.provider}/${task.id}`;
}

/** The name of the lane of a phase. */
export function laneOf(phase) {
  return LANES.find((lane) => lane.phases.includes(phase))?.name ?? "waiting";
}

/** The tasks. `fetch(query)` gives a page of the server's list; `changed()` is called when something has changed. */
export class Tasks {
  #fetch;
  #changed;
  #known = new Map();
  #moved = new Map(); // when a task changed lanes before our eyes
  #places = new Map(); // of tasks made in one millisecond: listings begin with the newest, events end with it
  #cursors = {}; // of each phase: where its next page begins, null where there is none
  #shown = Object.fromEntries(LANES.map((lane) => [lane.name, PAGE])); // how many a lane may show: more only when asked
  #late = new WeakSet(); // what was late when we looked last
  #asked = new WeakSet(); // what was asked for because it was late
  #touched = null; // what events spoke of while a page was on its way
  #oldest = -1;
  #newest = 1;
  #total = 0;
  #youngest = 0; // when the newest task of the first page was made
  #round = 0;
  filter = { provider: "", q: "" };

  constructor(fetch, changed) {
    this.#fetch = fetch;
    this.#changed = changed;
    this.#clear();
  }

  get(key) {
    return this.#known.get(key);
  }

  /** How many tasks the providers have. */
  get total() {
    return Math.max(this.#total, this.#known.size);
  }

  /** How many are known in a lane, and whether the server has more. */
  count(lane) {
    return { number: this.#in(lane).length, more: this.#unread(lane).length > 0 };
  }

  /** The tasks of a lane that are to be shown: what moved last comes first, then the newest. */
  of(lane) {
    const rank = (task) => this.#moved.get(keyOf(task)) ?? task.created_at ?? 0;
    const found = this.#in(lane).sort(
      (a, b) => rank(b) - rank(a) || this.#places.get(keyOf(b)) - this.#places.get(keyOf(a)),
    );
    return found.slice(0, this.#shown[lane]);
  }

  /** True where a lane has more than it shows, and more can be shown. */
  hasMore(lane) {
    const { number, more } = this.count(lane);
    return this.#shown[lane] < KEPT && (more || number > this.#shown[lane]);
  }

  /** Asks for the newest of all, then for what lanes lack. */
  async load() {
    const round = (this.#round += 1);
    this.#touched = new Set();
    const page = await this.#fetch({ ...this.filter, limit: FIRST });
    if (round !== this.#round) return;
    const since = [...this.#touched].map((key) => this.#known.get(key)).filter(Boolean);
    this.#touched = null;
    this.#clear();
    this.#total = page.total;
    this.#youngest = page.tasks[0]?.created_at ?? 0;
    for (const task of page.tasks) this.#keep(task, this.#oldest--);
    for (const task of since) this.#keep(task, this.#newest++);
    for (const phase of PHASES) this.#cursors[phase] = page.next;
    this.#changed();
    await Promise.all(LANES.map(({ name }) => this.#fill(name, round)));
  }

  /** Asks for more of a lane. */
  async more(lane) {
    this.#shown[lane] = Math.min(KEPT, this.#shown[lane] + PAGE);
    this.#changed();
    await this.#fill(lane, this.#round);
  }

  /** Takes what an event or an answer says of a task. */
  take(task) {
    if (!task?.id || !this.#fits(task)) return;
    const key = keyOf(task);
    const before = this.#known.get(key);
    this.#touched?.add(key);
    this.#keep(task, this.#newest++);
    if (before?.phase !== task.phase) this.#moved.set(key, Math.max(task.updated_at ?? 0, task.created_at ?? 0));
    if (!before && (task.created_at ?? 0) > this.#youngest) this.#total += 1;
    if (this.#known.size > 2 * KEPT * LANES.length) this.#forget();
    this.#changed();
  }

  /** The tasks that should have moved by now and of which nothing was heard: each is told once. */
  overdue(now) {
    const late = [...this.#known.values()].filter((task) => task.next && !task.held && task.next.at <= now);
    const told = late.filter((task) => this.#late.has(task) && !this.#asked.has(task));
    for (const task of late) this.#late.add(task);
    for (const task of told) this.#asked.add(task);
    return told;
  }

  /** Has every card written again, as what may be shown of a task has changed. */
  renew() {
    for (const [key, task] of this.#known) this.#known.set(key, { ...task });
    this.#changed();
  }

  #in(lane) {
    const { phases } = laneNamed(lane);
    return [...this.#known.values()].filter((task) => phases.includes(task.phase));
  }

  #unread(lane) {
    return laneNamed(lane).phases.filter((phase) => this.#cursors[phase]);
  }

  /** Reads pages of a lane until it has as many as it may show, or there are no more. */
  async #fill(lane, round) {
    for (let hop = 0; hop < HOPS && this.#in(lane).length < this.#shown[lane] && this.#unread(lane).length; hop += 1) {
      const phases = this.#unread(lane);
      const pages = await Promise.all(
        phases.map((phase) => this.#fetch({ ...this.filter, phase, limit: PAGE, before: this.#cursors[phase] })),
      );
      if (round !== this.#round) return;
      phases.forEach((phase, number) => this.#take(phase, pages[number]));
      this.#changed();
    }
  }

  #take(phase, page) {
    for (const task of page.tasks) if (!this.#known.has(keyOf(task))) this.#keep(task, this.#oldest--);
    this.#cursors[phase] = page.next;
  }

  #keep(task, place) {
    const key = keyOf(task);
    this.#known.set(key, task);
    if (!this.#places.has(key)) this.#places.set(key, place);
  }

  #fits(task) {
    const { provider, q } = this.filter;
    if (provider && task.provider !== provider) return false;
    return !q || [task.id, task.prompt, task.kind, task.status].join("\n").toLowerCase().includes(q.toLowerCase());
  }

  /** Keeps what can be shown; what is left out is on the server still. */
  #forget() {
    const kept = LANES.flatMap(({ name }) => this.of(name));
    this.#known = new Map(kept.map((task) => [keyOf(task), task]));
    for (const map of [this.#moved, this.#places])
      for (const key of map.keys()) if (!this.#known.has(key)) map.delete(key);
  }

  #clear() {
    this.#known = new Map();
    this.#moved = new Map();
    this.#places = new Map();
    this.#cursors = {};
    this.#youngest = 0;
  }
}

function laneNamed(name) {
  return LANES.find((lane) => lane.name === name);
}
