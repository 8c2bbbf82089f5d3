// Conversations between devices over an honest relay. The twin of tests/client/test_session.py.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATE } from '../../../static/js/crypto/envelope.js';
import { equalBytes, toBase64url } from '../../../static/js/crypto/wire.js';
import { EVENT, Held, OutOfOrder } from '../../../static/js/state/events.js';
import {
  currentEpoch,
  EPOCH_AGE_MS,
  epochOfName,
  LATE_MS,
  skipTo,
} from '../../../static/js/state/session.js';
import { addPhone, couple, revoke } from './town.js';

const lateRefusal = (phone) => ({
  type: EVENT.REFUSED,
  n: phone.session.n,
  kind: 2,
  code: 'late',
  attack: false,
});

test('two people read each other', async () => {
  const { alice, bob } = couple();
  await alice.say('hello');
  await bob.sync();
  await bob.say('hello yourself');
  await alice.sync();
  assert.deepEqual(bob.texts, ['hello']);
  assert.deepEqual(alice.texts, ['hello yourself']);
  assert.ok(equalBytes(alice.session.head, bob.session.head));
});

test('every device reads everything once', async () => {
  const { hers, his } = couple(2, 2);
  await hers[0].say('one');
  await his[1].say('two');
  await hers[1].say('three');
  for (const phone of [...hers, ...his]) await phone.sync();
  assert.deepEqual(hers[0].texts, ['two', 'three']);
  assert.deepEqual(hers[1].texts, ['one', 'two']);
  assert.deepEqual(his[0].texts, ['one', 'two', 'three']);
  assert.deepEqual(his[1].texts, ['one', 'three']);
});

test('messages wait for somebody who is away, and an epoch carries fifty', async () => {
  const { alice, bob } = couple();
  const texts = Array.from({ length: 120 }, (_, i) => `message ${i}`);
  for (const text of texts) await alice.say(text);
  await bob.sync();
  assert.deepEqual(bob.texts, texts);
  assert.equal(currentEpoch(bob.session).number, 3);
});

test('an epoch ends after a day', async () => {
  const { relay, alice, bob } = couple();
  await alice.say('today');
  relay.now += EPOCH_AGE_MS;
  await bob.say('tomorrow');
  assert.equal(currentEpoch(bob.session).number, 2);
});

test('receipts travel and do not fill an epoch', async () => {
  const { alice, bob } = couple();
  await alice.say('hello');
  await bob.sync();
  const { messageId } = bob.events.at(-1).payload;
  const receipts = [{ messageId, state: STATE.DELIVERED }];
  bob.post(await bob.sealedPayload(bob.payload(null, receipts)));
  const [event] = await alice.sync();
  assert.equal(toBase64url(event.payload.receipts[0].messageId), toBase64url(messageId));
  assert.equal(currentEpoch(alice.session).messages, 1);
});

test('the loser of a race adopts the winner', async () => {
  const { alice, bob } = couple();
  await alice.prepare();
  await bob.prepare();
  assert.equal(alice.publish(), 1);
  assert.equal(bob.publish(), null);
  await bob.sync();
  await alice.sync();
  assert.equal(bob.session.pending, null);
  await bob.say('I lost');
  await alice.sync();
  assert.deepEqual(alice.texts, ['I lost']);
});

test('a lost acknowledgement of a commit is adopted from the transcript', async () => {
  const { alice, bob } = couple();
  await alice.prepare();
  const stored = alice.session;
  alice.publish();
  alice.session = stored;
  await alice.sync();
  await alice.say('still here');
  await bob.sync();
  assert.deepEqual(bob.texts, ['still here']);
});

test('a device that joins late reads from there on', async () => {
  const { relay, alice, bob } = couple();
  await alice.say('before');
  const tablet = addPhone(bob.owner, relay, 'tablet');
  await tablet.sync();
  assert.deepEqual(tablet.texts, []);
  await alice.say('after');
  await tablet.sync();
  await bob.sync();
  assert.deepEqual(tablet.texts, ['after']);
  assert.deepEqual(bob.texts, ['before', 'after']);
  await tablet.say('from the tablet');
  await alice.sync();
  assert.deepEqual(alice.texts, ['from the tablet']);
});

test('a revoked device is out of the next epoch', async () => {
  const { alice, his } = couple(1, 2);
  const [bob, lost] = his;
  await alice.say('all here');
  await lost.sync();
  revoke(lost);
  bob.meet();
  await alice.say('without it');
  lost.meet();
  await lost.sync();
  assert.deepEqual(lost.texts, ['all here']);
  await bob.sync();
  assert.deepEqual(bob.texts, ['all here', 'without it']);
});

test('what a revoked device goes on saying is refused', async () => {
  const { alice, his } = couple(1, 2);
  const [bob, lost] = his;
  await alice.say('all here');
  await lost.sync();
  const ghost = await lost.sealed('it is still me');
  revoke(lost);
  await alice.say('without it');
  lost.post(ghost);
  for (const phone of [alice, bob]) {
    await phone.sync();
    assert.deepEqual(phone.events.at(-1), lateRefusal(phone));
    assert.ok(!phone.texts.includes('it is still me'));
  }
});

test('a device that lost everything comes back as a new one', async () => {
  const { relay, alice, bob } = couple();
  await alice.say('before');
  await bob.sync();
  revoke(bob);
  const again = addPhone(bob.owner, relay, 'again');
  await alice.say('welcome back');
  await again.sync();
  assert.deepEqual(again.texts, ['welcome back']);
});

test('a restart leads on when nobody holds the chain', async () => {
  const { relay, alice, bob } = couple();
  await alice.say('before');
  for (const phone of [alice, bob]) revoke(phone);
  const newAlice = addPhone(alice.owner, relay, 'new alice');
  const newBob = addPhone(bob.owner, relay, 'new bob');
  await newBob.sync();
  await newBob.commit({ restart: true });
  await newBob.say('afresh');
  await newAlice.sync();
  assert.deepEqual(newAlice.texts, ['afresh']);
});

test('a restart waits for the person of a device that holds the chain', async () => {
  const { relay, alice, bob } = couple();
  await alice.say('before');
  await bob.sync();
  revoke(bob);
  const again = addPhone(bob.owner, relay, 'again');
  await again.sync();
  await again.commit({ restart: true });
  const before = alice.session;
  const held = await alice.sync().catch((error) => error);
  assert.ok(held instanceof Held);
  assert.equal(held.reason, 'restart');
  assert.equal(alice.session, before);
  alice.agreed = new Set([toBase64url(held.subject)]);
  await alice.sync();
  await alice.say('I agreed');
  await again.sync();
  assert.deepEqual(again.texts, ['I agreed']);
});

test('a number that never arrived is skipped', async () => {
  const { alice, bob } = couple();
  await alice.say('one');
  await bob.sync();
  await alice.sealed('two');
  await alice.say('three');
  await bob.sync();
  assert.deepEqual(bob.texts, ['one', 'three']);
});

test('a message sealed twice is shown once', async () => {
  const { alice, bob } = couple();
  await alice.say('one');
  const payload = alice.payload('two');
  for (let i = 0; i < 2; i += 1) alice.post(await alice.sealedPayload(payload));
  await bob.sync();
  assert.deepEqual(bob.texts, ['one', 'two']);
  assert.ok(bob.events.at(-1).again);
});

test('numbers taken are skipped', async () => {
  const { alice, bob } = couple();
  await alice.say('one');
  alice.session = skipTo(alice.session, 7);
  await alice.say('eight');
  await bob.sync();
  assert.deepEqual(bob.texts, ['one', 'eight']);
});

test('late messages of the old epoch count for two minutes', async () => {
  const { relay, alice, bob } = couple();
  await alice.say('one');
  await bob.sync();
  const late = await bob.sealed('late');
  const later = await bob.sealed('later');
  await alice.commit();
  relay.now += LATE_MS;
  bob.post(late);
  relay.now += 1;
  bob.post(later);
  await alice.sync();
  await bob.sync();
  assert.deepEqual(alice.texts, ['late']);
  assert.equal(alice.events.at(-2).type, EVENT.MESSAGE);
  assert.deepEqual(alice.events.at(-1), lateRefusal(alice));
});

test('an entry out of order changes nothing', async () => {
  const { relay, alice, bob } = couple();
  await alice.say('one');
  await alice.say('two');
  const entries = relay.after(0, bob.me.deviceId);
  const before = bob.session;
  await assert.rejects(bob.receive(entries[1]), OutOfOrder);
  assert.equal(bob.session, before);
  await bob.receive(entries[0]);
  await assert.rejects(bob.receive(entries[0]), OutOfOrder);
  assert.equal((await bob.receive(entries[1])).type, EVENT.MESSAGE);
});

test('time never runs backwards in a transcript', async () => {
  const { relay, alice, bob } = couple();
  await alice.say('one');
  await bob.sync(1);
  const [entry] = relay.after(1, bob.me.deviceId);
  const earlier = { ...entry, receivedAt: entry.receivedAt - 1 };
  await assert.rejects(bob.receive(earlier), OutOfOrder);
});

test('own entries are recognised', async () => {
  const { alice } = couple();
  await alice.say('one');
  assert.equal(alice.events[0].type, EVENT.EPOCH);
  assert.deepEqual(alice.events.at(-1), { type: EVENT.OWN, n: 2, epoch: 1, seq: 1 });
});

test('secrets leave with the epochs that needed them', async () => {
  const { alice, bob } = couple();
  for (let i = 0; i < 8; i += 1) {
    await alice.commit();
    await alice.say(String(i));
  }
  await bob.sync();
  const numbers = bob.session.epochs.map(({ number }) => number);
  assert.deepEqual(numbers, [4, 5, 6, 7, 8]);
  const sent = new Set([...alice.session.sent.keys()].map(epochOfName));
  assert.deepEqual(sent, new Set([4, 5, 6, 7, 8]));
});

test('a phone can stop at any entry and go on', async () => {
  const { relay, alice, bob } = couple();
  for (let i = 0; i < 5; i += 1) await alice.say(String(i));
  while (bob.session.n < relay.entries.length) await bob.sync(1);
  assert.deepEqual(bob.texts, ['0', '1', '2', '3', '4']);
});
