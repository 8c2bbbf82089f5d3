// Shows that the vendored modules load and do what their names say, in the shapes that we rely on.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { argon2id } from '../../static/vendor/argon2.js';
import {
  ed25519,
  expand,
  extract,
  hmac,
  ml_dsa65,
  ml_kem768_x25519,
  sha256,
  sha512,
} from '../../static/vendor/noble.js';
import { encode } from '../../static/vendor/qrcode.js';

const VENDOR = new URL('../../static/vendor/', import.meta.url);
const { modules } = JSON.parse(await readFile(new URL('lock.json', VENDOR), 'utf8'));
const bytes = (length, value) => new Uint8Array(length).fill(value);
const hex = (data) => Buffer.from(data).toString('hex');

for (const [name, { exports }] of Object.entries(modules)) {
  test(`${name} exports what the lock says`, async () => {
    const module = await import(new URL(name, VENDOR));
    assert.deepEqual(Object.keys(module).sort(), exports);
  });
}

test('SHA-256, SHA-512, HMAC and HKDF agree with node', async () => {
  const { createHash, createHmac, hkdfSync } = await import('node:crypto');
  const [key, data] = [bytes(32, 1), bytes(100, 2)];
  assert.equal(hex(sha256(data)), createHash('sha256').update(data).digest('hex'));
  assert.equal(hex(sha512(data)), createHash('sha512').update(data).digest('hex'));
  const tag = createHmac('sha256', key).update(data).digest('hex');
  assert.equal(hex(hmac(sha256, key, data)), tag);
  const root = extract(sha256, data, key);
  const okm = expand(sha256, root, bytes(5, 3), 64);
  assert.equal(hex(okm), hex(new Uint8Array(hkdfSync('sha256', data, key, bytes(5, 3), 64))));
});

test('X-Wing: both sides reach one secret, and a changed ciphertext does not', () => {
  const { publicKey, secretKey } = ml_kem768_x25519.keygen(bytes(32, 7));
  const sent = ml_kem768_x25519.encapsulate(publicKey, bytes(64, 9));
  assert.deepEqual([publicKey.length, sent.cipherText.length], [1216, 1120]);
  const open = (cipherText) => ml_kem768_x25519.decapsulate(cipherText, secretKey);
  assert.deepEqual(open(sent.cipherText), sent.sharedSecret);
  assert.notDeepEqual(open(sent.cipherText.with(0, sent.cipherText[0] ^ 1)), sent.sharedSecret);
});

for (const [name, scheme, size] of [
  ['Ed25519', ed25519, 64],
  ['ML-DSA-65', ml_dsa65, 3309],
]) {
  test(`${name}: a signature verifies, and not for another message`, () => {
    const { publicKey, secretKey } = scheme.keygen(bytes(32, 7));
    const signature = scheme.sign(bytes(3, 1), secretKey);
    assert.equal(signature.length, size);
    assert.equal(scheme.verify(signature, bytes(3, 1), publicKey), true);
    assert.equal(scheme.verify(signature, bytes(3, 2), publicKey), false);
  });
}

test('Argon2id gives the known answer of RFC 9106, section 5.3', () => {
  const options = { t: 3, m: 32, p: 4, key: bytes(8, 3), personalization: bytes(12, 4) };
  const tag = argon2id(bytes(32, 1), bytes(16, 2), { ...options, dkLen: 32 });
  assert.equal(hex(tag), '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
});

test('a QR code is a square matrix with finder patterns, and holds more when asked for more', () => {
  const { data, size } = encode([...bytes(64, 5)], { ecc: 'M', border: 0 });
  assert.ok(data.length === size && data.every((row) => row.length === size));
  const corner = (x, y) => data.slice(y, y + 7).map((row) => row.slice(x, x + 7));
  assert.deepEqual(corner(0, 0), corner(size - 7, 0));
  assert.deepEqual(corner(0, 0), corner(0, size - 7));
  assert.ok(encode([...bytes(500, 5)], { ecc: 'M', border: 0 }).size > size);
});
