// Owns the sealed book (docs/PROTOCOL.md, section 8): what every device of a person opens all the time. Apart
// from the rest of the vault, because the talk room needs no password and must not load Argon2.

import { box, openBox } from './aead.js';
import { ID, label } from './labels.js';
import { concat, decodeText, encodeText, Writer } from './wire.js';

/** A(name, version): binds a box to account, compartment and version. */
export const associated = (name, userId, version) =>
  concat(label(name), new Writer().fixed(userId, ID).u32(version).done());

/** @param {string} text canonical JSON from book.js @returns {Promise<Uint8Array>} box */
export async function sealBook(bookKey, userId, version, text, nonce) {
  return await box(bookKey, nonce, encodeText(text), associated('vault book', userId, version));
}

/** @returns {Promise<string>} canonical JSON for book.js. @throws {TagInvalid|FormatError} */
export async function openBook(bookKey, userId, version, data) {
  return decodeText(await openBox(bookKey, data, associated('vault book', userId, version)));
}
