// Owns making this browser a device: its keys, its place in the person's device list, what it keeps.
// The identity is in memory for that act alone and is wiped by whoever unlocked it.

import { parseSigned, sign, verifySuccessor } from '../crypto/device_list.js';
import { keypair as kemKeypair, SEED } from '../crypto/kem.js';
import { ID } from '../crypto/labels.js';
import { PRIVATE_KEY, keypair as signingKeypair } from '../crypto/signatures.js';
import { compareBytes, equalBytes, toBase64url } from '../crypto/wire.js';
import { random } from './clock.js';
import { StateError } from './errors.js';
import { contactRecords } from './records.js';
import { learn, NOBODY } from './trust.js';

const MOST_DEVICES = 16;

/** @returns {{kept: object, listed: import('../crypto/device_list.js').Device}} private and public half */
export function makeDevice(now) {
  const deviceId = random(ID);
  const kem = kemKeypair(random(SEED));
  const signing = signingKeypair(random(PRIVATE_KEY));
  const key = { keyId: kem.keyId, seed: kem.seed, refresh: 0, retiredAt: null };
  return {
    kept: { deviceId, signingPrivate: signing.privateKey, keys: [key], addedAt: now },
    listed: {
      deviceId,
      kemPublic: kem.publicKey,
      signingPublic: signing.publicKey,
      addedAt: now,
    },
  };
}

export const isListed = ({ list }, deviceId) =>
  list.devices.some((device) => equalBytes(device.deviceId, deviceId));

/** The first list of a new account, signed. */
export function firstList({ userId, name, identity, listed, now }) {
  const list = {
    userId,
    name,
    identityPublic: identity.publicKey,
    version: 1,
    previousHash: new Uint8Array(32),
    issuedAt: now,
    devices: [listed],
  };
  return parseSigned(sign(list, identity.privateKey));
}

/** The list that follows, with one more device. @throws {StateError} when there is no room */
export function nextList(before, listed, identityPrivate, now) {
  const devices = [...before.list.devices, listed];
  if (devices.length > MOST_DEVICES) {
    throw new StateError(`You already have ${MOST_DEVICES} devices`, {
      code: 'too_many_devices',
      detail:
        'None can be removed in the browser yet. Go on in a browser in which you logged in before.',
    });
  }
  devices.sort((a, b) => compareBytes(a.deviceId, b.deviceId));
  const list = {
    ...before.list,
    version: before.list.version + 1,
    previousHash: before.hash,
    issuedAt: Math.max(now, before.list.issuedAt),
    devices,
  };
  return parseSigned(sign(list, identityPrivate));
}

/**
 * What is written down for a new device. Sessions that an earlier device of this browser kept cannot go on;
 * what it could read stays readable.
 * @returns {Promise<[import('./db.js').Place, any][]>}
 */
export async function enrolmentRecords(db, { userId, name, kept, lists, book, newDevice }) {
  const contact = [...learn(NOBODY, userId, lists).values()][0];
  const before = await db.list(['session']);
  return [
    ...before.map(([place]) => [place, undefined]),
    ...contactRecords(null, contact),
    [['book'], book],
    [['device'], { ...kept, userId, name, newDevice, toldNew: !newDevice }],
  ];
}

/** Lists of our own that the server offers, against what the book remembers. @throws {CryptoError|StateError} */
export function verifyOwnLists(lists, identityPublic, own) {
  const newest = verifySuccessor(null, lists);
  const pinned = lists.find(({ list }) => list.version === own.list_version);
  const fits =
    equalBytes(newest.list.identityPublic, identityPublic) &&
    pinned !== undefined &&
    toBase64url(pinned.hash) === own.list_hash;
  if (fits) return newest;
  throw new StateError('The server shows a list of your devices that is not yours', {
    code: 'own_list_refused',
    detail:
      'It is older than what your vault remembers, or signed by somebody else. Do not use this server until its owner has explained that.',
  });
}
