// Owns authenticated encryption that commits to its key (docs/PROTOCOL.md, section 3).
// It must not know what is encrypted. AES-GCM comes from WebCrypto, which is asynchronous.
//
// Plain GCM lets one ciphertext open under two keys with two meanings. Here a full HMAC covers the
// ciphertext, and both keys come from one secret, so two secrets that open the same bytes would be a
// collision of HMAC-SHA256.

import { FormatError, TagInvalid } from './errors.js';
import { expand, HASH, KEY, mac, VERSION } from './labels.js';
import { assertBytes, concat, equalBytes, lp, Reader, Writer, wipe } from './wire.js';

export const GCM_NONCE = 12;
export const GCM_TAG = 16;
export const BOX_NONCE = 32;
/** What encrypt adds to a plaintext. */
export const OVERHEAD = GCM_TAG + HASH;
/** What box adds to a plaintext. */
export const BOX_OVERHEAD = 1 + BOX_NONCE + OVERHEAD;

/**
 * Ke | Km | N = Expand(secret, name; parts; 76).
 * @param {Uint8Array} secret 32 bytes
 * @returns {{ke: Uint8Array, km: Uint8Array, n: Uint8Array}} for one message
 */
export function deriveKeys(secret, name, ...parts) {
  const bytes = expand(secret, name, parts, 2 * KEY + GCM_NONCE);
  const keys = { ke: bytes.slice(0, 32), km: bytes.slice(32, 64), n: bytes.slice(64) };
  wipe(bytes);
  return keys;
}

export function wipeKeys({ ke, km, n }) {
  wipe(ke, km, n);
}

const importKey = (raw, use) =>
  globalThis.crypto.subtle.importKey('raw', assertBytes(raw, KEY, 'key'), 'AES-GCM', false, [use]);

const gcmOptions = (nonce, ad) => ({
  name: 'AES-GCM',
  iv: assertBytes(nonce, GCM_NONCE, 'nonce'),
  additionalData: assertBytes(ad),
  tagLength: 8 * GCM_TAG,
});

/** AES-256-GCM (NIST SP 800-38D). @returns {Promise<Uint8Array>} ciphertext with its 16-byte tag */
export async function gcmEncrypt(key, nonce, ad, plaintext) {
  const imported = await importKey(key, 'encrypt');
  const sealed = await globalThis.crypto.subtle.encrypt(
    gcmOptions(nonce, ad),
    imported,
    assertBytes(plaintext),
  );
  return new Uint8Array(sealed);
}

/** The opposite of gcmEncrypt. It does not commit to its key: only `decrypt` and HPKE may use it. */
export async function gcmDecrypt(key, nonce, ad, ciphertext) {
  assertBytes(ciphertext);
  const options = gcmOptions(nonce, ad);
  const imported = await importKey(key, 'decrypt');
  try {
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(options, imported, ciphertext));
  } catch (cause) {
    throw new TagInvalid('The data cannot be opened: it was changed, or the key is another.', {
      cause,
    });
  }
}

const commitment = (km, ad, ct) => mac(km, concat(lp(ad), ct));

/**
 * @param {{ke, km, n}} keys from deriveKeys, for this one message
 * @param {Uint8Array} ad bound, not stored
 * @returns {Promise<Uint8Array>} ct | tag [32]
 */
export async function encrypt({ ke, km, n }, ad, plaintext) {
  const ct = await gcmEncrypt(ke, n, ad, plaintext);
  return concat(ct, commitment(km, ad, ct));
}

/**
 * The committing tag is checked first, over everything.
 * @throws {FormatError} when too short. @throws {TagInvalid}
 */
export async function decrypt({ ke, km, n }, ad, data) {
  if (assertBytes(data).length < OVERHEAD) throw new FormatError('The ciphertext is too short.');
  const ct = data.subarray(0, data.length - HASH);
  if (!equalBytes(commitment(km, ad, ct), data.subarray(data.length - HASH))) {
    throw new TagInvalid('The data cannot be opened: it was changed, or the key is another.');
  }
  return await gcmDecrypt(ke, n, ad, ct);
}

/**
 * The form for what is stored under a long-lived key.
 * @param {Uint8Array} key 32 bytes
 * @param {Uint8Array} nonce 32 bytes, random, never used twice with one key
 * @returns {Promise<Uint8Array>} u8 1 | nonce | ct | tag
 */
export async function box(key, nonce, plaintext, ad) {
  const keys = deriveKeys(key, 'box', nonce);
  try {
    const sealed = await encrypt(keys, ad, plaintext);
    return new Writer().u8(VERSION).fixed(nonce, BOX_NONCE).fixed(sealed, sealed.length).done();
  } finally {
    wipeKeys(keys);
  }
}

/** @returns {Promise<Uint8Array>} the plaintext. @throws {FormatError|TagInvalid} */
export async function openBox(key, data, ad) {
  const reader = new Reader(data);
  if (reader.u8() !== VERSION) throw new FormatError('A box of an unknown version.');
  const nonce = reader.fixed(BOX_NONCE);
  const keys = deriveKeys(key, 'box', nonce);
  try {
    return await decrypt(keys, ad, data.subarray(reader.position));
  } finally {
    wipeKeys(keys);
  }
}
