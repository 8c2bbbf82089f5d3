// Owns which conversations there are and that each is up to date: after connecting, and whenever the server
// has news. What it lists is compared with what this device and the book have seen.

import { fromBase64url } from '../crypto/wire.js';
import { isPassing } from '../net/http.js';
import { peerOf } from './naming.js';
import { summaryOf } from './noting.js';
import { Room, readEntry } from './room.js';
import { Sending } from './sending.js';

const JITTER = 1500;
const AT_ONCE = 4;
const RETRY = 2000;

export class Gathering {
  rooms = new Map();
  #site;
  #book;
  #opening = new Map();

  /** @param {import('./room.js').Site} site @param {import('./bookkeeping.js').Bookkeeping} book */
  constructor(site, book) {
    this.#site = site;
    this.#book = book;
  }

  /** What is on disk, before anything is known of the server. */
  async load() {
    for (const [, summary] of await this.#site.db.list(['room'])) {
      const room = await this.#open(summary);
      await room.keepSummary(room.summary);
    }
  }

  async #open(summary) {
    const room = new Room(this.#site, summary);
    await room.load();
    room.sending = new Sending(this.#site, room);
    room.onMoved = () => {
      this.#go(room);
      this.#book.soon();
    };
    this.rooms.set(room.id, room);
    return room;
  }

  /** Sends what waits: receipts soon, texts now. */
  #go(room) {
    room.sending.receiptsSoon();
    room.sending.pump();
  }

  /** The room of a conversation as the server lists it. Asked for twice at once, it is opened once. */
  roomOf(known) {
    const open = this.rooms.get(known.id);
    if (open) return open;
    if (!this.#opening.has(known.id)) {
      const opening = this.#create(known).finally(() => this.#opening.delete(known.id));
      this.#opening.set(known.id, opening);
    }
    return this.#opening.get(known.id);
  }

  async #create(known) {
    const room = await this.#open(summaryOf(known.id, await peerOf(this.#site, known)));
    await room.keepSummary(room.summary);
    return room;
  }

  // -- syncing --------------------------------------------------------------------------------------------

  /** @throws {ProblemError} where trying again may help; what is wrong with one room does not stop the others */
  async all() {
    // Rooms move on while the server answers: only what was there before it was asked can be missing.
    const seen = new Map([...this.rooms].map(([id, { session }]) => [id, session.n]));
    const { conversations } = await this.#site.http.get('/conversations');
    const waiting = conversations.map((known) => () => this.#one(known, seen.get(known.id) ?? 0));
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await this.#attempt(next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await this.#findMissing(conversations, seen);
  }

  async #attempt(work) {
    try {
      await work();
    } catch (error) {
      if (isPassing(error)) throw error;
      this.#site.failed(error);
    }
  }

  async #one(known, seen) {
    await peerOf(this.#site, known);
    const room = await this.roomOf(known);
    if (known.n < seen) return await room.rolledBack();
    if (known.n > room.session.n) await room.sync();
    else room.synced = true;
    await room.compareHead(known.n, fromBase64url(known.head));
    await this.#book.compare(room);
    // Devices may have come and gone while this one was away: the next epoch must be for those that are there.
    await this.#site.learn(fromBase64url(room.summary.peer.userId));
    return this.#go(room);
  }

  async #findMissing(conversations, seen) {
    const listed = new Set(conversations.map(({ id }) => id));
    for (const [id, n] of seen) if (n > 0 && !listed.has(id)) await this.rooms.get(id).rolledBack();
  }

  // -- news -----------------------------------------------------------------------------------------------

  /** What the server pushed. What cannot be fetched now is asked for again. */
  async hear(event, data) {
    for (;;) {
      try {
        return await this.#news[event](data);
      } catch (error) {
        this.#site.failed(error);
        if (!isPassing(error) || !this.#site.isOnline()) return undefined;
        await this.#site.clock.wait(RETRY * (1 + Math.random()));
      }
    }
  }

  #news = {
    'entry:new': async (data) => {
      const room = this.rooms.get(data.conversation);
      if (room) await room.offer(readEntry(data));
      else await this.all();
    },
    'commit:new': async ({ conversation }) => {
      const room = this.rooms.get(conversation);
      if (room) await room.sync();
      else await this.all();
    },
    'conversation:new': () => this.all(),
    'list:changed': async ({ user_id: userId }) => {
      await this.#site.learn(fromBase64url(userId));
      for (const room of this.rooms.values()) {
        if (room.members.includes(userId)) this.#letInSoon(room);
      }
    },
  };

  /** Devices that came while nobody of us was connected. */
  letAllIn() {
    for (const room of this.rooms.values()) this.#letInSoon(room);
  }

  /** Whoever is first lets the new device in; the others then find that it is done. */
  async #letInSoon(room) {
    await this.#site.clock.wait(JITTER * Math.random());
    await room.sending.letIn().catch((error) => this.#site.failed(error));
  }

  lost() {
    for (const room of this.rooms.values()) room.synced = false;
  }
}
