import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as envelope from '../../../static/js/crypto/envelope.js';
import { ALICE, bytes, hex } from './fixtures.js';
import { headerOf, payloadOf } from './sections/sessions.js';

const KEY = bytes('message key', 32);
const ours = { code: 'argument_invalid' };
const { privateKey, publicKey } = ALICE.devices[0].signing;
const receipts = (count, state = 1) =>
  Array.from({ length: count }, (_, i) => ({ messageId: bytes(`receipt ${i}`, 16), state }));
const receiptOf = (list) => payloadOf({ text: null, receipts: list });

test('a text goes through, with and without a signature', async () => {
  for (const keys of [{}, { privateKey, publicKey }]) {
    const raw = await envelope.sealEnvelope(KEY, headerOf(), payloadOf(), keys.privateKey);
    const parsed = envelope.parseEnvelope(raw);
    assert.deepEqual(parsed.header, headerOf());
    assert.deepEqual(await envelope.openEnvelope(KEY, parsed, keys.publicKey), payloadOf());
  }
});

test('the length of an envelope tells only a size class', async () => {
  const lengths = new Set();
  for (let length = 1; length <= 190; length += 27) {
    const payload = payloadOf({ text: 'a'.repeat(length) });
    lengths.add((await envelope.sealEnvelope(KEY, headerOf(), payload)).length);
  }
  assert.deepEqual([...lengths], [66 + 4 + 256 + 16 + 32]);
});

test('the largest text and the most receipts fit, signed', async () => {
  const text = payloadOf({ text: 'a'.repeat(envelope.MAX_TEXT) });
  const raw = await envelope.sealEnvelope(KEY, headerOf(), text, privateKey);
  assert.equal(raw.length, envelope.MAX_ENVELOPE);
  const list = receiptOf(receipts(envelope.MAX_RECEIPTS));
  assert.ok(await envelope.sealEnvelope(KEY, headerOf({ type: 2 }), list, privateKey));
});

test('padding is undone for every length around each size', () => {
  for (const size of envelope.SIZES) {
    for (const length of [size - 2, size - 1, size]) {
      if (length > envelope.SIZES.at(-1) - 1) continue;
      const payload = new Uint8Array(length).fill(length % 3 === 0 ? 0 : 0x80);
      const padded = envelope.pad(payload);
      assert.ok(envelope.SIZES.includes(padded.length) && padded.length > length);
      assert.deepEqual(envelope.unpad(padded), payload);
    }
  }
  assert.throws(() => envelope.pad(new Uint8Array(20480)), ours);
});

test('each part of the header is bound, also where it still parses', async () => {
  const raw = await envelope.sealEnvelope(KEY, headerOf(), payloadOf());
  for (let i = 2; i < envelope.HEADER; i++) {
    const changed = raw.slice();
    changed[i] ^= 1;
    try {
      const parsed = envelope.parseEnvelope(changed);
      await assert.rejects(envelope.openEnvelope(KEY, parsed), { code: 'tag_invalid' });
    } catch (error) {
      assert.equal(error.code, 'format_error');
    }
  }
});

test('what could not be read is not written', async () => {
  const wrong = [
    [headerOf({ type: 3 }), payloadOf()],
    [headerOf({ type: 2 }), payloadOf()],
    [headerOf(), receiptOf(receipts(1))],
    [headerOf({ epoch: 0 }), payloadOf()],
    [headerOf({ seq: 0 }), payloadOf()],
    [headerOf({ seq: 2 ** 32 }), payloadOf()],
    [headerOf({ sentAt: 2 ** 53 }), payloadOf()],
    [headerOf({ commitHash: bytes('h', 32) }), payloadOf()],
    [headerOf(), payloadOf({ text: '' })],
    [headerOf(), payloadOf({ text: 'a\0' })],
    [headerOf(), payloadOf({ text: '\ud800' })],
    [headerOf(), payloadOf({ text: 'ä'.repeat(8193) })],
    [headerOf(), payloadOf({ text: null })],
    [headerOf(), payloadOf({ receipts: receipts(1) })],
    [headerOf(), payloadOf({ messageId: bytes('m', 15) })],
    [headerOf(), payloadOf({ seenN: -1 })],
    [headerOf({ type: 2 }), receiptOf([])],
    [headerOf({ type: 2 }), receiptOf(receipts(201))],
    [headerOf({ type: 2 }), receiptOf(receipts(1, 3))],
    [headerOf({ type: 2 }), receiptOf([...receipts(1), ...receipts(1)])],
  ];
  for (const [header, payload] of wrong) {
    await assert.rejects(envelope.sealEnvelope(KEY, header, payload), ours);
  }
  await assert.rejects(envelope.sealEnvelope(KEY.slice(1), headerOf(), payloadOf()), ours);
});

test('sealing and opening change none of their arguments', async () => {
  const given = [KEY.slice(), headerOf(), payloadOf(), privateKey.slice()];
  const before = structuredClone(given);
  const parsed = envelope.parseEnvelope(await envelope.sealEnvelope(...given));
  assert.deepEqual(given, before);
  const copy = structuredClone(parsed);
  await envelope.openEnvelope(given[0], parsed, publicKey);
  assert.deepEqual(structuredClone(parsed), copy);
});

test('an opened payload keeps nothing of the input alive', async () => {
  const raw = await envelope.sealEnvelope(KEY, headerOf(), payloadOf());
  const parsed = envelope.parseEnvelope(raw);
  const text = hex(parsed.raw);
  raw.fill(0);
  assert.equal(hex(parsed.raw), text);
});
