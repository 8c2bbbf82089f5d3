// Owns what follows when somebody's device lists change: who must be asked, told or kept from writing.
// The checks themselves are in trust.js and people.js.

import { IdentityChanged, ListRefused } from '../crypto/errors.js';
import { equalBytes, fromBase64url, toBase64url } from '../crypto/wire.js';
import { blocked, LIST_REFUSED, UNKNOWN_DEVICE, waysOut } from './words.js';

export class Watch {
  #site;
  #rooms;

  /** @param {import('./room.js').Site} site @param {Map<string, import('./room.js').Room>} rooms */
  constructor(site, rooms) {
    this.#site = site;
    this.#rooms = rooms;
  }

  /** Newer lists of one person. @throws {IdentityChanged|ListRefused|ProblemError} the person is told */
  async learn(userId) {
    const id = toBase64url(userId);
    const { people, alerts, changedIdentities } = this.#site;
    try {
      await people.fetch(userId);
    } catch (error) {
      if (error instanceof IdentityChanged) await this.#identityChanged(id);
      else if (error instanceof ListRefused) await alerts.raise({ ...LIST_REFUSED, subject: id });
      throw error;
    }
    if (changedIdentities.delete(id)) await this.#resummarise(id);
  }

  /** @param {string[]} members */
  learnAll(members) {
    return Promise.all(members.map((id) => this.learn(fromBase64url(id))));
  }

  /** The person agreed that somebody has this other identity now. @throws {IdentityChanged} if it is yet another */
  async acceptIdentity(id, offered) {
    await this.#site.people.acceptIdentity(fromBase64url(id), offered);
    this.#site.changedIdentities.delete(id);
    await this.#resummarise(id);
  }

  async #identityChanged(id) {
    const { people, changedIdentities } = this.#site;
    const offered = people.offered(id);
    if (changedIdentities.get(id) === offered) return;
    changedIdentities.set(id, offered);
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

  /** A list grew: news for the book, and a warning if it is our own. */
  async listChanged(userId, before, after) {
    this.#site.tell('conversations', {});
    const isOwn = equalBytes(userId, this.#site.me.userId);
    if (isOwn && before && grew(before, after)) await this.#site.alerts.raise(UNKNOWN_DEVICE);
  }

  /** Something else is in the way of writing now: the alert with the ways out goes with it. */
  async blockedChanged(room, by) {
    const { alerts } = this.#site;
    for (const kind of Object.keys(waysOut)) {
      if (kind !== by) await alerts.drop(`${kind}:${room.id}`);
    }
    if (!by) return;
    const offered = this.#site.changedIdentities.get(room.summary.peer.userId) ?? null;
    const words = { ...blocked[by], ...waysOut[by] };
    await alerts.raise({ kind: by, conversation: room.id, offered, ...words });
  }
}

function grew(before, after) {
  const known = new Set(before.newest.list.devices.map(({ deviceId }) => toBase64url(deviceId)));
  return after.newest.list.devices.some(({ deviceId }) => !known.has(toBase64url(deviceId)));
}
