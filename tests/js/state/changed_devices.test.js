// Devices that come and go: a new epoch for those that are there before anything more is sent.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODE } from '../../../static/js/crypto/commit.js';
import { KIND } from '../../../static/js/crypto/transcript.js';
import { toBase64url } from '../../../static/js/crypto/wire.js';
import { currentEpoch } from '../../../static/js/state/session.js';
import { calls, desks, refuse, settle } from './desk.js';
import { addPhone, revoke } from './town.js';

async function talking(alices, bobs) {
  const made = await desks(alices, bobs);
  await made.alice.say('hello');
  await settle();
  return made;
}

const devicesOf = ({ room }) => [...currentEpoch(room.session).peers.keys()].sort();

test('what is refused for a stale roster goes out under a new epoch without the device that left', async () => {
  const made = await talking(1, 2);
  const [alice, bob, stolen] = made.all;
  revoke(stolen.phone);
  made.server.isStale = true;
  await alice.say('not for the stolen one');
  await settle();
  assert.equal(made.relay.epoch, 2);
  assert.ok(!devicesOf(alice).includes(stolen.device));
  assert.deepEqual(await bob.texts(), ['hello', 'not for the stolen one']);
});

test('receipts that are refused for a stale roster go out under a new epoch too', async () => {
  const made = await talking(1, 2);
  const [alice, bob, stolen] = made.all;
  await settle(100);
  revoke(stolen.phone);
  made.server.isStale = true;
  await calls(bob).markRead(made.server.id);
  await settle(150);
  assert.equal((await alice.row('hello')).state, 'read');
  assert.equal(made.relay.epoch, 2);
});

test('after connecting, everybody in every conversation is looked up before anything is sent', async () => {
  const made = await talking();
  const { alice, bob, relay } = made;
  const tablet = addPhone(bob.phone.owner, relay, 'tablet');
  const from = relay.entries.length;
  await alice.gathering.all();
  await alice.say('to all of you');
  assert.deepEqual(devicesOf(alice), [alice, bob, tablet].map(({ device }) => device).sort());
  const [first] = relay.entries.slice(from);
  assert.equal(first.kind, KIND.COMMIT);
});

test('somebody whose lists are refused does not keep the others from being looked up', async () => {
  const made = await talking();
  const { alice, bob, relay } = made;
  const id = toBase64url(bob.phone.me.userId);
  relay.people.set(id, { ...bob.phone.owner, lists: [] });
  await alice.gathering.all();
  assert.deepEqual(await alice.alertKinds(), ['list_refused']);
});

test('when too many numbers are taken, a new epoch begins at one again', async () => {
  const made = await talking();
  made.server.before.push(refuse('number_taken', { last_seq: 5000 }));
  await made.alice.say('not number 5001');
  assert.equal(made.relay.epoch, 2);
  assert.equal((await made.alice.row('not number 5001')).seq, 1);
  assert.deepEqual(await made.bob.texts(), ['hello', 'not number 5001']);
});

test('without agreement to a weaker mode nothing is built on it, in words', async () => {
  const { alice } = await talking();
  const { room } = alice;
  const last = { ...currentEpoch(room.session), mode: MODE.HYBRID, readingOnly: 'weaker_mode' };
  await room.line.run(() => room.write({ ...room.session, epochs: [last] }));
  assert.equal(room.blockedBy(), 'weaker_mode');
  await assert.rejects(room.sending.restart(), (error) => {
    assert.equal(error.code, 'weaker_mode');
    assert.ok(error.title && error.detail);
    return true;
  });
  const pending = room.session.pending;
  assert.equal(pending, null);
  await alice.say('never under it');
  assert.equal((await alice.row('never under it')).state, 'queued');
  const alert = (await alice.reading.alerts()).find(({ kind }) => kind === 'weaker_mode');
  await calls(alice).act(alert.id, 'accept_mode');
  await room.sending.pump();
  await settle();
  assert.equal((await alice.row('never under it')).state, 'delivered');
});

test('new keys that the server refuses for good are told with its words, and the text waits', async () => {
  const made = await desks();
  made.server.before.push(refuse('commit_refused', { status: 422 }));
  await made.alice.say('not yet');
  const alert = (await made.alice.reading.alerts()).find(({ kind }) => kind === 'commit_refused');
  assert.equal(alert.detail, 'Refused: commit_refused. Do this.');
  assert.equal((await made.alice.row('not yet')).state, 'queued');
  assert.equal(made.alice.room.session.pending, null, 'nothing of the refused one is kept');
});
