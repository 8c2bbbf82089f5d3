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

const retired = (keys, now) => keys.map((key) => ({ ...key, retiredAt: key.retiredAt ?? now }));

/** Each key for 30 days after its successor. */
const living = (keys, now) =>
  keys.filter(({ retiredAt }) => retiredAt === null || retiredAt + KEPT > now);

/** At every start and every day, whether there is a connection or not. */
export async function eraseRetired({ clock }, record, keep) {
  const keys = living(record.keys, clock.now());
  if (keys.length < record.keys.length) await keep({ keys });
}

/**
 * Publishes a fresh key if the newest is a week old. The private half is on disk before the public half leaves; a
 * refresh that was not published is published at the next start.
 * @param {import('./room.js').Site} site @param {object} record of this device
 * @param {(changes: object) => Promise<void>} keep
 */
export async function refreshKeys({ clock, http, me }, record, keep) {
  const now = clock.now();
  const { keys } = record;
  const newest = newestOf(keys);
  if (newest.published === false) await publish(http, me, keys, newest, keep);
  else if (now - (newest.issuedAt ?? record.addedAt) >= EVERY) {
    const fresh = freshKey(newest.refresh + 1, now);
    const all = [...retired(keys, now), fresh];
    await keep({ keys: all });
    await publish(http, me, all, fresh, keep);
  }
}

function freshKey(refresh, issuedAt) {
  const { seed, keyId } = keypair(random(SEED));
  return { keyId, seed, refresh, issuedAt, retiredAt: null, published: false };
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
