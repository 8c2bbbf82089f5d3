// Owns what the transcript does to a session: every entry that the server delivers goes through here.
// Pure; the Python twin is client/receiving.py.
//
// Three things can happen to the entry that is next in line. It is *taken*: the state moves and the
// event says what it meant. It is *refused*: the head moves, because the entry is part of the
// transcript, nothing else does, and the event says why. It is *held* (Held, NeedLists): nothing moves
// until the person decided or the lists are there.
//
// A contradiction (two commits for one epoch, a `seen` that denies our heads) is a fork: the session
// stops for good and keeps what it has. Healing it silently is what a malicious server would want.

import { CryptoError, ForkDetected } from '../crypto/errors.js';
import { contentHash, KIND, nextHead } from '../crypto/transcript.js';
import { EVENT, OutOfOrder } from './events.js';
import { takeCommit } from './processing.js';
import { takeEnvelope } from './reading.js';

const KEPT_HEADS = 2000;
const HARMLESS = new Set(['not_readable', 'late']);

/**
 * Applies the next entry.
 * @param {import('./session.js').Session} session @param {import('./events.js').Delivered} entry
 * @param {import('./session.js').Me} me @param {import('./events.js').World} world
 * @returns {Promise<{session: import('./session.js').Session, event: object}>}
 * @throws {OutOfOrder|import('./events.js').Held|import('./events.js').NeedLists} and changes nothing
 */
export async function receive(session, entry, me, world) {
  if (session.stopped !== null) {
    return { session, event: { type: EVENT.STOPPED, n: entry.n, code: session.stopped } };
  }
  const moved = advanced(session, entry);
  try {
    if (entry.kind === KIND.COMMIT) return await takeCommit(moved, entry, me, world);
    return await takeEnvelope(moved, entry, me);
  } catch (error) {
    return refused(moved, entry, error);
  }
}

function refused(moved, entry, error) {
  const { code } = error;
  if (error instanceof ForkDetected) {
    const event = { type: EVENT.STOPPED, n: entry.n, code };
    return { session: Object.freeze({ ...moved, stopped: code }), event };
  }
  if (!(error instanceof CryptoError)) throw error;
  const attack = !HARMLESS.has(code);
  const event = { type: EVENT.REFUSED, n: entry.n, kind: entry.kind, code, attack };
  return { session: moved, event };
}

function advanced(session, entry) {
  if (entry.n !== session.n + 1 || entry.receivedAt < session.receivedAt) {
    throw new OutOfOrder('the server sent an entry out of order');
  }
  const { n, receivedAt, kind, sender, raw } = entry;
  const head = nextHead(session.head, n, receivedAt, kind, sender, contentHash(raw));
  const heads = new Map(session.heads).set(n, head);
  heads.delete(n - KEPT_HEADS);
  return Object.freeze({ ...session, n, head, receivedAt, heads });
}
