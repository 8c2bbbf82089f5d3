// Owns taking a commit: the checks of docs/PROTOCOL.md, section 4.3, in their order, then the new
// epoch. Pure; the Python twin is client/processing.py.
//
// What cannot be authenticated (its place, its roster, its signature) has no effect at all: the server
// could have made it, so nothing of it may be remembered, least of all a key to seal to. A commit that
// a member really made and that cannot be taken (its entry does not open) is followed by its public
// part without its secrets, and the session is broken: everybody goes on from there, so pretending
// that it does not exist would lead nowhere. Only a restart that the person agreed to mends it.

import { receivingChain, sendingChain } from '../crypto/chain.js';
import { devicesOf, KIND, MODE, parseCommit, refOf, verifySignature } from '../crypto/commit.js';
import { processEntry, senderChain } from '../crypto/epoch.js';
import { CryptoError, ForkDetected, KeyMissing, Replay, RosterRefused } from '../crypto/errors.js';
import { keypair } from '../crypto/kem.js';
import { HASH } from '../crypto/labels.js';
import { verifyRoster } from '../crypto/roster.js';
import { equalBytes, toBase64url } from '../crypto/wire.js';
import { Broken, EVENT, ForgedSender, Held, Misplaced, NeedLists } from './events.js';
import { CLOCK_MS, epochOfName, KEPT_EPOCHS } from './session.js';
import { contactOf, listOf } from './trust.js';

const NO_HASH = new Uint8Array(HASH);
const HARMLESS = new Set(['broken', 'key_missing']);

/** The session after this commit. @throws {CryptoError} no effect @throws {NeedLists|Held} */
export async function takeCommit(session, entry, me, world) {
  const commit = parseCommit(entry.raw);
  checkPlace(session, commit, entry, world);
  const judged = judge(session, commit, entry, world);
  checkSeen(session, commit.core.seenN, commit.core.seenHead, entry.n);
  if (!isInCommit(commit, me.deviceId)) {
    return { session: followed(session, commit, entry), event: opened(entry, commit, false) };
  }
  try {
    return await entered(session, judged, entry, me, world);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    const { code } = error;
    const attack = !HARMLESS.has(code);
    const event = { type: EVENT.REFUSED, n: entry.n, kind: entry.kind, code, attack };
    const broken = Object.freeze({ ...followed(session, commit, entry), broken: true });
    return { session: broken, event };
  }
}

/** The number and hash of the newest accepted commit; (0, zeros) before the first. */
export function newestAccepted({ accepted }) {
  const number = Math.max(0, ...accepted.keys());
  return { number, hash: accepted.get(number) ?? NO_HASH };
}

function checkPlace(session, commit, entry, world) {
  const { core, hash } = commit;
  if (!equalBytes(core.conversation, session.conversation)) {
    throw new Misplaced('The commit is for another conversation.');
  }
  if (!equalBytes(core.committerUser, entry.sender)) {
    throw new ForgedSender('The commit is not by the person whom the server names.');
  }
  const known = session.accepted.get(core.epoch);
  if (known && equalBytes(known, hash)) throw new Replay('This commit was accepted before.');
  if (known) {
    // Only a device can contradict itself or another; anybody can make up bytes.
    authenticate(commit, world);
    throw new ForkDetected('There are two commits for one epoch.');
  }
  const newest = newestAccepted(session);
  if (core.epoch !== newest.number + 1 || !equalBytes(core.previousHash, newest.hash)) {
    throw new Misplaced('The commit does not continue the accepted one.');
  }
}

/** The committer's list, as the commit names it, and the signature by the device in it. */
function authenticate(commit, world) {
  const { committerUser, committerDevice } = commit.core;
  checkIdentities(commit, world);
  const own = namedLists(commit, world).find(({ list }) => equalBytes(list.userId, committerUser));
  const device = own.list.devices.find(({ deviceId }) => equalBytes(deviceId, committerDevice));
  if (!device) throw new RosterRefused('The committing device stands in no list.');
  verifySignature(commit, device.signingPublic);
}

/** What another device saw must be what we saw; heads too old to be kept cannot be compared. */
export function checkSeen(session, seenN, seenHead, n) {
  if (seenN >= n) throw new ForkDetected('Somebody has seen what does not exist here.');
  const ours = session.heads.get(seenN);
  if (ours && !equalBytes(ours, seenHead)) {
    throw new ForkDetected('Somebody has seen another history.');
  }
}

const isInCommit = (commit, deviceId) =>
  devicesOf(commit).some((device) => equalBytes(device, deviceId));

function sameMembers({ members }, { core }) {
  const named = core.members.map(({ userId }) => toBase64url(userId)).sort();
  return named.join() === [...members].sort().join();
}

/** Everything about a commit that its bytes, the lists and the clock tell. */
function judge(session, commit, entry, world) {
  const { core } = commit;
  if (!sameMembers(session, commit)) {
    throw new RosterRefused('The members are not the people of this conversation.');
  }
  if (Math.abs(core.createdAt - entry.receivedAt) > CLOCK_MS) {
    throw new RosterRefused('The committer and the server disagree about the time.');
  }
  checkIdentities(commit, world);
  const crossed = checkVersions(session, commit, world);
  const lists = namedLists(commit, world);
  verifyRoster(commit, lists, session.newest);
  const isWeaker = session.newest?.core.mode === MODE.QKD && core.mode === MODE.HYBRID;
  return { commit, lists, readingOnly: isWeaker ? 'weaker_mode' : crossed };
}

function checkIdentities(commit, world) {
  for (const { userId, identityHash } of commit.core.members) {
    const contact = contactOf(world.trust, userId);
    if (contact && !equalBytes(contact.identityHash, identityHash)) {
      throw new Held('identity_changed', userId);
    }
  }
}

function namedLists(commit, world) {
  const named = commit.core.members.map(({ userId, listVersion }) => ({
    userId,
    version: listVersion,
    signed: listOf(world.trust, userId, listVersion),
  }));
  const missing = named.filter(({ signed }) => signed === null);
  if (missing.length > 0) {
    throw new NeedLists(missing.map(({ userId, version }) => ({ userId, version })));
  }
  return named.map(({ signed }) => signed);
}

/** Why the epoch is for reading only, if list and commit crossed on their way. */
function checkVersions(session, commit, world) {
  const before = new Map(
    session.newest?.core.members.map((one) => [toBase64url(one.userId), one.listVersion]),
  );
  let readingOnly = null;
  for (const member of commit.core.members) {
    const contact = contactOf(world.trust, member.userId);
    const isBack = member.listVersion < (before.get(toBase64url(member.userId)) ?? 0);
    if (isBack || (contact && isRolledBack(member, commit, contact))) {
      throw new RosterRefused('A device list was rolled back.');
    }
    if (contact && member.listVersion < contact.newest.list.version) readingOnly = 'old_list';
  }
  return readingOnly;
}

/** A version below the newest, named when the newest had long been there, is an attack. */
function isRolledBack({ listVersion }, { core }, contact) {
  const newest = contact.newest.list;
  return listVersion < newest.version && core.createdAt > newest.issuedAt + CLOCK_MS;
}

async function entered(session, judged, entry, me, world) {
  const { commit, readingOnly } = judged;
  checkRestart(session, commit, world);
  const isOwn = equalBytes(commit.core.committerDevice, me.deviceId);
  const { secrets, ownKey } = isOwn
    ? adopt(session, commit)
    : { secrets: await open(session, commit, entry, me, world), ownKey: session.ownKey };
  const epoch = epochFrom(judged, secrets, entry.receivedAt, me);
  const moved = {
    ...followed(session, commit, entry),
    chainSecret: secrets.chainSecret,
    epochs: [...session.epochs, epoch].slice(-KEPT_EPOCHS),
    sending: sendingChain(senderChain(secrets.epochSecret, me.deviceId)),
    ownKey,
    broken: false,
  };
  return { session: pruned(moved), event: opened(entry, commit, true, readingOnly) };
}

function checkRestart(session, { core, hash }, world) {
  const isRestart = core.kind === KIND.RESTART;
  const hasTalked = session.epochs.length > 0;
  if (isRestart && hasTalked && !world.agreed.has(toBase64url(hash))) {
    throw new Held('restart', hash);
  }
  if (session.broken && !isRestart) throw new Broken('An earlier commit could not be taken.');
}

/** Our own commit came back: only if it is byte for byte the pending one. */
function adopt({ pending }, commit) {
  if (pending === null || !equalBytes(pending.commit.raw, commit.raw)) {
    throw new ForgedSender('A commit in our name that we did not make.');
  }
  const { seed, keyId } = keypair(pending.freshSeed);
  return { secrets: pending.secrets, ownKey: { keyId, seed, refresh: commit.core.refresh } };
}

async function open(session, commit, entry, me, world) {
  const ref = refOf(commit, me.deviceId);
  const key = liveKeys(session, me).find(({ keyId }) => ref && equalBytes(keyId, ref.keyId));
  if (!key) throw new RosterRefused('The entry is for a key that is not the newest here.');
  if (!entry.sealed) throw new KeyMissing("The server keeps this device's entry back.");
  const keys = commit.core.qkdKeyIds.map((id) => world.qkdKeys.get(toBase64url(id)));
  const qkd = keys.filter((one) => one !== undefined);
  const chain = commit.core.kind === KIND.RESTART ? null : session.chainSecret;
  return await processEntry(commit, me.deviceId, entry.sealed, key.seed, chain, qkd);
}

/** The keys that others may still seal to in this conversation (section 2.4). */
function liveKeys({ ownKey }, me) {
  if (ownKey === null) return me.keys;
  return [ownKey, ...me.keys.filter(({ refresh }) => refresh > ownKey.refresh)];
}

function epochFrom({ commit, lists, readingOnly }, secrets, receivedAt, me) {
  const { core, hash } = commit;
  const peers = new Map();
  for (const { list } of lists) {
    for (const { deviceId, signingPublic } of list.devices) {
      peers.set(toBase64url(deviceId), { userId: list.userId, signingPublic });
    }
  }
  const others = devicesOf(commit).filter((device) => !equalBytes(device, me.deviceId));
  const chains = new Map(
    others.map((device) => [
      toBase64url(device),
      receivingChain(senderChain(secrets.epochSecret, device)),
    ]),
  );
  return Object.freeze({
    number: core.epoch,
    commitHash: hash,
    mode: core.mode,
    roster: core.members.map(({ userId, listVersion, listHash }) => ({
      userId,
      version: listVersion,
      hash: listHash,
    })),
    peers,
    chains,
    receivedAt,
    messages: 0,
    readingOnly,
  });
}

/** Remember the commit by its hash; whatever was readable before stays readable. */
function followed(session, commit, entry) {
  const { core, hash } = commit;
  const fresh = { publicKey: core.freshKey, refresh: core.refresh };
  return Object.freeze({
    ...session,
    accepted: new Map(session.accepted).set(core.epoch, hash),
    newest: commit,
    newestAt: entry.receivedAt,
    chainSecret: null,
    sending: null,
    pending: null,
    commitKeys: new Map(session.commitKeys).set(toBase64url(core.committerDevice), fresh),
  });
}

/** Forget the numbers of epochs whose keys are gone: nothing of them is taken any more. */
function pruned(session) {
  const oldest = session.epochs[0].number;
  const kept = (map, epochOf) =>
    new Map([...map].filter(([name, value]) => epochOf(name, value) >= oldest));
  return Object.freeze({
    ...session,
    sent: kept(session.sent, epochOfName),
    lastSeq: kept(session.lastSeq, epochOfName),
    shown: kept(session.shown, (_, epoch) => epoch),
  });
}

function opened(entry, { core }, readable, readingOnly = null) {
  return {
    type: EVENT.EPOCH,
    n: entry.n,
    receivedAt: entry.receivedAt,
    epoch: core.epoch,
    committer: core.committerUser,
    deviceId: core.committerDevice,
    restart: core.kind === KIND.RESTART && core.epoch > 1,
    readable,
    readingOnly,
  };
}
