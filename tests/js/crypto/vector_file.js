// Owns the form of a vector file (tests/vectors/README.md): canonical JSON, its hash, and values of the
// modules as JSON and back. It must not know what a section means.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fromBase64url, toBase64url } from '../../../static/js/crypto/wire.js';

export const FORMAT = 1;
const VECTORS = new URL('../../vectors/', import.meta.url);

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const isObject = (value) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value);

/** Bytes become base64url, camelCase becomes snake_case, the rest stays. */
export function toJson(value) {
  if (value instanceof Uint8Array) return toBase64url(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [snake(key), toJson(one)]));
}

/** The bytes of a base64url string, of each string of a list, or null. */
export function data(value) {
  if (value === null) return null;
  return Array.isArray(value) ? value.map((one) => fromBase64url(one)) : fromBase64url(value);
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

const ascii = (text) =>
  text.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export const canonicalHash = (sections) =>
  createHash('sha256')
    .update(ascii(JSON.stringify(sorted(sections))))
    .digest('hex');

/** The text of a vector file. */
export function fileText(generator, library, sections) {
  const file = { format: FORMAT, generator, library, sections, sha256: canonicalHash(sections) };
  return `${ascii(JSON.stringify(sorted(file), null, 1))}\n`;
}

/** The sections of a vector file. Fails when the file is missing, empty or changed by hand. */
export function readSections(name) {
  const file = JSON.parse(readFileSync(new URL(name, VECTORS), 'utf8'));
  assert.equal(file.format, FORMAT);
  assert.equal(file.sha256, canonicalHash(file.sections), `${name} was changed by hand`);
  for (const [section, cases] of Object.entries(file.sections)) {
    assert.ok(cases.length > 0, `${name} has an empty section ${section}`);
  }
  return file.sections;
}
