// What a person is told in quiet words or by an alert, without anything being wrong with a message.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock } from '../../../static/js/state/clock.js';
import { CLOCK_MS } from '../../../static/js/state/session.js';
import { desks, settle } from './desk.js';
import { addPhone } from './town.js';

const noticesOf = async (desk) =>
  (await desk.rows()).filter(({ notice }) => notice).map(({ notice }) => notice);

test('keys that a device list overtook are for reading, and the thread says who changed', async () => {
  const { alice, bob, relay } = await desks();
  await alice.say('hello');
  await settle();
  // Alice prepares an epoch while Bob gets a tablet that only Bob knows of.
  relay.now += 25 * 3600 * 1000;
  addPhone(bob.phone.owner, relay, 'tablet');
  await bob.site.learn(bob.phone.me.userId);
  const all = bob.phone.owner.lists;
  bob.phone.owner.lists = all.slice(0, -1);
  await alice.say('crossing');
  bob.phone.owner.lists = all;
  const notice = (await noticesOf(bob)).find(({ kind }) => kind === 'old_list');
  assert.ok(notice.detail.startsWith('You changed'), notice.detail);
  assert.equal(bob.room.blockedBy(), null, 'the next one who writes mends it');
  await bob.say('with fresh keys');
  assert.equal(relay.epoch, 3);
  assert.deepEqual(await alice.texts(), ['hello', 'crossing', 'with fresh keys']);
  const kinds = (await noticesOf(alice)).map(({ kind }) => kind);
  assert.ok(!kinds.includes('old_list'));
});

async function clockAlert(desk, offset) {
  desk.site.clock.offset = offset;
  await desk.watch.compareClocks();
  return (await desk.reading.alerts()).find(({ kind }) => kind === 'clock_wrong');
}

test('a clock that is more than five minutes off is told, with what to do', async () => {
  const { alice } = await desks();
  assert.equal(await clockAlert(alice, CLOCK_MS), undefined);
  const behind = await clockAlert(alice, -CLOCK_MS - 60_000);
  assert.equal(behind.severity, 'warning');
  assert.ok(behind.detail.includes('6 minutes behind'));
  assert.ok((await clockAlert(alice, CLOCK_MS + 60_000)).detail.includes('6 minutes ahead'));
  assert.equal(await clockAlert(alice, 0), undefined, 'gone when the clock is right');
});

test('the offset is what the server said last', () => {
  const clock = new Clock();
  clock.adjust(Date.now() + 600_000);
  assert.ok(Math.abs(clock.offset - 600_000) < 1000);
  clock.adjust('soon');
  assert.ok(Math.abs(clock.offset - 600_000) < 1000, 'nonsense changes nothing');
});

test('a conversation that was stopped says where and what to compare, and is never healed', async () => {
  const { alice, bob, relay } = await desks();
  await alice.say('hello');
  await settle();
  const { n, head } = bob.room.session;
  const digits = Buffer.from(head).toString('hex').slice(0, 32);
  await bob.room.compareHead(n, new Uint8Array(32));
  const stopped = async () =>
    (await bob.reading.alerts()).find(({ kind }) => kind === 'fork_detected');
  const told = await stopped();
  assert.equal(told.severity, 'danger');
  assert.deepEqual(told.actions, [], 'nothing here can mend it');
  assert.ok(told.detail.includes(`entry ${n} `), told.detail);
  assert.ok(told.detail.replaceAll(' ', '').includes(digits), told.detail);
  assert.ok(told.detail.includes('backup'));
  // The server is of one mind again, and says so with every entry and listing.
  await alice.say('is anybody there?');
  await bob.reload();
  await bob.gathering.all();
  await settle();
  assert.equal(bob.room.session.n, n);
  assert.ok(relay.entries.length > n);
  assert.equal((await stopped()).detail, told.detail);
  assert.deepEqual(await bob.texts(), ['hello']);
  assert.equal((await bob.reading.conversations())[0].blocked.code, 'fork_detected');
});
