// What a person can do to the mock from this page: each a request, then a word of what came of it.
// Knows the control API's verbs; does not know where on the page they are asked for.

export const VERBS = {
  complete: { label: "Complete", key: "c", done: "completed" },
  fail: { label: "Fail", key: "f", done: "failed" },
  cancel: { label: "Cancel", key: "x", done: "cancelled" },
  hold: { label: "Hold", key: "h", done: "held" },
  release: { label: "Release", key: "h", done: "released" },
  advance: { label: "Advance", key: "a", done: "advanced" },
};

/** The actions; `notices` says what came of them, `tasks` and `clock` learn the answers at once. */
export class Actions {
  #api;
  #notices;
  #learned;

  constructor(api, notices, learned) {
    this.#api = api;
    this.#notices = notices;
    this.#learned = learned;
  }

  /** A verb on a task. */
  verb(task, verb, reason = "") {
    const path = `tasks/${encodeURIComponent(task.id)}/${verb}`;
    return this.#do(
      () => this.#api.post(path, reason ? { reason } : {}, { provider: task.provider }),
      (told) => this.#learned.task(told),
      (told) => `Task ${VERBS[verb].done}: it is ${told.status}`,
    );
  }

  /** Moves the clock: {advance_s}, {speed}, {frozen} or {reset}. */
  clock(wish, said) {
    return this.#do(
      () => this.#api.put("clock", wish),
      (told) => this.#learned.clock(told),
      () => said,
    );
  }

  redeliver(delivery) {
    return this.#do(
      () =>
        this.#api.post(`webhooks/${encodeURIComponent(delivery.id)}/redeliver`, {}, { provider: delivery.provider }),
      (told) => this.#learned.delivery(told),
      () => "The webhook is due again",
    );
  }

  scenario(provider, scenario) {
    return this.#do(
      () => this.#api.put("scenario", { scenario, provider }),
      (told) => this.#learned.scenario(told),
      () => `${provider} plays ${scenario}`,
    );
  }

  /** Adds a fault to some providers. */
  addFault(text, providers) {
    return this.#do(
      () => Promise.all(providers.map((provider) => this.#api.post("faults", { text, provider }))),
      () => this.#learned.faults(),
      () => "The fault is on",
    );
  }

  removeFault(fault) {
    return this.#do(
      () => this.#api.remove(`faults/${encodeURIComponent(fault.id)}`, { provider: fault.provider }),
      () => this.#learned.faults(),
      () => "The fault is gone",
    );
  }

  clearFaults() {
    return this.#do(
      () => this.#api.remove("faults"),
      () => this.#learned.faults(),
      () => "All faults are gone",
    );
  }

  reset() {
    return this.#do(
      () => this.#api.post("reset"),
      () => this.#learned.everything(),
      () => "Everything is forgotten",
    );
  }

  /** Copies a text, and says so. */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.#notices.say("Copied");
    } catch {
      this.#notices.complain("The browser does not let this page copy: mark the text and copy it yourself");
    }
  }

  async #do(ask, learn, words) {
    try {
      const told = await ask();
      learn(told);
      this.#notices.say(words(told));
      return true;
    } catch (error) {
      this.#notices.complain(error.message);
      return false;
    }
  }
}
