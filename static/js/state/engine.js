// Owns the device that leads: the connection, all rooms, people, alerts; what happens when the server pushes
// something, and what pages ask for. Exactly one tab runs it at a time (leadership.js).

import { signProof } from '../crypto/connect.js';
import { IdentityChanged, ListRefused } from '../crypto/errors.js';
import { directConversationId } from '../crypto/identity.js';
import { fromBase64url, toBase64url } from '../crypto/wire.js';
import { Http, ProblemError } from '../net/http.js';
import { Socket } from '../net/socket.js';
import { Alerts } from './alerts.js';
import { Bookkeeping } from './bookkeeping.js';
import { makeCalls } from './calls.js';
import { Clock } from './clock.js';
import { meOf, refreshKeys } from './keys.js';
import { summaryOf } from './noting.js';
import { People } from './people.js';
import { Room, readEntry } from './room.js';
import { Sending } from './sending.js';
import { Watch } from './watch.js';
import { NEW_DEVICE } from './words.js';

const JITTER = 1500;
const AT_ONCE = 4;

export class Engine {
  #tell;
  #ended;
  #record;
  #rooms = new Map();
  #site;
  #book;
  #watch;
  #status = { connected: false, proved: false, stage: 'opening', newDevice: false, error: null };
  #connectedSince = null;

  /**
   * @param {{db, tell: (event: string, detail: object) => void, ended: (problem) => void}} outside
   * @param {object} record what this browser keeps of its device
   */
  constructor({ db, tell, ended }, record) {
    this.#tell = tell;
    this.#ended = ended;
    this.#record = record;
    this.#site = this.#makeSite(db);
    this.calls = makeCalls({
      site: this.#site,
      watch: this.#watch,
      rooms: this.#rooms,
      roomOf: (known) => this.#roomOf(known),
      connectedSince: () => this.#connectedSince,
    });
  }

  get status() {
    return this.#status;
  }

  // -- starting -----------------------------------------------------------------------------------------

  #makeSite(db) {
    const http = new Http();
    const site = {
      me: meOf(this.#record),
      device: toBase64url(this.#record.deviceId),
      http,
      db,
      clock: new Clock(),
      alerts: new Alerts(db, () => this.#tell('alerts', {})),
      agreed: new Set(),
      changedIdentities: new Set(),
      tell: this.#tell,
      failed: (error) => this.#failed(error),
      isOnline: () => site.socket.isProved,
      learn: (userId) => this.#watch.learn(userId),
      learnAll: (members) => this.#watch.learnAll(members),
      blockedChanged: (room, by) => this.#watch.blockedChanged(room, by),
    };
    this.#watch = new Watch(site, this.#rooms);
    this.#book = new Bookkeeping(site, this.#record.bookKey, () => this.#rooms.values());
    site.people = new People({
      http,
      db,
      pinOf: (userId) => this.#book.pinOf(userId),
      changed: (...change) => this.#listChanged(...change),
    });
    site.socket = this.#makeSocket(site);
    return site;
  }

  #makeSocket(site) {
    return new Socket({
      sign: (nonce) => this.#sign(fromBase64url(nonce)),
      clock: (serverTime) => site.clock.adjust(serverTime),
      connected: () => this.#update({ connected: true, stage: 'proving' }),
      proved: () => this.#proved(),
      lost: () => this.#lost(),
      refused: (problem) => this.#proofRefused(problem),
      ended: (problem) => this.#end(problem),
      news: (event, data) => this.#news[event](data).catch((error) => this.#failed(error)),
    });
  }

  #sign(nonce) {
    const { me, device } = this.#site;
    const signature = signProof(me.signingPrivate, nonce, me.userId, me.deviceId, location.origin);
    return { device, signature: toBase64url(signature) };
  }

  async start() {
    const { db, people } = this.#site;
    await people.load();
    await this.#book.load();
    for (const hash of (await db.get(['agreed'])) ?? []) this.#site.agreed.add(hash);
    for (const [, summary] of await db.list(['room'])) await this.#open(summary);
    if (!this.#record.toldNew) await this.#tellNew();
    this.#update({ stage: 'connecting', newDevice: this.#record.newDevice });
    this.#site.socket.open();
  }

  async #tellNew() {
    await this.#site.alerts.raise(NEW_DEVICE);
    await this.#keepRecord({ toldNew: true });
  }

  async #keepRecord(changes) {
    this.#record = { ...this.#record, ...changes };
    await this.#site.db.write([[['device'], this.#record]]);
    this.#site.me = meOf(this.#record);
  }

  stop() {
    this.#site.socket.close();
  }

  async #open(summary) {
    const room = new Room(this.#site, summary);
    await room.load();
    room.sending = new Sending(this.#site, room);
    room.onMoved = () => {
      room.sending.receiptsSoon();
      room.sending.pump();
      this.#book.soon();
    };
    this.#rooms.set(room.id, room);
    return room;
  }

  // -- the connection -------------------------------------------------------------------------------------

  #update(changes) {
    this.#status = { ...this.#status, ...changes };
    this.#tell('status', this.#status);
  }

  async #proved() {
    this.#connectedSince ??= Date.now();
    this.#update({ connected: true, proved: true, stage: 'syncing', error: null });
    try {
      await this.#watch.learn(this.#site.me.userId);
      await this.#book.pull();
      await this.#syncAll();
      this.#update({ stage: 'ready' });
      await this.#afterSync();
    } catch (error) {
      this.#failed(error);
      if (error.status === 0) this.#site.socket.again();
    }
  }

  async #afterSync() {
    const keys = await refreshKeys(this.#site, this.#record, (changes) =>
      this.#keepRecord(changes),
    );
    if (keys) this.#record = { ...this.#record, keys };
    for (const room of this.#rooms.values()) this.#letInSoon(room);
    this.#book.soon();
  }

  #lost() {
    this.#connectedSince = null;
    for (const room of this.#rooms.values()) room.synced = false;
    this.#update({ connected: false, proved: false, stage: 'offline' });
  }

  /** The server does not take this device's word: it is not in the list any more. */
  #proofRefused(problem) {
    if (problem.status === 0) return this.#site.socket.again();
    return this.#end(problem);
  }

  #end(problem) {
    this.stop();
    this.#update({ error: { code: problem.code, title: problem.title, detail: problem.detail } });
    this.#ended(problem);
  }

  /** Nothing is lost by a failed step: state moves only once it is on disk, and the rest is asked for again. */
  #failed(error) {
    if (error instanceof IdentityChanged) return;
    if (error instanceof ProblemError && error.code === 'not_signed_in') return this.#end(error);
    if (error instanceof ProblemError) return;
    if (error.name === 'QuotaExceededError') {
      this.#update({ error: STORAGE_FULL });
      return;
    }
    reportError(error);
  }

  #listChanged(...change) {
    this.#book.now();
    this.#watch.listChanged(...change).catch((error) => this.#failed(error));
  }

  // -- syncing ------------------------------------------------------------------------------------------------

  async #syncAll() {
    const { conversations } = await this.#site.http.get('/conversations');
    const waiting = conversations.map((known) => () => this.#syncOne(known));
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await next();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async #syncOne(known) {
    const room = await this.#roomOf(known);
    if (known.n < room.session.n) return await room.rolledBack();
    if (known.n > room.session.n) await room.sync();
    else room.synced = true;
    await room.compareHead(known.n, fromBase64url(known.head));
    await this.#book.compare(room);
    await this.#meet(room);
    room.sending.receiptsSoon();
    return await room.sending.pump();
  }

  /** The other person of a conversation that somebody else began. */
  async #meet({ summary }) {
    if (this.#site.people.trust.has(summary.peer.userId)) return;
    await this.#watch
      .learn(fromBase64url(summary.peer.userId))
      .catch((error) => this.#failed(error));
  }

  async #roomOf(known) {
    const open = this.#rooms.get(known.id);
    if (open) return open;
    const summary = summaryOf(known, this.#site.me);
    this.#verifyId(known.id, summary.peer.userId);
    const room = await this.#open(summary);
    await room.keepSummary(room.summary);
    return room;
  }

  /** The id of a conversation of two follows from the two: a server cannot keep several of them. */
  #verifyId(id, peerId) {
    const own = directConversationId(this.#site.me.userId, fromBase64url(peerId));
    if (toBase64url(own) !== id) throw new ListRefused('A conversation under a false id.');
  }

  #news = {
    'entry:new': async (data) => {
      const room = this.#rooms.get(data.conversation);
      if (room) await room.offer(readEntry(data));
      else await this.#syncAll();
    },
    'commit:new': async ({ conversation }) => {
      const room = this.#rooms.get(conversation);
      if (room) await room.sync();
      else await this.#syncAll();
    },
    'conversation:new': () => this.#syncAll(),
    'list:changed': async ({ user_id: userId }) => {
      await this.#watch.learn(fromBase64url(userId));
      for (const room of this.#rooms.values()) {
        if (room.members.includes(userId)) this.#letInSoon(room);
      }
    },
  };

  /** Whoever is first lets the new device in; the others then find that it is done. */
  async #letInSoon(room) {
    await this.#site.clock.wait(JITTER * Math.random());
    await room.sending.letIn().catch((error) => this.#failed(error));
  }
}

const STORAGE_FULL = {
  code: 'storage_full_here',
  title: 'This browser has no room left',
  detail:
    'Free some disk space and reload the page. Nothing is lost; the server keeps what is not here yet.',
};
