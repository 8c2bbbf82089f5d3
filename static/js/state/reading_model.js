// Owns what any tab reads without the leader: conversations, messages, drafts, straight from the store.

import { listAlerts } from './alerts.js';

const RECENT = 12;
const DEFAULT_LIMIT = 60;

export class ReadingModel {
  #db;

  /** @param {import('./db.js').Database} db */
  constructor(db) {
    this.#db = db;
  }

  alerts() {
    return listAlerts(this.#db);
  }

  /** The newest first. */
  async conversations() {
    const rooms = await this.#db.list(['room']);
    const all = await Promise.all(rooms.map(([, summary]) => this.#conversation(summary)));
    return all.sort(
      (a, b) =>
        (b.updatedAt ?? Number.POSITIVE_INFINITY) - (a.updatedAt ?? Number.POSITIVE_INFINITY),
    );
  }

  async #conversation({ id, peer, mode, epoch, blocked, updatedAt }) {
    const [contact, unread, newest] = await Promise.all([
      this.#db.get(['contact', peer.userId]),
      this.#db.get(['unread', id]),
      this.messages(id, { limit: RECENT }),
    ]);
    const last = newest.findLast(({ state }) => state !== 'notice');
    return {
      id,
      peer: { ...peer, verified: Boolean(contact?.verifiedAt) },
      preview: last ? previewOf(last) : null,
      updatedAt: last?.sentAt ?? updatedAt,
      unread: unread?.length ?? 0,
      mode,
      epoch,
      blocked,
    };
  }

  /** Oldest first; what waits to be sent stands at the end. */
  async messages(id, { before = null, limit = DEFAULT_LIMIT } = {}) {
    const place = before === null ? undefined : await this.#placeOf(id, before);
    const page = place ? { before: place, limit } : { limit };
    const stored = (await this.#db.list(['message', id], page)).map(([, message]) => message);
    if (before !== null) return stored;
    return [...stored, ...(await this.#waiting(id, stored))];
  }

  async #placeOf(id, key) {
    const at = key.startsWith('m')
      ? await this.#db.get(['place', id, key])
      : key.split('.').map(Number);
    return at && ['message', id, ...at];
  }

  async #waiting(id, stored) {
    const there = new Set(stored.map(({ key }) => key));
    const items = (await this.#db.list(['outbox', id])).map(([, item]) => item);
    return items.filter(({ text, key }) => text !== null && !there.has(key)).map(waitingRow);
  }

  draft(id) {
    return this.#db.get(['draft', id]);
  }

  setDraft(id, text) {
    return this.#db.write([[['draft', id], text === '' ? undefined : text]]);
  }
}

const previewOf = ({ text, mine, state }) => ({
  text: text ?? 'Unable to decrypt',
  mine,
  state,
});

const waitingRow = ({ key, messageId, text, createdAt, state, error }) => ({
  key,
  messageId,
  mine: true,
  ownDevice: true,
  text,
  sentAt: createdAt,
  receivedAt: null,
  n: null,
  state,
  error,
  epoch: null,
  seq: null,
  head: null,
  seal: null,
  sizes: null,
  notice: null,
});
