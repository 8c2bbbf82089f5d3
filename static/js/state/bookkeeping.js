// Owns the book on this device: what all devices of the person remember together, merged and put back by
// compare and swap. It is what tells a new device who is who, and any device what the server forgot.

import { merge, parse, serialise } from '../crypto/book.js';
import { openBook, sealBook } from '../crypto/vault_book.js';
import { fromBase64url, toBase64url } from '../crypto/wire.js';
import { ProblemError } from '../net/http.js';
import { random } from './clock.js';
import { BOOK_CONFLICT, LIST_REFUSED } from './words.js';

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
  #timer = null;

  /** @param {import('./room.js').Site} site @param {Uint8Array} key the book key */
  constructor(site, key) {
    this.#site = site;
    this.#key = key;
  }

  async load() {
    const kept = await this.#site.db.get(['book']);
    this.#version = kept.version;
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
    if (version !== this.#version) await this.#take(version, box);
  }

  async #take(version, box) {
    const text = await openBook(this.#key, this.#site.me.userId, version, fromBase64url(box));
    const { book, conflicts } = merge(this.#current(), parse(text));
    if (conflicts.length > 0) await this.#site.alerts.raise(BOOK_CONFLICT);
    await this.#keep(version, book);
    await this.#takeMarks(book);
    await this.#takeVersions(book);
  }

  /** A list that another device saw must be there: the server may not go behind it. */
  async #takeVersions({ own, contacts }) {
    const { people, me, learn, alerts } = this.#site;
    const seen = { ...contacts, [toBase64url(me.userId)]: own };
    for (const [id, { list_version: version }] of Object.entries(seen)) {
      const known = people.trust.get(id);
      if (!known || known.newest.list.version >= version) continue;
      await learn(known.userId);
      const now = people.trust.get(id).newest.list.version;
      if (now < version) await alerts.raise({ ...LIST_REFUSED, subject: id });
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

  async #keep(version, book) {
    await this.#site.db.write([[['book'], { version, text: serialise(book) }]]);
    this.#version = version;
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
      if (serialise(book) === serialise(this.#book) && attempt === 1) return;
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
    await this.#keep(version, book);
    return true;
  }

  /** What this device knows now, over what the book knew before. */
  #current() {
    const { people, me } = this.#site;
    const own = people.contact(me.userId);
    const contacts = { ...this.#book.contacts };
    for (const [id, contact] of people.trust) {
      if (id !== toBase64url(me.userId)) contacts[id] = entryOf(contact);
    }
    return {
      version: 1,
      own: { list_version: own.newest.list.version, list_hash: toBase64url(own.newest.hash) },
      contacts,
      heads: this.#heads(),
    };
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

const entryOf = ({ name, identityHash, newest, verifiedAt }) => ({
  name,
  identity_hash: toBase64url(identityHash),
  list_version: newest.list.version,
  list_hash: toBase64url(newest.hash),
  verified_at: verifiedAt,
});
