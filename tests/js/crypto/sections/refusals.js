// Owns how a case of the section `negative` is written, and how good bytes are spoilt: each case breaks
// one rule and keeps the others, so that only the check for that rule can refuse it.

import { concat } from '../../../../static/js/crypto/wire.js';

export const refused = (op, error, name, args) => ({ op, error, name, args });

/** A copy with other bytes at an offset; a negative one counts from the end. */
export function patched(given, offset, ...values) {
  const copy = Uint8Array.from(given);
  copy.set(values, offset < 0 ? copy.length + offset : offset);
  return copy;
}

export const flipped = (given, offset) => patched(given, offset, given.at(offset) ^ 1);
export const longer = (given) => concat(given, Uint8Array.of(0));
export const shorter = (given) => given.slice(0, -1);

/** Bytes that a parser must refuse, by name. */
export const format = (op, cases) =>
  Object.entries(cases).map(([name, data]) => refused(op, 'format_error', name, { data }));
