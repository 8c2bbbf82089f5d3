// Owns every domain-separation label, the version, the sizes, and the hashes that take a label
// (docs/PROTOCOL.md, section 1). A label outside this table cannot be used, so no two uses can meet by
// a slip of the pen. It must not know what is hashed.

import {
  hmac,
  expand as nobleExpand,
  extract as nobleExtract,
  sha256,
} from '../../vendor/noble.js';
import { ArgumentInvalid } from './errors.js';
import { assertBytes, concat, encodeText, lp } from './wire.js';

export const VERSION = 1;
export const ID = 16;
export const HASH = 32;
export const KEY = 32;
export const HEAD = 32;
export const COMMIT_PREFIX = 16;
const PREFIX = `CryptexQ/${VERSION}/`;

/** Every label there is. `entry` names a hash and an info: no value of one is taken for the other. */
export const LABELS = Object.freeze([
  // H
  'direct conversation',
  'key id',
  'identity',
  'device list',
  'commit core',
  'commit untagged',
  'commit',
  'entry',
  'transcript',
  'transcript entry',
  'seal key id',
  'recovery key',
  'at rest key id',
  // Expand
  'box',
  'epoch',
  'chain secret',
  'confirmation',
  'sender chain',
  'message',
  'login key',
  'vault key',
  'recovery login key',
  'recovery wrap key',
  'at rest',
  'blind index',
  // Before what is signed, sealed, hashed with SHA-512 or associated
  'sign device list',
  'sign commit',
  'sign key refresh',
  'sign connect',
  'sign message',
  'safety number',
  'seal',
  'wrap password',
  'wrap recovery',
  'vault identity',
  'vault book',
]);

const ENCODED = new Map(LABELS.map((name) => [name, lp(encodeText(PREFIX + name))]));

/** L(name). @returns {Uint8Array} a fresh copy. @throws {ArgumentInvalid} for a name outside the table */
export function label(name) {
  const bytes = ENCODED.get(name);
  if (bytes === undefined) throw new ArgumentInvalid(`no label is called "${name}"`);
  return new Uint8Array(bytes);
}

/** H(name; parts) = SHA-256(L(name) | parts). @returns {Uint8Array} 32 bytes */
export const hashWith = (name, ...parts) => sha256(concat(label(name), ...parts));

/** The first 16 bytes of H(name; parts): an identifier. */
export const idWith = (name, ...parts) => hashWith(name, ...parts).slice(0, ID);

/** SHA-256 (FIPS 180-4) without a label, where the specification asks for it. */
export const plainHash = (bytes) => sha256(assertBytes(bytes));

/** HKDF-Extract with SHA-256 (RFC 5869). An empty salt is 32 zero bytes. */
export const extract = (salt, ikm) => nobleExtract(sha256, assertBytes(ikm), assertBytes(salt));

/** HKDF-Expand with SHA-256 and an info without a label: for HPKE, which has labels of its own. */
export const expandBare = (prk, info, length) =>
  nobleExpand(sha256, assertBytes(prk, KEY, 'prk'), assertBytes(info), length);

/** HKDF-Expand with info L(name) | parts. @param {number} length in bytes */
export const expand = (prk, name, parts, length) =>
  expandBare(prk, concat(label(name), ...parts), length);

/** HMAC-SHA256 (RFC 2104) with a 32-byte key. */
export const mac = (key, message) =>
  hmac(sha256, assertBytes(key, KEY, 'key'), assertBytes(message));
