import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as wire from '../../../static/js/crypto/wire.js';
import { bytes, hex, numbers } from './fixtures.js';

const { Reader, Writer } = wire;
const ours = { code: 'argument_invalid' };
const theirs = { code: 'format_error' };
const LIMITS = { u8: 2 ** 8, u16: 2 ** 16, u32: 2 ** 32, u64: 2 ** 53 };

test('integers are big-endian and read back', () => {
  const written = new Writer().u8(1).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d).done();
  assert.equal(hex(written), '0102030405060700' + '0008090a0b0c0d');
  const reader = new Reader(written);
  assert.deepEqual(
    [reader.u8(), reader.u16(), reader.u32(), reader.u64()],
    [1, 0x0203, 0x04050607, 0x08090a0b0c0d],
  );
  reader.end();
});

test('each integer holds its range and nothing else', () => {
  for (const [name, limit] of Object.entries(LIMITS)) {
    const highest = new Writer()[name](limit - 1).done();
    assert.equal(new Reader(highest)[name](), limit - 1);
    for (const wrong of [limit, -1, 1.5, Number.NaN, '1', 1n, null, undefined]) {
      assert.throws(() => new Writer()[name](wrong), ours);
    }
  }
});

test('a u64 from elsewhere stays below 2^53', () => {
  for (const text of ['0020000000000000', 'ffffffffffffffff', '0020000000000001']) {
    assert.throws(() => new Reader(Buffer.from(text, 'hex')).u64(), theirs);
  }
});

test('reading beyond the end fails, and so does leaving something', () => {
  for (const read of ['u8', 'u16', 'u32', 'u64']) {
    assert.throws(() => new Reader(new Uint8Array(0))[read](), theirs);
  }
  assert.throws(() => new Reader(new Uint8Array(15)).fixed(16), theirs);
  assert.throws(() => new Reader(Uint8Array.of(0, 0, 0, 2, 1)).lp(10), theirs);
  assert.throws(() => new Reader(new Uint8Array(1)).end(), theirs);
});

test('a length prefix above the limit is refused before anything is read', () => {
  const data = new Writer().lp(bytes('long', 11)).done();
  assert.equal(new Reader(data).lp(11).length, 11);
  assert.throws(() => new Reader(data).lp(10), theirs);
  assert.throws(() => new Reader(Uint8Array.of(0xff, 0xff, 0xff, 0xff)).lp(2 ** 20), theirs);
});

test('a reader works inside a larger buffer and gives copies', () => {
  const buffer = Buffer.from('00010203', 'hex').subarray(1);
  const field = new Reader(buffer).fixed(3);
  buffer.fill(0);
  assert.deepEqual(field, Uint8Array.of(1, 2, 3));
  assert.equal(field.constructor, Uint8Array);
});

test('fields must have their length', () => {
  assert.throws(() => new Writer().fixed(new Uint8Array(15), 16), ours);
  assert.throws(() => new Writer().fixed('text', 4), ours);
  assert.throws(() => new Writer().fixed([1, 2], 2), ours);
  assert.throws(() => new Writer().lp(new Uint16Array(1)), ours);
  assert.throws(() => new Writer().lp(null), ours);
  assert.throws(() => new Reader(new ArrayBuffer(4)), ours);
});

test('base64url reads what it writes, for every length', () => {
  for (let length = 0; length < 70; length++) {
    const value = bytes(`base64 ${length}`, length);
    const text = wire.toBase64url(value);
    assert.equal(text, Buffer.from(value).toString('base64url'));
    assert.deepEqual(wire.fromBase64url(text), value);
  }
});

test('base64url has one text for each value', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  let accepted = 0;
  for (const last of alphabet) {
    for (const text of [`A${last}`, `AA${last}`]) {
      const canonical = Buffer.from(text, 'base64url').toString('base64url') === text;
      if (canonical) accepted += wire.fromBase64url(text).length;
      else assert.throws(() => wire.fromBase64url(text), theirs);
    }
  }
  assert.equal(accepted, 4 + 16 * 2);
  for (const text of ['A', 'AAAAA', 'AA==', 'A A', 'AA\n', '+/AA', 'ÄAAA', '💥', null, 7]) {
    assert.throws(() => wire.fromBase64url(text), theirs);
  }
});

test('base64url of a fixed length refuses another', () => {
  assert.equal(wire.fromBase64url('AAAA', 3).length, 3);
  assert.throws(() => wire.fromBase64url('AAAA', 4), theirs);
});

test('text is strict UTF-8 both ways', () => {
  for (const text of ['', 'Grüße', '\ufeffmark', '👋', '\u0000']) {
    assert.equal(wire.decodeText(wire.encodeText(text)), text);
  }
  for (const text of ['\ud800', 'a\udfffb', '\udc00\ud800']) {
    assert.throws(() => wire.encodeText(text), ours);
  }
  for (const bad of ['ff', 'c0af', 'eda080', 'f4908080', 'e282']) {
    assert.throws(() => wire.decodeText(Buffer.from(bad, 'hex')), theirs);
  }
  assert.throws(() => wire.encodeText(7), ours);
  assert.throws(() => wire.decodeText('text'), ours);
});

test('bytes are compared by value and length', () => {
  const next = numbers('compare');
  assert.ok(wire.equalBytes(new Uint8Array(0), new Uint8Array(0)));
  assert.ok(!wire.equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0)));
  for (let round = 0; round < 200; round++) {
    const [a, b] = [0, 0].map(() => bytes(`${next(40)}`, next(4)));
    assert.equal(wire.equalBytes(a, b), hex(a) === hex(b));
    assert.equal(Math.sign(wire.compareBytes(a, b)), Buffer.compare(a, b));
  }
  assert.throws(() => wire.equalBytes('ab', 'ab'), ours);
  assert.throws(() => wire.equalBytes(Uint8Array.of(1), [1]), ours);
});

test('whatever is not bytes is this program’s fault', () => {
  const one = Uint8Array.of(1);
  const wrong = [
    () => wire.copyBytes('text'),
    () => wire.copyBytes(7),
    () => wire.concat(one, 'text'),
    () => wire.concat([1, 2]),
    () => wire.equalBytes('a', one),
    () => wire.compareBytes('a', one),
    () => wire.compareBytes(one, 'a'),
    () => wire.toBase64url('text'),
    () => wire.toBase64url([1, 2]),
  ];
  for (const call of wrong) assert.throws(call, ours);
});

test('strictly ascending means sorted and without duplicates', () => {
  const [a, b, c] = [Uint8Array.of(1), Uint8Array.of(1, 0), Uint8Array.of(2)];
  for (const good of [[], [a], [a, b], [a, b, c]]) assert.ok(wire.strictlyAscending(good));
  for (const bad of [
    [b, a],
    [a, a],
    [a, c, b],
  ])
    assert.ok(!wire.strictlyAscending(bad));
});

test('wiping overwrites', () => {
  const secrets = [bytes('a', 4), bytes('b', 4)];
  wire.wipe(...secrets);
  assert.deepEqual(secrets, [new Uint8Array(4), new Uint8Array(4)]);
});
