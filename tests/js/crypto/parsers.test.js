// Every parser holds serialise(parse(x)) == x, or refuses x as wrong bytes. Mutated good inputs try to
// find a third way out. The mutations are seeded, so a failure can be repeated.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as book from '../../../static/js/crypto/book.js';
import * as commit from '../../../static/js/crypto/commit.js';
import * as deviceList from '../../../static/js/crypto/device_list.js';
import * as envelope from '../../../static/js/crypto/envelope.js';
import { parseSafetyQr, safetyQr } from '../../../static/js/crypto/identity.js';
import * as refresh from '../../../static/js/crypto/refresh.js';
import { parseRecoveryKey, recoveryKeyText } from '../../../static/js/crypto/vault.js';
import { concat, fromBase64url, toBase64url } from '../../../static/js/crypto/wire.js';
import { ALICE, BOB, bytes, FIRST, hex, numbers } from './fixtures.js';
import { refreshOf } from './sections/people.js';
import { following, headerOf, JOINER_IS_LAPTOP, payloadOf, QKD } from './sections/sessions.js';
import { books } from './sections/vaults.js';

const ROUNDS = 1500;
const INTERESTING = [0, 1, 2, 0x7f, 0x80, 0xff];

/** One to three changes of a kind that parsers stumble over. */
function mutate(given, next) {
  let data = Uint8Array.from(given);
  for (let changes = 1 + next(3); changes > 0; changes--) data = changed(data, next);
  return data;
}

function changed(data, next) {
  const at = next(data.length + 1);
  const to = Math.min(data.length, at + 1 + next(40));
  const copy = Uint8Array.from(data);
  const kinds = [
    () => copy.fill(data[at] ^ (1 << next(8)), at, at + 1),
    () => copy.fill(INTERESTING[next(INTERESTING.length)], at, at + 1),
    () => copy.fill(0, at, to),
    () => concat(data.slice(0, at), Uint8Array.of(next(256)), data.slice(at)),
    () => concat(data.slice(0, at), data.slice(to)),
    () => concat(data.slice(0, to), data.slice(at)),
    () => data.slice(0, at),
  ];
  return kinds[next(kinds.length)]();
}

/** @returns {'same'|'refused'} @throws when neither holds */
function outcome(data, parse, serialise) {
  let parsed;
  try {
    parsed = parse(data);
  } catch (error) {
    assert.equal(error.code, 'format_error', `${error.stack}\n${hex(data)}`);
    return 'refused';
  }
  assert.equal(hex(serialise(parsed)), hex(data));
  return 'same';
}

function fuzz(name, inputs, parse, serialise) {
  test(`${name}: serialise(parse(x)) is x, or x is refused`, () => {
    const next = numbers(`fuzz ${name}`);
    const counts = { same: 0, refused: 0 };
    for (const good of inputs) assert.equal(outcome(good, parse, serialise), 'same');
    for (let round = 0; round < ROUNDS; round++) {
      counts[outcome(mutate(inputs[round % inputs.length], next), parse, serialise)] += 1;
    }
    assert.ok(
      counts.refused > ROUNDS / 20,
      `hardly anything was refused: ${JSON.stringify(counts)}`,
    );
  });
}

const utf8 = new TextEncoder();
// Bytes that are no UTF-8 never become text; latin1 keeps every mutation a text of its own.
const latin = (data) => Buffer.from(data).toString('latin1');
const asText = (parse) => (data) => parse(latin(data));

const made = [FIRST, await following({ kindOf: JOINER_IS_LAPTOP }), await following(QKD)];
fuzz(
  'commit',
  made.map((one) => one.commit.raw),
  commit.parseCommit,
  commit.serialise,
);

const empty = { ...ALICE.signed, list: { ...ALICE.signed.list, devices: [] } };
const lists = [ALICE.signed.raw, deviceList.serialiseSigned(empty)];
fuzz('device list', lists, deviceList.parseSigned, deviceList.serialiseSigned);

fuzz('key refresh', [refreshOf(1), refreshOf(70000)], refresh.parse, refresh.serialise);

const headers = [headerOf(), headerOf({ type: 2, seq: 300 })].map(envelope.serialiseHeader);
fuzz('header', headers, envelope.parseHeader, envelope.serialiseHeader);

const key = bytes('message key', 32);
const sealed = await envelope.sealEnvelope(key, headerOf(), payloadOf());
fuzz('envelope', [sealed], envelope.parseEnvelope, envelope.serialise);

const receipts = [1, 2].map((state) => ({ messageId: bytes(`receipt ${state}`, 16), state }));
const contents = [
  { type: 1, payloads: [payloadOf(), payloadOf({ text: 'a' })] },
  { type: 2, payloads: [payloadOf({ text: null, receipts })] },
];
for (const { type, payloads } of contents) {
  const signature = bytes('signature', 64);
  for (const signed of [false, true]) {
    const tail = signed ? signature : new Uint8Array(0);
    const padded = payloads.map((one) =>
      envelope.pad(concat(envelope.serialisePayload(type, one), tail)),
    );
    fuzz(
      `payload of type ${type}${signed ? ', signed' : ''}`,
      padded,
      (data) => envelope.parsePayload(type, data, signed),
      ({ payload, signature: found }) =>
        envelope.pad(concat(envelope.serialisePayload(type, payload), found ?? new Uint8Array(0))),
    );
  }
}

const texts = Object.values(books()).map((one) => utf8.encode(book.serialise(one)));
fuzz('book', texts, asText(book.parse), (parsed) => Buffer.from(book.serialise(parsed), 'latin1'));

const base64 = [3, 4, 5].map((length) => utf8.encode(toBase64url(bytes(`${length}`, length))));
fuzz('base64url', base64, asText(fromBase64url), (parsed) => utf8.encode(toBase64url(parsed)));

const people = [ALICE, BOB].flatMap(({ userId }, i) => [userId, bytes(`identity hash ${i}`, 32)]);
fuzz('safety number', [utf8.encode(safetyQr(...people))], asText(parseSafetyQr), ([one, two]) =>
  utf8.encode(safetyQr(one.userId, one.identityHash, two.userId, two.identityHash)),
);

test('a recovery key that is read is one that was written', () => {
  const next = numbers('fuzz recovery key');
  const text = utf8.encode(recoveryKeyText(bytes('recovery key', 32)));
  const plain = (data) => latin(data).toUpperCase().replace(/[\s-]/g, '');
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const data = mutate(text, next);
    const written = (parsed) => utf8.encode(plain(utf8.encode(recoveryKeyText(parsed))));
    const canonical = (one) => parseRecoveryKey(latin(one));
    const parse = () => canonical(data);
    const result = outcome(utf8.encode(plain(data)), parse, written);
    if (result === 'refused') refused += 1;
  }
  assert.ok(refused > ROUNDS / 2);
});
