// Owns what this device knows of people: verified device lists, their key refreshes, pins. It fetches what
// is missing and believes nothing that does not continue what was seen before (trust.js).

import { identityOf, parseSigned } from '../crypto/device_list.js';
import { IdentityChanged, ListRefused } from '../crypto/errors.js';
import { equalBytes, fromBase64url, toBase64url } from '../crypto/wire.js';
import { Line } from './line.js';
import { keepContact, restoreContact } from './records.js';
import { keepRefreshes, mergeRefreshes, restoreRefreshes, sameRefreshes } from './refreshes.js';
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
    for (const [[, id], raws] of await this.#db.list(['refreshes'])) {
      this.#refreshes.set(id, restoreRefreshes(raws));
    }
    for (const [[, id], hash] of await this.#db.list(['offered'])) this.#offered.set(id, hash);
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
    if (chain.length > 0) await this.#keep(await this.#learned(userId, chain, pin), userId, before);
    await this.#takeRefreshes(userId, refreshes);
  }

  async #learned(userId, chain, pin) {
    try {
      return learn(this.trust, userId, chain, pin);
    } catch (error) {
      if (error instanceof IdentityChanged) {
        await this.#keepOffered(toBase64url(userId), toBase64url(identityOf(chain.at(-1))));
      }
      throw error;
    }
  }

  async #keepOffered(id, hash) {
    await this.#db.write([[['offered', id], hash]]);
    this.#offered.set(id, hash);
  }

  /**
   * The hash of the other identity that the server showed for somebody, until the person decided. It outlives a
   * reload, and a server that shows the pinned one again. @returns {string|undefined}
   */
  offered(id) {
    return this.#offered.get(id);
  }

  /** The person decided, and it is dealt with. */
  async forgetOffered(id) {
    await this.#db.write([[['offered', id], undefined]]);
    this.#offered.delete(id);
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
    await this.forgetOffered(toBase64url(userId));
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
    const shown = texts.map((text) => fromBase64url(text));
    const merged = mergeRefreshes(known, shown, this.contact(userId).newest.list);
    if (sameRefreshes(known, merged)) return;
    await this.#db.write([[['refreshes', id], keepRefreshes(merged)]]);
    this.#refreshes.set(id, merged);
  }
}

/** What of these lists was not seen before. A list of a known version with another hash stays: it is refused. */
function unknownOf(lists, contact) {
  const isKnown = ({ list, hash }) => {
    const known = contact?.lists.get(list.version);
    return known !== undefined && equalBytes(known.hash, hash);
  };
  return lists.filter((signed) => !isKnown(signed));
}
