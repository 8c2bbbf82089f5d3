// Owns what the talk room's pages use, in every tab alike: reading from the store, writing into the outbox,
// calls to the tab that leads. See room.js for how a conversation runs.

import { ID } from '../crypto/labels.js';
import { random } from './clock.js';
import { openDatabase } from './db.js';
import { Engine } from './engine.js';
import { StateError } from './errors.js';
import { Leadership } from './leadership.js';
import { newItem } from './outbox.js';
import { ReadingModel } from './reading_model.js';

const NOT_LEADING = Object.freeze({
  leader: false,
  connected: false,
  proved: false,
  stage: 'opening',
  newDevice: false,
  error: null,
});

const keysGone = () =>
  new StateError('This browser has lost its keys', {
    code: 'device_missing',
    detail:
      'Its storage was cleared, or you never logged in here. Log in again to make it a new device. What was said before can be read only on devices that still have it.',
  });

const storageBroken = (cause) =>
  new StateError('What this browser has stored cannot be read', {
    code: 'storage_broken',
    detail:
      'Log in again to make it a new device. What was said before can be read only on devices that still have it.',
    cause,
  });

class Messenger {
  #userId;
  #db;
  #reading;
  #leadership;
  #listeners = new Map();
  #found = new Map();
  #status = NOT_LEADING;
  #ended = null;

  constructor(userId, db) {
    this.#userId = userId;
    this.#db = db;
    this.#reading = new ReadingModel(db);
    this.#leadership = new Leadership(userId, (event, detail) => this.#emit(event, detail));
  }

  /** Leads now, or when the tab that leads is gone. */
  async open() {
    const record = await this.#db.get(['device']).catch((error) => storageBroken(error));
    if (!record) return this.#emit('ended', plainOf(keysGone()));
    if (record instanceof StateError) return this.#emit('ended', plainOf(record));
    this.#leadership.stand(
      () => this.#lead(),
      (error) => this.#emit('ended', plainOf(error.title ? error : storageBroken(error))),
    );
    return undefined;
  }

  async #lead() {
    const record = await this.#db.get(['device']);
    const outside = {
      db: this.#db,
      tell: (event, detail) => this.#leadership.tell(event, detail),
      ended: (problem) => this.#leadership.tell('ended', plainOf(problem)),
    };
    const engine = new Engine(outside, record);
    await engine.start();
    addEventListener('pagehide', () => engine.stop());
    // A page that comes back from the browser's cache has a closed connection and an old view.
    addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
    return engine;
  }

  // -- events -----------------------------------------------------------------------------------------

  /** events: 'status' | 'conversations' | 'messages' | 'alerts' | 'ended'. @returns {() => void} unsubscribe */
  on(event, listener) {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    if (event === 'ended' && this.#ended) queueMicrotask(() => listener(this.#ended));
    return () => listeners.delete(listener);
  }

  #emit(event, detail) {
    if (event === 'status') this.#status = detail;
    if (event === 'ended') this.#ended = detail;
    for (const listener of this.#listeners.get(event) ?? []) listener(detail);
  }

  status() {
    return { ...NOT_LEADING, ...this.#status, leader: this.#leadership.leads };
  }

  // -- reading ------------------------------------------------------------------------------------------

  conversations() {
    return this.#reading.conversations();
  }

  messages(id, page) {
    return this.#reading.messages(id, page);
  }

  alerts() {
    return this.#reading.alerts();
  }

  draft(id) {
    return this.#reading.draft(id);
  }

  setDraft(id, text) {
    return this.#reading.setDraft(id, text);
  }

  // -- doing ----------------------------------------------------------------------------------------------

  /** Resolves once the text is on disk here; it goes out by itself. @returns {Promise<string>} its key */
  async send(id, text) {
    const item = newItem(id, random(ID), Date.now(), { text });
    await this.#db.write([[item.place, item]]);
    this.#emit('messages', { conversation: id });
    this.#emit('conversations', {});
    this.#leadership.call('pump', id).catch(() => undefined);
    return item.key;
  }

  retry(id, key) {
    return this.#leadership.call('retry', id, key);
  }

  discard(id, key) {
    return this.#leadership.call('discard', id, key);
  }

  markRead(id) {
    return this.#leadership.call('markRead', id);
  }

  async findPerson(name) {
    const found = await this.#leadership.call('findPerson', name);
    if (found) this.#found.set(found.userId, found.name);
    return found;
  }

  /** With somebody who was found here before, under the name that was looked for. */
  startConversation(userId) {
    return this.#leadership.call('startConversation', userId, this.#found.get(userId));
  }

  async inspect(id) {
    const alerts = await this.alerts();
    const inspection = await this.#leadership.call('inspect', id);
    return { ...inspection, alerts: alerts.filter(({ conversation }) => conversation === id) };
  }

  setVerified(id, verified) {
    return this.#leadership.call('setVerified', id, verified);
  }

  /**
   * Ends the session. The browser stays a device that keeps its keys and what was said, unless it shall `forget`:
   * then everything goes, and only a new login makes it a (new) device again.
   */
  async logOut({ forget = false } = {}) {
    const { logOut, forgetBrowser } = await import('./account.js');
    await logOut();
    if (!forget) return;
    // Whoever leads writes no more: a write into a store that goes away would only fail.
    await this.#leadership.call('stop');
    this.#db.close();
    await forgetBrowser(this.#userId);
  }

  act(alertId, actionId) {
    return this.#leadership.call('act', alertId, actionId);
  }
}

const plainOf = ({ code, title, detail }) => ({ code, title, detail });

/** One per tab. @param {{userId: string, name: string}} person who is logged in @returns {Promise<Messenger>} */
export async function openMessenger({ userId }) {
  const db = await openDatabase(userId);
  const messenger = new Messenger(userId, db);
  await messenger.open();
  return messenger;
}
