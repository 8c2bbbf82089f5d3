// Owns the book on this device: what all devices of the person remember together, merged and put back by
// compare and swap. It is what tells a new device who is who, and any device what the server forgot.

import { merge, parse, serialise } from '../crypto/book.js';
import { openBook, sealBook } from '../crypto/vault_book.js';
import { fromBase64url, toBase64url } from '../crypto/wire.js';
import { ProblemError } from '../net/http.js';
import { random } from './clock.js';
import { BOOK_CONFLICT } from './words.js';

const PAUSE = 5000;
const ATTEMPTS = 4;
const NONCE = 32;
const MOST_HEADS = 150;

export class Bookkeeping {
  #site;
  #key;
  #rooms;
  #book = null;
  #version = 0;
  #timer = null;

  constructor(site, key, rooms) {
    this.#site = site;
    this.#key = key;
    this.#rooms = rooms;
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
      identityHash: fromBase64url(known.identity_hash),
      version: known.list_version,
      hash: fromBase64url(known.list_hash),
      verifiedAt: known.verified_at,
    };
  }

  /** A head in the book above what the server shows, or another one, was seen by a device of ours. */
  async compare(room) {
    const known = this.#book.heads[room.id];
    if (!known) return;
    if (room.session.n >= known.n) await room.compareHead(known.n, fromBase64url(known.head));
    else room.expect = { n: known.n, head: fromBase64url(known.head) };
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
  }

  async #keep(version, book) {
    await this.#site.db.write([[['book'], { version, text: serialise(book) }]]);
    this.#version = version;
    this.#book = book;
  }

  /** In a moment, together with whatever else changes until then. */
  soon() {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (this.#site.isOnline()) this.#push().catch((error) => this.#site.failed(error));
    }, PAUSE);
  }

  async #push() {
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
    const rooms = [...this.#rooms()].filter(({ session }) => session.stopped === null);
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
