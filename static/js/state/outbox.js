// Owns what waits to be sent in one conversation, in the order in which it was written. Texts are kept as
// they are (sealed with the rest of the store) and encrypted when they go out; once encrypted, the very
// bytes are kept too, because sending them again is harmless and sending others is not.

import { toBase64url } from '../crypto/wire.js';
import { numberName } from './session.js';

/**
 * @typedef {{place: import('./db.js').Place, key: string, messageId: string, text: string|null,
 *   receipts: object[]|null, createdAt: number, state: 'queued'|'sending'|'failed', raw: Uint8Array|null,
 *   names: string[], error: object|null}} Item `names`: every number under which it was ever encrypted
 */

/** @returns {Item} a text that any tab may put into the store */
export function newItem(conversation, messageId, createdAt, { text = null, receipts = null }) {
  const id = toBase64url(messageId);
  return {
    place: ['outbox', conversation, createdAt, id],
    key: `m${id}`,
    messageId: id,
    text,
    receipts,
    createdAt,
    state: 'queued',
    raw: null,
    names: [],
    error: null,
  };
}

export class Outbox {
  #db;
  #conversation;
  #items = new Map();
  #settled = new Set();

  constructor(db, conversation) {
    this.#db = db;
    this.#conversation = conversation;
  }

  /** Takes what any tab has put there since. */
  async load() {
    const kept = await this.#db.list(['outbox', this.#conversation]);
    for (const [, item] of kept) {
      if (!this.#items.has(item.key) && !this.#settled.has(item.key)) {
        this.#items.set(item.key, item);
      }
    }
  }

  /** What goes out next. Failed ones wait for the person, receipts for an epoch: they never start one. */
  next(hasEpoch) {
    const canGo = ({ state, acknowledged, raw, receipts }) =>
      state !== 'failed' && !acknowledged && (raw !== null || receipts === null || hasEpoch);
    return this.#ordered().find(canGo);
  }

  #ordered() {
    return [...this.#items.values()].sort((a, b) => a.createdAt - b.createdAt);
  }

  get(key) {
    return this.#items.get(key);
  }

  sealedAs(name) {
    return this.#ordered().find(({ names }) => names.includes(name));
  }

  /** The item with its bytes, as a record to write together with the session. */
  withBytes(item, { raw, epoch, seq }) {
    const names = [...item.names, numberName(epoch, seq)];
    return { ...item, raw, names, state: 'sending' };
  }

  /** To be encrypted again under the next number. */
  withoutBytes = (item) => ({ ...item, raw: null, state: 'queued' });

  take(item) {
    this.#items.set(item.key, item);
  }

  async keep(item) {
    await this.#db.write([[item.place, item]]);
    this.take(item);
  }

  /** The transcript has it; the record goes in the same step. */
  settled(item) {
    this.#items.delete(item.key);
    this.#settled.add(item.key);
  }

  async discard(item) {
    await this.#db.write([[item.place, undefined]]);
    this.settled(item);
  }
}
