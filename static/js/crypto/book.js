// Owns the book: what a person's devices remember together about contacts and conversations
// (docs/PROTOCOL.md, section 8). It must not know how a book is sealed or stored.

import { ArgumentInvalid, FormatError } from './errors.js';
import { HASH, ID, VERSION } from './labels.js';
import { expect, fromBase64url } from './wire.js';

const NAME = /^[a-z0-9][a-z0-9._-]{2,31}$/;

/**
 * A book is the JSON object itself: binary values are base64url strings.
 * @typedef {{version: 1, own: {list_version: number, list_hash: string},
 *   contacts: Object<string, {name: string, identity_hash: string, list_version: number,
 *     list_hash: string, verified_at: number}>,
 *   heads: Object<string, {n: number, head: string}>}} Book
 */

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function checkFields(value, rules) {
  expect(isObject(value), 'The book is not in order.');
  const names = Object.keys(value).sort();
  expect(
    names.join() === Object.keys(rules).sort().join(),
    'The book has other fields than it should.',
  );
  for (const name of names) rules[name](value[name]);
}

function checkEntries(value, rules) {
  expect(isObject(value), 'The book is not in order.');
  for (const [id, entry] of Object.entries(value)) {
    fromBase64url(id, ID);
    checkFields(entry, rules);
  }
}

const hash = (value) => fromBase64url(value, HASH);
const number = (low, high) => (value) =>
  expect(
    Number.isSafeInteger(value) && value >= low && value <= high,
    'A number in the book is out of range.',
  );
const version = number(1, 0xffffffff);
const time = number(0, Number.MAX_SAFE_INTEGER);
const name = (value) =>
  expect(typeof value === 'string' && NAME.test(value), 'A name in the book is not valid.');

const OWN = { list_version: version, list_hash: hash };
const CONTACT = {
  name,
  identity_hash: hash,
  list_version: version,
  list_hash: hash,
  verified_at: time,
};
const HEAD_OF = { n: time, head: hash };
const BOOK = {
  version: number(VERSION, VERSION),
  own: (value) => checkFields(value, OWN),
  contacts: (value) => checkEntries(value, CONTACT),
  heads: (value) => checkEntries(value, HEAD_OF),
};

/** JSON with sorted keys and without spaces. All keys are ASCII, so every language sorts alike. */
function canonical(value) {
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`;
}

/** @param {Book} book @returns {string} canonical JSON. @throws {ArgumentInvalid} */
export function serialise(book) {
  try {
    checkFields(book, BOOK);
  } catch (cause) {
    throw new ArgumentInvalid('this is no book', { cause });
  }
  return canonical(book);
}

/** @param {string} text @returns {Book} @throws {FormatError} unless it is canonical */
export function parse(text) {
  let book;
  try {
    book = JSON.parse(text);
  } catch (cause) {
    throw new FormatError('The book cannot be read.', { cause });
  }
  checkFields(book, BOOK);
  // Also refuses a key that stands twice, spaces, and numbers in another notation.
  expect(canonical(book) === text, 'The book is not in its canonical form.');
  return book;
}

/** The higher one; equal ones with different values are named as a conflict and mine stays. */
function newer(mine, theirs, order, value, conflict) {
  if (mine[order] !== theirs[order]) return mine[order] > theirs[order] ? mine : theirs;
  if (mine[value] !== theirs[value]) conflict();
  return mine;
}

function mergeContact(mine, theirs, id, conflicts) {
  if (mine.identity_hash !== theirs.identity_hash || mine.name !== theirs.name) {
    conflicts.push(`identity:${id}`);
    return mine;
  }
  const list = newer(mine, theirs, 'list_version', 'list_hash', () => conflicts.push(`list:${id}`));
  const { list_version, list_hash } = list;
  return {
    ...mine,
    list_version,
    list_hash,
    verified_at: Math.max(mine.verified_at, theirs.verified_at),
  };
}

function mergeEntries(mine, theirs, both) {
  const merged = { ...theirs, ...mine };
  for (const id of Object.keys(mine)) {
    if (Object.hasOwn(theirs, id)) merged[id] = both(mine[id], theirs[id], id);
  }
  return merged;
}

/**
 * @param {Book} mine of this device, which wins where the two contradict each other
 * @param {Book} theirs
 * @returns {{book: Book, conflicts: string[]}} conflicts: `identity:<id>`, `list:<id>`, `own`,
 *   `head:<conversation>`, sorted; the person decides
 */
export function merge(mine, theirs) {
  const conflicts = [];
  const own = newer(mine.own, theirs.own, 'list_version', 'list_hash', () => conflicts.push('own'));
  const contacts = mergeEntries(mine.contacts, theirs.contacts, (a, b, id) =>
    mergeContact(a, b, id, conflicts),
  );
  const heads = mergeEntries(mine.heads, theirs.heads, (a, b, id) =>
    newer(a, b, 'n', 'head', () => conflicts.push(`head:${id}`)),
  );
  return { book: { version: VERSION, own, contacts, heads }, conflicts: conflicts.sort() };
}
