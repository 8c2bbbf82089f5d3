import assert from 'node:assert/strict';
import { test } from 'node:test';
import { box } from '../../../static/js/crypto/aead.js';
import * as book from '../../../static/js/crypto/book.js';
import { label } from '../../../static/js/crypto/labels.js';
import * as vault from '../../../static/js/crypto/vault.js';
import { concat } from '../../../static/js/crypto/wire.js';
import { ALICE, BOB, bytes, hex } from './fixtures.js';
import { books } from './sections/vaults.js';

const ours = { code: 'argument_invalid' };
const SALT = bytes('salt', 16);
const KEY = bytes('key', 32);
const NONCE = bytes('nonce', 32);
const KEYS = { identityKey: bytes('identity key', 32), bookKey: bytes('book key', 32) };
const SMALL = { memoryKib: 64, passes: 2, lanes: 1 };

test('a password is refused its key when the parameters are out of bounds', async () => {
  for (const one of [{ memoryKib: 8 }, { passes: 1 }, { lanes: 2 }, { memoryKib: '19456' }]) {
    const params = { ...vault.DEFAULT_PARAMS, ...one };
    // Not text: it would be refused for that if it were touched before the bounds.
    await assert.rejects(vault.deriveMaster(null, SALT, params), { code: 'parameters_refused' });
  }
});

test('progress is told, and the result is that of the blocking function', async () => {
  const seen = [];
  const done = (part) => seen.push(part);
  const master = await vault.deriveMaster('password', SALT, vault.DEFAULT_PARAMS, done);
  assert.equal(seen.at(-1), 1);
  assert.ok(seen.every((part, i) => part >= (seen[i - 1] ?? 0) && part <= 1));
  const blocking = vault.deriveMasterUnchecked('password', SALT, vault.DEFAULT_PARAMS);
  assert.deepEqual(master, blocking);
});

test('a password is one in whatever form a keyboard writes it', () => {
  const forms = ['Å', 'A\u030a', '\u212b'];
  const masters = forms.map((form) => hex(vault.deriveMasterUnchecked(form, SALT, SMALL)));
  assert.equal(new Set(masters).size, 1);
});

test('passwords and salts of the wrong kind are this program’s fault', async () => {
  const derive = (password, salt) => vault.deriveMaster(password, salt, vault.DEFAULT_PARAMS);
  await assert.rejects(derive('\ud800', SALT), ours);
  await assert.rejects(derive(null, SALT), ours);
  await assert.rejects(derive('password', SALT.slice(1)), ours);
});

test('the keys from one secret differ', () => {
  const { loginKey, vaultKey, recoveryLoginKey, recoveryWrapKey } = vault;
  const keys = [loginKey, vaultKey, recoveryLoginKey, recoveryWrapKey].map((one) => hex(one(KEY)));
  assert.equal(new Set(keys).size, 4);
});

test('a compartment opens in its own place alone', async () => {
  const places = {
    wrap: await vault.wrap(KEY, 'wrap password', ALICE.userId, 1, KEYS, NONCE),
    identity: await vault.sealIdentity(KEY, ALICE.userId, 1, bytes('identity', 64), NONCE),
    book: await vault.sealBook(KEY, ALICE.userId, 1, 'text', NONCE),
  };
  const open = {
    wrap: (key, user, version, data) => vault.unwrap(key, 'wrap password', user, version, data),
    recovery: (key, user, version, data) => vault.unwrap(key, 'wrap recovery', user, version, data),
    identity: vault.openIdentity,
    book: vault.openBook,
  };
  for (const [made, data] of Object.entries(places)) {
    assert.ok(await open[made](KEY, ALICE.userId, 1, data));
    for (const [place, attempt] of Object.entries(open)) {
      const tries = [attempt(KEY, BOB.userId, 1, data), attempt(KEY, ALICE.userId, 2, data)];
      if (place !== made) tries.push(attempt(KEY, ALICE.userId, 1, data));
      for (const one of tries) await assert.rejects(one, { code: 'tag_invalid' });
    }
  }
});

// Whoever holds the key could put anything into a box; its length is checked all the same.
test('a compartment with other content is refused', async () => {
  const around = (name, content) =>
    box(KEY, NONCE, content, concat(label(name), ALICE.userId, Uint8Array.of(0, 0, 0, 1)));
  const wrong = { code: 'format_error' };
  const wrap = await around('wrap password', bytes('short', 63));
  await assert.rejects(vault.unwrap(KEY, 'wrap password', ALICE.userId, 1, wrap), wrong);
  const identity = await around('vault identity', bytes('short', 63));
  await assert.rejects(vault.openIdentity(KEY, ALICE.userId, 1, identity), wrong);
  const text = await around('vault book', Uint8Array.of(0xff));
  await assert.rejects(vault.openBook(KEY, ALICE.userId, 1, text), wrong);
});

test('values of the wrong kind are this program’s fault', async () => {
  const user = ALICE.userId;
  const wrong = [
    () => vault.wrap(KEY, 'vault book', user, 1, KEYS, NONCE),
    () => vault.unwrap(KEY, 'vault book', user, 1, bytes('box', 145)),
    () => vault.wrap(KEY, 'wrap password', user, 1, { ...KEYS, identityKey: SALT }, NONCE),
    () => vault.wrap(KEY, 'wrap password', user, 1, { ...KEYS, bookKey: SALT }, NONCE),
    () => vault.wrap(KEY, 'wrap password', user.slice(1), 1, KEYS, NONCE),
    () => vault.sealIdentity(KEY, user, 1, KEY, NONCE),
    () => vault.sealBook(KEY, user, 1, '\ud800', NONCE),
    () => vault.recoveryKeyText(SALT),
    () => vault.deriveMasterUnchecked('password', 'salt', SMALL),
  ];
  for (const call of wrong) await assert.rejects(async () => call(), ours);
});

test('a recovery key is read however it is typed', () => {
  const text = vault.recoveryKeyText(KEY);
  assert.match(text, /^([A-Z2-7]{4}-){13}[A-Z2-7]{4}$/);
  for (const typed of [text.toLowerCase(), text.replaceAll('-', ' '), ` ${text}\n`]) {
    assert.deepEqual(vault.parseRecoveryKey(typed), KEY);
  }
});

test('letters that only become ASCII in capitals are not those of a recovery key', () => {
  for (let round = 0, found = false; !found; round++) {
    const text = vault.recoveryKeyText(bytes(`recovery ${round}`, 32));
    found = text.includes('S');
    const typed = text.replace('S', 'ſ');
    if (found) assert.throws(() => vault.parseRecoveryKey(typed), { code: 'format_error' });
  }
});

test('a book that could not be read is not written', () => {
  const { mine } = books();
  const wrong = [
    { version: 2 },
    { own: { list_version: 0, list_hash: mine.own.list_hash } },
    { contacts: [] },
    { heads: { short: { n: 1, head: mine.own.list_hash } } },
    { more: 1 },
  ];
  for (const one of wrong) assert.throws(() => book.serialise({ ...mine, ...one }), ours);
});

test('merging changes neither book', () => {
  const { mine, theirs } = books();
  const before = structuredClone([mine, theirs]);
  book.merge(mine, theirs);
  assert.deepEqual([mine, theirs], before);
});
