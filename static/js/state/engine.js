// Owns the device that leads: it puts together connection, conversations, people, book and alerts, and keeps
// the status that pages show. Exactly one tab runs it at a time (leadership.js).

import { signProof } from '../crypto/connect.js';
import { IdentityChanged, ListRefused } from '../crypto/errors.js';
import { fromBase64url, toBase64url } from '../crypto/wire.js';
import { Http, isPassing, ProblemError } from '../net/http.js';
import { Socket } from '../net/socket.js';
import { Alerts } from './alerts.js';
import { Bookkeeping } from './bookkeeping.js';
import { makeCalls } from './calls.js';
import { Clock } from './clock.js';
import { StateError } from './errors.js';
import { Gathering } from './gathering.js';
import { eraseRetired, meOf, refreshKeys } from './keys.js';
import { People } from './people.js';
import { Watch } from './watch.js';
import { NEW_DEVICE, STORAGE_FULL } from './words.js';

const RETRY = 2000;
const DAY = 24 * 3600 * 1000;

export class Engine {
  #tell;
  #ended;
  #record;
  #site;
  #book;
  #watch;
  #gathering;
  #status = { connected: false, proved: false, stage: 'opening', newDevice: false, error: null };
  #connectedSince = null;
  #daily = null;

  /**
   * @param {{db, tell: (event: string, detail: object) => void, ended: (problem) => void}} outside
   * @param {object} record what this browser keeps of its device
   */
  constructor({ db, tell, ended }, record) {
    this.#tell = tell;
    this.#ended = ended;
    this.#record = record;
    this.#site = this.#makeSite(db);
    this.#book = new Bookkeeping(this.#site, record.bookKey);
    this.#gathering = new Gathering(this.#site, this.#book);
    this.#watch = new Watch(this.#site, this.#gathering.rooms);
    this.#book.rooms = this.#gathering.rooms;
    const calls = makeCalls({
      site: this.#site,
      watch: this.#watch,
      rooms: this.#gathering.rooms,
      roomOf: (known) => this.#gathering.roomOf(known),
      connectedSince: () => this.#connectedSince,
    });
    this.calls = { ...calls, stop: () => this.stop() };
  }

  // -- starting -----------------------------------------------------------------------------------------

  #makeSite(db) {
    const http = new Http();
    const socket = this.#makeSocket();
    const changed = (...change) => this.#listChanged(...change);
    return {
      me: meOf(this.#record),
      device: toBase64url(this.#record.deviceId),
      http,
      socket,
      db,
      people: new People({ http, db, pinOf: (userId) => this.#book.pinOf(userId), changed }),
      clock: new Clock(),
      alerts: new Alerts(db, () => this.#tell('alerts', {})),
      agreed: new Set(),
      tell: this.#tell,
      failed: (error) => this.#failed(error),
      isOnline: () => socket.isProved,
      learn: (userId) => this.#watch.learn(userId),
      learnAll: (members) => this.#watch.learnAll(members),
      blockedChanged: (room, by) => this.#watch.blockedChanged(room, by),
    };
  }

  #makeSocket() {
    return new Socket({
      sign: (nonce) => this.#sign(fromBase64url(nonce)),
      clock: (serverTime) => this.#site.clock.adjust(serverTime),
      connected: () => this.#update({ connected: true, stage: 'proving' }),
      proved: () => this.#proved(),
      lost: () => this.#lost(),
      refused: (problem) => this.#proofRefused(problem),
      ended: (problem) => this.#end(problem),
      news: (event, data) => this.#gathering.hear(event, data),
    });
  }

  #sign(nonce) {
    const { me, device } = this.#site;
    const signature = signProof(me.signingPrivate, nonce, me.userId, me.deviceId, location.origin);
    return { device, signature: toBase64url(signature) };
  }

  async start() {
    const { db, people, agreed } = this.#site;
    await people.load();
    await this.#book.load();
    for (const hash of (await db.get(['agreed'])) ?? []) agreed.add(hash);
    await this.#gathering.load();
    await eraseRetired(this.#site, this.#record, this.#keepRecord);
    this.#daily = setInterval(() => this.#tendKeys().catch((error) => this.#failed(error)), DAY);
    const isNew = !this.#record.toldNew;
    if (isNew) await this.#tellNew();
    this.#update({ stage: 'connecting', newDevice: isNew });
    this.#site.socket.open();
  }

  async #tellNew() {
    await this.#site.alerts.raise(NEW_DEVICE);
    await this.#keepRecord({ toldNew: true });
  }

  #keepRecord = async (changes) => {
    const record = { ...this.#record, ...changes };
    await this.#site.db.write([[['device'], record]]);
    this.#record = record;
    this.#site.me = meOf(record);
  };

  /** A tab may stay open for weeks. */
  async #tendKeys() {
    await eraseRetired(this.#site, this.#record, this.#keepRecord);
    if (this.#site.isOnline()) await refreshKeys(this.#site, this.#record, this.#keepRecord);
  }

  stop() {
    clearInterval(this.#daily);
    this.#site.socket.close();
  }

  // -- the connection -------------------------------------------------------------------------------------

  #update(changes) {
    this.#status = { ...this.#status, ...changes };
    this.#tell('status', this.#status);
  }

  async #proved() {
    this.#connectedSince ??= Date.now();
    this.#update({ connected: true, proved: true, stage: 'syncing', error: null });
    while (this.#site.isOnline() && !(await this.#synced())) {
      await this.#site.clock.wait(RETRY * (1 + Math.random()));
    }
  }

  /** True when nothing is gained by trying again. */
  async #synced() {
    try {
      await this.#watch.compareClocks();
      await this.#watch.learn(this.#site.me.userId);
      await this.#book.pull();
      await this.#gathering.all();
      this.#update({ stage: 'ready' });
      await refreshKeys(this.#site, this.#record, this.#keepRecord);
      this.#gathering.letAllIn();
      this.#book.soon();
      return true;
    } catch (error) {
      this.#failed(error);
      return !isPassing(error);
    }
  }

  #lost() {
    this.#connectedSince = null;
    this.#gathering.lost();
    this.#update({ connected: false, proved: false, stage: 'offline' });
  }

  /** Not answered: once more. Refused: this device is not in the list any more. */
  #proofRefused(problem) {
    if (problem.status !== 0) return this.#end(problem);
    return this.#site.clock.wait(RETRY).then(() => this.#site.socket.again());
  }

  #end(problem) {
    this.stop();
    const { code, title, detail } = problem;
    this.#update({ error: { code, title, detail } });
    this.#ended(problem);
  }

  /** Nothing is lost by a failed step: state moves only once it is on disk, and the rest is asked for again. */
  #failed(error) {
    // The person was told of these by an alert where they were found.
    const wasTold = [IdentityChanged, ListRefused, StateError].some(
      (kind) => error instanceof kind,
    );
    if (wasTold) return;
    if (error.code === 'not_signed_in') this.#end(error);
    else if (error.name === 'QuotaExceededError') this.#update({ error: STORAGE_FULL });
    else if (!(error instanceof ProblemError)) reportError(error);
  }

  #listChanged(...change) {
    this.#book.now();
    this.#watch.listChanged(...change).catch((error) => this.#failed(error));
  }
}
