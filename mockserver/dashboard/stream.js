// Server-sent events read with fetch, so that a token can go in a header: frames, resuming, and trying again.
// Knows what a frame is and not what an event means.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const SILENCE_MS = 60_000;
const HIDDEN_MS = 60_000;

/** Text in pieces becomes frames: {event, id, data}. */
export class Frames {
  #rest = "";
  #frame = fresh();

  /** The frames that are whole after another piece. */
  feed(piece) {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    const whole = [];
    for (const line of lines) {
      if (line !== "") this.#take(line);
      else if (this.#frame.data.length || this.#frame.event) {
        whole.push({ ...this.#frame, event: this.#frame.event || "message", data: this.#frame.data.join("\n") });
        this.#frame = fresh();
      }
    }
    return whole;
  }

  #take(line) {
    const at = line.indexOf(":");
    const name = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    if (name === "data") this.#frame.data.push(value);
    else if (name === "event" || name === "id") this.#frame[name] = value;
  }
}

function fresh() {
  return { event: "", id: null, data: [] };
}

/** A stream that stays open. `on` has `event(name, data)`, `state(name, waitMs)` and `open(resumed)`. */
export class Stream {
  #fetch;
  #on;
  #last = null;
  #tries = 0;
  #ended = null;
  #timer = 0;

  constructor(fetch, on) {
    this.#fetch = fetch;
    this.#on = on;
    let hiding = 0;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(hiding);
      if (!document.hidden) this.start();
      // A browser has six connections to a server: a hidden page holds none.
      else hiding = setTimeout(() => this.stop("asleep"), HIDDEN_MS);
    });
  }

  /** Opens the stream where it is not open. */
  start() {
    if (this.#ended) return;
    clearTimeout(this.#timer);
    this.#run();
  }

  /** Closes the stream until somebody starts it again. */
  stop(state) {
    clearTimeout(this.#timer);
    this.#ended?.abort();
    this.#ended = null;
    this.#on.state(state);
  }

  async #run() {
    const ended = (this.#ended = new AbortController());
    this.#on.state("connecting");
    try {
      await this.#read(ended);
    } catch (error) {
      if (!ended.signal.aborted && error.name === "Refused") this.#tries = Math.max(this.#tries, 3);
    }
    if (this.#ended !== ended) return;
    this.#ended = null;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries) * (0.75 + Math.random() / 2);
    this.#tries += 1;
    this.#on.state("waiting", wait);
    this.#timer = setTimeout(() => this.start(), wait);
  }

  async #read(ended) {
    const headers = { Accept: "text/event-stream", ...(this.#last === null ? {} : { "Last-Event-ID": this.#last }) };
    const response = await this.#fetch({ headers, signal: ended.signal });
    if (!response.ok || !response.body)
      throw Object.assign(new Error(`the stream answered ${response.status}`), { name: "Refused" });
    this.#tries = 0;
    this.#on.state("live");
    this.#on.open(this.#last !== null);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const frames = new Frames();
    for (;;) {
      const { done, value } = await heard(reader, ended);
      if (done) return;
      for (const frame of frames.feed(value)) this.#hand(frame);
    }
  }

  #hand(frame) {
    if (frame.id !== null) this.#last = frame.id;
    let data;
    try {
      data = JSON.parse(frame.data || "null");
    } catch {
      data = null;
    }
    this.#on.event(frame.event, data);
  }
}

/** The next piece; a stream that says nothing for long, not even a comment, is taken for dead. */
async function heard(reader, ended) {
  const silence = setTimeout(() => ended.abort(), SILENCE_MS);
  try {
    return await reader.read();
  } finally {
    clearTimeout(silence);
  }
}
