// The weekly key of a device: on disk before it is published, published once, the old ones kept for thirty
// days; and what others take for the newest one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keypair as kemPair } from '../../../static/js/crypto/kem.js';
import { parse, sign, verify } from '../../../static/js/crypto/refresh.js';
import { fromBase64url, toBase64url } from '../../../static/js/crypto/wire.js';
import { makeDevice } from '../../../static/js/state/enrolment.js';
import { eraseRetired, meOf, refreshKeys } from '../../../static/js/state/keys.js';
import { People } from '../../../static/js/state/people.js';
import { noAnswer } from './desk.js';
import { MemoryDb } from './memory_db.js';
import { couple, stream } from './town.js';

const DAY = 24 * 3600 * 1000;
const START = 1_700_000_000_000;

function own() {
  const { kept, listed } = makeDevice(START);
  const state = { record: { ...kept, userId: stream('own')(16) }, posted: [], now: START, log: [] };
  const site = {
    clock: { now: () => state.now },
    http: {
      post: (_path, { refresh }) => {
        state.log.push('posted');
        const { lost } = state;
        state.lost = false;
        if (lost) return Promise.reject(noAnswer());
        return Promise.resolve(state.posted.push(parse(fromBase64url(refresh))));
      },
    },
  };
  const keep = (changes) => {
    state.log.push('kept');
    state.record = { ...state.record, ...changes };
    return Promise.resolve();
  };
  const refresh = () => refreshKeys({ ...site, me: meOf(state.record) }, state.record, keep);
  const erase = () => eraseRetired(site, state.record, keep);
  return { state, refresh, erase, listed };
}

test('a key is refreshed after a week and not before', async () => {
  const { state, refresh, listed } = own();
  state.now = START + 7 * DAY - 1;
  await refresh();
  assert.equal(state.posted.length, 0);
  state.now = START + 7 * DAY;
  await refresh();
  const [first] = state.posted;
  verify(first, listed.signingPublic);
  assert.equal(first.number, 1);
  await refresh();
  assert.equal(state.posted.length, 1);
  state.now += 7 * DAY;
  await refresh();
  assert.equal(state.posted[1].number, 2);
});

test('the private key is on disk before the public one leaves', async () => {
  const { state, refresh } = own();
  state.now = START + 7 * DAY;
  await refresh();
  assert.deepEqual(state.log, ['kept', 'posted', 'kept']);
  const [refreshed] = state.posted;
  const key = state.record.keys.find(({ refresh: number }) => number === 1);
  assert.deepEqual(kemPair(key.seed).publicKey, refreshed.publicKey);
});

test('a refresh that was not answered is published again, the very same', async () => {
  const { state, refresh } = own();
  state.now = START + 7 * DAY;
  state.lost = true;
  await assert.rejects(refresh());
  const key = state.record.keys.at(-1);
  state.now += 1000;
  await refresh();
  assert.equal(state.posted.length, 1);
  assert.equal(state.posted[0].issuedAt, START + 7 * DAY);
  assert.deepEqual(kemPair(key.seed).publicKey, state.posted[0].publicKey);
});

test('an old key is erased thirty days after the next one', async () => {
  const { state, refresh, erase } = own();
  const numbers = () => state.record.keys.map(({ refresh: number }) => number);
  for (let week = 1; week <= 6; week += 1) {
    state.now = START + week * 7 * DAY;
    await erase();
    await refresh();
  }
  assert.deepEqual(numbers(), [1, 2, 3, 4, 5, 6], 'the list key was replaced 35 days ago');
  state.now = START + 14 * DAY + 30 * DAY - 1;
  await erase();
  assert.deepEqual(numbers(), [1, 2, 3, 4, 5, 6]);
  state.now += 1;
  const { length } = state.posted;
  await erase();
  assert.deepEqual(numbers(), [2, 3, 4, 5, 6]);
  assert.equal(state.posted.length, length, 'no connection is needed for it');
  state.log.length = 0;
  await erase();
  assert.deepEqual(state.log, [], 'nothing to erase, nothing to write');
  assert.equal(meOf(state.record).keys.length, 5);
});

function acquainted() {
  const { relay, bob } = couple();
  const db = new MemoryDb();
  const shown = { refreshes: [] };
  const http = {
    get: () =>
      Promise.resolve({
        lists: bob.owner.lists.map(({ raw }) => toBase64url(raw)),
        refreshes: shown.refreshes,
      }),
  };
  const make = () => new People({ http, db, pinOf: () => null, changed: () => undefined });
  const refreshOf = (number, signer = bob.me.signingPrivate) => {
    const { userId, deviceId } = bob.me;
    const { publicKey } = kemPair(stream(`refresh ${number}`)(32));
    return toBase64url(sign({ userId, deviceId, number, issuedAt: relay.now, publicKey }, signer));
  };
  return { bob, people: make(), make, shown, refreshOf, id: toBase64url(bob.me.userId) };
}

test('a refresh of somebody is verified, kept, and never replaced by an older one', async () => {
  const { bob, people, make, shown, refreshOf, id } = acquainted();
  shown.refreshes = [refreshOf(2)];
  await people.fetch(bob.me.userId);
  assert.equal(people.refreshes([id])[0].number, 2);
  const reloaded = make();
  await reloaded.load();
  assert.equal(reloaded.refreshes([id])[0].number, 2);
  shown.refreshes = [refreshOf(1)];
  await reloaded.fetch(bob.me.userId);
  assert.equal(reloaded.refreshes([id])[0].number, 2, 'an answer from before changes nothing');
  shown.refreshes = [];
  await reloaded.fetch(bob.me.userId);
  assert.equal(reloaded.refreshes([id])[0].number, 2, 'withholding it changes nothing');
});

test('a refresh that the device did not sign is refused', async () => {
  const { bob, people, shown, refreshOf } = acquainted();
  shown.refreshes = [refreshOf(1, stream('somebody else')(64))];
  await assert.rejects(people.fetch(bob.me.userId), { code: 'signature_invalid' });
});
