// Owns one conversation on the device that leads: entries in the order of the transcript, every step written
// down before it counts, and what the step meant handed to history. One line runs all steps, because
// encryption is asynchronous and two steps of one session must never overlap.
// Sending and committing are in sending.js; it must not know tabs, pages or the socket.

import { MODE } from '../crypto/commit.js';
import { KIND } from '../crypto/transcript.js';
import { equalBytes, fromBase64url, toBase64url } from '../crypto/wire.js';
import { Changes } from './changes.js';
import { Held, NeedLists, OutOfOrder } from './events.js';
import { Line } from './line.js';
import { note } from './noting.js';
import { Outbox } from './outbox.js';
import { receive } from './receiving.js';
import { keepSession, restoreSession } from './records.js';
import { begin, currentEpoch } from './session.js';
import { blocked, LIST_REFUSED, REFUSED, ROLLED_BACK } from './words.js';

/** As pages name them. */
export const MODE_NAMES = Object.freeze({ [MODE.HYBRID]: 'hybrid', [MODE.QKD]: 'qkd' });
const PAGE = 200;
const GAP_PATIENCE = 400;

/**
 * @typedef {object} Site what all rooms share: me, device (its id in base64url), http, socket, db, people,
 *   clock, alerts, agreed (hashes of commits); `tell(event, detail)`, `failed(error)`, `isOnline()`,
 *   `learn(userId)`, `learnAll(members)`, `blockedChanged(room, by)`
 */

export class Room {
  line = new Line();
  session = null;
  /** Held: what the person must decide first. */
  held = null;
  /** Called when entries were taken; set by whoever sends. */
  onMoved = null;
  /** Sends from here; set by sending.js. */
  sending = null;
  synced = false;
  #site;
  #buffer = new Map();
  #watching = false;

  /** @param {Site} site @param {{id: string, peer: {userId: string, name: string}}} summary */
  constructor(site, summary) {
    this.#site = site;
    this.summary = summary;
    this.outbox = new Outbox(site.db, summary.id);
  }

  get id() {
    return this.summary.id;
  }

  get members() {
    return [toBase64url(this.#site.me.userId), this.summary.peer.userId];
  }

  /** The outbox too: what the transcript brings next may be a message of ours from before. */
  async load() {
    await this.outbox.load();
    const kept = await this.#site.db.get(['session', this.id]);
    this.session = kept ? restoreSession(kept) : begin(fromBase64url(this.id), this.members);
  }

  world() {
    const { people, clock, agreed } = this.#site;
    return { trust: people.trust, now: clock.now(), agreed, qkdKeys: new Map() };
  }

  /** Why the person cannot write here, as a key of words.blocked; null if nothing is in the way. */
  blockedBy() {
    const { session } = this;
    if (session.stopped !== null) return 'fork_detected';
    if (this.held) return this.#heldBy(this.held);
    if (session.broken) return 'broken';
    if (this.#site.people.offered(this.summary.peer.userId)) return 'identity_changed';
    if (session.newest !== null && currentEpoch(session) === null) return 'waiting';
    return currentEpoch(session)?.readingOnly === 'weaker_mode' ? 'weaker_mode' : null;
  }

  /** A false identity may be meant to be the other one's, or ours. */
  #heldBy({ reason, subject }) {
    const isOurs = reason === 'identity_changed' && equalBytes(subject, this.#site.me.userId);
    return isOurs ? 'identity_swapped' : reason;
  }

  // -- from the server ------------------------------------------------------------------------------

  /** An entry that was pushed or acknowledged. @param {object} entry Delivered, with seal and head if known */
  offer(entry) {
    this.place(entry);
    return this.line.run(() => this.drain());
  }

  /** The same from within the line; `drain` follows. */
  place(entry) {
    this.#buffer.set(entry.n, entry);
  }

  /** Everything after our last head, from the server. */
  sync() {
    return this.line.run(() => this.syncNow());
  }

  /** Only within the line. */
  async syncNow() {
    for (;;) {
      const before = this.session.n;
      const newest = await this.#fetchPage();
      if (newest < before) return await this.rolledBack();
      await this.drain();
      if (this.held || this.session.stopped !== null) break;
      if (this.session.n >= newest || this.session.n === before) break;
    }
    this.synced = true;
  }

  async #fetchPage() {
    const { http, device } = this.#site;
    const query = `after=${this.session.n}&device=${device}&limit=${PAGE}`;
    const { entries, n } = await http.get(`/conversations/${this.id}/entries?${query}`);
    for (const entry of entries) this.#buffer.set(entry.n, readEntry(entry));
    return n;
  }

  async rolledBack() {
    await this.#site.alerts.raise({ ...ROLLED_BACK, conversation: this.id });
  }

  /** The server's head for a number that we have: the same, or two histories. */
  async compareHead(n, head) {
    const ours = this.session.stopped === null && this.session.heads.get(n);
    if (ours && !equalBytes(ours, head)) await this.line.run(() => this.stop());
  }

  async stop() {
    await this.write({ ...this.session, stopped: 'fork_detected' });
  }

  // -- the line ---------------------------------------------------------------------------------------

  /** Takes what waits and is next. All of it is on disk before it counts. Only within the line. */
  async drain() {
    const changes = new Changes(this.#site.db);
    let session = this.session;
    let summary = this.summary;
    const settled = [];
    this.held = null;
    for (let entry = this.#next(session); entry; entry = this.#next(session)) {
      const step = await this.#take(session, entry);
      if (step === null) break;
      const { session: after } = step;
      const context = { room: this, site: this.#site, before: session, after, entry, settled };
      summary = await note(changes, summary, context, step.event);
      session = step.session;
      this.#buffer.delete(entry.n);
      session = this.#checkedHead(session, entry);
    }
    await this.#adopt(changes, session, summary);
    for (const item of settled) this.outbox.settled(item);
    if (this.#buffer.size > 0 && !this.held) this.#watchGap();
  }

  #next(session) {
    return session.stopped === null ? this.#buffer.get(session.n + 1) : undefined;
  }

  /** One step, or null: it has to wait. */
  async #take(session, entry) {
    const { alerts } = this.#site;
    try {
      return await this.#takeWithLists(session, entry);
    } catch (error) {
      this.held = error instanceof Held ? error : null;
      if (this.held?.reason === 'identity_changed') await this.#askWho(this.held.subject);
      if (error instanceof NeedLists) {
        await alerts.raise({ ...LIST_REFUSED, subject: this.id });
      } else if (error instanceof OutOfOrder) {
        this.#buffer.delete(entry.n);
        await alerts.raise({ ...REFUSED, conversation: this.id });
      } else if (!this.held) {
        throw error;
      }
      return null;
    }
  }

  /** What the server shows for somebody whose key a commit contradicts: the person is to decide about that. */
  async #askWho(userId) {
    await this.#site.learn(userId).catch((error) => this.#site.failed(error));
  }

  async #takeWithLists(session, entry) {
    const { me, people } = this.#site;
    try {
      return await receive(session, entry, me, this.world());
    } catch (error) {
      if (!(error instanceof NeedLists)) throw error;
      for (const { userId } of error.wanted) await this.#site.learn(userId);
      // The lists are there now, or the server keeps them back: then this throws again.
      return await receive(session, entry, me, { ...this.world(), trust: people.trust });
    }
  }

  /** An acknowledgement names the server's head for what we computed ourselves. */
  #checkedHead(session, { n, head }) {
    const same = !head || equalBytes(session.heads.get(n), head);
    return same ? session : Object.freeze({ ...session, stopped: 'fork_detected' });
  }

  async #adopt(changes, session, summary) {
    const moved = session !== this.session;
    if (moved) {
      changes.put(['session', this.id], keepSession(session));
      await changes.commit();
      this.session = session;
    }
    await this.keepSummary(summary);
    if (!moved) return;
    this.#site.tell('messages', { conversation: this.id });
    this.onMoved?.();
  }

  /** Writes a session down and takes it as ours. Only within the line. */
  async write(session, more = []) {
    const frozen = Object.freeze({ ...session });
    await this.#site.db.write([[['session', this.id], keepSession(frozen)], ...more]);
    this.session = frozen;
    await this.keepSummary(this.summary);
  }

  /** The summary is what every tab shows in its list. */
  async keepSummary(summary) {
    const epoch = currentEpoch(this.session);
    const by = this.blockedBy();
    const next = {
      ...summary,
      mode: epoch ? MODE_NAMES[epoch.mode] : (summary.mode ?? MODE_NAMES[MODE.HYBRID]),
      epoch: epoch?.number ?? null,
      blocked: by && blocked[by],
    };
    if (JSON.stringify(next) === JSON.stringify(this.summary) && this.summary.kept) return;
    this.summary = { ...next, kept: true };
    await this.#site.db.write([[['room', this.id], this.summary]]);
    await this.#site.blockedChanged(this, by);
    this.#site.tell('conversations', {});
  }

  /** Pushes may overtake a commit that has to be fetched; only what stays missing is asked for. */
  async #watchGap() {
    if (this.#watching) return;
    this.#watching = true;
    await this.#site.clock.wait(GAP_PATIENCE);
    this.#watching = false;
    for (const n of this.#buffer.keys()) if (n <= this.session.n) this.#buffer.delete(n);
    if (this.#buffer.size === 0 || this.held || this.session.stopped !== null) return;
    await this.sync().catch((error) => this.#site.failed(error));
  }
}

/** An entry as docs/API.md has it. @throws {FormatError} */
export function readEntry({ n, received_at: receivedAt, kind, sender, bytes, seal, entry }) {
  return {
    n,
    receivedAt,
    kind,
    sender: fromBase64url(sender),
    raw: fromBase64url(bytes),
    sealed: kind === KIND.COMMIT && entry ? fromBase64url(entry) : null,
    seal: seal ?? null,
    head: null,
  };
}
