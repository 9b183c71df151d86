// Who wants to know when something has changed, told once a frame however often it changed.
// Knows names of topics and listeners, and nothing of what changed.

/** A notice board: `of(topic)` marks a change, `on(topics, listener)` draws again before the next frame. */
export class Changes {
  #listeners = [];
  #changed = new Set();
  #planned = false;

  on(topics, listener) {
    this.#listeners.push([new Set(topics), listener]);
  }

  of(...topics) {
    for (const topic of topics) this.#changed.add(topic);
    if (this.#planned) return;
    this.#planned = true;
    requestAnimationFrame(() => this.#tell());
  }

  #tell() {
    const changed = this.#changed;
    this.#changed = new Set();
    this.#planned = false;
    for (const [topics, listener] of this.#listeners) {
      const hit = [...changed].some((topic) => topics.has(topic));
      if (hit) listener(changed);
    }
  }
}
