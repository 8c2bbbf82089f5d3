// Owns what names a person: identity hash, safety number, and the id of a conversation of two
// (docs/PROTOCOL.md, sections 1, 2.3 and 2.6). It must not know device lists or where a hash is pinned.

import { sha512 } from '../../vendor/noble.js';
import { ArgumentInvalid, FormatError } from './errors.js';
import { HASH, hashWith, ID, idWith, label } from './labels.js';
import { PUBLIC_KEY } from './signatures.js';
import { assertBytes, compareBytes, concat, fromBase64url, Reader, toBase64url } from './wire.js';

const ROUNDS = 5200;
const DIGITS_OF_ONE = 30;
const QR_PREFIX = 'cryptexq:1:';

/** H("identity"; user id, Ed25519 key, ML-DSA key). @returns {Uint8Array} 32 bytes */
export function identityHash(userId, identityPublic) {
  assertBytes(userId, ID, 'user id');
  return hashWith('identity', userId, assertBytes(identityPublic, PUBLIC_KEY, 'identity key'));
}

/** Lower user id first. @throws {ArgumentInvalid} when both are the same */
function ordered(userA, userB) {
  assertBytes(userA, ID, 'user id');
  const order = compareBytes(userA, assertBytes(userB, ID, 'user id'));
  if (order === 0) throw new ArgumentInvalid('two different people are needed');
  return order < 0;
}

/** So that a server cannot keep two conversations for the same two people. @returns {Uint8Array} 16 bytes */
export const directConversationId = (userA, userB) =>
  idWith('direct conversation', ...(ordered(userA, userB) ? [userA, userB] : [userB, userA]));

function digitsOf(userId, hash) {
  let state = sha512(
    concat(label('safety number'), userId, assertBytes(hash, HASH, 'identity hash')),
  );
  for (let round = 0; round < ROUNDS; round++) state = sha512(concat(state, hash));
  let digits = '';
  for (let i = 0; i < DIGITS_OF_ONE; i += 5) {
    const value = state.subarray(i, i + 5).reduce((sum, byte) => sum * 256 + byte, 0);
    digits += String(value % 100000).padStart(5, '0');
  }
  return digits;
}

/**
 * What two people compare. Takes about 10 000 hashes: some tens of milliseconds.
 * @returns {string} 60 digits in groups of five, parted by one space
 */
export function safetyNumber(userA, hashA, userB, hashB) {
  const halves = [digitsOf(userA, hashA), digitsOf(userB, hashB)];
  if (!ordered(userA, userB)) halves.reverse();
  return halves.join('').match(/.{5}/g).join(' ');
}

/** The text of the QR code: the full hashes. */
export function safetyQr(userA, hashA, userB, hashB) {
  const one = concat(userA, assertBytes(hashA, HASH, 'identity hash'));
  const two = concat(userB, assertBytes(hashB, HASH, 'identity hash'));
  return QR_PREFIX + toBase64url(ordered(userA, userB) ? concat(one, two) : concat(two, one));
}

/**
 * @param {string} text what a camera read
 * @returns {{userId: Uint8Array, identityHash: Uint8Array}[]} two people, lower user id first
 * @throws {FormatError}
 */
export function parseSafetyQr(text) {
  if (typeof text !== 'string' || !text.startsWith(QR_PREFIX))
    throw new FormatError('This is no safety number.');
  const reader = new Reader(fromBase64url(text.slice(QR_PREFIX.length), 2 * (ID + HASH)));
  const people = reader.list(2, (r) => ({ userId: r.fixed(ID), identityHash: r.fixed(HASH) }));
  if (compareBytes(people[0].userId, people[1].userId) >= 0)
    throw new FormatError('This is no safety number.');
  return people;
}
