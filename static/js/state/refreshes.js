// Owns which key refreshes of a person's devices count: for each device the highest that it signed. Pure.
// A server that shows a lower one, or none, would have us seal to a key that may be stolen by now, so what
// was seen stays until the device leaves the list.

import { ListRefused } from '../crypto/errors.js';
import { parse, verify } from '../crypto/refresh.js';
import { equalBytes, toBase64url } from '../crypto/wire.js';

/** @typedef {Map<string, import('../crypto/refresh.js').KeyRefresh>} Refreshes by device id in base64url */

/** Kept bytes were verified when they came. @param {Uint8Array[]} kept @returns {Refreshes} */
export const restoreRefreshes = (kept) =>
  new Map(kept.map((raw) => parse(raw)).map((one) => [toBase64url(one.deviceId), one]));

/** @param {Refreshes} refreshes */
export const keepRefreshes = (refreshes) => [...refreshes.values()].map(({ raw }) => raw);

export const sameRefreshes = (one, other) =>
  one.size === other.size && [...one].every(([id, refresh]) => other.get(id) === refresh);

/**
 * What is known, and what of the server's answer is newer.
 * @param {Refreshes} known @param {Uint8Array[]} shown
 * @param {import('../crypto/device_list.js').DeviceList} list the newest of that person
 * @returns {Refreshes} @throws {import('../crypto/errors.js').CryptoError} and nothing of the answer counts
 */
export function mergeRefreshes(known, shown, { userId, devices }) {
  const offered = shown.map((raw) => parse(raw));
  const merged = new Map();
  for (const device of devices) {
    const id = toBase64url(device.deviceId);
    const before = known.get(id) ?? null;
    const newest = highest(offered, device, before);
    if (newest !== before) check(newest, userId, device);
    if (newest) merged.set(id, newest);
  }
  return merged;
}

const highest = (offered, { deviceId }, before) =>
  offered
    .filter((one) => equalBytes(one.deviceId, deviceId))
    .reduce((best, one) => (one.number > (best?.number ?? 0) ? one : best), before);

function check(refresh, userId, { signingPublic }) {
  if (!equalBytes(refresh.userId, userId)) {
    throw new ListRefused('A key refresh is of somebody else.');
  }
  verify(refresh, signingPublic);
}
