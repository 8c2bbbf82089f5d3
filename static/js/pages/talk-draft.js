// Owns when a draft is written down: a moment after the last key, and at once when the person turns away.

const PAUSE = 400;

export class DraftKeeper {
  #save;
  #timer = null;
  #pending = null;

  /** `save(id, text)` stores it. */
  constructor(save) {
    this.#save = save;
  }

  changed(id, text) {
    clearTimeout(this.#timer);
    this.#pending = [id, text];
    this.#timer = setTimeout(() => this.flush(), PAUSE);
  }

  sent(id) {
    this.#pending = [id, ''];
    this.flush();
  }

  flush() {
    clearTimeout(this.#timer);
    if (this.#pending) this.#save(...this.#pending);
    this.#pending = null;
  }
}
