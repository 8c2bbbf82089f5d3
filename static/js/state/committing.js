// Owns starting an epoch: who is in it, which key each device is addressed by, and the commit itself.
// Pure; the Python twin is client/committing.py. The commit is *pending* until the server's next
// commit turns out to be this one; keep it on disk before it is published.

import { devicesOf, KIND, MODE, REF } from '../crypto/commit.js';
import { identityOf } from '../crypto/device_list.js';
import { makeCommit } from '../crypto/epoch.js';
import { keypair, RANDOMNESS, SEED } from '../crypto/kem.js';
import { newestKey } from '../crypto/refresh.js';
import { compareBytes, equalBytes, fromBase64url, toBase64url, wipe } from '../crypto/wire.js';
import { NeedLists, NotAgreed } from './events.js';
import { newestAccepted } from './processing.js';
import { currentEpoch, refreshOf } from './session.js';
import { contactOf } from './trust.js';

/**
 * @typedef {{mode?: number, restart?: boolean}} Plan what the new epoch shall be: its mode, and whether
 *   it starts afresh without the old chain
 */

/**
 * The session with a pending commit. The first commit of a conversation is always a restart.
 * @param {import('./session.js').Session} session @param {import('./session.js').Me} me
 * @param {import('./events.js').World} world
 * @param {import('../crypto/refresh.js').KeyRefresh[]} refreshes verified ones
 * @param {Plan} plan
 * @param {(length: number) => Uint8Array} random fresh random bytes
 * @returns {Promise<import('./session.js').Session>} @throws {NeedLists} for somebody unknown
 */
export async function prepareCommit(session, me, world, refreshes, plan, random) {
  const isWeaker = currentEpoch(session)?.readingOnly === 'weaker_mode';
  if (isWeaker && (plan.mode ?? MODE.HYBRID) === MODE.HYBRID) {
    throw new NotAgreed('The mode became weaker, and nobody agreed to that.');
  }
  const lists = newestLists(session.members, world);
  const freshSeed = random(SEED);
  const seed = random(SEED);
  const core = coreOf(session, me, world, lists, plan, keypair(freshSeed).publicKey);
  const made = await makeCommit({
    core,
    recipients: recipientsOf(session, me, core, lists, refreshes, random),
    previousChainSecret: core.kind === KIND.RESTART ? null : session.chainSecret,
    seed,
    signingPrivate: me.signingPrivate,
  });
  wipe(seed);
  const entries = new Map(made.entries.map((one) => [toBase64url(one.deviceId), one.sealed]));
  const pending = Object.freeze({
    commit: made.commit,
    entries,
    freshSeed,
    secrets: made.secrets,
  });
  return Object.freeze({ ...session, pending });
}

/** The newest known list of each member, by user id. @throws {NeedLists} for somebody unknown */
export function newestLists(members, world) {
  const users = [...members].map((text) => fromBase64url(text)).sort(compareBytes);
  const contacts = users.map((userId) => contactOf(world.trust, userId));
  const missing = users.filter((_, i) => contacts[i] === null);
  if (missing.length > 0) {
    throw new NeedLists(missing.map((userId) => ({ userId, version: 0 })));
  }
  return contacts.map(({ newest }) => newest);
}

const memberOf = (signed) => ({
  userId: signed.list.userId,
  identityHash: identityOf(signed),
  listVersion: signed.list.version,
  listHash: signed.hash,
});

export function coreOf(session, me, world, lists, plan, freshKey) {
  const newest = newestAccepted(session);
  return {
    conversation: session.conversation,
    epoch: newest.number + 1,
    previousHash: newest.hash,
    mode: plan.mode ?? MODE.HYBRID,
    kind: plan.restart || newest.number === 0 ? KIND.RESTART : KIND.NORMAL,
    committerUser: me.userId,
    committerDevice: me.deviceId,
    refresh: refreshOf(me),
    createdAt: world.now,
    members: lists.map(memberOf),
    freshKey,
    qkdKeyIds: [],
    seenN: session.n,
    seenHead: session.head,
  };
}

export function recipientsOf(session, me, core, lists, refreshes, random) {
  const before = session.newest ? devicesOf(session.newest) : [];
  const isNew = ({ deviceId }) => !before.some((device) => equalBytes(device, deviceId));
  const others = lists
    .flatMap(({ list }) => list.devices)
    .filter(({ deviceId }) => !equalBytes(deviceId, me.deviceId));
  return others.map((device) => {
    const last = session.commitKeys.get(toBase64url(device.deviceId)) ?? null;
    return {
      deviceId: device.deviceId,
      publicKey: newestKey(device, refreshes, last).publicKey,
      kind: core.kind === KIND.NORMAL && isNew(device) ? REF.JOINER : REF.SEED,
      randomness: random(RANDOMNESS),
    };
  });
}
