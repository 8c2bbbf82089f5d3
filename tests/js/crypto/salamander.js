// Owns the attack that plain AES-GCM cannot withstand: one ciphertext with one tag that opens under two
// keys to two plaintexts of the attacker's choice. For tests alone.
//
// GHASH is linear in the ciphertext. One free block x therefore solves GHASH_1 + mask_1 = GHASH_2 + mask_2,
// and both keys agree on the tag (NIST SP 800-38D, section 6.4; Dodis and others, 2018).

import { createCipheriv } from 'node:crypto';
import { concat } from '../../../static/js/crypto/wire.js';
import { fromHex, hex } from './fixtures.js';

const BLOCK = 16;
const REDUCTION = 0xe1n << 120n;

const toNumber = (bytes) => BigInt(`0x${hex(bytes)}`);
const toBlock = (value) => fromHex(value.toString(16).padStart(32, '0'));

// Multiplication in GF(2^128) with the bit order of GCM (section 6.3).
function times(a, b) {
  let product = 0n;
  let factor = b;
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ REDUCTION : factor >> 1n;
  }
  return product;
}

function power(base, exponent) {
  let result = 1n << 127n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = times(result, square);
    square = times(square, square);
  }
  return result;
}

const inverse = (value) => power(value, (1n << 128n) - 2n);

const blocksOf = (bytes) =>
  Array.from({ length: Math.ceil(bytes.length / BLOCK) }, (_, i) => {
    const block = new Uint8Array(BLOCK);
    block.set(bytes.slice(BLOCK * i, BLOCK * (i + 1)));
    return toNumber(block);
  });

const encryptBlock = (key, block) => createCipheriv('aes-256-ecb', key, null).update(block);

function ghash(hashKey, ad, ct) {
  const lengths = (BigInt(8 * ad.length) << 64n) | BigInt(8 * ct.length);
  const blocks = [...blocksOf(ad), ...blocksOf(ct), lengths];
  return blocks.reduce((sum, block) => times(sum ^ block, hashKey), 0n);
}

function viewOf({ ke, n }) {
  const counter = (i) => concat(n, Uint8Array.of(0, 0, 0, i));
  return {
    hashKey: toNumber(encryptBlock(ke, new Uint8Array(BLOCK))),
    mask: toNumber(encryptBlock(ke, counter(1))),
    stream: (length) =>
      createCipheriv('aes-256-ctr', ke, counter(2)).update(new Uint8Array(length)),
  };
}

/**
 * @param {{ke, n}} one first key and nonce @param {{ke, n}} two the second
 * @param {Uint8Array} ad @param {Uint8Array} first meaning under key one: one block
 * @param {Uint8Array} second meaning under key two: one block
 * @returns {Uint8Array} ct | GCM tag. Under key one it begins with `first`; under key two `second` is its
 *   second block
 */
export function salamander(one, two, ad, first, second) {
  const [a, b] = [viewOf(one), viewOf(two)];
  const xor = (x, y) => x.map((byte, i) => byte ^ y[i]);
  const ct = concat(
    xor(first, a.stream(48).subarray(0, 16)),
    xor(second, b.stream(48).subarray(16, 32)),
    new Uint8Array(BLOCK),
  );
  // The free block is the last: it is multiplied by the square of the hash key.
  const gap = ghash(a.hashKey, ad, ct) ^ a.mask ^ ghash(b.hashKey, ad, ct) ^ b.mask;
  const weight = times(a.hashKey, a.hashKey) ^ times(b.hashKey, b.hashKey);
  ct.set(toBlock(times(gap, inverse(weight))), 2 * BLOCK);
  return concat(ct, toBlock(ghash(a.hashKey, ad, ct) ^ a.mask));
}
