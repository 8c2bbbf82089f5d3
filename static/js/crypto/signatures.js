// Owns signing and verifying (docs/PROTOCOL.md, section 2.2): Ed25519 and ML-DSA-65 over the same
// bytes, and both must verify. It must not know what is signed, only for which purpose.
//
// Verification raises; nothing here returns false. Signing is deterministic in both halves: the same
// key and message give the same signature.

import { ed25519, ml_dsa65, sha512 } from '../../vendor/noble.js';
import { FormatError, KeyRefused, SignatureInvalid } from './errors.js';
import { label } from './labels.js';
import { assertBytes, concat, equalBytes, wipe } from './wire.js';

export const PRIVATE_KEY = 64;
export const ED25519_KEY = 32;
export const ED25519_SIGNATURE = 64;
export const PUBLIC_KEY = 1984;
export const SIGNATURE = 3373;

const { Point } = ed25519;
const CURVE_FIELD = Point.Fp.ORDER;
const GROUP_ORDER = Point.Fn.ORDER;

/** L("sign " + purpose) | message */
const signedBytes = (purpose, message) => concat(label(`sign ${purpose}`), message);

function littleEndian(bytes) {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return value;
}

function decodePoint(key) {
  try {
    return Point.fromBytes(key, false);
  } catch (cause) {
    throw new SignatureInvalid('A signing key belongs to no signature.', { cause });
  }
}

/**
 * A key that is not canonical has two encodings and hence two identities; one of small order has
 * signatures that verify for any message. Both are refused before anything is verified. The sign bit
 * does not change the order, so it is cleared to look at the order also where x is zero.
 */
function checkEd25519Key(key) {
  const positive = new Uint8Array(key);
  positive[31] &= 0x7f;
  if (littleEndian(positive) >= CURVE_FIELD)
    throw new KeyRefused('A signing key is not canonical.');
  if (decodePoint(positive).isSmallOrder())
    throw new KeyRefused('A signing key is of small order.');
}

/**
 * The encoding of [S]B - [k]A must be R. The library's own check multiplies by the cofactor, which
 * accepts signatures that other implementations refuse: one device would show what another hides.
 * It runs as well, so that this equation can only refuse more, never accept more.
 */
function equationHolds(key, message, signature) {
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= GROUP_ORDER) return false;
  const k = littleEndian(sha512(concat(r, key, message))) % GROUP_ORDER;
  const expected = Point.BASE.multiplyUnsafe(s).subtract(decodePoint(key).multiplyUnsafe(k));
  return equalBytes(expected.toBytes(), r);
}

function verifyEd25519Bytes(key, signed, signature) {
  checkEd25519Key(key);
  const holds =
    ed25519.verify(signature, signed, key, { zip215: false }) &&
    equationHolds(key, signed, signature);
  if (!holds) throw new SignatureInvalid('A signature is not genuine.');
}

/**
 * @param {Uint8Array} privateKey Ed25519 seed [32] | ML-DSA-65 seed [32]
 * @returns {{privateKey: Uint8Array, publicKey: Uint8Array}} public key: 1984 bytes
 */
export function keypair(privateKey) {
  assertBytes(privateKey, PRIVATE_KEY, 'private key');
  const lattice = ml_dsa65.keygen(privateKey.subarray(32));
  wipe(lattice.secretKey);
  const publicKey = concat(ed25519.getPublicKey(privateKey.subarray(0, 32)), lattice.publicKey);
  return Object.freeze({ privateKey, publicKey });
}

/**
 * @param {Uint8Array} privateKey 64 bytes
 * @param {'device list'|'commit'|'key refresh'|'connect'} purpose
 * @returns {Uint8Array} Ed25519 signature [64] | ML-DSA-65 signature [3309]
 */
export function sign(privateKey, purpose, message) {
  assertBytes(privateKey, PRIVATE_KEY, 'private key');
  const signed = signedBytes(purpose, message);
  const lattice = ml_dsa65.keygen(privateKey.subarray(32));
  const second = ml_dsa65.sign(signed, lattice.secretKey, { extraEntropy: false });
  wipe(lattice.secretKey);
  return concat(ed25519.sign(signed, privateKey.subarray(0, 32)), second);
}

/** @throws {FormatError|KeyRefused|SignatureInvalid} unless both halves verify */
export function verify(publicKey, purpose, message, signature) {
  assertBytes(publicKey, PUBLIC_KEY, 'public key');
  if (assertBytes(signature).length !== SIGNATURE)
    throw new FormatError('A signature has the wrong length.');
  const signed = signedBytes(purpose, message);
  verifyEd25519Bytes(publicKey.subarray(0, 32), signed, signature.subarray(0, 64));
  if (!ml_dsa65.verify(signature.subarray(64), signed, publicKey.subarray(32))) {
    throw new SignatureInvalid('A signature is not genuine.');
  }
}

/** The Ed25519 half alone, for the signature inside a message. @returns {Uint8Array} 64 bytes */
export function signEd25519(privateKey, purpose, message) {
  assertBytes(privateKey, PRIVATE_KEY, 'private key');
  return ed25519.sign(signedBytes(purpose, message), privateKey.subarray(0, 32));
}

/** @throws {FormatError|KeyRefused|SignatureInvalid} */
export function verifyEd25519(publicKey, purpose, message, signature) {
  assertBytes(publicKey, PUBLIC_KEY, 'public key');
  if (assertBytes(signature).length !== ED25519_SIGNATURE) {
    throw new FormatError('A signature has the wrong length.');
  }
  verifyEd25519Bytes(publicKey.subarray(0, 32), signedBytes(purpose, message), signature);
}
