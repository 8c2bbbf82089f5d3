// Owns what follows when somebody's device lists change, or something else stands in the way of writing: who
// must be asked, told or kept from it. The checks themselves are in trust.js and people.js.

import { CryptoError, IdentityChanged } from '../crypto/errors.js';
import { safetyNumber } from '../crypto/identity.js';
import { equalBytes, fromBase64url, toBase64url } from '../crypto/wire.js';
import { hex } from './history.js';
import { CLOCK_MS } from './session.js';
import {
  blocked,
  changedTo,
  clockWrong,
  LIST_REFUSED,
  LIST_TOO_LONG,
  stoppedAt,
  UNKNOWN_DEVICE,
  waysOut,
} from './words.js';

const MINUTE = 60_000;
/** The first digits of a head: as many as nobody can aim at. */
const FINGERPRINT = 32;

export class Watch {
  #site;
  #rooms;

  /** @param {import('./room.js').Site} site @param {Map<string, import('./room.js').Room>} rooms */
  constructor(site, rooms) {
    this.#site = site;
    this.#rooms = rooms;
  }

  /** Newer lists of one person. @throws {CryptoError|ProblemError} the person is told */
  async learn(userId) {
    const id = toBase64url(userId);
    const { people, alerts } = this.#site;
    const before = people.offered(id);
    try {
      await people.fetch(userId);
    } catch (error) {
      if (error instanceof IdentityChanged) await this.#identityChanged(id, before);
      else if (error instanceof CryptoError)
        await alerts.raise({ ...listWords(error), subject: id });
      throw error;
    }
  }

  /** @param {string[]} members */
  learnAll(members) {
    return Promise.all(members.map((id) => this.learn(fromBase64url(id))));
  }

  /** The person agreed that somebody has this other identity now. @throws {IdentityChanged} if it is yet another */
  async acceptIdentity(id, offered) {
    await this.#site.people.acceptIdentity(fromBase64url(id), offered);
    await this.#resummarise(id);
  }

  /** The person stays with the pinned identity. @throws {IdentityChanged} while the server shows the other one */
  async keepIdentity(id) {
    await this.learn(fromBase64url(id));
    await this.#site.people.forgetOffered(id);
    await this.#resummarise(id);
  }

  /** Also for one offer after another: the alert must be about the newest. */
  async #identityChanged(id, before) {
    if (this.#site.people.offered(id) === before) return;
    await this.#resummarise(id);
    for (const room of this.#rooms.values()) {
      if (room.summary.peer.userId === id) await this.blockedChanged(room, room.blockedBy());
    }
  }

  async #resummarise(id) {
    for (const room of this.#rooms.values()) {
      if (room.summary.peer.userId === id) await room.keepSummary(room.summary);
    }
  }

  /** Messages follow the server's clock, but expiring keys and what a person reads follow this device's. */
  async compareClocks() {
    const { clock, alerts } = this.#site;
    if (Math.abs(clock.offset) <= CLOCK_MS) return await alerts.drop('clock_wrong');
    return await alerts.raise(clockWrong(Math.round(clock.offset / MINUTE)));
  }

  /** A list grew: news for the book, and a warning if it is our own. */
  async listChanged(userId, before, after) {
    this.#site.tell('conversations', {});
    const isOwn = equalBytes(userId, this.#site.me.userId);
    if (isOwn && before && grew(before, after)) await this.#site.alerts.raise(UNKNOWN_DEVICE);
  }

  /** Something else is in the way of writing now: the alert with the ways out goes with it. */
  async blockedChanged(room, by) {
    const { alerts } = this.#site;
    const fresh = by && { kind: by, conversation: room.id, ...this.#wordsFor(room, by) };
    const isOver = ({ kind, subject }) =>
      kind in waysOut && (kind !== by || subject !== (fresh.subject ?? null));
    for (const alert of await alerts.of(room.id)) if (isOver(alert)) await alerts.drop(alert.id);
    if (by) await alerts.raise(fresh);
  }

  #wordsFor(room, by) {
    const special = { identity_changed: this.#changeWords, fork_detected: stopWords };
    const words = special[by]?.(room) ?? blocked[by];
    return { ...words, ...waysOut[by] };
  }

  /**
   * With the number that the person would agree to. The offered identity is part of the alert's id, so that what
   * they compared is what they accept, even if the server shows yet another one in between.
   */
  #changeWords = (room) => {
    const { me, people } = this.#site;
    const id = room.summary.peer.userId;
    const offered = people.offered(id);
    const own = people.contact(me.userId);
    if (!offered || !own) return blocked.identity_changed;
    const other = [fromBase64url(id), fromBase64url(offered)];
    const number = safetyNumber(me.userId, own.identityHash, ...other);
    return { ...changedTo(number), subject: offered };
  };
}

const stopWords = ({ session }) => stoppedAt(session.n, hex(session.head).slice(0, FINGERPRINT));

const listWords = ({ code }) => (code === 'list_too_long' ? LIST_TOO_LONG : LIST_REFUSED);

function grew(before, after) {
  const known = new Set(before.newest.list.devices.map(({ deviceId }) => toBase64url(deviceId)));
  return after.newest.list.devices.some(({ deviceId }) => !known.has(toBase64url(deviceId)));
}
