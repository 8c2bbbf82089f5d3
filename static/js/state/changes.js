// Owns one step's changes to what is kept: they are collected, seen by later reads of the same step, and
// written together or not at all. It must not know what the values mean.

const nameOf = (place) => JSON.stringify(place);

export class Changes {
  #db;
  #changed = new Map();

  /** @param {import('./db.js').Database} db */
  constructor(db) {
    this.#db = db;
  }

  async get(place) {
    const changed = this.#changed.get(nameOf(place));
    return changed ? changed[1] : await this.#db.get(place);
  }

  put(place, value) {
    this.#changed.set(nameOf(place), [place, value]);
  }

  delete(place) {
    this.put(place, undefined);
  }

  /** Resolved means on disk. */
  async commit() {
    if (this.#changed.size > 0) await this.#db.write([...this.#changed.values()]);
    this.#changed.clear();
  }
}
