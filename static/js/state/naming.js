// Owns that nobody is shown under a name which they did not sign. The server says which id a name has and who
// is in a conversation; the name in the person's own device list, or in the book, decides. It must not know rooms.

import { IdentityChanged } from '../crypto/errors.js';
import { directConversationId } from '../crypto/identity.js';
import { fromBase64url, toBase64url } from '../crypto/wire.js';
import { StateError } from './errors.js';
import { NAME_FALSE } from './words.js';

/** The person is told, and what was asked for does not happen. */
async function refuse({ alerts }, subject) {
  await alerts.raise({ ...NAME_FALSE, kind: NAME_FALSE.code, severity: 'danger', subject });
  throw new StateError(NAME_FALSE.title, NAME_FALSE);
}

/** The server's name for somebody must be the signed one. @throws {StateError} */
export async function verifyName(site, userId, name) {
  if (name !== site.people.nameOf(userId)) await refuse(site, userId);
}

/** An answer about a name must be about the name that was asked for. @throws {StateError} */
export async function verifyAnswer(site, asked, { user_id: userId, name }) {
  if (name !== asked) await refuse(site, userId);
}

/** The id of a conversation of two follows from the two. @throws {StateError} */
export async function verifyConversation(site, id, userId) {
  const own = directConversationId(site.me.userId, fromBase64url(userId));
  if (toBase64url(own) !== id) await refuse(site, userId);
}

/**
 * The other one of a conversation that the server lists, under the signed name.
 * @returns {Promise<{userId: string, name: string}>} @throws {StateError|ListRefused|ProblemError}
 */
export async function peerOf(site, { id, members }) {
  const own = toBase64url(site.me.userId);
  const other = members.find(({ user_id: userId }) => userId !== own);
  if (!other) return await refuse(site, id);
  const { user_id: userId, name } = other;
  await verifyConversation(site, id, userId);
  await meet(site, userId);
  await verifyName(site, userId, name);
  return { userId, name };
}

/** Somebody whose identity is not the one in the book is shown too, and blocked. */
async function meet({ people, learn }, userId) {
  if (people.trust.has(userId)) return;
  try {
    await learn(fromBase64url(userId));
  } catch (error) {
    if (!(error instanceof IdentityChanged) || people.nameOf(userId) === null) throw error;
  }
}
