// A browser becomes a device: in a list that follows what the vault remembers, and in no other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifySuccessor } from '../../../static/js/crypto/device_list.js';
import { ListRefused } from '../../../static/js/crypto/errors.js';
import { keypair } from '../../../static/js/crypto/signatures.js';
import { toBase64url } from '../../../static/js/crypto/wire.js';
import {
  enrolmentRecords,
  firstList,
  isListed,
  makeDevice,
  nextList,
  verifyOwnLists,
} from '../../../static/js/state/enrolment.js';
import { MemoryDb } from './memory_db.js';
import { stream } from './town.js';

const NOW = 1_700_000_000_000;
const random = stream('enrolment');
const identity = keypair(random(64));
const userId = random(16);

function account(now = NOW) {
  const device = makeDevice(now);
  const list = firstList({ userId, name: 'ann', identity, listed: device.listed, now });
  return { device, list, own: ownOf(list) };
}

const ownOf = ({ list, hash }) => ({ list_version: list.version, list_hash: toBase64url(hash) });
const add = (list, now = NOW) => nextList(list, makeDevice(now).listed, identity.privateKey, now);

test('the next list follows the one before and holds the new device', () => {
  const { list } = account();
  const device = makeDevice(NOW + 1);
  const next = nextList(list, device.listed, identity.privateKey, NOW + 1);
  assert.equal(verifySuccessor(list, [next]), next);
  assert.ok(isListed(next, device.kept.deviceId));
  assert.ok(!isListed(list, device.kept.deviceId));
});

test('a device whose clock is behind makes a list that is still accepted', () => {
  const { list } = account();
  assert.equal(add(list, NOW - 1000).list.issuedAt, NOW);
});

test('there is room for sixteen', () => {
  let { list } = account();
  for (let i = 1; i < 16; i += 1) list = add(list);
  assert.throws(() => add(list), { code: 'too_many_devices' });
});

test('own lists that lead from the vault to now are taken', () => {
  const { list, own } = account();
  const second = add(list);
  const third = add(second);
  assert.equal(verifyOwnLists([list, second, third], identity.publicKey, own), third);
  assert.equal(verifyOwnLists([list, second, third], identity.publicKey, ownOf(second)), third);
});

test('lists older than the vault remembers are refused', () => {
  const { list } = account();
  const second = add(list);
  const wrong = { code: 'own_list_refused' };
  assert.throws(() => verifyOwnLists([list], identity.publicKey, ownOf(second)), wrong);
});

test('another list of the version that the vault remembers is refused', () => {
  const { list } = account();
  const own = ownOf(add(list));
  assert.throws(() => verifyOwnLists([list, add(list)], identity.publicKey, own), {
    code: 'own_list_refused',
  });
});

test('lists of another identity are refused', () => {
  const { list, own } = account();
  const { publicKey } = keypair(random(64));
  assert.throws(() => verifyOwnLists([list], publicKey, own), { code: 'own_list_refused' });
});

test('a gap in the lists is refused', () => {
  const { list, own } = account();
  const third = add(add(list));
  assert.throws(() => verifyOwnLists([list, third], identity.publicKey, own), ListRefused);
});

test('a new device keeps what could be read here and begins every session anew', async () => {
  const { device, list } = account();
  const db = new MemoryDb();
  await db.write([
    [['session', 'talk'], { old: true }],
    [['message', 'talk', 1, 0], { text: 'still here' }],
  ]);
  const book = { version: 1, text: '{}' };
  const person = { userId, name: 'ann', kept: device.kept, lists: [list], book, newDevice: true };
  await db.write(await enrolmentRecords(db, person));
  assert.equal(await db.get(['session', 'talk']), undefined);
  assert.deepEqual(await db.get(['message', 'talk', 1, 0]), { text: 'still here' });
  assert.deepEqual((await db.get(['device'])).deviceId, device.kept.deviceId);
  assert.equal((await db.get(['device'])).toldNew, false);
});
