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

/** The tasks. `fetch(query)` gives a page of the server's list; `changed()` is called when something is other than before. */
export class Tasks {
  #fetch;
  #changed;
  #now;
  #known = new Map();
  #moved = new Map(); // when a task changed lanes before our eyes
  #cursors = {}; // of each phase: where its next page begins, null where there is none
  #shown = {};
  #touched = null; // what events spoke of while a page was on its way
  #total = 0;
  #loadedAt = 0;
  #round = 0;
  filter = { provider: "", q: "" };

  constructor(fetch, now, changed) {
    this.#fetch = fetch;
    this.#now = now;
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
    const found = this.#in(lane).sort((a, b) => rank(b) - rank(a) || (keyOf(a) < keyOf(b) ? -1 : 1));
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
    for (const task of [...page.tasks, ...since]) this.#known.set(keyOf(task), task);
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
    this.#known.set(key, task);
    if (before?.phase !== task.phase) this.#moved.set(key, Math.max(task.updated_at ?? 0, task.created_at ?? 0));
    if (!before && (task.created_at ?? 0) >= this.#loadedAt) this.#total += 1;
    if (this.#known.size > 2 * KEPT * LANES.length) this.#forget();
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
      const pages = await Promise.all(phases.map((phase) => this.#fetch({ ...this.filter, phase, limit: PAGE, before: this.#cursors[phase] })));
      if (round !== this.#round) return;
      phases.forEach((phase, number) => this.#take(phase, pages[number]));
      this.#changed();
    }
  }

  #take(phase, page) {
    for (const task of page.tasks) if (!this.#known.has(keyOf(task))) this.#known.set(keyOf(task), task);
    this.#cursors[phase] = page.next;
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
    this.#moved = new Map([...this.#moved].filter(([key]) => this.#known.has(key)));
  }

  #clear() {
    this.#known = new Map();
    this.#moved = new Map();
    this.#cursors = {};
    this.#shown = Object.fromEntries(LANES.map((lane) => [lane.name, PAGE]));
    this.#loadedAt = this.#now();
  }
}

function laneNamed(name) {
  return LANES.find((lane) => lane.name === name);
}
