// Owns the book on this device: what all devices of the person remember together, merged and put back by
// compare and swap. It is what tells a new device who is who, and any device what the server forgot.

import { merge, parse, serialise } from '../crypto/book.js';
import { CryptoError } from '../crypto/errors.js';
import { openBook, sealBook } from '../crypto/vault_book.js';
import { fromBase64url, toBase64url } from '../crypto/wire.js';
import { ProblemError } from '../net/http.js';
import { random } from './clock.js';
import { BOOK_CONFLICT, BOOK_OLD, LIST_REFUSED } from './words.js';

/** Heads may wait: they are there for the case that a server forgets. Pins and marks may not. */
const HEADS_PAUSE = 60_000;
const PAUSE = 2000;
const ATTEMPTS = 4;
const NONCE = 32;
const MOST_HEADS = 150;

export class Bookkeeping {
  #site;
  #key;
  /** The conversations of this device, by id; set by the engine. */
  rooms = new Map();
  #book = null;
  #version = 0;
  /** The server's version does not hold all of ours yet. */
  #isAhead = false;
  #timer = null;

  /** @param {import('./room.js').Site} site @param {Uint8Array} key the book key */
  constructor(site, key) {
    this.#site = site;
    this.#key = key;
  }

  async load() {
    const kept = await this.#site.db.get(['book']);
    this.#version = kept.version;
    this.#isAhead = kept.isAhead ?? false;
    this.#book = parse(kept.text);
  }

  /** What our devices know of somebody. @returns {import('./trust.js').Pin|null} */
  pinOf(userId) {
    const known = this.#book?.contacts[toBase64url(userId)];
    if (!known) return null;
    return {
      name: known.name,
      identityHash: fromBase64url(known.identity_hash),
      version: known.list_version,
      hash: fromBase64url(known.list_hash),
      verifiedAt: known.verified_at,
    };
  }

  /** After a sync: what a device of ours saw must be there, and the same. */
  async compare(room) {
    const seen = this.#book.heads[room.id];
    if (!seen || room.held) return;
    if (room.session.n < seen.n) await room.rolledBack();
    else await room.compareHead(seen.n, fromBase64url(seen.head));
  }

  /** The server's version, merged into ours. */
  async pull() {
    const { version, box } = await this.#site.http.get('/vault/book');
    if (version < this.#version) await this.#site.alerts.raise(BOOK_OLD);
    if (version !== this.#version) await this.#take(version, box);
    await this.#takeVersions(this.#book);
  }

  async #take(version, box) {
    const text = await openBook(this.#key, this.#site.me.userId, version, fromBase64url(box));
    const { book, conflicts } = merge(this.#current(), parse(text));
    if (conflicts.length > 0) await this.#site.alerts.raise(BOOK_CONFLICT);
    await this.#keep(version, book, serialise(book) !== text);
    await this.#takeMarks(book);
  }

  /** A list that another device saw must be there, and be the same: the server may not go behind it. */
  async #takeVersions({ own, contacts }) {
    const { people, me } = this.#site;
    const seen = { ...contacts, [toBase64url(me.userId)]: own };
    for (const [id, entry] of Object.entries(seen)) {
      const known = people.trust.get(id);
      if (known && isSameIdentity(known, entry)) await this.#takeVersion(id, entry);
    }
  }

  async #takeVersion(id, { list_version: version, list_hash: hash }) {
    const { people, alerts } = this.#site;
    if (people.trust.get(id).newest.list.version < version) await this.#catchUp(id);
    const known = people.trust.get(id);
    if (known.newest.list.version < version) await alerts.raise({ ...LIST_REFUSED, subject: id });
    const signed = known.lists.get(version);
    if (signed && toBase64url(signed.hash) !== hash) await alerts.raise(BOOK_CONFLICT);
  }

  /** What is wrong with one person's lists is told where it is found, and does not stop the others. */
  async #catchUp(id) {
    try {
      await this.#site.learn(fromBase64url(id));
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
    }
  }

  /** Somebody was verified on another device of ours. */
  async #takeMarks({ contacts }) {
    const { people } = this.#site;
    for (const [id, { verified_at: at, identity_hash: hash }] of Object.entries(contacts)) {
      const known = people.trust.get(id);
      const same = known && toBase64url(known.identityHash) === hash;
      if (same && at > known.verifiedAt) await people.markVerified(known.userId, at);
    }
  }

  async #keep(version, book, isAhead) {
    await this.#site.db.write([[['book'], { version, text: serialise(book), isAhead }]]);
    this.#version = version;
    this.#isAhead = isAhead;
    this.#book = book;
  }

  /** Heads moved. */
  soon() {
    this.#timer ??= setTimeout(() => this.#send(), HEADS_PAUSE);
  }

  /** A pin or a mark changed; in a moment, together with whatever else changes until then. */
  now() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), PAUSE);
  }

  #send() {
    this.#timer = null;
    if (this.#site.isOnline()) this.push().catch((error) => this.#site.failed(error));
  }

  /** Ours, merged with what other devices put there meanwhile. */
  async push() {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const book = this.#current();
      if (serialise(book) === serialise(this.#book) && !this.#isAhead) return;
      if (await this.#put(book)) return;
    }
  }

  async #put(book) {
    const version = this.#version + 1;
    const { userId } = this.#site.me;
    const box = await sealBook(this.#key, userId, version, serialise(book), random(NONCE));
    try {
      await this.#site.http.put('/vault/book', { version, box: toBase64url(box) });
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'version_conflict') throw error;
      await this.#take(error.extra.version, error.extra.box);
      return false;
    }
    await this.#keep(version, book, false);
    return true;
  }

  /** What this device knows now and what the book knew before, whichever is newer. */
  #current() {
    const { people, me } = this.#site;
    const own = people.contact(me.userId);
    const others = [...people.trust].filter(([id]) => id !== toBase64url(me.userId));
    const here = {
      version: 1,
      own: { list_version: own.newest.list.version, list_hash: toBase64url(own.newest.hash) },
      contacts: Object.fromEntries(others.map(([id, contact]) => [id, entryOf(contact)])),
      heads: {},
    };
    return { ...merge(here, this.#book).book, heads: this.#heads() };
  }

  #heads() {
    const heads = { ...this.#book.heads };
    const rooms = [...this.rooms.values()].filter(({ session }) => session.stopped === null);
    for (const { id, session } of rooms) {
      if (session.n >= (heads[id]?.n ?? 0))
        heads[id] = { n: session.n, head: toBase64url(session.head) };
    }
    return Object.fromEntries(Object.entries(heads).slice(0, MOST_HEADS));
  }
}

const isSameIdentity = ({ identityHash }, { identity_hash: hash }) =>
  hash === undefined || toBase64url(identityHash) === hash;

const entryOf = ({ name, identityHash, newest, verifiedAt }) => ({
  name,
  identity_hash: toBase64url(identityHash),
  list_version: newest.list.version,
  list_hash: toBase64url(newest.hash),
  verified_at: verifiedAt,
});
