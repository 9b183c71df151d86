// The mock's clock as this page believes it to be: what the server said last, carried on at its speed.
// Knows no elements and asks nobody.

/** Now, in whole milliseconds of the mock's clock. */
export class Clock {
  #said = { now: Date.now(), speed: 1, frozen: true };
  #at = performance.now();
  #speed = 1;

  /** What the server says of its clock. */
  set(said) {
    if (!said || typeof said.now !== "number") return;
    this.#said = said;
    this.#at = performance.now();
    if (said.speed > 0) this.#speed = said.speed;
  }

  get now() {
    const passed = this.#said.frozen ? 0 : (performance.now() - this.#at) * (this.#said.speed ?? 1);
    return Math.floor(this.#said.now + passed);
  }

  /** Its speed, or the one it had before it stood still. */
  get speed() {
    return this.#speed;
  }

  get frozen() {
    return Boolean(this.#said.frozen);
  }
}
