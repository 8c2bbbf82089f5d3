// Owns what leaves a conversation: encrypting what waits, new epochs when they are due, and what to do with
// each refusal. State is on disk before bytes leave. One item is on its way at a time: its number must be
// above all accepted ones, so overtaking would waste numbers.
// It must not know tabs or pages.

import { MODE } from '../crypto/commit.js';
import { MAX_RECEIPTS } from '../crypto/envelope.js';
import { RangeExceeded } from '../crypto/errors.js';
import { ID } from '../crypto/labels.js';
import { KIND } from '../crypto/transcript.js';
import { fromBase64url, toBase64url } from '../crypto/wire.js';
import { isPassing, ProblemError } from '../net/http.js';
import { random } from './clock.js';
import { prepareCommit } from './committing.js';
import { StateError } from './errors.js';
import { NotAgreed } from './events.js';
import { newItem } from './outbox.js';
import { canSeal, currentEpoch, dropPending, reasonToCommit, seal, skipTo } from './session.js';
import { blocked, COMMIT_REFUSED } from './words.js';

const WEAKER = blocked.weaker_mode;
const COMMIT_ATTEMPTS = 4;
const RETRY = 2000;
const RECEIPT_PAUSE = 250;
/** Refusals after which the same text is encrypted again under the next number. */
const AGAIN = new Set([
  'stale_epoch',
  'wrong_commit',
  'foreign_device',
  'number_taken',
  'clock_off',
  'roster_stale',
]);
/** Refusals of a commit that another one, made from newer knowledge, may pass. */
const OTHER_COMMIT = new Set(['roster_stale', 'clock_off']);
const LOST_RACE = new Set(['epoch_taken', 'wrong_parent']);
const SEAL_ATTEMPTS = 6;
/** What keeps a person from writing but must not keep back what was encrypted before. */
const FREE = new Set(['waiting', 'broken', 'weaker_mode']);

export class Sending {
  #site;
  #room;
  #onItsWay = false;
  #receiptsWait = false;
  #attempts = new Map();

  /** @param {import('./room.js').Site} site @param {import('./room.js').Room} room */
  constructor(site, room) {
    this.#site = site;
    this.#room = room;
  }

  /** Sends what waits, as far as that is possible now. */
  pump() {
    return this.#room.line.run(() => this.#pump()).catch((error) => this.#failedToSend(error));
  }

  #failedToSend(error) {
    this.#site.failed(error);
    if (!isPassing(error) || error.status === 0) return;
    this.#site.clock.wait(RETRY + RETRY * Math.random()).then(() => this.pump());
  }

  /** Starts the session afresh: the person asked for it. */
  restart() {
    return this.#room.line.run(async () => {
      await this.#commit({ restart: true });
    });
  }

  /** A new epoch for a changed roster, so that a new device is let in although nobody writes. */
  letIn() {
    return this.#room.line.run(async () => {
      if (!this.#isReady() || this.#room.blockedBy() !== null) return;
      if (!currentEpoch(this.#room.session)) return;
      if (this.#due() === 'roster_changed') await this.#commit({});
    });
  }

  #isReady() {
    const { synced } = this.#room;
    const by = this.#room.blockedBy();
    return this.#site.isOnline() && synced && (by === null || FREE.has(by));
  }

  #due() {
    const { session, members } = this.#room;
    const { people, clock } = this.#site;
    return reasonToCommit(session, people.current(members), MODE.HYBRID, clock.now());
  }

  // -- items ------------------------------------------------------------------------------------------

  async #pump() {
    if (!this.#isReady() || this.#onItsWay) return;
    await this.#room.outbox.load();
    const item = this.#next() ?? (await this.#receiptItem());
    if (!item) return;
    const sealed = item.raw ? item : await this.#sealed(item);
    if (sealed) this.#transmit(sealed);
  }

  #next() {
    return this.#room.outbox.next(canSeal(this.#room.session));
  }

  async #sealed(item) {
    if (item.receipts === null && !(await this.#prepared())) return null;
    const { session, outbox } = this.#room;
    if (!canSeal(session)) return null;
    const payload = {
      messageId: fromBase64url(item.messageId),
      seenN: session.n,
      seenHead: session.head,
      text: item.text,
      receipts: item.receipts,
    };
    const step = await seal(session, this.#site.me, payload, this.#site.clock.now());
    const next = outbox.withBytes(item, step);
    await this.#room.write(step.session, [[next.place, next]]);
    outbox.take(next);
    return next;
  }

  /** True when there is an epoch to send in. */
  async #prepared() {
    const reason = this.#due();
    if (this.#room.blockedBy() !== null) return false;
    if (reason === 'no_epoch' && this.#room.session.newest !== null) return false;
    if (reason !== null) await this.#commit({});
    return this.#due() === null && canSeal(this.#room.session);
  }

  /** Outside the line: entries of others go on while the server answers. */
  async #transmit(item) {
    this.#onItsWay = true;
    let pause = 0;
    const body = { conversation: this.#room.id, envelope: toBase64url(item.raw) };
    try {
      const answer = await this.#site.socket.send('message:send', body);
      await this.#acknowledged(item, answer);
    } catch (error) {
      pause = await this.#pauseAfter(item, error);
    }
    if (pause > 0) await this.#site.clock.wait(pause);
    this.#onItsWay = false;
    this.pump();
  }

  /** How long to wait before the next try, in milliseconds. */
  async #pauseAfter(item, error) {
    try {
      if (!isPassing(error)) await this.#room.line.run(() => this.#refused(item, error));
      else if (error.status > 0)
        return (error.extra.retry_after ?? 1) * 1000 + RETRY * Math.random();
      return 0;
    } catch (another) {
      this.#site.failed(another);
      return RETRY;
    }
  }

  async #acknowledged(item, answer) {
    this.#room.outbox.take({ ...item, acknowledged: true });
    this.#attempts.delete(item.key);
    await this.#room.offer({
      n: answer.n,
      receivedAt: answer.received_at,
      kind: item.receipts ? KIND.RECEIPT : KIND.MESSAGE,
      sender: this.#site.me.userId,
      raw: item.raw,
      sealed: null,
      seal: answer.seal,
      head: fromBase64url(answer.head),
    });
  }

  async #refused(item, error) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.code === 'not_proven') return this.#site.socket.again();
    const attempts = (this.#attempts.get(item.key) ?? 0) + 1;
    this.#attempts.set(item.key, attempts);
    if (AGAIN.has(error.code) && attempts < SEAL_ATTEMPTS) {
      return await this.#sealAgain(item, error);
    }
    return await this.#failed(item, error);
  }

  /** What stands in the transcript may be this very item, so that comes first. */
  async #sealAgain(item, { code, extra }) {
    const { outbox } = this.#room;
    if (code === 'clock_off') this.#site.clock.adjust(extra.server_time);
    await this.#room.syncNow();
    if (!outbox.get(item.key)) return;
    if (code === 'number_taken') await this.#skipTo(extra.last_seq);
    if (code === 'roster_stale') await this.#catchUp();
    await outbox.keep(outbox.withoutBytes(item));
  }

  /** Somebody's devices changed. Receipts need the new epoch too, and they never start one by themselves. */
  async #catchUp() {
    await this.#site.learnAll(this.#room.members);
    if (this.#due() === 'roster_changed') await this.#newEpoch();
  }

  /** Nothing is built on what the person has to decide first. */
  async #newEpoch() {
    if (this.#room.blockedBy() === null) await this.#commit({});
  }

  async #skipTo(lastSeq) {
    try {
      await this.#room.write(skipTo(this.#room.session, lastSeq));
    } catch (error) {
      if (!(error instanceof RangeExceeded)) throw error;
      // Nobody would bridge so many numbers: in a new epoch they begin at one again.
      await this.#newEpoch();
    }
  }

  async #failed(item, { code, title, detail }) {
    const { outbox } = this.#room;
    if (item.receipts) return await outbox.discard(item);
    const failed = {
      ...outbox.withoutBytes(item),
      state: 'failed',
      error: { code, title, detail },
    };
    await outbox.keep(failed);
    this.#site.tell('messages', { conversation: this.#room.id });
  }

  // -- receipts ---------------------------------------------------------------------------------------

  /** Soon, with whatever else has arrived by then. */
  async receiptsSoon() {
    if (this.#receiptsWait) return;
    this.#receiptsWait = true;
    await this.#site.clock.wait(RECEIPT_PAUSE);
    this.#receiptsWait = false;
    await this.pump();
  }

  async #receiptItem() {
    const { db } = this.#site;
    const place = ['receipts', this.#room.id];
    const waiting = await db.get(place);
    if (!waiting?.size || !canSeal(this.#room.session) || this.#receiptsWait) return null;
    const now = [...waiting].slice(0, MAX_RECEIPTS);
    const receipts = now.map(([id, state]) => ({ messageId: fromBase64url(id), state }));
    const item = newItem(this.#room.id, random(ID), Date.now(), { receipts });
    const rest = new Map([...waiting].slice(MAX_RECEIPTS));
    await db.write([
      [place, rest],
      [item.place, item],
    ]);
    this.#room.outbox.take(item);
    return item;
  }

  // -- commits ----------------------------------------------------------------------------------------

  /** Within the line. Ends with our commit adopted, or with another one. */
  async #commit(plan) {
    for (let attempt = 1; attempt <= COMMIT_ATTEMPTS; attempt += 1) {
      const before = this.#room.session.accepted.size;
      await this.#site.learnAll(this.#room.members);
      await this.#prepare(plan);
      await this.#publish(attempt);
      if (this.#room.session.accepted.size > before || this.#room.held) return;
    }
  }

  async #prepare(plan) {
    const room = this.#room;
    if (room.session.pending) return;
    const { me, people } = this.#site;
    const refreshes = people.refreshes(room.members);
    try {
      const world = room.world();
      await room.write(await prepareCommit(room.session, me, world, refreshes, plan, random));
    } catch (error) {
      if (error instanceof NotAgreed)
        throw new StateError(WEAKER.title, { ...WEAKER, cause: error });
      throw error;
    }
  }

  async #publish(attempt) {
    const { commit, entries } = this.#room.session.pending;
    const sealed = [...entries].map(([device, bytes]) => [device, toBase64url(bytes)]);
    const body = { commit: toBase64url(commit.raw), entries: Object.fromEntries(sealed) };
    try {
      const answer = await this.#site.http.post(`/conversations/${this.#room.id}/commits`, body);
      await this.#adopt(commit, answer);
    } catch (error) {
      await this.#commitRefused(error, attempt);
    }
  }

  async #adopt(commit, answer) {
    this.#room.place({
      n: answer.n,
      receivedAt: answer.received_at,
      kind: KIND.COMMIT,
      sender: this.#site.me.userId,
      raw: commit.raw,
      sealed: null,
      seal: answer.seal,
      head: fromBase64url(answer.head),
    });
    await this.#room.drain();
    if (this.#room.session.n < answer.n) await this.#room.syncNow();
  }

  async #commitRefused(error, attempt) {
    if (!(error instanceof ProblemError) || isPassing(error)) throw error;
    const room = this.#room;
    if (LOST_RACE.has(error.code)) {
      await room.syncNow();
      if (room.session.pending) await room.write(dropPending(room.session));
      if (attempt > 1) await this.#site.clock.wait(RETRY * Math.random());
      return;
    }
    if (error.code === 'clock_off') this.#site.clock.adjust(error.extra.server_time);
    await room.write(dropPending(room.session));
    if (OTHER_COMMIT.has(error.code)) return;
    await this.#site.alerts.raise({
      ...COMMIT_REFUSED,
      conversation: room.id,
      detail: `${error.title} ${error.detail}`,
    });
    throw error;
  }
}
