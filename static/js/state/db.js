// Owns what this browser keeps, in IndexedDB. Every value is sealed by AES-GCM under a key that WebCrypto
// gives to no script, bound to its place: two records cannot be exchanged, and a script that reads the store
// cannot carry the key away. The key itself lies in the profile's files, so whoever copies those can read
// all of it; that is for disk encryption to prevent. An older copy of a record is not noticed.
// Writes are atomic and `strict`: resolved means on disk. Numbers of messages and ids stand in the places and
// are not hidden: the server knows them too.
// It must not know what the values mean.

import { decode, encode } from './codec.js';
import { StateError } from './errors.js';

/** Rises when the form of the records changes; a browser refuses to open a newer one. */
const SCHEMA = 1;
const RECORD = 1;
const IV = 12;
const RECORDS = 'records';
const KEYS = 'keys';
const WRAP = 'wrap';

/**
 * @typedef {(string|number)[]} Place e.g. ['message', conversation, n, i]
 * @typedef {{get: (place: Place) => Promise<any>,
 *   list: (prefix: Place, page?: {before?: Place, limit?: number}) => Promise<[Place, any][]>,
 *   write: (changes: [Place, any][]) => Promise<void>, close: () => void}} Database
 *   `list` is ascending; with a limit it gives the last ones (below `before`); writing undefined deletes
 */

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const finished = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });

const nameOf = (userId) => `cryptexq-${userId}`;

function openRaw(userId) {
  const request = indexedDB.open(nameOf(userId), SCHEMA);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(RECORDS);
    request.result.createObjectStore(KEYS);
  };
  return done(request).catch((cause) => {
    throw openingFailed(cause);
  });
}

function openingFailed(cause) {
  if (cause?.name === 'VersionError') {
    return new StateError('This page is older than what your browser has stored', {
      code: 'newer_schema',
      detail: 'Reload the page without the cache (Ctrl+Shift+R), so that the newest version runs.',
      cause,
    });
  }
  return new StateError('This browser cannot store keys', {
    code: 'storage_unavailable',
    detail:
      'Private windows and strict settings forbid it. Allow storage for this site, or use a normal window.',
    cause,
  });
}

/** The wrapping key: made once; no script gets its bytes, this one included. */
async function wrappingKey(raw) {
  const known = await done(raw.transaction(KEYS).objectStore(KEYS).get(WRAP));
  if (known) return known;
  const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  const transaction = raw.transaction(KEYS, 'readwrite', { durability: 'strict' });
  const store = transaction.objectStore(KEYS);
  // Two tabs may come here at once: the first one's key stands.
  const standing = await done(store.get(WRAP));
  if (!standing) store.put(fresh, WRAP);
  await finished(transaction);
  return standing ?? fresh;
}

class IndexedDatabase {
  #raw;
  #key;

  constructor(raw, key) {
    this.#raw = raw;
    this.#key = key;
    // Deleting the account's data in another tab must not wait for this one.
    raw.onversionchange = () => raw.close();
  }

  async get(place) {
    const store = this.#raw.transaction(RECORDS).objectStore(RECORDS);
    const sealed = await done(store.get(place));
    return sealed && (await this.#open(place, sealed));
  }

  async list(prefix, { before = [...prefix, []], limit = Number.POSITIVE_INFINITY } = {}) {
    const store = this.#raw.transaction(RECORDS).objectStore(RECORDS);
    const range = IDBKeyRange.bound(prefix, before, false, true);
    const found = Number.isFinite(limit)
      ? await lastOf(store, range, limit)
      : await allOf(store, range);
    return Promise.all(
      found.map(async ([place, sealed]) => [place, await this.#open(place, sealed)]),
    );
  }

  async write(changes) {
    const sealed = await Promise.all(
      changes.map(async ([place, value]) => [
        place,
        value === undefined ? undefined : await this.#seal(place, value),
      ]),
    );
    const transaction = this.#raw.transaction(RECORDS, 'readwrite', { durability: 'strict' });
    const store = transaction.objectStore(RECORDS);
    for (const [place, value] of sealed) {
      if (value === undefined) store.delete(place);
      else store.put(value, place);
    }
    await finished(transaction);
  }

  close() {
    this.#raw.close();
  }

  async #seal(place, value) {
    const iv = crypto.getRandomValues(new Uint8Array(IV));
    const algorithm = { name: 'AES-GCM', iv, additionalData: encode(place) };
    const data = await crypto.subtle.encrypt(algorithm, this.#key, encode(value));
    return { version: RECORD, iv, data };
  }

  async #open(place, { version, iv, data }) {
    if (version !== RECORD) throw new TypeError('a record of an unknown version');
    const algorithm = { name: 'AES-GCM', iv, additionalData: encode(place) };
    return decode(new Uint8Array(await crypto.subtle.decrypt(algorithm, this.#key, data)));
  }
}

async function allOf(store, range) {
  const [places, values] = await Promise.all([
    done(store.getAllKeys(range)),
    done(store.getAll(range)),
  ]);
  return places.map((place, i) => [place, values[i]]);
}

function lastOf(store, range, limit) {
  return new Promise((resolve, reject) => {
    const found = [];
    const request = store.openCursor(range, 'prev');
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor || found.length >= limit) return resolve(found.reverse());
      found.push([cursor.key, cursor.value]);
      return cursor.continue();
    };
  });
}

/** @param {string} userId in base64url @returns {Promise<Database>} @throws {StateError} */
export async function openDatabase(userId) {
  const raw = await openRaw(userId);
  return new IndexedDatabase(raw, await wrappingKey(raw));
}

/** Everything that this browser keeps of that person goes. */
export const deleteDatabase = (userId) => done(indexedDB.deleteDatabase(nameOf(userId)));
