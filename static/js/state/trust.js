// Owns whom this device believes: pinned identities and the device lists that they signed. Pure; the
// Python twin is client/trust.py.
//
// Lists come from the server, which may lie: nothing enters here unless it continues what was seen
// before (docs/PROTOCOL.md, section 2.3). The first sight of a person is trust on first use; what
// protects it is the safety number that two people compare.

import {
  identityOf,
  verifyKeysKept,
  verifyPinned,
  verifySuccessor,
} from '../crypto/device_list.js';
import { IdentityChanged, ListRefused } from '../crypto/errors.js';
import { equalBytes, toBase64url } from '../crypto/wire.js';

/**
 * @typedef {{userId: Uint8Array, name: string, identityHash: Uint8Array,
 *   newest: import('../crypto/device_list.js').SignedDeviceList,
 *   lists: Map<number, import('../crypto/device_list.js').SignedDeviceList>,
 *   verifiedAt: number}} Contact one person as this device knows them, with all verified lists
 * @typedef {ReadonlyMap<string, Contact>} Trust contacts by user id in base64url
 * @typedef {{identityHash: Uint8Array, version: number, hash: Uint8Array, verifiedAt: number}} Pin
 *   what the book knows of a person whom this device sees for the first time
 */

/** @type {Trust} */
export const NOBODY = new Map();

export const contactOf = (trust, userId) => trust.get(toBase64url(userId)) ?? null;

export const knownVersion = (trust, userId) => contactOf(trust, userId)?.newest.list.version ?? 0;

/** The verified list of that version, or null if it must be fetched. */
export const listOf = (trust, userId, version) =>
  contactOf(trust, userId)?.lists.get(version) ?? null;

const withContact = (trust, contact) =>
  new Map(trust).set(toBase64url(contact.userId), Object.freeze(contact));

// Another device of ours has seen this person already: its pin, not the server, says who it is.
function verifyFirstSight(chain, userId, { identityHash, version, hash }) {
  const seen = chain.find(({ list }) => list.version === version);
  if (!seen) throw new ListRefused('The device list that another device saw is not here.');
  verifyPinned(seen, userId, identityHash, version, hash);
}

function firstSight(userId, chain, newest, pin) {
  if (pin) verifyFirstSight(chain, userId, pin);
  const lists = new Map(chain.map((signed) => [signed.list.version, signed]));
  const { name } = newest.list;
  const verifiedAt = pin?.verifiedAt ?? 0;
  return { userId, name, identityHash: identityOf(newest), newest, lists, verifiedAt };
}

/**
 * Takes newer lists of a person, oldest first; the first sight pins the identity.
 * @param {Trust} trust @param {Uint8Array} userId
 * @param {import('../crypto/device_list.js').SignedDeviceList[]} chain
 * @param {Pin|null} [pin] from the book; then the chain holds the list that it names
 * @returns {Trust} @throws {ListRefused|IdentityChanged} and changes nothing
 */
export function learn(trust, userId, chain, pin = null) {
  const old = contactOf(trust, userId);
  const newest = verifySuccessor(old?.newest ?? null, chain);
  if (!equalBytes(newest.list.userId, userId)) {
    throw new ListRefused('The device list is of another person.');
  }
  verifyKeysKept([...(old?.lists.values() ?? []), ...chain]);
  if (old === null) return withContact(trust, firstSight(userId, chain, newest, pin));
  const lists = new Map(old.lists);
  for (const signed of chain) lists.set(signed.list.version, signed);
  return withContact(trust, { ...old, newest, lists });
}

/**
 * The person accepted the identity with the hash `offered`: forget the old pin and every mark.
 * @throws {IdentityChanged} if the chain is under yet another one
 */
export function acceptIdentity(trust, userId, offered, chain) {
  const rest = new Map(trust);
  rest.delete(toBase64url(userId));
  const accepted = learn(rest, userId, chain);
  if (!equalBytes(contactOf(accepted, userId).identityHash, offered)) {
    throw new IdentityChanged('This is not the identity that was accepted.');
  }
  return accepted;
}

/** The two people compared their safety number at this time (milliseconds). */
export const markVerified = (trust, userId, verifiedAt) =>
  withContact(trust, { ...contactOf(trust, userId), verifiedAt });
