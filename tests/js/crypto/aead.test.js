import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as aead from '../../../static/js/crypto/aead.js';
import { mac } from '../../../static/js/crypto/labels.js';
import { concat, lp } from '../../../static/js/crypto/wire.js';
import { bytes, hex } from './fixtures.js';
import { salamander } from './salamander.js';

const AD = bytes('ad', 13);
const text = (content) => new TextEncoder().encode(content);
const keysOf = (name) => aead.deriveKeys(bytes(name, 32), 'message', bytes('header hash', 32));
const [ONE, TWO] = [keysOf('one'), keysOf('two')];
const [YES, NO] = [text('pay alice 1 EUR.'), text('pay mallory 9999')];
const GCM = salamander(ONE, TWO, AD, YES, NO);
const tagged = (keys, ct) => concat(ct, mac(keys.km, concat(lp(AD), ct)));

test('plain GCM takes one ciphertext under two keys, with two meanings', async () => {
  const one = await aead.gcmDecrypt(ONE.ke, ONE.n, AD, GCM);
  const two = await aead.gcmDecrypt(TWO.ke, TWO.n, AD, GCM);
  assert.deepEqual(one.slice(0, 16), YES);
  assert.deepEqual(two.slice(16, 32), NO);
});

test('ours takes it under the key that made the tag and refuses the other', async () => {
  const opened = await aead.decrypt(ONE, AD, tagged(ONE, GCM));
  assert.deepEqual(opened.slice(0, 16), YES);
  await assert.rejects(aead.decrypt(TWO, AD, tagged(ONE, GCM)), { code: 'tag_invalid' });
  await assert.rejects(aead.decrypt(ONE, AD, tagged(TWO, GCM)), { code: 'tag_invalid' });
});

test('a tag key that does not come from the same secret would not commit', async () => {
  const [one, two] = [ONE, TWO].map(({ ke, n }) => ({ ke, n, km: bytes('one tag key', 32) }));
  const sealed = tagged(one, GCM);
  assert.deepEqual((await aead.decrypt(one, AD, sealed)).slice(0, 16), YES);
  assert.deepEqual((await aead.decrypt(two, AD, sealed)).slice(16, 32), NO);
});

test('all three keys differ, and depend on secret and parts', () => {
  const same = keysOf('one');
  assert.deepEqual(same, ONE);
  assert.notEqual(hex(ONE.ke), hex(ONE.km));
  assert.notEqual(hex(ONE.ke), hex(TWO.ke));
  assert.deepEqual([ONE.ke.length, ONE.km.length, ONE.n.length], [32, 32, 12]);
  const other = aead.deriveKeys(bytes('one', 32), 'message', bytes('another hash', 32));
  assert.notEqual(hex(other.ke), hex(ONE.ke));
});

test('every bit of ciphertext, tag and ad counts', async () => {
  const sealed = await aead.encrypt(ONE, AD, text('hello'));
  for (let i = 0; i < sealed.length; i++) {
    const changed = Uint8Array.from(sealed);
    changed[i] ^= 1 << (i % 8);
    await assert.rejects(aead.decrypt(ONE, AD, changed), { code: 'tag_invalid' });
  }
  await assert.rejects(aead.decrypt(ONE, AD.slice(1), sealed), { code: 'tag_invalid' });
});

// Somebody with the keys could do this; the committing tag alone would let it pass.
test('GCM is checked too', async () => {
  const sealed = await aead.encrypt(ONE, AD, text('hello'));
  const ct = sealed.slice(0, -32);
  ct[0] ^= 1;
  await assert.rejects(aead.decrypt(ONE, AD, tagged(ONE, ct)), { code: 'tag_invalid' });
});

test('the ciphertext must hold at least both tags', async () => {
  const sealed = await aead.encrypt(ONE, AD, new Uint8Array(0));
  assert.equal(sealed.length, aead.OVERHEAD);
  assert.equal((await aead.decrypt(ONE, AD, sealed)).length, 0);
  await assert.rejects(aead.decrypt(ONE, AD, sealed.slice(1)), { code: 'format_error' });
});

test('a box opens with its key and ad alone, and changes nothing it was given', async () => {
  const given = [bytes('key', 32), bytes('nonce', 32), text('content'), AD];
  const before = structuredClone(given);
  const sealed = await aead.box(...given);
  assert.deepEqual(given, before);
  assert.equal(sealed.length, 7 + aead.BOX_OVERHEAD);
  assert.deepEqual(await aead.openBox(given[0], sealed, AD), given[2]);
  await assert.rejects(aead.openBox(bytes('x', 32), sealed, AD), { code: 'tag_invalid' });
});

test('keys, nonces and ads of the wrong kind are this program’s fault', async () => {
  const wrong = [
    () => aead.deriveKeys(bytes('key', 31), 'message'),
    () => aead.deriveKeys(bytes('key', 32), 'no such label'),
    () => aead.box(bytes('key', 32), bytes('nonce', 12), AD, AD),
    () => aead.box(bytes('key', 16), bytes('nonce', 32), AD, AD),
    () => aead.encrypt({ ...ONE, ke: ONE.ke.slice(16) }, AD, AD),
    () => aead.encrypt({ ...ONE, n: bytes('n', 16) }, AD, AD),
    () => aead.encrypt({ ...ONE, km: bytes('km', 16) }, AD, AD),
    () => aead.encrypt(ONE, 'ad', AD),
    () => aead.encrypt(ONE, AD, 'plaintext'),
    () => aead.decrypt(ONE, AD, 'data'),
    () => aead.gcmDecrypt(ONE.ke, ONE.n, AD, 'data'),
  ];
  for (const call of wrong) await assert.rejects(async () => call(), { code: 'argument_invalid' });
});
