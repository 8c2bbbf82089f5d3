// Owns how a session, a contact and this device look on disk: parsed commits and lists are kept as the
// bytes they came from. What comes back was sealed by this browser, so it is not verified again.

import { parseCommit } from '../crypto/commit.js';
import { parseSigned } from '../crypto/device_list.js';

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

/** @param {import('./trust.js').Contact} contact */
export const keepContact = (contact) => ({
  ...contact,
  newest: contact.newest.list.version,
  lists: [...contact.lists.values()].map(({ raw }) => raw),
});

/** @returns {import('./trust.js').Contact} */
export function restoreContact(kept) {
  const signed = kept.lists.map((raw) => parseSigned(raw));
  const lists = new Map(signed.map((one) => [one.list.version, one]));
  return Object.freeze({ ...kept, newest: lists.get(kept.newest), lists });
}
