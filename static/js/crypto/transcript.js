// Owns the hash chain over what a conversation's server numbered (docs/PROTOCOL.md, section 7).
// Seals are the server's alone and have no code here. It must not know where entries come from.

import { HASH, HEAD, hashWith, ID, plainHash } from './labels.js';
import { assertBytes, assertInteger, Writer } from './wire.js';

/** Kinds of an entry. */
export const KIND = Object.freeze({ COMMIT: 1, MESSAGE: 2, RECEIPT: 3 });
const LAST_NUMBER = 2 ** 53 - 1;

/** head_0. @param {Uint8Array} conversation 16 bytes */
export const start = (conversation) =>
  hashWith('transcript', assertBytes(conversation, ID, 'conversation'));

/** SHA-256 of a commit or an envelope. */
export const contentHash = (bytes) => plainHash(bytes);

/**
 * head_n from head_{n-1}.
 * @param {number} n from 1 @param {number} receivedAt Unix ms @param {number} kind one of KIND
 * @param {Uint8Array} sender user id @param {Uint8Array} hash contentHash of the entry
 */
export function nextHead(head, n, receivedAt, kind, sender, hash) {
  assertInteger(n, 1, LAST_NUMBER, 'n');
  assertInteger(kind, KIND.COMMIT, KIND.RECEIPT, 'kind');
  const writer = new Writer().fixed(head, HEAD).u64(n).u64(receivedAt).u8(kind);
  return hashWith('transcript entry', writer.fixed(sender, ID).fixed(hash, HASH).done());
}
