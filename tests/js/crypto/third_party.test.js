// Vectors that others made, run through the functions of static/js/crypto/ wherever these take the
// inputs of a vector as they are, and through the vendored module where a label stands in between.

import assert from 'node:assert/strict';
import { createDecipheriv, createHash } from 'node:crypto';
import { test } from 'node:test';
import { gcmDecrypt, gcmEncrypt } from '../../../static/js/crypto/aead.js';
import * as kem from '../../../static/js/crypto/kem.js';
import { expandBare, extract } from '../../../static/js/crypto/labels.js';
import { keypair as signingPair } from '../../../static/js/crypto/signatures.js';
import { deriveMasterUnchecked } from '../../../static/js/crypto/vault.js';
import { concat } from '../../../static/js/crypto/wire.js';
import { argon2id } from '../../../static/vendor/argon2.js';
import { ed25519, ml_dsa65 } from '../../../static/vendor/noble.js';
import { bytes, fromHex, hex } from './fixtures.js';
import { readRecords, readText, unhex } from './third_party.js';

const GCM = ['ciphers', 'AES', 'GCM'];
const isOurs = ({ ivlen, taglen }) => ivlen === '96' && taglen === '128';

test('AES-256-GCM encrypts as NIST says', async () => {
  const records = readRecords(...GCM, 'gcmEncryptExtIV256.rsp').filter(isOurs);
  assert.ok(records.length >= 300, `${records.length} vectors were read`);
  for (const { key, iv, aad, pt, ct, tag } of records) {
    const sealed = await gcmEncrypt(unhex(key), unhex(iv), unhex(aad), unhex(pt));
    assert.equal(hex(sealed), ct + tag);
  }
});

test('AES-256-GCM decrypts and refuses as NIST says', async () => {
  const records = readRecords(...GCM, 'gcmDecrypt256.rsp').filter(isOurs);
  const refused = records.filter(({ fail }) => fail);
  assert.ok(records.length >= 300 && refused.length >= 100, `${records.length} vectors were read`);
  for (const { key, iv, aad, pt, ct, tag, fail } of records) {
    const opened = gcmDecrypt(unhex(key), unhex(iv), unhex(aad), unhex(ct + tag));
    if (fail) await assert.rejects(opened, { code: 'tag_invalid' });
    else assert.equal(hex(await opened), pt);
  }
});

test('HKDF-SHA256 of RFC 5869', () => {
  const records = readRecords('KDF', 'rfc-5869-HKDF-SHA256.txt');
  assert.equal(records.length, 3);
  for (const { ikm, salt, info, l, prk, okm } of records) {
    assert.equal(hex(extract(unhex(salt), unhex(ikm))), prk);
    assert.equal(hex(expandBare(unhex(prk), unhex(info), Number(l))), okm);
  }
});

// X-Wing's combiner, from its draft and independent of the library that is tested.
function combined(secretM, secretX, encX, publicX) {
  const input = concat(secretM, secretX, encX, publicX, fromHex('5c2e2f2f5e5c'));
  return createHash('sha3-256').update(input).digest('hex');
}

// Of the X25519 half the expected secret is known by RFC 7748, of the other half by the vector.
const X25519 = readRecords('asymmetric', 'X25519', 'rfc7748.txt').filter((one) => one.output_u);

test('ML-KEM-768 and X25519, as halves of X-Wing', () => {
  const records = readRecords('asymmetric', 'MLKEM', 'kat_MLKEM_768.rsp');
  assert.ok(records.length >= 100 && X25519.length >= 2, 'vectors were read');
  // A fifth of them: they are many.
  for (const [i, { pk, msg, ct, ss }] of records.entries()) {
    if (i % 5 > 0) continue;
    const { input_scalar, input_u, output_u } = X25519[(i / 5) % X25519.length];
    const publicKey = concat(unhex(pk), unhex(input_u));
    const made = kem.encapsulate(publicKey, concat(unhex(msg), unhex(input_scalar)));
    assert.equal(hex(made.enc.slice(0, 1088)), ct);
    const encX = made.enc.slice(1088);
    const expected = combined(unhex(ss), unhex(output_u), encX, unhex(input_u));
    assert.equal(hex(made.sharedSecret), expected);
  }
});

const HPKE = JSON.parse(readText('HPKE', 'hpke-pq-test-vectors.json'));
const XWING = HPKE.filter(({ kem_id, mode }) => kem_id === kem.SUITE.kem && mode === 0);

test('HPKE with X-Wing: a seed gives its public key, a ciphertext its secret', () => {
  assert.ok(XWING.length >= 2, `${XWING.length} vectors were read`);
  for (const { skRm, pkRm, enc, shared_secret } of XWING) {
    assert.equal(hex(kem.keypair(unhex(skRm)).publicKey), pkRm);
    assert.equal(hex(kem.decapsulate(unhex(skRm), unhex(enc))), shared_secret);
  }
});

// No vector has our AEAD; the schedule of another one with keys of the same size is the same code.
test('HPKE with HKDF-SHA256: key schedule and first message', () => {
  const ours = XWING.filter(({ kdf_id }) => kdf_id === kem.SUITE.kdf);
  assert.ok(ours.length >= 1, `${ours.length} vectors were read`);
  for (const vector of ours) {
    const suite = { kem: vector.kem_id, kdf: vector.kdf_id, aead: vector.aead_id };
    const keys = kem.schedule(unhex(vector.shared_secret), unhex(vector.info), suite);
    assert.equal(hex(keys.key), vector.key);
    assert.equal(hex(keys.baseNonce), vector.base_nonce);
    assert.equal(hex(keys.exporterSecret), vector.exporter_secret);
    assert.equal(vector.aead_id, 3);
    assert.equal(firstMessage(keys, vector.encryptions[0]), vector.encryptions[0].pt);
  }
});

function firstMessage({ key, baseNonce }, { aad, ct }) {
  const sealed = unhex(ct);
  const cipher = createDecipheriv('chacha20-poly1305', key, baseNonce, { authTagLength: 16 });
  cipher.setAAD(unhex(aad)).setAuthTag(sealed.slice(-16));
  return cipher.update(sealed.slice(0, -16), null, 'hex') + cipher.final('hex');
}

test('ML-DSA-65 makes the keys and signatures of its vectors', () => {
  const records = readRecords('asymmetric', 'MLDSA', 'kat_MLDSA_65_det_pure.rsp');
  assert.ok(records.length >= 100, `${records.length} vectors were read`);
  // Signing is slow: a fifth of them.
  for (const { xi, pk, msg, ctx, sm } of records.filter((_, i) => i % 5 === 0)) {
    const { publicKey } = signingPair(concat(new Uint8Array(32), unhex(xi)));
    assert.equal(hex(publicKey.slice(32)), pk);
    const options = { context: unhex(ctx) };
    const { secretKey } = ml_dsa65.keygen(unhex(xi));
    const signature = ml_dsa65.sign(unhex(msg), secretKey, { ...options, extraEntropy: false });
    assert.equal(hex(signature) + msg, sm);
    assert.ok(ml_dsa65.verify(signature, unhex(msg), unhex(pk), options));
  }
});

test('Ed25519 makes the keys and signatures of its vectors', () => {
  const lines = readText('asymmetric', 'Ed25519', 'sign.input').trim().split('\n');
  assert.ok(lines.length >= 1000, `${lines.length} vectors were read`);
  for (const line of lines.filter((_, i) => i % 8 === 0)) {
    const [secret, publicKey, message, signed] = line.split(':');
    const seed = unhex(secret.slice(0, 64));
    assert.equal(hex(ed25519.getPublicKey(seed)), publicKey);
    assert.equal(hex(ed25519.sign(unhex(message), seed)) + message, signed);
    const options = { zip215: false };
    const signature = unhex(signed.slice(0, 128));
    assert.ok(ed25519.verify(signature, unhex(message), unhex(publicKey), options));
  }
});

test('an Ed25519 key of its vectors is the first half of our key', () => {
  const [line] = readText('asymmetric', 'Ed25519', 'sign.input').split('\n', 1);
  const [secret, publicKey] = line.split(':');
  const ours = signingPair(concat(unhex(secret.slice(0, 64)), bytes('lattice', 32)));
  assert.equal(hex(ours.publicKey.slice(0, 32)), publicKey);
});

const ARGON2 = readRecords('KDF', 'argon2id.txt');

test('Argon2id of RFC 9106', () => {
  assert.ok(ARGON2.length >= 5, `${ARGON2.length} vectors were read`);
  for (const { pass, salt, secret, ad, length, lanes, iter, memcost, output } of ARGON2) {
    const optional = { key: unhex(secret), personalization: unhex(ad) };
    const numbers = {
      t: Number(iter),
      m: Number(memcost),
      p: Number(lanes),
      dkLen: Number(length),
    };
    assert.equal(hex(argon2id(unhex(pass), unhex(salt), { ...numbers, ...optional })), output);
  }
});

test('Argon2id through our function, where a vector has a password of ours', () => {
  const ours = ARGON2.filter(({ secret, length }) => secret === undefined && length === '32');
  assert.ok(ours.length >= 2, `${ours.length} vectors were read`);
  for (const { pass, salt, lanes, iter, memcost, output } of ours) {
    const params = { memoryKib: Number(memcost), passes: Number(iter), lanes: Number(lanes) };
    const password = new TextDecoder('utf-8', { fatal: true }).decode(unhex(pass));
    assert.equal(hex(deriveMasterUnchecked(password, unhex(salt), params)), output);
  }
});
