import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as signatures from '../../../static/js/crypto/signatures.js';
import { concat } from '../../../static/js/crypto/wire.js';
import { libraryAccepts, mixedOrderSigner, torsionSignature } from './curve.js';
import { ALICE, bytes } from './fixtures.js';

const { privateKey, publicKey } = ALICE.devices[0].signing;
const MESSAGE = bytes('message', 300);
const accepts = (key, signature) => {
  try {
    signatures.verifyEd25519(concat(key, publicKey.slice(32)), 'message', MESSAGE, signature);
    return true;
  } catch (error) {
    assert.equal(error.code, 'signature_invalid');
    return false;
  }
};

test('signing is deterministic and verifies for its purpose', () => {
  const signature = signatures.sign(privateKey, 'commit', MESSAGE);
  assert.equal(signature.length, signatures.SIGNATURE);
  assert.deepEqual(signatures.sign(privateKey, 'commit', MESSAGE), signature);
  signatures.verify(publicKey, 'commit', MESSAGE, signature);
});

test('neither half is enough', () => {
  const good = signatures.sign(privateKey, 'commit', MESSAGE);
  const other = signatures.sign(privateKey, 'commit', bytes('other', 300));
  const halves = [
    concat(good.slice(0, 64), other.slice(64)),
    concat(other.slice(0, 64), good.slice(64)),
  ];
  for (const mixed of halves) {
    const attempt = () => signatures.verify(publicKey, 'commit', MESSAGE, mixed);
    assert.throws(attempt, { code: 'signature_invalid' });
  }
});

test('the signature inside a message is not one for a commit', () => {
  const short = signatures.signEd25519(privateKey, 'message', MESSAGE);
  signatures.verifyEd25519(publicKey, 'message', MESSAGE, short);
  const attempt = () => signatures.verifyEd25519(publicKey, 'commit', MESSAGE, short);
  assert.throws(attempt, { code: 'signature_invalid' });
});

test('a point of small order in R passes the library and not us', () => {
  const seed = privateKey.slice(0, 32);
  const signature = torsionSignature(seed, 'message', MESSAGE);
  assert.ok(libraryAccepts(publicKey.slice(0, 32), 'message', MESSAGE, signature));
  assert.equal(accepts(publicKey.slice(0, 32), signature), false);
});

// Implementations without a cofactor accept one in eight of these; so must we, or two devices differ.
test('a key with a point of small order in it: accepted exactly where the equation holds', () => {
  const { key, signWith } = mixedOrderSigner(privateKey.slice(0, 32));
  const seen = new Set();
  for (let nonce = 1n; nonce < 60n; nonce++) {
    const { signature, exact } = signWith('message', MESSAGE, nonce);
    assert.ok(libraryAccepts(key, 'message', MESSAGE, signature));
    assert.equal(accepts(key, signature), exact);
    seen.add(exact);
  }
  assert.equal(seen.size, 2);
});

test('signing and verifying change none of their arguments', () => {
  const given = [Uint8Array.from(privateKey), 'commit', Uint8Array.from(MESSAGE)];
  const before = structuredClone(given);
  const signature = signatures.sign(...given);
  assert.deepEqual(given, before);
  const kept = [Uint8Array.from(publicKey), 'commit', MESSAGE, Uint8Array.from(signature)];
  signatures.verify(...kept);
  assert.deepEqual(kept, [publicKey, 'commit', MESSAGE, signature]);
});

test('keys of a wrong length and unknown purposes are this program’s fault', () => {
  const signature = signatures.sign(privateKey, 'commit', MESSAGE);
  const short = signature.slice(0, 64);
  const wrong = [
    () => signatures.keypair(privateKey.slice(1)),
    () => signatures.sign(privateKey.slice(1), 'commit', MESSAGE),
    () => signatures.sign(privateKey, 'anything', MESSAGE),
    () => signatures.sign(privateKey, 'commit', 'text'),
    () => signatures.signEd25519(privateKey.slice(1), 'message', MESSAGE),
    () => signatures.verify(publicKey.slice(1), 'commit', MESSAGE, signature),
    () => signatures.verify(publicKey, 'anything', MESSAGE, signature),
    () => signatures.verify(publicKey, 'commit', MESSAGE, 'text'),
    () => signatures.verifyEd25519(publicKey.slice(1), 'message', MESSAGE, short),
    () => signatures.verifyEd25519(publicKey, 'message', MESSAGE, 'text'),
  ];
  for (const call of wrong) assert.throws(call, { code: 'argument_invalid' });
});
