// Owns the state of one conversation on one device, and what may be sent from it. Pure: bytes, clocks
// and randomness are arguments, every step returns a new state, and a step that throws has changed
// nothing. `receiving` moves the state by what the server delivers, `committing` by what this device
// starts. The rules are docs/PROTOCOL.md, sections 4 to 7; the Python twin is client/session.py.
//
//   no epoch --commit accepted--> epoch n --commit n+1 accepted--> epoch n+1 ...
//   any --contradiction between two heads or two commits--> stopped, for good
//
// Encryption is asynchronous in browsers, so two steps of one conversation must not run at a time: the
// caller keeps them in one line.

import { advance, MAX_SKIPPED } from '../crypto/chain.js';
import { sealEnvelope, TYPE } from '../crypto/envelope.js';
import { KeyMissing, RangeExceeded } from '../crypto/errors.js';
import { COMMIT_PREFIX } from '../crypto/labels.js';
import { contentHash, start } from '../crypto/transcript.js';
import { equalBytes, toBase64url, wipe } from '../crypto/wire.js';

export const EPOCH_MESSAGES = 50;
export const CLOCK_MS = 5 * 60 * 1000;
export const EPOCH_AGE_MS = 24 * 3600 * 1000;
export const LATE_MS = 120_000;
export const KEPT_EPOCHS = 5;

/**
 * @typedef {{keyId: Uint8Array, seed: Uint8Array, refresh: number}} OwnKey a live X-Wing key of this
 *   device; `refresh` orders it: 0 for the list key
 * @typedef {{userId: Uint8Array, deviceId: Uint8Array, signingPrivate: Uint8Array, keys: OwnKey[]}} Me
 *   this device: its ids, its signing key and the keys that are not bound to a conversation
 * @typedef {{userId: Uint8Array, signingPublic: Uint8Array}} Peer a device of an epoch
 * @typedef {{number: number, commitHash: Uint8Array, mode: number,
 *   roster: {userId: Uint8Array, version: number, hash: Uint8Array}[], peers: Map<string, Peer>,
 *   chains: Map<string, import('../crypto/chain.js').ReceivingChain>, receivedAt: number,
 *   messages: number, readingOnly: 'old_list'|'weaker_mode'|null}} Epoch what is needed to read it;
 *   `readingOnly` says why nothing may be sent in it. Devices are keyed by their id in base64url.
 * @typedef {{commit: import('../crypto/commit.js').Commit, entries: Map<string, Uint8Array>,
 *   freshSeed: Uint8Array, secrets: import('../crypto/epoch.js').EpochSecrets}} Pending a commit of
 *   ours that was stored before it was published
 * @typedef {{conversation: Uint8Array, members: string[], n: number, head: Uint8Array,
 *   receivedAt: number, heads: Map<number, Uint8Array>, accepted: Map<number, Uint8Array>,
 *   newest: import('../crypto/commit.js').Commit|null, newestAt: number,
 *   chainSecret: Uint8Array|null, epochs: Epoch[],
 *   sending: import('../crypto/chain.js').SendingChain|null, ownKey: OwnKey|null,
 *   commitKeys: Map<string, {publicKey: Uint8Array, refresh: number}>, pending: Pending|null,
 *   sent: Map<string, Uint8Array>, lastSeq: Map<string, number>, lastSeen: Map<string, number>,
 *   shown: Map<string, number>, broken: boolean, stopped: string|null}} Session everything one device
 *   remembers of one conversation. Keys: sent "epoch.seq", lastSeq "epoch.device", lastSeen "device",
 *   shown "device.message"
 */

/** Higher than every refresh that was made from these keys before. @param {Me} me */
export const refreshOf = (me) => Math.max(...me.keys.map(({ refresh }) => refresh));

/** Names one number of one sender in the maps of a session. */
export const numberName = (epoch, rest) => `${epoch}.${rest}`;

/** The epoch at the start of such a name. */
export const epochOfName = (name) => Number(name.slice(0, name.indexOf('.')));

/** @param {Uint8Array} conversation @param {string[]} members user ids in base64url @returns {Session} */
export function begin(conversation, members) {
  const head = start(conversation);
  return Object.freeze({
    conversation,
    members: [...members].sort(),
    n: 0,
    head,
    receivedAt: 0,
    heads: new Map([[0, head]]),
    accepted: new Map(),
    newest: null,
    newestAt: 0,
    chainSecret: null,
    epochs: [],
    sending: null,
    ownKey: null,
    commitKeys: new Map(),
    pending: null,
    sent: new Map(),
    lastSeq: new Map(),
    lastSeen: new Map(),
    shown: new Map(),
    broken: false,
    stopped: null,
  });
}

/** The newest epoch, if this device is part of it. @returns {Epoch|null} */
export function currentEpoch({ epochs, newest }) {
  const last = epochs.at(-1);
  return last && newest && last.number === newest.core.epoch ? last : null;
}

/** Members of a larger epoch share chain keys, so each message carries a signature. */
export const isSigned = ({ peers }) => peers.size > 2;

const sameRoster = (roster, current) =>
  roster.length === current.size &&
  roster.every(({ userId, version, hash }) => {
    const now = current.get(toBase64url(userId));
    return now !== undefined && now.version === version && equalBytes(now.hash, hash);
  });

/**
 * Why a new epoch is due before the next message, or null (section 4.4).
 * @param {Session} session
 * @param {Map<string, {version: number, hash: Uint8Array}>} current the newest list of each member
 */
export function reasonToCommit(session, current, mode, now) {
  const epoch = currentEpoch(session);
  if (epoch === null) return 'no_epoch';
  if (!sameRoster(epoch.roster, current)) return 'roster_changed';
  if (epoch.mode !== mode) return 'mode_changed';
  if (epoch.messages >= EPOCH_MESSAGES) return 'epoch_full';
  return now - epoch.receivedAt >= EPOCH_AGE_MS ? 'epoch_old' : null;
}

/** True where `seal` works: in an epoch that is not for reading only. */
export const canSeal = (session) =>
  session.stopped === null &&
  session.sending !== null &&
  currentEpoch(session) !== null &&
  currentEpoch(session).readingOnly === null;

function headerFor(session, me, type, seq, sentAt) {
  const { number, commitHash } = currentEpoch(session);
  return {
    type,
    conversation: session.conversation,
    epoch: number,
    deviceId: me.deviceId,
    seq,
    sentAt,
    commitHash: commitHash.slice(0, COMMIT_PREFIX),
  };
}

/**
 * One envelope under the next number. Keep the new state on disk before the bytes leave.
 * @param {Session} session @param {Me} me @param {import('../crypto/envelope.js').Payload} payload
 * @returns {Promise<{session: Session, raw: Uint8Array, epoch: number, seq: number}>}
 * @throws {KeyMissing} where there is no epoch to send in: commit first
 */
export async function seal(session, me, payload, sentAt) {
  if (!canSeal(session)) throw new KeyMissing('There is no epoch to send in.');
  const epoch = currentEpoch(session);
  const { seq, messageKey, chain } = advance(session.sending);
  const type = payload.text === null ? TYPE.RECEIPT : TYPE.MESSAGE;
  const header = headerFor(session, me, type, seq, sentAt);
  const signing = isSigned(epoch) ? me.signingPrivate : null;
  const raw = await sealEnvelope(messageKey, header, payload, signing);
  wipe(messageKey);
  const sent = new Map(session.sent).set(numberName(epoch.number, seq), contentHash(raw));
  const moved = Object.freeze({ ...session, sending: chain, sent });
  return { session: moved, raw, epoch: epoch.number, seq };
}

/**
 * The server says that numbers up to `lastSeq` are taken: go on behind them.
 * @throws {RangeExceeded} for more than receivers would bridge: then only a new epoch helps
 */
export function skipTo(session, lastSeq) {
  let { sending } = session;
  if (sending && !(lastSeq - sending.nextSeq < MAX_SKIPPED)) {
    throw new RangeExceeded('The server says that too many numbers are taken.');
  }
  while (sending && sending.nextSeq <= lastSeq) sending = advance(sending).chain;
  return Object.freeze({ ...session, sending });
}

/** The person agreed to go on without the quantum link. */
export function acceptMode(session) {
  const last = Object.freeze({ ...session.epochs.at(-1), readingOnly: null });
  return Object.freeze({ ...session, epochs: [...session.epochs.slice(0, -1), last] });
}

/** Forget a commit that the server refused; it was not accepted and will not be. */
export const dropPending = (session) => Object.freeze({ ...session, pending: null });
