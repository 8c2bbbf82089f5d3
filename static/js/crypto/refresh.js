// Owns the weekly key refresh of a device and the rule which key of a device is its newest
// (docs/PROTOCOL.md, section 2.4). It must not know when refreshes are made or keys erased.

import { keyId, PUBLIC_KEY } from './kem.js';
import { ID, VERSION } from './labels.js';
import { SIGNATURE, sign as signWith, verify as verifyWith } from './signatures.js';
import {
  assertBytes,
  assertInteger,
  concat,
  copyBytes,
  equalBytes,
  expect,
  Reader,
  Writer,
} from './wire.js';

/** 14 days in milliseconds: `expiresAt - issuedAt`. */
export const LIFETIME = 14 * 24 * 60 * 60 * 1000;
const PURPOSE = 'key refresh';

/**
 * @typedef {{userId: Uint8Array, deviceId: Uint8Array, number: number, issuedAt: number,
 *   expiresAt: number, publicKey: Uint8Array}} KeyRefresh times in Unix ms
 */

function serialiseUnsigned({ userId, deviceId, number, issuedAt, publicKey }) {
  assertInteger(number, 1, 0xffffffff, 'number');
  const writer = new Writer().u8(VERSION).fixed(userId, ID).fixed(deviceId, ID).u32(number);
  return writer
    .u64(issuedAt)
    .u64(issuedAt + LIFETIME)
    .fixed(publicKey, PUBLIC_KEY)
    .done();
}

/** The bytes of a parsed record, from its fields. @param {KeyRefresh & {signature}} refresh */
export const serialise = (refresh) =>
  concat(serialiseUnsigned(refresh), assertBytes(refresh.signature, SIGNATURE, 'signature'));

/**
 * @param {{userId, deviceId, number, issuedAt, publicKey}} refresh number from 1, rising
 * @param {Uint8Array} signingPrivate 64 bytes, of the device
 * @returns {Uint8Array} the signed record
 */
export function sign(refresh, signingPrivate) {
  const unsigned = serialiseUnsigned(refresh);
  return concat(unsigned, signWith(signingPrivate, PURPOSE, unsigned));
}

/** The signature is not checked here. @returns {KeyRefresh & {signature, raw}} @throws {FormatError} */
export function parse(bytes) {
  const reader = new Reader(bytes);
  expect(reader.u8() === VERSION, 'A key refresh of an unknown version.');
  const refresh = {
    userId: reader.fixed(ID),
    deviceId: reader.fixed(ID),
    number: reader.u32(),
    issuedAt: reader.u64(),
    expiresAt: reader.u64(),
    publicKey: reader.fixed(PUBLIC_KEY),
    signature: reader.fixed(SIGNATURE),
    raw: copyBytes(bytes),
  };
  reader.end();
  expect(refresh.number >= 1, 'A key refresh has no number.');
  expect(refresh.expiresAt === refresh.issuedAt + LIFETIME, 'A key refresh lasts two weeks.');
  return Object.freeze(refresh);
}

/** @param {Uint8Array} signingPublic of the device. @throws {KeyRefused|SignatureInvalid} */
export function verify(refresh, signingPublic) {
  const unsigned = refresh.raw.subarray(0, refresh.raw.length - SIGNATURE);
  verifyWith(signingPublic, PURPOSE, unsigned, refresh.signature);
}

/**
 * The key to seal to, never an older one. An expired refresh counts: what came before it is older.
 * @param {{deviceId: Uint8Array, kemPublic: Uint8Array}} device from the device list
 * @param {KeyRefresh[]} refreshes verified ones, in any order; those of other devices are left out
 * @param {{publicKey: Uint8Array, refresh: number}|null} lastCommit fresh key and `refresh` field of
 *   the device's last accepted commit in the conversation
 * @returns {{publicKey: Uint8Array, keyId: Uint8Array}}
 */
export function newestKey(device, refreshes, lastCommit) {
  const above = lastCommit?.refresh ?? 0;
  const own = refreshes.filter((one) => equalBytes(one.deviceId, device.deviceId));
  const newest = own.reduce(
    (best, one) => (one.number > (best?.number ?? above) ? one : best),
    null,
  );
  const publicKey = newest?.publicKey ?? lastCommit?.publicKey ?? device.kemPublic;
  return Object.freeze({ publicKey, keyId: keyId(publicKey) });
}
