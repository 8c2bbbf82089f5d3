// What arrives in a conversation: in order and once, whatever is pushed, withheld or made up; and what its
// person is told and asked.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KIND } from '../../../static/js/crypto/transcript.js';
import { toBase64url } from '../../../static/js/crypto/wire.js';
import { inspectRoom } from '../../../static/js/state/inspection.js';
import { People } from '../../../static/js/state/people.js';
import { readEntry } from '../../../static/js/state/room.js';
import { calls, Desk, desks, settle } from './desk.js';
import { MemoryDb } from './memory_db.js';
import { addPhone, couple, revoke } from './town.js';

async function talking() {
  const made = await desks();
  await made.alice.say('hello');
  await settle();
  return made;
}

const entryFor = (desk, n) => {
  const entry = desk.server.relay.after(n - 1, desk.phone.me.deviceId)[0];
  return readEntry(desk.server.wire(entry));
};

test('pushes that come twice, late or with gaps are taken in order and once', async () => {
  const made = await talking();
  made.server.pushes = false;
  const before = made.bob.room.session.n;
  for (const text of ['one', 'two', 'three', 'four']) await made.alice.say(text);
  const last = made.relay.entries.length;
  for (const n of [last, before + 1, before + 2, before + 1, last]) {
    if (n <= made.relay.entries.length) made.bob.room.offer(entryFor(made.bob, n));
  }
  await settle();
  assert.deepEqual(await made.bob.texts(), ['hello', 'one', 'two', 'three', 'four']);
  assert.equal(made.bob.room.session.n, made.relay.entries.length);
});

test('a commit that was only announced is fetched before what follows it', async () => {
  const made = await talking();
  made.relay.now += 25 * 3600 * 1000;
  await made.alice.say('in a new epoch');
  assert.deepEqual(await made.bob.texts(), ['hello', 'in a new epoch']);
  const kinds = (await made.bob.rows())
    .filter(({ notice }) => notice)
    .map(({ notice }) => notice.kind);
  assert.deepEqual(kinds, ['epoch', 'epoch']);
});

test('a server that shows fewer entries than were seen is told on', async () => {
  const made = await talking();
  made.relay.entries = made.relay.entries.slice(0, 1);
  await made.bob.room.sync();
  assert.deepEqual(await made.bob.alertKinds(), ['rolled_back']);
  assert.deepEqual(await made.bob.texts(), ['hello']);
});

test('an acknowledgement with another head stops the conversation for good', async () => {
  const made = await talking();
  const { heads } = made.server;
  made.server.heads = () => heads.call(made.server).map(() => new Uint8Array(32));
  await made.alice.say('to a liar');
  assert.equal(made.alice.room.session.stopped, 'fork_detected');
  assert.deepEqual(await made.alice.alertKinds(), ['fork_detected']);
  const sent = made.server.sends.length;
  await made.alice.say('never leaves');
  assert.equal(made.server.sends.length, sent);
  assert.equal((await made.alice.row('never leaves')).state, 'queued');
  await made.alice.reload();
  assert.equal(made.alice.room.blockedBy(), 'fork_detected');
});

test('another head for an entry that we have is a fork', async () => {
  const made = await talking();
  await made.bob.room.compareHead(2, made.server.heads()[1]);
  assert.equal(made.bob.room.session.stopped, null);
  await made.bob.room.compareHead(2, new Uint8Array(32));
  assert.equal(made.bob.room.session.stopped, 'fork_detected');
});

test('replays and changed bytes are counted, shown and have no effect', async () => {
  const made = await talking();
  const { relay } = made;
  const { raw, sender } = relay.entries[1];
  const changed = raw.slice();
  changed[100] ^= 1;
  relay.add(KIND.MESSAGE, sender, raw);
  await made.bob.room.sync();
  const replayed = inspectRoom(made.bob.site, made.bob.room, null).counters;
  assert.deepEqual([replayed.replaysRefused, replayed.tamperRefused], [1, 0]);
  assert.deepEqual(await made.bob.texts(), ['hello']);
  // Its number is above the last one, so that the tag is what refuses it.
  changed[41] += 1;
  relay.add(KIND.MESSAGE, sender, changed);
  await made.bob.room.sync();
  const { counters } = inspectRoom(made.bob.site, made.bob.room, null);
  assert.deepEqual([counters.tamperRefused, counters.undecryptable], [1, 1]);
  const row = (await made.bob.rows()).at(-1);
  assert.equal(row.state, 'unreadable');
  assert.ok(row.error.title && row.error.detail);
  assert.deepEqual(await made.bob.alertKinds(), ['refused']);
  assert.equal((await made.bob.reading.conversations())[0].unread, 1);
});

test('reading is told once, and what another device showed is read here too', async () => {
  const { server, all } = await desks(1, 2);
  const [alice, bob, tablet] = all;
  await alice.say('to both');
  await settle();
  const unread = async (desk) => (await desk.reading.conversations())[0].unread;
  assert.deepEqual([await unread(bob), await unread(tablet)], [1, 1]);
  await calls(bob).markRead(server.id);
  await calls(bob).markRead(server.id);
  await settle();
  assert.deepEqual([await unread(bob), await unread(tablet)], [0, 0]);
  assert.equal((await alice.row('to both')).state, 'read');
});

test('a device that joins is let in, is told so, and the others see it', async () => {
  const made = await talking();
  const phone = addPhone(made.bob.phone.owner, made.relay, 'tablet');
  const tablet = await new Desk(phone, made.server).open();
  assert.equal(tablet.room.blockedBy(), 'waiting');
  assert.deepEqual(await tablet.alertKinds(), ['waiting']);
  await made.alice.site.learnAll(made.alice.room.members);
  await made.alice.room.sending.letIn();
  await settle();
  assert.equal(tablet.room.blockedBy(), null);
  assert.deepEqual(await tablet.alertKinds(), []);
  const kinds = async (desk) =>
    (await desk.rows()).filter((r) => r.notice).map((r) => r.notice.kind);
  assert.deepEqual(await kinds(tablet), ['joined', 'epoch']);
  assert.deepEqual(await kinds(made.bob), ['epoch', 'epoch', 'device_added']);
  await tablet.say('here I am');
  await settle();
  assert.deepEqual(await made.alice.texts(), ['hello', 'here I am']);
  assert.deepEqual(await made.bob.texts(), ['hello', 'here I am']);
  assert.equal((await made.bob.row('here I am')).mine, true);
  assert.equal((await made.bob.reading.conversations())[0].unread, 1, 'hello; not our own');
});

test('two devices that would let somebody in make one epoch', async () => {
  const made = await talking();
  addPhone(made.bob.phone.owner, made.relay, 'tablet');
  for (const desk of made.all) await desk.site.learnAll(desk.room.members);
  await Promise.all(made.all.map((desk) => desk.room.sending.letIn()));
  await settle();
  assert.equal(made.relay.epoch, 2);
  await made.alice.say('one epoch');
  await settle();
  assert.deepEqual(await made.bob.texts(), ['hello', 'one epoch']);
});

test('a restart is asked about, agreed to once, and remembered', async () => {
  const made = await talking();
  revoke(made.bob.phone);
  const phone = addPhone(made.bob.phone.owner, made.relay, 'again');
  const again = await new Desk(phone, made.server).open();
  await calls(again).act(`waiting:${made.server.id}`, 'restart');
  await settle();
  assert.equal(made.alice.room.blockedBy(), 'restart');
  await made.alice.reload();
  assert.equal(made.alice.room.blockedBy(), 'restart');
  await calls(made.alice).act(`restart:${made.server.id}`, 'accept_restart');
  await settle();
  assert.equal(made.alice.room.blockedBy(), null);
  await made.alice.say('I agreed');
  await settle();
  assert.deepEqual(await again.texts(), ['I agreed']);
  const kinds = (await made.alice.rows()).filter((r) => r.notice).map((r) => r.notice.kind);
  assert.ok(kinds.includes('restart'));
});

test('device lists of two people that arrive together are both learned', async () => {
  const { relay, hers, his } = couple();
  const asked = [];
  const lists = (path) =>
    new Promise((resolve) => {
      const id = path.split('/')[2];
      const { lists: known } = relay.people.get(id);
      const answer = { lists: known.map(({ raw }) => toBase64url(raw)), refreshes: [] };
      asked.push(() => resolve(answer));
      if (asked.length % 4 === 0) for (const answered of asked) answered();
    });
  const people = new People({
    http: { get: lists },
    db: new MemoryDb(),
    pinOf: () => null,
    changed: () => undefined,
  });
  const [ann, ben] = [hers[0].me.userId, his[0].me.userId];
  await Promise.all([people.fetch(ann), people.fetch(ben), people.fetch(ben), people.fetch(ann)]);
  assert.deepEqual([...people.trust.keys()].sort(), [ann, ben].map(toBase64url).sort());
});

test('an alert that was dismissed is gone, also after a reload', async () => {
  const made = await talking();
  await made.bob.site.alerts.raise({
    kind: 'refused',
    severity: 'warning',
    title: 'a',
    detail: 'b',
  });
  assert.deepEqual(await made.bob.alertKinds(), ['refused']);
  await calls(made.bob).act('refused', 'dismiss');
  assert.deepEqual(await made.bob.alertKinds(), []);
});
