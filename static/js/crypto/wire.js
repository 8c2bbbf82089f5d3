// Owns how bytes are laid out (docs/PROTOCOL.md, section 1): strict readers and writers of big-endian
// integers, length prefixes, base64url and UTF-8, and the handling of byte strings.
// It must not know what any of the bytes mean.

import { ArgumentInvalid, FormatError } from './errors.js';

const TIME_LIMIT = 2 ** 53;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const DIGITS = new Map([...ALPHABET].map((character, value) => [character, value]));

/** @returns {Uint8Array} the same bytes. @throws {ArgumentInvalid} on another type or length */
export function assertBytes(value, length, name = 'value') {
  if (!(value instanceof Uint8Array)) throw new ArgumentInvalid(`${name} must be a Uint8Array`);
  if (length !== undefined && value.length !== length) {
    throw new ArgumentInvalid(`${name} must be ${length} bytes long`);
  }
  return value;
}

/** @returns {number} the same number. @throws {ArgumentInvalid} unless it is an integer in [low, high] */
export function assertInteger(value, low, high, name = 'value') {
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw new ArgumentInvalid(`${name} must be an integer from ${low} to ${high}`);
  }
  return value;
}

/** A plain copy: Buffer and views share memory with their owner, this does not. */
export const copyBytes = (bytes) => new Uint8Array(assertBytes(bytes));

/** a | b | … */
export function concat(...parts) {
  const total = parts.reduce((sum, part) => sum + assertBytes(part).length, 0);
  const joined = new Uint8Array(total);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * Compares without leaving early, so that the time tells an attacker nothing about where two tags
 * differ. An engine may still optimise; nothing better exists in JavaScript.
 */
export function equalBytes(a, b) {
  if (assertBytes(a).length !== assertBytes(b).length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** Lexicographic order of public values: negative, zero or positive. */
export function compareBytes(a, b) {
  const shared = Math.min(assertBytes(a).length, assertBytes(b).length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** True if each value is above the one before: sorted and without duplicates. */
export function strictlyAscending(values) {
  return values.every((value, i) => i === 0 || compareBytes(values[i - 1], value) < 0);
}

/**
 * Overwrites secrets that are no longer needed. Best effort: a garbage collector may have moved
 * copies that nothing can reach any more.
 */
export function wipe(...secrets) {
  for (const secret of secrets) secret.fill(0);
}

/** LP(x) = u32(length of x) | x */
export const lp = (bytes) => new Writer().lp(bytes).done();

/** @returns {Uint8Array} UTF-8. @throws {ArgumentInvalid} on unpaired surrogates, which UTF-8 cannot say */
export function encodeText(text) {
  if (typeof text !== 'string') throw new ArgumentInvalid('text must be a string');
  if (/\p{Surrogate}/u.test(text)) throw new ArgumentInvalid('text has an unpaired surrogate');
  return new TextEncoder().encode(text);
}

/** @returns {string} the text; a leading U+FEFF is kept. @throws {FormatError} if not strict UTF-8 */
export function decodeText(bytes) {
  assertBytes(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError('The text is not valid UTF-8.', { cause });
  }
}

/** @returns {string} base64url without padding (RFC 4648, section 5) */
export function toBase64url(bytes) {
  assertBytes(bytes);
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const digits = Math.min(bytes.length - i, 3) + 1;
    for (let d = 0; d < digits; d++) text += ALPHABET[(group >> (18 - 6 * d)) & 63];
  }
  return text;
}

/**
 * Only the canonical encoding is accepted: bits that encode nothing must be zero, otherwise one value
 * would have several names.
 * @returns {Uint8Array} @throws {FormatError}
 */
export function fromBase64url(text, length) {
  if (typeof text !== 'string' || text.length % 4 === 1) throw new FormatError('Bad base64url.');
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let pending = 0;
  let offset = 0;
  for (const character of text) {
    const digit = DIGITS.get(character);
    if (digit === undefined) throw new FormatError('Bad base64url.');
    bits = ((bits << 6) | digit) & 0xffff;
    pending += 6;
    if (pending >= 8) {
      pending -= 8;
      bytes[offset++] = (bits >> pending) & 0xff;
    }
  }
  if (bits & ((1 << pending) - 1)) throw new FormatError('Base64url that is not canonical.');
  if (length !== undefined && bytes.length !== length)
    throw new FormatError('A value of the wrong length.');
  return bytes;
}

/** Builds bytes. Each method returns the writer; `done()` the bytes. Misuse is a {ArgumentInvalid}. */
export class Writer {
  #parts = [];

  #integer(value, size, limit) {
    assertInteger(value, 0, limit, `u${size * 8}`);
    const field = new Uint8Array(size);
    // Division instead of shifts: JavaScript shifts cut numbers to 32 bits.
    for (let i = size - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256))
      field[i] = rest % 256;
    this.#parts.push(field);
    return this;
  }

  u8(value) {
    return this.#integer(value, 1, 0xff);
  }

  u16(value) {
    return this.#integer(value, 2, 0xffff);
  }

  u32(value) {
    return this.#integer(value, 4, 0xffffffff);
  }

  /** Stays below 2^53, so that a Number holds it exactly. */
  u64(value) {
    return this.#integer(value, 8, TIME_LIMIT - 1);
  }

  /** A field without length: exactly `length` bytes. */
  fixed(bytes, length) {
    this.#parts.push(assertBytes(bytes, length, 'field'));
    return this;
  }

  lp(bytes) {
    return this.u32(assertBytes(bytes).length).fixed(bytes, bytes.length);
  }

  done() {
    return concat(...this.#parts);
  }
}

/**
 * Reads bytes from elsewhere. Every method throws {FormatError} when they end early; `end()` throws
 * when some are left. What it returns are copies, so that the caller may change or wipe its input.
 */
export class Reader {
  #bytes;
  #offset = 0;

  constructor(bytes) {
    this.#bytes = assertBytes(bytes);
  }

  /** How many bytes were read. */
  get position() {
    return this.#offset;
  }

  #take(length) {
    if (this.#bytes.length - this.#offset < length)
      throw new FormatError('The data ends too early.');
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  #integer(size) {
    return this.#take(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  u8() {
    return this.#integer(1);
  }

  u16() {
    return this.#integer(2);
  }

  u32() {
    return this.#integer(4);
  }

  u64() {
    // Checked on the upper half: the sum below 2^53 is exact, above it is not.
    const upper = this.#integer(4);
    if (upper >= 2 ** 21) throw new FormatError('A number is 2^53 or more.');
    return upper * 2 ** 32 + this.#integer(4);
  }

  fixed(length) {
    return copyBytes(this.#take(length));
  }

  /** LP(x), refusing more than `maximum` bytes before they are read. */
  lp(maximum) {
    const length = this.u32();
    if (length > maximum) throw new FormatError('A field is longer than allowed.');
    return this.fixed(length);
  }

  /** `count` items, each read by `item(reader)`. */
  list(count, item) {
    return Array.from({ length: count }, () => item(this));
  }

  end() {
    if (this.#offset !== this.#bytes.length)
      throw new FormatError('The data goes on after its end.');
  }
}

/** Turns a failed expectation about bytes from elsewhere into a {FormatError}. */
export function expect(condition, message) {
  if (!condition) throw new FormatError(message);
}
