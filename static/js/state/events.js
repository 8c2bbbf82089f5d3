// Owns what goes into a session from the transcript, what comes out of it, and what it waits for.
// The Python twin is client/events.py.

import { CryptoError } from '../crypto/errors.js';

/**
 * @typedef {{n: number, receivedAt: number, kind: number, sender: Uint8Array, raw: Uint8Array,
 *   sealed: Uint8Array|null}} Delivered an entry as the server gave it; `sealed` is this device's part
 *   of a commit, if it has one
 * @typedef {{trust: import('./trust.js').Trust, now: number, agreed: Set<string>,
 *   qkdKeys: Map<string, Uint8Array>}} World what a session is judged against: trust, this device's
 *   clock, the restart commits (hashes) that its person agreed to, the fetched QKD keys by their id
 */

/** Kinds of events. Each is a plain object with `type` and `n`. */
export const EVENT = Object.freeze({
  /** A payload that verified: sender, device, header, payload; `again` if it was shown before. */
  MESSAGE: 'message',
  /** Something that this device sent stands in the transcript now: epoch, seq. */
  OWN: 'own',
  /** A commit was accepted: epoch, committer, device, restart, readable, readingOnly. */
  EPOCH: 'epoch',
  /** An entry without effect: kind, code, attack (an honest server with honest members never causes it). */
  REFUSED: 'refused',
  /** A contradiction: the session does nothing any more, and says so: code. */
  STOPPED: 'stopped',
});

/** The entry belongs to an epoch that this device is not part of, or no longer keeps. */
export class NotReadable extends CryptoError {
  static code = 'not_readable';
}

/** A message of a closed epoch, too late or from a device that is no longer there. */
export class Late extends CryptoError {
  static code = 'late';
}

/** A commit that does not continue the accepted one, or an envelope that fits no commit. */
export class Misplaced extends CryptoError {
  static code = 'misplaced';
}

/** The server's label and the authenticated sender differ. */
export class ForgedSender extends CryptoError {
  static code = 'forged_sender';
}

/** A number or a `seen` that goes back within what one device sent. */
export class Rewound extends CryptoError {
  static code = 'rewound';
}

/** An earlier commit could not be taken; only a restart leads on. */
export class Broken extends CryptoError {
  static code = 'broken';
}

/** The person has not agreed to a weaker mode, so nothing is built on it. */
export class NotAgreed extends CryptoError {
  static code = 'not_agreed';
}

/** The entry is not the next one: fetch what is missing. Nothing was changed. */
export class OutOfOrder extends Error {
  name = 'OutOfOrder';
}

/** Device lists must be fetched (and verified) before this entry can be judged. */
export class NeedLists extends Error {
  name = 'NeedLists';

  /** @param {{userId: Uint8Array, version: number}[]} wanted version 0: the newest */
  constructor(wanted) {
    super('device lists are missing');
    this.wanted = wanted;
  }
}

/**
 * The person has to decide before this entry is taken. Nothing was changed. `reason` is
 * "identity_changed" (`subject`: the user id) or "restart" (`subject`: the hash of the commit).
 */
export class Held extends Error {
  name = 'Held';

  constructor(reason, subject) {
    super(reason);
    this.reason = reason;
    this.subject = subject;
  }
}
