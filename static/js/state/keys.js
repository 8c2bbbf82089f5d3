// Owns the keys of this device that belong to no conversation: a fresh one every week, the old ones erased
// when nobody may seal to them any more (docs/PROTOCOL.md, section 2.4).

import { keypair, SEED } from '../crypto/kem.js';
import { sign } from '../crypto/refresh.js';
import { toBase64url } from '../crypto/wire.js';
import { random } from './clock.js';

const DAY = 24 * 3600 * 1000;
const EVERY = 7 * DAY;
const KEPT = 30 * DAY;

/** @returns {import('./session.js').Me} */
export const meOf = ({ userId, deviceId, signingPrivate, keys }) => ({
  userId,
  deviceId,
  signingPrivate,
  keys: keys.map(({ keyId, seed, refresh }) => ({ keyId, seed, refresh })),
});

const newestOf = (keys) => keys.reduce((best, key) => (key.refresh > best.refresh ? key : best));

/** What is left of the keys when the fresh one stands: each older one for 30 days after its successor. */
function withFresh(keys, fresh, now) {
  const retired = keys.map((key) => ({ ...key, retiredAt: key.retiredAt ?? now }));
  return [...retired.filter(({ retiredAt }) => retiredAt + KEPT > now), fresh];
}

/**
 * Publishes a fresh key if the newest is a week old. The private half is on disk before the public half
 * leaves; a refresh that was not published is published at the next start.
 * @param {import('./room.js').Site} site @param {object} record of this device
 * @param {(changes: object) => Promise<void>} keep
 */
export async function refreshKeys({ clock, http, me }, record, keep) {
  const now = clock.now();
  let { keys } = record;
  const newest = newestOf(keys);
  if (newest.published === false) return await publish(http, me, keys, newest, keep);
  if (now - (newest.issuedAt ?? record.addedAt) < EVERY) return;
  const { seed, keyId } = keypair(random(SEED));
  const issued = { keyId, seed, refresh: newest.refresh + 1, issuedAt: now, retiredAt: null };
  keys = withFresh(keys, { ...issued, published: false }, now);
  await keep({ keys });
  await publish(http, me, keys, keys.at(-1), keep);
}

async function publish(http, me, keys, key, keep) {
  const { publicKey } = keypair(key.seed);
  const { userId, deviceId, signingPrivate } = me;
  const { refresh: number, issuedAt } = key;
  const signed = sign({ userId, deviceId, number, issuedAt, publicKey }, signingPrivate);
  await http.post('/refreshes', { refresh: toBase64url(signed) });
  const published = keys.map((one) => (one === key ? { ...key, published: true } : one));
  await keep({ keys: published });
}
