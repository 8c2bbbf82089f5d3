// Owns the proof with which a device connects (docs/PROTOCOL.md, section 2.5). The origin in it keeps
// one server from passing the challenge of another on. It must not know the connection.

import { ArgumentInvalid } from './errors.js';
import { ID } from './labels.js';
import { sign, verify } from './signatures.js';
import { encodeText, Writer } from './wire.js';

const NONCE = 32;
const PURPOSE = 'connect';
const ORIGIN = /^[\x21-\x7e]{1,255}$/;

/**
 * @param {Uint8Array} nonce 32 bytes from the server
 * @param {string} origin ASCII origin of the page, 1 to 255 characters
 */
export function proofMessage(nonce, userId, deviceId, origin) {
  if (typeof origin !== 'string' || !ORIGIN.test(origin))
    throw new ArgumentInvalid('not an ASCII origin');
  const writer = new Writer().fixed(nonce, NONCE).fixed(userId, ID).fixed(deviceId, ID);
  return writer.lp(encodeText(origin)).done();
}

/** @returns {Uint8Array} a signature of 3373 bytes */
export const signProof = (signingPrivate, nonce, userId, deviceId, origin) =>
  sign(signingPrivate, PURPOSE, proofMessage(nonce, userId, deviceId, origin));

/** @throws {KeyRefused|SignatureInvalid} */
export const verifyProof = (signingPublic, nonce, userId, deviceId, origin, signature) =>
  verify(signingPublic, PURPOSE, proofMessage(nonce, userId, deviceId, origin), signature);
