// Owns how a session, a contact and this device look on disk: parsed commits and lists are kept as the
// bytes they came from. What comes back was sealed by this browser, so it is not verified again.

import { parseCommit } from '../crypto/commit.js';
import { parseSigned } from '../crypto/device_list.js';
import { toBase64url } from '../crypto/wire.js';

/** @param {import('./session.js').Session} session */
export function keepSession(session) {
  const { newest, pending } = session;
  return {
    ...session,
    newest: newest?.raw ?? null,
    pending: pending && { ...pending, commit: pending.commit.raw },
  };
}

/** @returns {import('./session.js').Session} */
export function restoreSession(kept) {
  const { newest, pending } = kept;
  return Object.freeze({
    ...kept,
    newest: newest && parseCommit(newest),
    pending: pending && { ...pending, commit: parseCommit(pending.commit) },
  });
}

/**
 * What changes on disk when `before` becomes `after`: each list has a record of its own, so that a long chain
 * costs what is new of it.
 * @param {import('./trust.js').Contact|null} before @param {import('./trust.js').Contact} after
 * @returns {[import('./db.js').Place, any][]}
 */
export function contactRecords(before, after) {
  const id = toBase64url(after.userId);
  const versions = new Set([...(before?.lists.keys() ?? []), ...after.lists.keys()]);
  const changed = [...versions].filter((v) => before?.lists.get(v) !== after.lists.get(v));
  const { lists, ...rest } = after;
  return [
    [['contact', id], { ...rest, newest: after.newest.list.version }],
    ...changed.map((version) => [['list', id, version], lists.get(version)?.raw]),
  ];
}

/** @param {object} kept @param {Uint8Array[]} raws @returns {import('./trust.js').Contact} */
export function restoreContact(kept, raws) {
  const signed = raws.map((raw) => parseSigned(raw));
  const lists = new Map(signed.map((one) => [one.list.version, one]));
  return Object.freeze({ ...kept, newest: lists.get(kept.newest), lists });
}
