// Stands in for state/db.js in node: the same promises (atomic, by value, ordered), in memory. `fail` makes
// the next write fail, like a full disk.

import { decode, encode } from '../../../static/js/state/codec.js';

const rank = (value) => (typeof value === 'number' ? 0 : 1);

function compareParts(a, b) {
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The order of array keys in IndexedDB. */
function compare(a, b) {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const order = compareParts(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

export class MemoryDb {
  fail = false;
  #records = new Map();

  // biome-ignore lint/suspicious/useAwait: the real one is asynchronous
  async get(place) {
    const bytes = this.#records.get(JSON.stringify(place));
    return bytes && decode(bytes);
  }

  async list(prefix, { before = null, limit = Number.POSITIVE_INFINITY } = {}) {
    const places = [...this.#records.keys()]
      .map((text) => JSON.parse(text))
      .filter((place) => prefix.every((part, i) => place[i] === part))
      .filter((place) => before === null || compare(place, before) < 0)
      .sort(compare);
    const chosen = Number.isFinite(limit) ? places.slice(-limit) : places;
    return await Promise.all(chosen.map(async (place) => [place, await this.get(place)]));
  }

  async write(changes) {
    const encoded = changes.map(([place, value]) => [
      JSON.stringify(place),
      value === undefined ? undefined : encode(value),
    ]);
    await Promise.resolve();
    if (this.fail) {
      this.fail = false;
      throw new DOMException('no room', 'QuotaExceededError');
    }
    for (const [name, bytes] of encoded) {
      if (bytes === undefined) this.#records.delete(name);
      else this.#records.set(name, bytes);
    }
  }
}
