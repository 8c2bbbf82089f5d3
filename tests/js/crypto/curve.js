// Owns the Ed25519 arithmetic with which a dishonest signer would work. For tests alone.

import { label } from '../../../static/js/crypto/labels.js';
import { concat } from '../../../static/js/crypto/wire.js';
import { ed25519, sha512 } from '../../../static/vendor/noble.js';

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
const ORDER_8 = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');

export function littleEndian(bytes) {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

export function toLittleEndian(value) {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

/** The same signature with S + L, which verifies where S is reduced silently. */
export function unreduced(signature) {
  const s = littleEndian(signature.slice(32)) + ORDER;
  return concat(signature.slice(0, 32), toLittleEndian(s));
}

/** A signature whose R has a point of order 8 added: right with the cofactor, wrong without it. */
export function torsionSignature(seed, purpose, message) {
  const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(seed);
  const signed = concat(label(`sign ${purpose}`), message);
  const nonce = littleEndian(sha512(signed)) % ORDER;
  const r = Point.BASE.multiply(nonce).add(ORDER_8).toBytes();
  const k = littleEndian(sha512(concat(r, pointBytes, signed))) % ORDER;
  return concat(r, toLittleEndian((nonce + k * scalar) % ORDER));
}

/** A private scalar whose public key has a point of order 8 in it, and its signatures. */
export function mixedOrderSigner(seed) {
  const { scalar } = ed25519.utils.getExtendedPublicKey(seed);
  const key = Point.BASE.multiply(scalar).add(ORDER_8).toBytes();
  const signWith = (purpose, message, nonce) => {
    const signed = concat(label(`sign ${purpose}`), message);
    const r = Point.BASE.multiply(nonce).toBytes();
    const k = littleEndian(sha512(concat(r, key, signed))) % ORDER;
    // Without a cofactor this verifies exactly when k times the point of order 8 is neutral.
    return {
      signature: concat(r, toLittleEndian((nonce + k * scalar) % ORDER)),
      exact: k % 8n === 0n,
    };
  };
  return { key, signWith };
}

/** What the library alone says: it multiplies by the cofactor. */
export const libraryAccepts = (key, purpose, message, signature) =>
  ed25519.verify(signature, concat(label(`sign ${purpose}`), message), key, { zip215: false });
