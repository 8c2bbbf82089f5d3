// Owns what a password and a recovery key open (docs/PROTOCOL.md, section 8): key derivation, the
// wraps, and the sealed identity and book. It must not know the server, forms or storage.

import { argon2id, argon2idAsync } from '../../vendor/argon2.js';
import { box, openBox } from './aead.js';
import { ArgumentInvalid, FormatError, ParametersRefused } from './errors.js';
import { expand, hashWith, KEY } from './labels.js';
import { PRIVATE_KEY } from './signatures.js';
import * as vaultBook from './vault_book.js';
import { assertBytes, concat, encodeText, equalBytes, expect, wipe } from './wire.js';

const { associated } = vaultBook;
const SALT = 16;
const CHECK = 3;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BOUNDS = Object.freeze({ memoryKib: [19456, 262144], passes: [2, 10], lanes: [1, 1] });

/** @typedef {{memoryKib: number, passes: number, lanes: number}} KdfParams */

/** What new accounts use. */
export const DEFAULT_PARAMS = Object.freeze({ memoryKib: 19456, passes: 2, lanes: 1 });

/**
 * A server that could lower these would learn passwords, one that could raise them would stop the
 * browser. Called before the password is touched.
 * @param {KdfParams} params @throws {ParametersRefused}
 */
export function checkBounds(params) {
  for (const [name, [low, high]] of Object.entries(BOUNDS)) {
    const value = params[name];
    if (!Number.isSafeInteger(value) || value < low || value > high) {
      throw new ParametersRefused(
        'The server asks for unsafe password protection. Nothing was sent.',
      );
    }
  }
}

/** NFKC, so that one password typed on two keyboards is one password. */
function passwordBytes(password) {
  if (typeof password !== 'string') throw new ArgumentInvalid('a password is text');
  return encodeText(password.normalize('NFKC'));
}

const argonOptions = ({ memoryKib, passes, lanes }) => ({
  m: memoryKib,
  t: passes,
  p: lanes,
  dkLen: KEY,
});

/** Argon2id without the bounds, for vectors. @returns {Uint8Array} 32 bytes; blocks until it is done */
export const deriveMasterUnchecked = (password, salt, params) =>
  argon2id(passwordBytes(password), assertBytes(salt), argonOptions(params));

/**
 * M = Argon2id(NFKC(password), salt). Takes some hundred milliseconds and gives way to the page
 * meanwhile; in a worker it does not disturb at all.
 * @param {string} password
 * @param {Uint8Array} salt 16 bytes
 * @param {KdfParams} params
 * @param {(done: number) => void} [onProgress] from 0 to 1
 * @returns {Promise<Uint8Array>} 32 bytes; derive the two keys and wipe it
 * @throws {ParametersRefused}
 */
export async function deriveMaster(password, salt, params, onProgress) {
  checkBounds(params);
  assertBytes(salt, SALT, 'salt');
  const secret = passwordBytes(password);
  try {
    return await argon2idAsync(secret, salt, {
      ...argonOptions(params),
      ...(onProgress && { onProgress }),
    });
  } finally {
    wipe(secret);
  }
}

/** Sent to the server as proof of the password. */
export const loginKey = (master) => expand(master, 'login key', [], KEY);
/** Never sent. */
export const vaultKey = (master) => expand(master, 'vault key', [], KEY);
/** Sent to the server as proof of the recovery key. */
export const recoveryLoginKey = (recoveryKey) => expand(recoveryKey, 'recovery login key', [], KEY);
/** Never sent. */
export const recoveryWrapKey = (recoveryKey) => expand(recoveryKey, 'recovery wrap key', [], KEY);

function checkWrapName(name) {
  if (name !== 'wrap password' && name !== 'wrap recovery') {
    throw new ArgumentInvalid('a wrap is for the password or for the recovery key');
  }
}

/** @typedef {'wrap password'|'wrap recovery'} WrapName */

/**
 * @param {Uint8Array} key the vault key or the recovery wrap key
 * @param {WrapName} name which of the two
 * @param {{identityKey: Uint8Array, bookKey: Uint8Array}} keys 32 random bytes each
 * @param {Uint8Array} nonce 32 random bytes
 * @returns {Promise<Uint8Array>} box of identity key | book key
 */
export async function wrap(key, name, userId, version, { identityKey, bookKey }, nonce) {
  checkWrapName(name);
  const both = concat(
    assertBytes(identityKey, KEY, 'identity key'),
    assertBytes(bookKey, KEY, 'book key'),
  );
  return await box(key, nonce, both, associated(name, userId, version));
}

/**
 * The opposite of wrap. TagInvalid also means a wrong password.
 * @returns {Promise<{identityKey: Uint8Array, bookKey: Uint8Array}>} @throws {TagInvalid|FormatError}
 */
export async function unwrap(key, name, userId, version, data) {
  checkWrapName(name);
  const both = await openBox(key, data, associated(name, userId, version));
  expect(both.length === 2 * KEY, 'A wrap does not hold two keys.');
  return { identityKey: both.slice(0, KEY), bookKey: both.slice(KEY) };
}

/** @param {Uint8Array} identityPrivate 64 bytes @returns {Promise<Uint8Array>} box */
export async function sealIdentity(identityKey, userId, version, identityPrivate, nonce) {
  assertBytes(identityPrivate, PRIVATE_KEY, 'identity private key');
  return await box(
    identityKey,
    nonce,
    identityPrivate,
    associated('vault identity', userId, version),
  );
}

/** @returns {Promise<Uint8Array>} 64 bytes. @throws {TagInvalid|FormatError} */
export async function openIdentity(identityKey, userId, version, data) {
  const identityPrivate = await openBox(
    identityKey,
    data,
    associated('vault identity', userId, version),
  );
  expect(identityPrivate.length === PRIVATE_KEY, 'The vault does not hold an identity.');
  return identityPrivate;
}

/** The book's own functions, for whoever has the vault at hand. */
export const { sealBook, openBook } = vaultBook;

const checked = (recoveryKey) =>
  concat(recoveryKey, hashWith('recovery key', recoveryKey).subarray(0, CHECK));

/** @param {Uint8Array} recoveryKey 32 bytes @returns {string} 56 characters in 14 groups of four */
export function recoveryKeyText(recoveryKey) {
  let bits = '';
  for (const byte of checked(assertBytes(recoveryKey, KEY, 'recovery key'))) {
    bits += byte.toString(2).padStart(8, '0');
  }
  const characters = bits.match(/.{5}/g).map((five) => BASE32[Number.parseInt(five, 2)]);
  return characters.join('').match(/.{4}/g).join('-');
}

/**
 * Case, spaces and dashes do not matter; three bytes of a hash find slips of the pen.
 * @param {string} text @returns {Uint8Array} 32 bytes. @throws {FormatError}
 */
export function parseRecoveryKey(text) {
  const characters = typeof text === 'string' ? text.replace(/[\s-]/g, '') : '';
  // Before toUpperCase, which turns some letters of other scripts into these.
  if (!/^[A-Za-z2-7]{56}$/.test(characters)) throw new FormatError('This is not a recovery key.');
  const bits = [...characters.toUpperCase()]
    .map((one) => BASE32.indexOf(one).toString(2).padStart(5, '0'))
    .join('');
  const bytes = Uint8Array.from(bits.match(/.{8}/g), (eight) => Number.parseInt(eight, 2));
  const recoveryKey = bytes.slice(0, KEY);
  if (!equalBytes(checked(recoveryKey), bytes))
    throw new FormatError('The recovery key has a typing mistake.');
  return recoveryKey;
}
