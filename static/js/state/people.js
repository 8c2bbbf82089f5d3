// Owns what this device knows of people: verified device lists, their key refreshes, pins. It fetches what
// is missing and believes nothing that does not continue what was seen before (trust.js).

import { identityOf, parseSigned } from '../crypto/device_list.js';
import { IdentityChanged, ListRefused } from '../crypto/errors.js';
import { equalBytes, fromBase64url, toBase64url } from '../crypto/wire.js';
import { Line } from './line.js';
import { contactRecords, restoreContact } from './records.js';
import { keepRefreshes, mergeRefreshes, restoreRefreshes, sameRefreshes } from './refreshes.js';
import { acceptIdentity, contactOf, learn, markVerified, NOBODY } from './trust.js';

const PAGE = 32;
const FIRST = 1;
/** What is verified of one person at a time: some seconds of work in all. */
const MOST_LISTS = 2000;

/** Whatever else waits in this tab has its turn. */
const breath = () => new Promise((resolve) => setTimeout(resolve));

/** More lists than anybody's devices account for. */
class ListTooLong extends ListRefused {
  static code = 'list_too_long';
}

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
    const contacts = await this.#db.list(['contact']);
    const raws = new Map(contacts.map(([[, id]]) => [id, []]));
    for (const [[, id], raw] of await this.#db.list(['list'])) raws.get(id).push(raw);
    const restored = contacts.map(([[, id], kept]) => [id, restoreContact(kept, raws.get(id))]);
    this.trust = new Map(restored);
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
   * Newer lists and refreshes of one person, verified and kept page by page: between two pages everything else
   * goes on, and an interrupted one goes on where it was.
   * @throws {ListRefused|IdentityChanged} and keeps what it had @throws {ProblemError}
   */
  async fetch(userId) {
    await this.#checkStranger(userId);
    const from = this.contact(userId)?.newest.list.version ?? FIRST;
    let waiting = [];
    for await (const { lists, refreshes } of this.#pages(userId, from)) {
      waiting = [...waiting, ...lists];
      const isLast = refreshes !== null;
      if (!isLast && !this.#reachesPin(userId, waiting)) continue;
      const answer = { lists: waiting, refreshes };
      // Two answers for one person may cross; what is learned is learned one after the other.
      await this.#line.run(() => this.#learn(userId, answer));
      waiting = [];
    }
  }

  /** Somebody new with more lists than a life has would keep this device busy: then nothing is begun. */
  async #checkStranger(userId) {
    if (this.contact(userId) || this.#pinOf(userId)) return;
    const { lists } = await this.#http.get(`/users/${toBase64url(userId)}/device-lists`);
    const newest = lists.map((text) => parseSigned(fromBase64url(text))).at(-1);
    if (newest?.list.version > MOST_LISTS) throw new ListTooLong('There are too many lists.');
  }

  /** The first sight of somebody whom another device of ours knows needs the list that it saw. */
  #reachesPin(userId, lists) {
    const pin = this.contact(userId) ? null : this.#pinOf(userId);
    return pin === null || lists.at(-1).list.version >= pin.version;
  }

  /** Pages of lists; `refreshes` come with the last one. */
  async *#pages(userId, from) {
    const path = `/users/${toBase64url(userId)}/device-lists`;
    for (let next = from; next < from + MOST_LISTS; ) {
      const answer = await this.#http.get(`${path}?from=${next}`);
      const lists = answer.lists.map((text) => parseSigned(fromBase64url(text)));
      if (lists.length === 0 && next === from) {
        throw new ListRefused('The server withholds a device list.');
      }
      if (lists.length < PAGE) return yield { lists, refreshes: answer.refreshes };
      yield { lists, refreshes: null };
      const after = lists.at(-1).list.version + 1;
      if (after <= next) throw new ListRefused('The server gives the same lists again.');
      next = after;
      await breath();
    }
    throw new ListTooLong('There are too many lists.');
  }

  async #learn(userId, { lists, refreshes }) {
    const before = this.contact(userId);
    const pin = before ? null : this.#pinOf(userId);
    if (!lists.every(({ list }) => equalBytes(list.userId, userId))) {
      throw new ListRefused('The server answered with the lists of somebody else.');
    }
    const chain = unknownOf(lists, before);
    if (chain.length > 0) await this.#keep(await this.#learned(userId, chain, pin), userId, before);
    if (refreshes) await this.#takeRefreshes(userId, refreshes);
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
    const lists = [];
    for await (const page of this.#pages(userId, FIRST)) lists.push(...page.lists);
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
    await this.#db.write(contactRecords(before, contact));
    this.trust = trust;
    if (before?.newest !== contact.newest || before.verifiedAt !== contact.verifiedAt) {
      this.#changed(userId, before, contact);
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
