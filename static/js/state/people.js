// Owns what this device knows of people: verified device lists, their key refreshes, pins. It fetches what
// is missing and believes nothing that does not continue what was seen before (trust.js).

import { identityOf, parseSigned } from '../crypto/device_list.js';
import { IdentityChanged, ListRefused } from '../crypto/errors.js';
import { parse as parseRefresh, verify as verifyRefresh } from '../crypto/refresh.js';
import { equalBytes, fromBase64url, toBase64url } from '../crypto/wire.js';
import { Line } from './line.js';
import { keepContact, restoreContact } from './records.js';
import { acceptIdentity, contactOf, learn, markVerified, NOBODY } from './trust.js';

const PAGE = 32;
const FIRST = 1;

export class People {
  #http;
  #db;
  #pinOf;
  #changed;
  #line = new Line();
  #offered = new Map();
  #refreshes = new Map();
  trust = NOBODY;

  /**
   * @param {object} site `http`, `db`; `pinOf(userId)` what the book knows of somebody; `changed(userId,
   *   before, after)` is told of new lists
   */
  constructor({ http, db, pinOf, changed }) {
    this.#http = http;
    this.#db = db;
    this.#pinOf = pinOf;
    this.#changed = changed;
  }

  async load() {
    const kept = await this.#db.list(['contact']);
    this.trust = new Map(kept.map(([[, id], contact]) => [id, restoreContact(contact)]));
    // Kept, so that a server cannot go back to an older key after a reload.
    for (const [[, id], texts] of await this.#db.list(['refreshes'])) {
      this.#refreshes.set(id, byDevice(texts.map((raw) => parseRefresh(raw))));
    }
  }

  contact(userId) {
    return contactOf(this.trust, userId);
  }

  /** The name that somebody signed, or that a device of ours saw them sign. @returns {string|null} */
  nameOf(id) {
    return this.trust.get(id)?.name ?? this.#pinOf(fromBase64url(id))?.name ?? null;
  }

  /** Version and hash of each one's newest list, for `reasonToCommit`. @param {string[]} members */
  current(members) {
    const known = members.map((id) => [id, this.trust.get(id)]).filter(([, contact]) => contact);
    return new Map(
      known.map(([id, { newest }]) => [id, { version: newest.list.version, hash: newest.hash }]),
    );
  }

  /** Verified refreshes of all devices of these people. @param {string[]} members */
  refreshes(members) {
    return members.flatMap((id) => [...(this.#refreshes.get(id)?.values() ?? [])]);
  }

  /** @param {string[]} members */
  fetchAll(members) {
    return Promise.all(members.map((id) => this.fetch(fromBase64url(id))));
  }

  /**
   * Newer lists and refreshes of one person, verified and kept.
   * @throws {ListRefused|IdentityChanged} and keeps what it had @throws {ProblemError}
   */
  async fetch(userId) {
    const from = this.contact(userId)?.newest.list.version ?? FIRST;
    const answer = await this.#lists(userId, from);
    // Two answers for one person may cross; what is learned is learned one after the other.
    return await this.#line.run(() => this.#learn(userId, answer));
  }

  async #learn(userId, { lists, refreshes }) {
    const before = this.contact(userId);
    const pin = before ? null : this.#pinOf(userId);
    if (lists.length === 0) throw new ListRefused('The server withholds a device list.');
    if (!lists.every(({ list }) => equalBytes(list.userId, userId))) {
      throw new ListRefused('The server answered with the lists of somebody else.');
    }
    const chain = unknownOf(lists, before);
    if (chain.length > 0) await this.#keep(this.#learned(userId, chain, pin), userId, before);
    await this.#takeRefreshes(userId, refreshes);
  }

  #learned(userId, chain, pin) {
    try {
      return learn(this.trust, userId, chain, pin);
    } catch (error) {
      const offered = toBase64url(identityOf(chain.at(-1)));
      if (error instanceof IdentityChanged) this.#offered.set(toBase64url(userId), offered);
      throw error;
    }
  }

  /** The hash of the other identity that the server shows for somebody. @returns {string|undefined} */
  offered(id) {
    return this.#offered.get(id);
  }

  /**
   * The person accepted the identity with this hash, and no other that the server shows meanwhile.
   * @throws {IdentityChanged}
   */
  async acceptIdentity(userId, offered) {
    const { lists } = await this.#lists(userId, FIRST);
    await this.#line.run(async () => {
      const accepted = acceptIdentity(this.trust, userId, fromBase64url(offered), lists);
      await this.#keep(accepted, userId, this.contact(userId));
    });
    this.#offered.delete(toBase64url(userId));
  }

  markVerified(userId, at) {
    return this.#line.run(() =>
      this.#keep(markVerified(this.trust, userId, at), userId, this.contact(userId)),
    );
  }

  async #keep(trust, userId, before) {
    const contact = contactOf(trust, userId);
    if (contact === before) return;
    await this.#db.write([[['contact', toBase64url(userId)], keepContact(contact)]]);
    this.trust = trust;
    if (before?.newest !== contact.newest || before.verifiedAt !== contact.verifiedAt) {
      this.#changed(userId, before, contact);
    }
  }

  async #lists(userId, from) {
    const lists = [];
    for (let next = from; ; next = lists.at(-1).list.version + 1) {
      const query = next === null ? '' : `?from=${next}`;
      const answer = await this.#http.get(`/users/${toBase64url(userId)}/device-lists${query}`);
      lists.push(...answer.lists.map((text) => parseSigned(fromBase64url(text))));
      if (answer.lists.length < PAGE) return { lists, refreshes: answer.refreshes };
    }
  }

  async #takeRefreshes(userId, texts) {
    const id = toBase64url(userId);
    const known = this.#refreshes.get(id) ?? new Map();
    const { devices } = this.contact(userId).newest.list;
    const shown = texts.map((text) => verified(text, userId, devices, known)).filter(Boolean);
    const fresh = shown.filter((refresh) => !isAmong(refresh, known));
    if (fresh.length === 0) return;
    const all = new Map([...known, ...byDevice(fresh)]);
    await this.#db.write([[['refreshes', id], [...all.values()].map(({ raw }) => raw)]]);
    this.#refreshes.set(id, all);
  }
}

const byDevice = (refreshes) =>
  new Map(refreshes.map((refresh) => [toBase64url(refresh.deviceId), refresh]));

const isAmong = ({ deviceId, raw }, known) => {
  const before = known.get(toBase64url(deviceId));
  return before !== undefined && equalBytes(before.raw, raw);
};

/** What of these lists was not seen before. A list of a known version with another hash stays: it is refused. */
function unknownOf(lists, contact) {
  const isKnown = ({ list, hash }) => {
    const known = contact?.lists.get(list.version);
    return known !== undefined && equalBytes(known.hash, hash);
  };
  return lists.filter((signed) => !isKnown(signed));
}

/** A refresh that its device signed; null for one of a device that is gone. */
function verified(text, userId, devices, known) {
  const refresh = parseRefresh(fromBase64url(text));
  const device = devices.find(({ deviceId }) => equalBytes(deviceId, refresh.deviceId));
  if (!device) return null;
  const before = known.get(toBase64url(refresh.deviceId));
  if (before && equalBytes(before.raw, refresh.raw)) return before;
  if (!equalBytes(refresh.userId, userId) || refresh.number < (before?.number ?? 0)) {
    throw new ListRefused('A key refresh goes back, or is of somebody else.');
  }
  verifyRefresh(refresh, device.signingPublic);
  return refresh;
}
