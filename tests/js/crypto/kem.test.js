import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as kem from '../../../static/js/crypto/kem.js';
import { bytes, hex } from './fixtures.js';

const PAIR = kem.keypair(bytes('seed', 32));
const INFO = bytes('info', 20);
const PLAINTEXT = bytes('plaintext', 32);
const seal = (random = 'random') => kem.seal(PAIR.publicKey, INFO, PLAINTEXT, bytes(random, 64));

test('what is sealed opens, and randomness decides the bytes', async () => {
  const sealed = await seal();
  assert.equal(sealed.length, PLAINTEXT.length + kem.SEAL_OVERHEAD);
  assert.deepEqual(await kem.openSealed(PAIR.seed, INFO, sealed), PLAINTEXT);
  assert.deepEqual(await seal(), sealed);
  assert.notEqual(hex(await seal('other')), hex(sealed));
});

test('a public key is named by its hash', () => {
  assert.equal(PAIR.keyId.length, 16);
  assert.deepEqual(kem.keyId(PAIR.publicKey), PAIR.keyId);
  assert.notEqual(hex(kem.keypair(bytes('x', 32)).keyId), hex(PAIR.keyId));
});

test('each part of the suite is in the key schedule', () => {
  const secret = bytes('shared', 32);
  const suites = [{}, { kem: 1 }, { kdf: 2 }, { aead: 3 }].map((one) => ({ ...kem.SUITE, ...one }));
  const keys = suites.map((suite) => hex(kem.schedule(secret, INFO, suite).key));
  assert.equal(new Set(keys).size, suites.length);
});

test('sealing and opening change none of their arguments', async () => {
  const given = [PAIR.publicKey, INFO, PLAINTEXT, bytes('random', 64)].map((one) => one.slice());
  const before = structuredClone(given);
  const sealed = await kem.seal(...given);
  assert.deepEqual(given, before);
  const kept = [PAIR.seed, INFO, sealed].map((one) => one.slice());
  await kem.openSealed(...kept);
  assert.deepEqual(kept, [PAIR.seed, INFO, sealed]);
});

test('arguments of the wrong kind are this program’s fault', async () => {
  const sealed = await seal();
  const wrong = [
    () => kem.keypair(bytes('seed', 64)),
    () => kem.keyId(PAIR.publicKey.slice(1)),
    () => kem.seal(PAIR.publicKey.slice(1), INFO, PLAINTEXT, bytes('r', 64)),
    () => kem.seal(PAIR.publicKey, INFO, PLAINTEXT, bytes('r', 32)),
    () => kem.seal(PAIR.publicKey, INFO, PLAINTEXT),
    () => kem.seal(PAIR.publicKey, 'info', PLAINTEXT, bytes('r', 64)),
    () => kem.seal(PAIR.publicKey, INFO, 'text', bytes('r', 64)),
    () => kem.openSealed(bytes('seed', 31), INFO, sealed),
    () => kem.openSealed(PAIR.seed, 'info', sealed),
    () => kem.openSealed(PAIR.seed, INFO, 'sealed'),
    () => kem.decapsulate(PAIR.seed, sealed),
    () => kem.schedule('secret', INFO),
    () => kem.schedule(PLAINTEXT, 'info'),
  ];
  for (const call of wrong) await assert.rejects(async () => call(), { code: 'argument_invalid' });
});
