// Owns encryption to a device key: X-Wing and HPKE in base mode (docs/PROTOCOL.md, section 2.1).
// It must not know what is sealed. A private key is its 32-byte seed; nothing else is stored or sent.
//
// ML-KEM never fails loudly: a wrong ciphertext gives a random secret. HPKE's tag makes that an error.

import { ml_kem768_x25519 } from '../../vendor/noble.js';
import { GCM_NONCE, GCM_TAG, gcmDecrypt, gcmEncrypt } from './aead.js';
import { FormatError, KeyRefused, TagInvalid } from './errors.js';
import { expandBare, extract, idWith, KEY } from './labels.js';
import { assertBytes, concat, encodeText, Writer, wipe } from './wire.js';

export const SEED = 32;
export const PUBLIC_KEY = 1216;
export const ENCAPSULATED = 1120;
/** ML-KEM message [32] | X25519 private key [32] */
export const RANDOMNESS = 64;
/** What seal adds to a plaintext. */
export const SEAL_OVERHEAD = ENCAPSULATED + GCM_TAG;

/** X-Wing, HKDF-SHA256, AES-256-GCM: identifiers of draft-ietf-hpke-pq and RFC 9180, section 7. */
export const SUITE = Object.freeze({ kem: 0x647a, kdf: 0x0001, aead: 0x0002 });

const MODE_BASE = Uint8Array.of(0);
const EMPTY = new Uint8Array(0);

/** The first 16 bytes of H("key id"; public key). */
export const keyId = (publicKey) =>
  idWith('key id', assertBytes(publicKey, PUBLIC_KEY, 'public key'));

/**
 * @param {Uint8Array} seed 32 random bytes: the private key
 * @returns {{seed: Uint8Array, publicKey: Uint8Array, keyId: Uint8Array}}
 */
export function keypair(seed) {
  const { publicKey } = ml_kem768_x25519.keygen(assertBytes(seed, SEED, 'seed'));
  return Object.freeze({ seed, publicKey, keyId: keyId(publicKey) });
}

/** @returns {{sharedSecret: Uint8Array, enc: Uint8Array}} @throws {KeyRefused} on an unusable key */
export function encapsulate(publicKey, randomness) {
  assertBytes(publicKey, PUBLIC_KEY, 'public key');
  assertBytes(randomness, RANDOMNESS, 'randomness');
  try {
    const { sharedSecret, cipherText } = ml_kem768_x25519.encapsulate(publicKey, randomness);
    return { sharedSecret, enc: cipherText };
  } catch (cause) {
    // A coefficient out of range (FIPS 203, section 7.2) or an X25519 point of small order.
    throw new KeyRefused('A device published a key that cannot be used.', { cause });
  }
}

/** @returns {Uint8Array} the shared secret. @throws {TagInvalid} on a ciphertext nobody honest makes */
export function decapsulate(seed, enc) {
  assertBytes(seed, SEED, 'seed');
  assertBytes(enc, ENCAPSULATED, 'enc');
  try {
    return ml_kem768_x25519.decapsulate(enc, seed);
  } catch (cause) {
    throw new TagInvalid('The sealed data was not made for this key.', { cause });
  }
}

const suiteId = ({ kem, kdf, aead }) =>
  concat(encodeText('HPKE'), new Writer().u16(kem).u16(kdf).u16(aead).done());

// RFC 9180, section 4. The "HPKE-v1" labels belong to that RFC, not to our tree of labels.
const labeled = (suite, name, data) =>
  concat(encodeText('HPKE-v1'), suiteId(suite), encodeText(name), data);

const labeledExtract = (suite, salt, name, ikm) => extract(salt, labeled(suite, name, ikm));

const labeledExpand = (suite, prk, name, info, length) =>
  expandBare(prk, concat(new Writer().u16(length).done(), labeled(suite, name, info)), length);

/**
 * The key schedule of RFC 9180, section 5.1, base mode, HKDF-SHA256. The suite is an argument so that
 * published vectors of another AEAD with the same sizes drive the same code.
 * @returns {{key: Uint8Array, baseNonce: Uint8Array, exporterSecret: Uint8Array}}
 */
export function schedule(sharedSecret, info, suite = SUITE) {
  const pskIdHash = labeledExtract(suite, EMPTY, 'psk_id_hash', EMPTY);
  const infoHash = labeledExtract(suite, EMPTY, 'info_hash', info);
  const context = concat(MODE_BASE, pskIdHash, infoHash);
  const secret = labeledExtract(suite, sharedSecret, 'secret', EMPTY);
  const keys = {
    key: labeledExpand(suite, secret, 'key', context, KEY),
    baseNonce: labeledExpand(suite, secret, 'base_nonce', context, GCM_NONCE),
    exporterSecret: labeledExpand(suite, secret, 'exp', context, 32),
  };
  wipe(secret);
  return keys;
}

// Single shot: sequence number 0, so the nonce is the base nonce; the aad is empty because whatever
// must be bound is in the info, and another info is another key.
async function withSchedule(sharedSecret, info, use) {
  const keys = schedule(sharedSecret, info);
  try {
    return await use(keys.key, keys.baseNonce);
  } finally {
    wipe(sharedSecret, keys.key, keys.exporterSecret);
  }
}

/**
 * HPKE single-shot seal.
 * @param {Uint8Array} publicKey 1216 bytes
 * @param {Uint8Array} info what the entry is bound to
 * @param {Uint8Array} randomness 64 fresh random bytes; using them twice reveals the plaintexts
 * @returns {Promise<Uint8Array>} enc [1120] | ciphertext
 * @throws {KeyRefused} when the public key cannot be used
 */
export async function seal(publicKey, info, plaintext, randomness) {
  const { sharedSecret, enc } = encapsulate(publicKey, randomness);
  const ct = await withSchedule(sharedSecret, info, (key, nonce) =>
    gcmEncrypt(key, nonce, EMPTY, plaintext),
  );
  return concat(enc, ct);
}

/** @returns {Promise<Uint8Array>} the plaintext. @throws {FormatError|TagInvalid} */
export async function openSealed(seed, info, sealed) {
  if (assertBytes(sealed).length < SEAL_OVERHEAD)
    throw new FormatError('The sealed data is too short.');
  const sharedSecret = decapsulate(seed, sealed.subarray(0, ENCAPSULATED));
  const ct = sealed.subarray(ENCAPSULATED);
  return await withSchedule(sharedSecret, info, (key, nonce) => gcmDecrypt(key, nonce, EMPTY, ct));
}
