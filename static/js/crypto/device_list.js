// Owns the list of a person's devices: its bytes, its signature, and which list may follow which
// (docs/PROTOCOL.md, section 2.3). It must not know where lists are kept or fetched from.

import { ArgumentInvalid, FormatError, IdentityChanged, ListRefused } from './errors.js';
import { identityHash } from './identity.js';
import { PUBLIC_KEY as KEM_PUBLIC_KEY } from './kem.js';
import { HASH, hashWith, ID, VERSION } from './labels.js';
import { keypair, PUBLIC_KEY, SIGNATURE, sign as signWith, verify } from './signatures.js';
import {
  assertBytes,
  concat,
  copyBytes,
  decodeText,
  encodeText,
  equalBytes,
  expect,
  Reader,
  strictlyAscending,
  toBase64url,
  Writer,
} from './wire.js';

const MAX_DEVICES = 16;
const MAX_NAME = 32;
const NAME = /^[a-z0-9][a-z0-9._-]{2,31}$/;
const PURPOSE = 'device list';
const NO_HASH = new Uint8Array(HASH);

/**
 * @typedef {{deviceId: Uint8Array, kemPublic: Uint8Array, signingPublic: Uint8Array, addedAt: number}} Device
 * @typedef {{userId: Uint8Array, name: string, identityPublic: Uint8Array, version: number,
 *   previousHash: Uint8Array, issuedAt: number, devices: Device[]}} DeviceList times in Unix ms
 * @typedef {{list: DeviceList, signature: Uint8Array, raw: Uint8Array, hash: Uint8Array}} SignedDeviceList
 */

// The rules that parser and writer share, so that nothing is written that would not be read.
function ruleBroken(list) {
  if (!NAME.test(list.name)) return 'A user name in a device list is not valid.';
  if (list.version < 1) return 'A device list has no version.';
  if ((list.version === 1) !== equalBytes(list.previousHash, NO_HASH)) {
    return 'A device list does not name the list before it.';
  }
  if (list.devices.length > MAX_DEVICES) return 'A device list has too many devices.';
  if (!strictlyAscending(list.devices.map((device) => device.deviceId))) {
    return 'The devices of a list are not sorted.';
  }
  return null;
}

const readDevice = (reader) =>
  Object.freeze({
    deviceId: reader.fixed(ID),
    kemPublic: reader.fixed(KEM_PUBLIC_KEY),
    signingPublic: reader.fixed(PUBLIC_KEY),
    addedAt: reader.u64(),
  });

function writeDevice(writer, device) {
  writer.fixed(device.deviceId, ID).fixed(device.kemPublic, KEM_PUBLIC_KEY);
  writer.fixed(device.signingPublic, PUBLIC_KEY).u64(device.addedAt);
}

/** @param {DeviceList} list @returns {Uint8Array} unsigned. @throws {ArgumentInvalid} */
export function serialise(list) {
  const writer = new Writer().u8(VERSION).fixed(list.userId, ID).lp(encodeText(list.name));
  writer.fixed(list.identityPublic, PUBLIC_KEY).u32(list.version).fixed(list.previousHash, HASH);
  writer.u64(list.issuedAt).u16(list.devices.length);
  for (const device of list.devices) writeDevice(writer, device);
  const broken = ruleBroken(list);
  if (broken) throw new ArgumentInvalid(broken);
  return writer.done();
}

function readList(reader) {
  expect(reader.u8() === VERSION, 'A device list of an unknown version.');
  const list = {
    userId: reader.fixed(ID),
    name: decodeText(reader.lp(MAX_NAME)),
    identityPublic: reader.fixed(PUBLIC_KEY),
    version: reader.u32(),
    previousHash: reader.fixed(HASH),
    issuedAt: reader.u64(),
  };
  list.devices = Object.freeze(reader.list(reader.u16(), readDevice));
  const broken = ruleBroken(list);
  if (broken) throw new FormatError(broken);
  return Object.freeze(list);
}

/** H("device list"; list). @param {Uint8Array} unsigned bytes without the signature */
export const listHash = (unsigned) => hashWith('device list', unsigned);

/** @returns {Uint8Array} list | signature. @throws {ArgumentInvalid} when the key is not the list's */
export function sign(list, identityPrivate) {
  const unsigned = serialise(list);
  if (!equalBytes(keypair(identityPrivate).publicKey, list.identityPublic)) {
    throw new ArgumentInvalid('this identity key is not the one of the list');
  }
  return concat(unsigned, signWith(identityPrivate, PURPOSE, unsigned));
}

/** The bytes of a parsed list, from its fields. @param {SignedDeviceList} signed */
export const serialiseSigned = ({ list, signature }) =>
  concat(serialise(list), assertBytes(signature, SIGNATURE, 'signature'));

/** The signature is not checked here. @returns {SignedDeviceList} @throws {FormatError} */
export function parseSigned(bytes) {
  const reader = new Reader(bytes);
  const list = readList(reader);
  const hash = listHash(bytes.subarray(0, reader.position));
  const signature = reader.fixed(SIGNATURE);
  reader.end();
  return Object.freeze({ list, signature, raw: copyBytes(bytes), hash });
}

/** @param {SignedDeviceList} signed @throws {KeyRefused|SignatureInvalid} */
export function verifySigned(signed) {
  const unsigned = signed.raw.subarray(0, signed.raw.length - SIGNATURE);
  verify(signed.list.identityPublic, PURPOSE, unsigned, signed.signature);
}

/** The identity hash under which this list stands. */
export const identityOf = ({ list }) => identityHash(list.userId, list.identityPublic);

const refuseUnless = (condition, message) => {
  if (!condition) throw new ListRefused(message);
};

function refuseIdentityUnless(condition) {
  if (!condition)
    throw new IdentityChanged('The identity key of this person is not the one that was pinned.');
}

/**
 * This is the very list that was seen before, for a device that kept only what the book keeps.
 * @throws {IdentityChanged|ListRefused}
 */
export function verifyPinned(signed, userId, pinnedIdentity, version, hash) {
  const sameUser = equalBytes(signed.list.userId, userId);
  refuseIdentityUnless(sameUser && equalBytes(identityOf(signed), pinnedIdentity));
  const same = signed.list.version === version && equalBytes(signed.hash, hash);
  refuseUnless(same, 'This is not the device list that was seen before.');
}

function verifyLink(before, after) {
  const [old, next] = [before.list, after.list];
  const samePerson = equalBytes(old.userId, next.userId);
  refuseIdentityUnless(samePerson && equalBytes(old.identityPublic, next.identityPublic));
  if (equalBytes(before.hash, after.hash)) return;
  refuseUnless(old.name === next.name, 'A device list changes the name of its person.');
  const isNext = next.version === old.version + 1;
  refuseUnless(isNext, 'A device list is old, or one before it is missing.');
  refuseUnless(
    equalBytes(next.previousHash, before.hash),
    'A device list does not follow the one before.',
  );
  refuseUnless(next.issuedAt >= old.issuedAt, 'A device list goes back in time.');
}

/**
 * A device id keeps its keys for ever, also over lists in which it does not stand.
 * @param {SignedDeviceList[]} signedLists @throws {ListRefused}
 */
export function verifyKeysKept(signedLists) {
  const known = new Map();
  for (const { deviceId, kemPublic, signingPublic } of signedLists.flatMap(
    ({ list }) => list.devices,
  )) {
    const id = toBase64url(deviceId);
    const keys = concat(kemPublic, signingPublic);
    refuseUnless(equalBytes(known.get(id) ?? keys, keys), 'A device changed its keys.');
    known.set(id, keys);
  }
}

/**
 * Accepts or refuses lists that a server offers. On first sight (`seen` null) the first list of the
 * chain is taken as it is: pin its identity hash afterwards.
 * @param {SignedDeviceList|null} seen the newest list accepted so far
 * @param {SignedDeviceList[]} chain what follows, without gaps; it may begin with `seen` itself
 * @returns {SignedDeviceList} the newest
 * @throws {ListRefused|IdentityChanged|KeyRefused|SignatureInvalid}
 */
export function verifySuccessor(seen, chain) {
  if (chain.length === 0) throw new ArgumentInvalid('a chain of at least one list is needed');
  const lists = seen ? [seen, ...chain] : chain;
  for (let i = 1; i < lists.length; i++) verifyLink(lists[i - 1], lists[i]);
  verifyKeysKept(lists);
  chain.forEach(verifySigned);
  return lists.at(-1);
}
