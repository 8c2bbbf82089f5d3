// What is kept comes back as it was, and nothing unknown is kept or read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from '../../../static/js/state/codec.js';

test('values come back as they were', () => {
  const value = {
    nothing: null,
    yes: true,
    no: false,
    numbers: [0, -1, 1.5, 2 ** 52, Number.MAX_SAFE_INTEGER],
    text: 'Grüße \u{1f511}\ufeff',
    bytes: Uint8Array.of(0, 1, 255),
    map: new Map([
      ['a', Uint8Array.of(1)],
      [7, new Map([[1, [2]]])],
    ]),
    empty: [{}, [], new Map(), new Uint8Array(0), ''],
  };
  assert.deepEqual(decode(encode(value)), value);
});

test('large values come back too', () => {
  const heads = new Map(Array.from({ length: 2000 }, (_, n) => [n, new Uint8Array(32).fill(n)]));
  const value = { heads, blob: new Uint8Array(100_000).fill(7), text: 'x'.repeat(50_000) };
  assert.deepEqual(decode(encode(value)), value);
});

test('bytes that come back are a copy', () => {
  const stored = encode({ key: Uint8Array.of(1, 2, 3) });
  decode(stored).key.fill(0);
  assert.deepEqual(decode(stored).key, Uint8Array.of(1, 2, 3));
});

test('what is undefined is left out, and what cannot be kept is refused', () => {
  assert.deepEqual(decode(encode({ a: undefined, b: 1 })), { b: 1 });
  assert.throws(() => encode({ a: () => 1 }), TypeError);
  assert.throws(() => encode(1n), TypeError);
});

test('an unknown kind or an early end is refused', () => {
  assert.throws(() => decode(Uint8Array.of(99)), TypeError);
  assert.throws(() => decode(encode(5).slice(0, 4)), RangeError);
});
