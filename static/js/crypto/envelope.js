// Owns the bytes of a message on its way, and what is inside: header, padded payload, tag
// (docs/PROTOCOL.md, section 6). It must not know chains or epochs: it is given one message key, which
// the caller erases afterwards.
//
// What it prevents: a length that tells what was said (padding), a header changed on the way (it is in
// the key derivation), and a member of a larger epoch who, knowing the shared chains, speaks for
// another device (the signature inside).

import { decrypt, deriveKeys, encrypt, GCM_TAG, wipeKeys } from './aead.js';
import { ArgumentInvalid, FormatError } from './errors.js';
import { COMMIT_PREFIX, HASH, HEAD, ID, plainHash, VERSION } from './labels.js';
import { ED25519_SIGNATURE, signEd25519, verifyEd25519 } from './signatures.js';
import {
  concat,
  copyBytes,
  decodeText,
  encodeText,
  expect,
  Reader,
  toBase64url,
  Writer,
  wipe,
} from './wire.js';

/** Types of a header and kinds of a payload: they go in pairs and have the same numbers. */
export const TYPE = Object.freeze({ MESSAGE: 1, RECEIPT: 2 });
/** What a receipt says about a message. */
export const STATE = Object.freeze({ DELIVERED: 1, READ: 2 });
/** Lengths of a padded payload in bytes. */
export const SIZES = Object.freeze([256, 512, 1024, 2048, 4096, 8192, 16384, 20480]);
export const MAX_TEXT = 16384;
export const MAX_RECEIPTS = 200;
export const HEADER = 66;
export const MAX_ENVELOPE = HEADER + 4 + SIZES.at(-1) + GCM_TAG + HASH;
const MARK = 0x80;
const PURPOSE = 'message';

/**
 * @typedef {{messageId: Uint8Array, seenN: number, seenHead: Uint8Array,
 *   text: string|null, receipts: {messageId: Uint8Array, state: number}[]|null}} Payload
 *   either text or receipts, the other is null
 */

function receiptsRuleBroken(receipts) {
  if (receipts.length < 1 || receipts.length > MAX_RECEIPTS)
    return 'A receipt names no message, or too many.';
  if (receipts.some(({ state }) => state !== STATE.DELIVERED && state !== STATE.READ)) {
    return 'A receipt of an unknown state.';
  }
  const named = new Set(receipts.map(({ messageId }) => toBase64url(messageId)));
  return named.size === receipts.length ? null : 'A receipt names one message twice.';
}

function textRuleBroken(body, text) {
  if (body.length < 1 || body.length > MAX_TEXT) return 'A text is empty or too long.';
  return text.includes('\0') ? 'A text contains a null character.' : null;
}

function receiptsBody(receipts) {
  const writer = new Writer().u16(receipts.length);
  for (const { messageId, state } of receipts) writer.fixed(messageId, ID).u8(state);
  return writer.done();
}

/** Body and what is wrong with it. */
function bodyOf(type, { text, receipts }) {
  if (type === TYPE.MESSAGE && typeof text === 'string' && receipts === null) {
    const body = encodeText(text);
    return { body, broken: textRuleBroken(body, text) };
  }
  if (type === TYPE.RECEIPT && text === null && Array.isArray(receipts)) {
    return { body: receiptsBody(receipts), broken: receiptsRuleBroken(receipts) };
  }
  throw new ArgumentInvalid('a payload holds a text or receipts, as its type says');
}

/** @param {number} type one of TYPE @param {Payload} payload @returns {Uint8Array} without signature and padding */
export function serialisePayload(type, payload) {
  const { body, broken } = bodyOf(type, payload);
  if (broken) throw new ArgumentInvalid(broken);
  const writer = new Writer().u8(VERSION).u8(type).fixed(payload.messageId, ID);
  return writer.u64(payload.seenN).fixed(payload.seenHead, HEAD).lp(body).done();
}

function parseReceipts(body) {
  const reader = new Reader(body);
  const item = (r) => Object.freeze({ messageId: r.fixed(ID), state: r.u8() });
  const receipts = reader.list(reader.u16(), item);
  reader.end();
  const broken = receiptsRuleBroken(receipts);
  if (broken) throw new FormatError(broken);
  return Object.freeze(receipts);
}

function parseText(body) {
  const text = decodeText(body);
  const broken = textRuleBroken(body, text);
  if (broken) throw new FormatError(broken);
  return text;
}

/**
 * @param {number} type of the header that carries it
 * @param {Uint8Array} padded
 * @param {boolean} signed does an Ed25519 signature stand at its end?
 * @returns {{payload: Payload, unsigned: Uint8Array, signature: Uint8Array|null}}
 * @throws {FormatError}
 */
export function parsePayload(type, padded, signed) {
  const bytes = unpad(padded);
  const reader = new Reader(bytes);
  expect(reader.u8() === VERSION, 'A payload of an unknown version.');
  expect(reader.u8() === type, 'A payload that does not fit its envelope.');
  const start = { messageId: reader.fixed(ID), seenN: reader.u64(), seenHead: reader.fixed(HEAD) };
  const body = reader.lp(MAX_TEXT);
  const unsigned = bytes.subarray(0, reader.position);
  const signature = signed ? reader.fixed(ED25519_SIGNATURE) : null;
  reader.end();
  const text = type === TYPE.MESSAGE ? parseText(body) : null;
  const receipts = type === TYPE.RECEIPT ? parseReceipts(body) : null;
  return { payload: Object.freeze({ ...start, text, receipts }), unsigned, signature };
}

/** One byte 0x80, then zeros, to the smallest size that holds both. @throws {ArgumentInvalid} */
export function pad(payload) {
  const size = SIZES.find((candidate) => candidate > payload.length);
  if (size === undefined) throw new ArgumentInvalid('the payload is too long');
  const padded = concat(payload, new Uint8Array(size - payload.length));
  padded[payload.length] = MARK;
  return padded;
}

/** @returns {Uint8Array} the payload. @throws {FormatError} also for a larger padding than needed */
export function unpad(padded) {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  expect(end >= 0 && padded[end] === MARK, 'A message is not padded as it should be.');
  expect(
    SIZES.find((candidate) => candidate > end) === padded.length,
    'A message has the wrong padding.',
  );
  return padded.slice(0, end);
}

/**
 * @typedef {{type: number, conversation: Uint8Array, epoch: number, deviceId: Uint8Array, seq: number,
 *   sentAt: number, commitHash: Uint8Array}} Header type one of TYPE, sentAt in Unix ms, commitHash
 *   the first 16 bytes of H(commit)
 * @typedef {{header: Header, headerBytes: Uint8Array, sealed: Uint8Array, tag: Uint8Array,
 *   raw: Uint8Array}} Envelope sealed: ciphertext and tag
 */

// The rules that parser and writer share, so that nothing is written that would not be read.
function headerRuleBroken({ type, epoch, seq }) {
  if (type !== TYPE.MESSAGE && type !== TYPE.RECEIPT) return 'A message of an unknown type.';
  if (epoch < 1) return 'A message of no epoch.';
  return seq < 1 ? 'A message without a number.' : null;
}

/** @param {Header} header @returns {Uint8Array} 66 bytes. @throws {ArgumentInvalid} */
export function serialiseHeader(header) {
  const writer = new Writer().u8(VERSION).u8(header.type).fixed(header.conversation, ID);
  writer.u32(header.epoch).fixed(header.deviceId, ID).u32(header.seq).u64(header.sentAt);
  const bytes = writer.fixed(header.commitHash, COMMIT_PREFIX).done();
  const broken = headerRuleBroken(header);
  if (broken) throw new ArgumentInvalid(broken);
  return bytes;
}

function readHeader(reader) {
  expect(reader.u8() === VERSION, 'A message of an unknown version.');
  const header = {
    type: reader.u8(),
    conversation: reader.fixed(ID),
    epoch: reader.u32(),
    deviceId: reader.fixed(ID),
    seq: reader.u32(),
    sentAt: reader.u64(),
    commitHash: reader.fixed(COMMIT_PREFIX),
  };
  const broken = headerRuleBroken(header);
  if (broken) throw new FormatError(broken);
  return Object.freeze(header);
}

/** @param {Uint8Array} bytes 66 bytes @returns {Header} @throws {FormatError} */
export function parseHeader(bytes) {
  const reader = new Reader(bytes);
  const header = readHeader(reader);
  reader.end();
  return header;
}

/** Nothing is decrypted or verified here. @returns {Envelope} @throws {FormatError} */
export function parseEnvelope(bytes) {
  const reader = new Reader(bytes);
  const header = readHeader(reader);
  const ct = reader.lp(SIZES.at(-1) + GCM_TAG);
  expect(SIZES.includes(ct.length - GCM_TAG), 'A message has a length that no message has.');
  const tag = reader.fixed(HASH);
  reader.end();
  const raw = copyBytes(bytes);
  return Object.freeze({
    header,
    headerBytes: raw.slice(0, HEADER),
    sealed: concat(ct, tag),
    tag,
    raw,
  });
}

/** The bytes of a parsed envelope, from its fields. @param {Envelope} envelope */
export function serialise({ header, sealed }) {
  const ct = sealed.subarray(0, sealed.length - HASH);
  return concat(serialiseHeader(header), new Writer().lp(ct).done(), sealed.subarray(ct.length));
}

const keysFor = (messageKey, headerBytes) =>
  deriveKeys(messageKey, 'message', plainHash(headerBytes));

/**
 * @param {Uint8Array} messageKey 32 bytes, for this message alone
 * @param {Header} header
 * @param {Payload} payload
 * @param {Uint8Array|null} [signingPrivate] 64 bytes, in an epoch of more than two devices
 * @returns {Promise<Uint8Array>} @throws {ArgumentInvalid}
 */
export async function sealEnvelope(messageKey, header, payload, signingPrivate = null) {
  const headerBytes = serialiseHeader(header);
  const unsigned = serialisePayload(header.type, payload);
  const signature =
    signingPrivate === null
      ? new Uint8Array(0)
      : signEd25519(signingPrivate, PURPOSE, concat(headerBytes, unsigned));
  const padded = pad(concat(unsigned, signature));
  const keys = keysFor(messageKey, headerBytes);
  const sealed = await encrypt(keys, headerBytes, padded);
  wipeKeys(keys);
  wipe(unsigned, padded);
  return serialise({ header, sealed });
}

/**
 * @param {Uint8Array} messageKey 32 bytes
 * @param {Envelope} envelope from parseEnvelope
 * @param {Uint8Array|null} [signingPublic] 1984 bytes of the sending device, in an epoch of more than
 *   two devices: then the signature must be there, otherwise it must not
 * @returns {Promise<Payload>}
 * @throws {TagInvalid|FormatError|KeyRefused|SignatureInvalid}
 */
export async function openEnvelope(messageKey, envelope, signingPublic = null) {
  const { header, headerBytes, sealed } = envelope;
  const keys = keysFor(messageKey, headerBytes);
  const padded = await decrypt(keys, headerBytes, sealed).finally(() => wipeKeys(keys));
  const { payload, unsigned, signature } = parsePayload(
    header.type,
    padded,
    signingPublic !== null,
  );
  wipe(padded);
  if (signature !== null)
    verifyEd25519(signingPublic, PURPOSE, concat(headerBytes, unsigned), signature);
  return payload;
}
