// Owns people at desks, for tests of rooms: what state/engine.js puts together, around a server in memory that
// numbers, refuses and loses as a test wants it to. Time does not pass by itself.

import { MODE, parseCommit } from '../../../static/js/crypto/commit.js';
import { parseEnvelope, TYPE } from '../../../static/js/crypto/envelope.js';
import { contentHash, KIND, nextHead, start } from '../../../static/js/crypto/transcript.js';
import { equalBytes, fromBase64url, toBase64url } from '../../../static/js/crypto/wire.js';
import { ProblemError } from '../../../static/js/net/http.js';
import { Alerts } from '../../../static/js/state/alerts.js';
import { makeCalls } from '../../../static/js/state/calls.js';
import { Gathering } from '../../../static/js/state/gathering.js';
import { summaryOf } from '../../../static/js/state/noting.js';
import { newItem } from '../../../static/js/state/outbox.js';
import { People } from '../../../static/js/state/people.js';
import { ReadingModel } from '../../../static/js/state/reading_model.js';
import { Room, readEntry } from '../../../static/js/state/room.js';
import { Sending } from '../../../static/js/state/sending.js';
import { Watch } from '../../../static/js/state/watch.js';
import { MemoryDb } from './memory_db.js';
import { couple, stream } from './town.js';

export { MODE };

/** As many lists as a server puts into one answer. */
const LISTS = 32;

const problem = (code, extra = {}) =>
  new ProblemError({ status: 409, code, title: `Refused: ${code}.`, detail: 'Do this.', ...extra });
export const noAnswer = () =>
  new ProblemError({ code: 'no_answer', title: 'No answer', detail: 'Wait.' });

/** What a server does with one conversation. `faults`: functions that may throw, one per request. */
export class Server {
  before = [];
  after = [];
  pushes = true;
  /** Refuse envelopes under an epoch that is not for the devices of now. */
  isStale = false;
  desks = [];
  sends = [];
  /** By user id. */
  refreshes = new Map();

  constructor(relay) {
    this.relay = relay;
    this.id = toBase64url(relay.conversation);
  }

  heads() {
    let head = start(this.relay.conversation);
    return this.relay.entries.map(({ n, receivedAt, kind, sender, raw }) => {
      head = nextHead(head, n, receivedAt, kind, sender, contentHash(raw));
      return head;
    });
  }

  wire(entry) {
    return {
      n: entry.n,
      received_at: entry.receivedAt,
      kind: entry.kind,
      sender: toBase64url(entry.sender),
      bytes: toBase64url(entry.raw),
      seal: 'c2VhbA',
      entry: entry.sealed ? toBase64url(entry.sealed) : null,
    };
  }

  /** One request may be lost before it arrives, or its answer after it. */
  // biome-ignore lint/suspicious/useAwait: what throws in here is a rejected request
  async #through(work) {
    this.before.shift()?.();
    const answer = work();
    this.after.shift()?.();
    return answer;
  }

  get(path) {
    if (path.startsWith('/users/')) return this.#lists(path);
    if (path === '/conversations') return { conversations: [this.listing()] };
    if (path.startsWith('/users?name=')) return this.find(path.slice('/users?name='.length));
    const [, after, device] = /after=(\d+)&device=([^&]+)/.exec(path);
    const entries = this.relay.after(Number(after), fromBase64url(device));
    return { entries: entries.map((entry) => this.wire(entry)), n: this.relay.entries.length };
  }

  /** The conversation as the server lists it. */
  listing() {
    const members = [...this.relay.people].map(([id, { name }]) => ({ user_id: id, name }));
    const n = this.relay.entries.length;
    const head = this.heads().at(-1) ?? start(this.relay.conversation);
    return { id: this.id, members, n, head: toBase64url(head) };
  }

  find(name) {
    const [userId] = [...this.relay.people].find(([, person]) => person.name === name);
    return { user_id: userId, name };
  }

  #lists(path) {
    const [, id, from] = /users\/([^/]+)\/device-lists(?:\?from=(\d+))?/.exec(path);
    const { lists } = this.relay.people.get(id);
    const later = lists.filter(({ list }) => list.version >= Number(from)).slice(0, LISTS);
    const shown = from ? later : lists.slice(-1);
    const refreshes = this.refreshes.get(id) ?? [];
    return { lists: shown.map(({ raw }) => toBase64url(raw)), refreshes };
  }

  post(path, { commit, entries }) {
    if (path === '/conversations') return this.listing();
    return this.#through(() => this.#commit(fromBase64url(commit), entries));
  }

  #commit(raw, entries) {
    const { core, hash } = parseCommit(raw);
    const { relay } = this;
    if (relay.newest && equalBytes(relay.newest.hash, hash)) return this.#answer(this.committedAt);
    for (const { userId, listVersion } of core.members) {
      const newest = relay.people.get(toBase64url(userId)).lists.at(-1).list.version;
      if (newest !== listVersion) throw problem('roster_stale', { versions: {} });
    }
    const sealed = Object.entries(entries).map(([id, text]) => [id, fromBase64url(text)]);
    const n = relay.commit(core.committerUser, raw, sealed);
    if (n === null) throw problem('epoch_taken', { epoch: relay.epoch });
    this.committedAt = n;
    this.#push('commit:new', n, toBase64url(core.committerDevice));
    return this.#answer(n);
  }

  #answer(n) {
    const { receivedAt } = this.relay.entries[n - 1];
    const head = toBase64url(this.heads()[n - 1]);
    return { ok: true, n, received_at: receivedAt, head, seal: 'c2VhbA' };
  }

  send(_event, { envelope }) {
    this.sends.push(envelope);
    return this.#through(() => this.#envelope(fromBase64url(envelope)));
  }

  #envelope(raw) {
    const { relay } = this;
    const { header } = parseEnvelope(raw);
    const same = relay.entries.find((entry) => equalBytes(entry.raw, raw));
    if (same) return this.#answer(same.n);
    if (header.epoch !== relay.epoch) throw problem('stale_epoch', { epoch: relay.epoch });
    if (this.isStale && !this.#isForCurrentDevices()) throw problem('roster_stale');
    const last = this.#lastSeq(header);
    if (header.seq <= last) throw problem('number_taken', { last_seq: last });
    const kind = header.type === TYPE.MESSAGE ? KIND.MESSAGE : KIND.RECEIPT;
    const n = relay.add(kind, this.#ownerOf(header.deviceId), raw);
    this.#push('entry:new', n, toBase64url(header.deviceId));
    return this.#answer(n);
  }

  #isForCurrentDevices() {
    const newest = (userId) => this.relay.people.get(toBase64url(userId)).lists.at(-1);
    return this.relay.newest.core.members.every(({ userId, listHash }) =>
      equalBytes(newest(userId).hash, listHash),
    );
  }

  #lastSeq({ epoch, deviceId }) {
    const numbers = this.relay.entries
      .filter(({ kind }) => kind !== KIND.COMMIT)
      .map(({ raw }) => parseEnvelope(raw).header)
      .filter((one) => one.epoch === epoch && equalBytes(one.deviceId, deviceId))
      .map(({ seq }) => seq);
    return Math.max(0, ...numbers);
  }

  #ownerOf(deviceId) {
    const device = toBase64url(deviceId);
    return [...this.relay.people.values()].find(({ devices }) => devices.has(device)).userId;
  }

  #push(event, n, but) {
    if (!this.pushes) return;
    for (const desk of this.desks.filter(({ device }) => device !== but)) desk.hear(event, n);
  }
}

/** One device of a person with everything that leads, and a store that survives `reload`. */
export class Desk {
  db = new MemoryDb();
  failures = [];
  online = true;
  /** The book of somebody without other devices. */
  book = { pinOf: () => null, compare: () => undefined, soon: () => undefined };

  constructor(phone, server) {
    this.phone = phone;
    this.server = server;
    this.device = phone.device;
    server.desks.push(this);
  }

  async open() {
    const { phone, server, db } = this;
    const site = {
      me: phone.me,
      device: phone.device,
      http: server,
      socket: { send: (...args) => server.send(...args), again: () => undefined },
      db,
      clock: {
        now: () => server.relay.now,
        adjust: () => undefined,
        wait: () => new Promise((resolve) => setImmediate(resolve)),
      },
      alerts: new Alerts(db, () => undefined),
      agreed: new Set(),
      tell: () => undefined,
      failed: (error) => error instanceof ProblemError || this.failures.push(error),
      isOnline: () => this.online,
      learn: (userId) => watch.learn(userId),
      learnAll: (members) => watch.learnAll(members),
      blockedChanged: (room, by) => watch.blockedChanged(room, by),
    };
    this.gathering = new Gathering(site, this.book);
    const watch = new Watch(site, this.gathering.rooms);
    const pinOf = (userId) => this.book.pinOf(userId);
    site.people = new People({ http: server, db, pinOf, changed: () => undefined });
    await site.people.load();
    this.site = site;
    this.watch = watch;
    this.room = await this.#openRoom();
    return this;
  }

  async #openRoom() {
    const { site, server, db } = this;
    const peer = [...server.relay.people].find(([id]) => id !== toBase64url(site.me.userId));
    const kept = await db.get(['room', server.id]);
    const fresh = summaryOf(server.id, { userId: peer[0], name: peer[1].name });
    const room = new Room(site, kept ?? fresh);
    await room.load();
    this.gathering.rooms.set(room.id, room);
    room.sending = new Sending(site, room);
    room.onMoved = () => {
      room.sending.receiptsSoon();
      room.sending.pump();
    };
    this.reading = new ReadingModel(db);
    await site.learnAll(room.members);
    await room.sync();
    await room.sending.pump();
    return room;
  }

  /** The tab is closed at this very moment and opened again. */
  async reload() {
    this.site.isOnline = () => false;
    this.site.db = new MemoryDb();
    this.room.onMoved = null;
    await this.open();
  }

  hear(event, n) {
    if (!this.online || !this.room) return;
    const entry = this.server.relay.after(n - 1, this.phone.me.deviceId)[0];
    const heard =
      event === 'commit:new'
        ? this.room.sync()
        : this.room.offer(readEntry(this.server.wire(entry)));
    heard.catch((error) => this.failures.push(error));
  }

  /** As any tab does it. */
  async write(text) {
    this.random ??= stream(`desk ${this.device}`);
    this.count = (this.count ?? 0) + 1;
    const item = newItem(this.server.id, this.random(16), this.count, { text });
    await this.db.write([[item.place, item]]);
    return item.key;
  }

  async say(text) {
    const key = await this.write(text);
    await this.room.sending.pump();
    await settle();
    return key;
  }

  rows() {
    return this.reading.messages(this.server.id, { limit: 1000 });
  }

  async texts() {
    const rows = await this.rows();
    return rows.map(({ text }) => text).filter((text) => text !== null);
  }

  async row(text) {
    return (await this.rows()).find((row) => row.text === text);
  }

  async alertKinds() {
    return (await this.reading.alerts()).map(({ kind }) => kind);
  }
}

/** Until nothing is under way any more: everything here waits by setImmediate or WebCrypto alone. */
export async function settle(rounds = 60) {
  for (let i = 0; i < rounds; i += 1) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Alice and Bob at their desks. */
export async function desks(alices = 1, bobs = 1) {
  const { relay, hers, his } = couple(alices, bobs);
  const server = new Server(relay);
  const opened = [];
  for (const phone of [...hers, ...his]) opened.push(await new Desk(phone, server).open());
  return { server, relay, all: opened, alice: opened[0], bob: opened[alices] };
}

export const refuse = (code, extra) => () => {
  throw problem(code, extra);
};
export const lose = () => {
  throw noAnswer();
};

/** What pages may ask of this desk. */
export const calls = ({ site, watch, gathering }) =>
  makeCalls({
    site,
    watch,
    rooms: gathering.rooms,
    roomOf: (known) => gathering.roomOf(known),
    connectedSince: () => null,
  });
