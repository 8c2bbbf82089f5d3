// Identities, device lists, refreshes and connect proofs, beyond what the vectors hold.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as connect from '../../../static/js/crypto/connect.js';
import * as deviceList from '../../../static/js/crypto/device_list.js';
import * as identity from '../../../static/js/crypto/identity.js';
import * as labels from '../../../static/js/crypto/labels.js';
import * as refresh from '../../../static/js/crypto/refresh.js';
import { verifyRoster } from '../../../static/js/crypto/roster.js';
import * as transcript from '../../../static/js/crypto/transcript.js';
import { toBase64url } from '../../../static/js/crypto/wire.js';
import { ALICE, BOB, bytes, FIRST, listOf, NOW, person } from './fixtures.js';

const ours = { code: 'argument_invalid' };
const [phone, laptop] = ALICE.devices;
const HASHES = [bytes('hash a', 32), bytes('hash b', 32)];
const PAIR = [ALICE.userId, HASHES[0], BOB.userId, HASHES[1]];

test('a label that is not in the table cannot be used', () => {
  assert.throws(() => labels.label('mesage'), ours);
  labels.label('message').fill(0);
  assert.match(Buffer.from(labels.label('message')).toString(), /CryptexQ\/1\/message$/);
  assert.throws(() => labels.LABELS.push('another'), TypeError);
});

test('hashes and keys are of bytes', () => {
  const key = bytes('key', 32);
  const wrong = [
    () => labels.plainHash('text'),
    () => labels.hashWith('commit', 'text'),
    () => labels.extract('salt', key),
    () => labels.extract(key, 'ikm'),
    () => labels.expandBare(key, 'info', 32),
    () => labels.expandBare(bytes('key', 64), key, 32),
    () => labels.mac(key, 'message'),
  ];
  for (const call of wrong) assert.throws(call, ours);
});

test('two people have one conversation and one safety number, whoever asks', () => {
  const [a, , b] = PAIR;
  assert.deepEqual(identity.directConversationId(a, b), identity.directConversationId(b, a));
  const swapped = [b, HASHES[1], a, HASHES[0]];
  assert.equal(identity.safetyNumber(...PAIR), identity.safetyNumber(...swapped));
  assert.equal(identity.safetyQr(...PAIR), identity.safetyQr(...swapped));
  assert.match(identity.safetyNumber(...PAIR), /^(\d{5} ){11}\d{5}$/);
});

test('one changed bit of an identity changes its half of the safety number', () => {
  const changed = HASHES[0].slice();
  changed[31] ^= 1;
  const [one, two] = [HASHES[0], changed].map((hash) =>
    identity.safetyNumber(ALICE.userId, hash, BOB.userId, HASHES[1]).split(' '),
  );
  assert.equal(one.filter((group, i) => group === two[i]).length, 6);
});

test('a QR code reads back, and another is refused', () => {
  const people = identity.parseSafetyQr(identity.safetyQr(...PAIR));
  assert.deepEqual(people.map((one) => one.identityHash).sort(), [...HASHES].sort());
  const body = (...parts) => `cryptexq:1:${toBase64url(Buffer.concat(parts))}`;
  const [low, high] = people.map((one) => Buffer.concat([one.userId, one.identityHash]));
  for (const text of [
    body(high, low),
    body(low, low),
    body(low),
    `x${body(low, high)}`,
    '',
    null,
  ]) {
    assert.throws(() => identity.parseSafetyQr(text), { code: 'format_error' });
  }
});

test('identities need two different people and whole values', () => {
  const [a, hash] = PAIR;
  const wrong = [
    () => identity.directConversationId(a, a),
    () => identity.directConversationId(a.slice(1), BOB.userId),
    () => identity.directConversationId(BOB.userId, a.slice(1)),
    () => identity.safetyNumber(a, hash, a, hash),
    () => identity.safetyNumber(a, hash.slice(1), BOB.userId, hash),
    () => identity.safetyQr(a, hash, BOB.userId, hash.slice(1)),
    () => identity.safetyQr(a, hash.slice(1), BOB.userId, hash),
    () => identity.identityHash(a.slice(1), ALICE.identity.publicKey),
    () => identity.identityHash(a, ALICE.identity.publicKey.slice(1)),
  ];
  for (const call of wrong) assert.throws(call, ours);
});

test('a list is signed with the key of its identity and no other', () => {
  const { list } = ALICE.signed;
  assert.throws(() => deviceList.sign(list, BOB.identity.privateKey), ours);
});

test('a list that could not be read is not written', () => {
  const many = Array.from({ length: 17 }, (_, i) => ({
    ...phone,
    deviceId: Uint8Array.from([i, ...bytes('id', 15)]),
  }));
  const wrong = [
    { name: 'Alice' },
    { name: 'al' },
    { version: 0 },
    { version: 2 },
    { issuedAt: 2 ** 53 },
    { devices: [phone, phone] },
    { devices: [...ALICE.signed.list.devices].reverse() },
    { devices: many },
  ];
  for (const changes of wrong) {
    assert.throws(() => deviceList.serialise({ ...ALICE.signed.list, ...changes }), ours);
  }
  const sixteen = { ...ALICE.signed.list, devices: many.slice(0, 16) };
  assert.ok(deviceList.serialise(sixteen).length > 0);
});

test('a removed device comes back with its own keys or not at all', () => {
  const one = ALICE.signed;
  const link = (before, devices) =>
    listOf({ ...ALICE, devices }, { version: before.list.version + 1, previousHash: before.hash });
  const two = link(one, [phone]);
  deviceList.verifySuccessor(one, [two, link(two, [phone, laptop])]);
  const other = { ...laptop, kemPublic: BOB.devices[0].kemPublic };
  const attempt = () => deviceList.verifySuccessor(one, [two, link(two, [phone, other])]);
  assert.throws(attempt, { code: 'list_refused' });
});

test('a chain of no lists is this program’s fault', () => {
  assert.throws(() => deviceList.verifySuccessor(ALICE.signed, []), ours);
});

test('a list is the pinned one, or it is named what differs', () => {
  const { list, hash } = ALICE.signed;
  const pinned = deviceList.identityOf(ALICE.signed);
  const verify = (...args) => deviceList.verifyPinned(ALICE.signed, ...args);
  verify(list.userId, pinned, 1, hash);
  const refused = { code: 'list_refused' };
  assert.throws(() => verify(list.userId, pinned, 2, hash), refused);
  assert.throws(() => verify(list.userId, pinned, 1, HASHES[0]), refused);
  const changed = { code: 'identity_changed' };
  assert.throws(() => verify(list.userId, HASHES[0], 1, hash), changed);
  assert.throws(() => verify(BOB.userId, pinned, 1, hash), changed);
});

test('a refresh that could not be read is not written', () => {
  const good = { userId: ALICE.userId, deviceId: phone.deviceId, issuedAt: NOW, number: 1 };
  const fields = { ...good, publicKey: phone.kemPublic };
  const { privateKey } = phone.signing;
  for (const changes of [{ number: 0 }, { issuedAt: 2 ** 53 - 1 }, { publicKey: bytes('k', 32) }]) {
    assert.throws(() => refresh.sign({ ...fields, ...changes }, privateKey), ours);
  }
  const signature = bytes('short', 64);
  assert.throws(() => refresh.serialise({ ...fields, signature }), ours);
});

test('a proof is for one nonce, device and origin', () => {
  const args = [bytes('nonce', 32), ALICE.userId, phone.deviceId, 'https://talk.example'];
  const proof = connect.signProof(phone.signing.privateKey, ...args);
  const { publicKey } = phone.signing;
  connect.verifyProof(publicKey, ...args, proof);
  const others = [bytes('x', 32), BOB.userId, laptop.deviceId, 'https://talk.example.org'];
  for (const [i, other] of others.entries()) {
    const changed = args.with(i, other);
    const attempt = () => connect.verifyProof(publicKey, ...changed, proof);
    assert.throws(attempt, { code: 'signature_invalid' });
  }
});

test('an origin is ASCII and neither empty nor endless', () => {
  const proof = (origin) =>
    connect.proofMessage(bytes('n', 32), ALICE.userId, phone.deviceId, origin);
  assert.ok(proof('a'.repeat(255)).length > 255);
  for (const origin of ['', 'https://tälk.example', 'a'.repeat(256), null, 7]) {
    assert.throws(() => proof(origin), ours);
  }
});

test('lists that a commit does not name do no harm', () => {
  const carol = person('carol', ['phone']);
  verifyRoster(FIRST.commit, [carol.signed, BOB.signed, ALICE.signed], null);
});

test('a head covers each part of its entry', () => {
  const args = [bytes('head', 32), 1, NOW, 2, ALICE.userId, bytes('content', 32)];
  const head = transcript.nextHead(...args);
  const others = [bytes('x', 32), 2, NOW + 1, 3, BOB.userId, bytes('x', 32)];
  for (const [i, other] of others.entries()) {
    assert.notDeepEqual(transcript.nextHead(...args.with(i, other)), head);
  }
  const wrong = [bytes('x', 31), 0, -1, 4, bytes('x', 15), bytes('x', 31)];
  for (const [i, other] of [...wrong.entries(), [3, 0], [1, 2 ** 53], [2, 2 ** 53]]) {
    assert.throws(() => transcript.nextHead(...args.with(i, other)), ours);
  }
  assert.throws(() => transcript.start(bytes('x', 15)), ours);
});
