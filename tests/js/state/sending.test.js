// What leaves a conversation, under every refusal and loss: each text arrives once, in order, and its person
// knows what became of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KIND } from '../../../static/js/crypto/transcript.js';
import { currentEpoch } from '../../../static/js/state/session.js';
import { desks, lose, refuse, settle } from './desk.js';
import { addPhone } from './town.js';

const messages = ({ entries }) => entries.filter(({ kind }) => kind === KIND.MESSAGE);

async function talking() {
  const made = await desks();
  await made.alice.say('hello');
  assert.deepEqual(await made.bob.texts(), ['hello']);
  return made;
}

async function arrives(made, ...texts) {
  assert.deepEqual(await made.bob.texts(), texts);
  assert.deepEqual(await made.alice.texts(), texts);
  assert.equal(messages(made.relay).length, texts.length);
  for (const desk of made.all) assert.deepEqual(desk.failures, []);
}

test('a message is stored, delivered and read', async () => {
  const made = await talking();
  await settle();
  assert.equal((await made.alice.row('hello')).state, 'delivered');
  assert.equal((await made.bob.reading.conversations())[0].unread, 1);
});

test('a lost acknowledgement stores nothing twice', async () => {
  const made = await talking();
  made.server.after.push(lose);
  await made.alice.say('once');
  await arrives(made, 'hello', 'once');
  assert.equal(made.server.sends.at(-1).length > 0, true);
});

test('a lost request goes out again with the same bytes', async () => {
  const made = await talking();
  const before = made.server.sends.length;
  made.server.before.push(lose);
  await made.alice.say('again');
  await arrives(made, 'hello', 'again');
  const [first, second] = made.server.sends.slice(before);
  assert.equal(first, second);
});

test('a tab that dies with a sealed message sends the same bytes when it is back', async () => {
  const made = await talking();
  made.alice.online = false;
  await made.alice.say('sealed later');
  made.alice.online = true;
  made.server.before.push(() => {
    made.alice.online = false;
    lose();
  });
  await made.alice.room.sending.pump();
  await settle();
  const sealed = made.server.sends.at(-1);
  await made.alice.reload();
  assert.equal((await made.alice.row('sealed later')).state, 'sending');
  made.alice.online = true;
  await made.alice.room.sending.pump();
  await settle();
  assert.equal(
    made.server.sends.find((sent, i) => i > 0 && sent === sealed),
    sealed,
  );
  await arrives(made, 'hello', 'sealed later');
});

test('a tab that dies after the server stored it finds its message in the transcript', async () => {
  const made = await talking();
  made.server.after.push(() => {
    made.alice.online = false;
    lose();
  });
  await made.alice.say('stored');
  made.alice.online = true;
  await made.alice.reload();
  await settle();
  await arrives(made, 'hello', 'stored');
  assert.notEqual((await made.alice.row('stored')).state, 'sending');
});

test('what was sealed for a closed epoch is sealed again under the same message id', async () => {
  const made = await talking();
  made.server.pushes = false;
  addPhone(made.bob.phone.owner, made.relay, 'tablet');
  await made.bob.site.learnAll(made.bob.room.members);
  await made.bob.room.sending.letIn();
  const before = made.server.sends.length;
  const key = await made.alice.say('for a newer epoch');
  await made.bob.room.sync();
  await arrives(made, 'hello', 'for a newer epoch');
  const row = await made.alice.row('for a newer epoch');
  assert.equal(row.key, key);
  assert.equal(row.epoch, 2);
  assert.equal(made.server.sends.length, before + 2, 'refused once, then taken');
});

test('a number that is taken is skipped', async () => {
  const made = await talking();
  made.server.before.push(refuse('number_taken', { last_seq: 7 }));
  await made.alice.say('eight');
  await arrives(made, 'hello', 'eight');
  assert.equal((await made.alice.row('eight')).seq, 8);
});

test('a wrong clock is set and the message sealed again', async () => {
  const made = await talking();
  let adjusted = null;
  made.alice.site.clock.adjust = (time) => {
    adjusted = time;
  };
  made.server.before.push(refuse('clock_off', { server_time: 12345 }));
  await made.alice.say('in time');
  assert.equal(adjusted, 12345);
  await arrives(made, 'hello', 'in time');
});

test('refusals that pass keep the order and the bytes', async () => {
  const made = await talking();
  const busy = refuse('rate_limited', { status: 429, retry_after: 1 });
  made.server.before.push(busy, busy, refuse('storage_full', { status: 507 }));
  await made.alice.write('one');
  await made.alice.write('two');
  await made.alice.room.sending.pump();
  await settle(200);
  await arrives(made, 'hello', 'one', 'two');
  assert.equal((await made.alice.row('one')).seq, 2);
});

test('a refusal for good is shown, does not stop the others, and can be tried again', async () => {
  const made = await talking();
  made.server.before.push(refuse('too_large', { status: 413 }));
  const key = await made.alice.say('too much');
  const row = await made.alice.row('too much');
  assert.equal(row.state, 'failed');
  assert.deepEqual(row.error, {
    code: 'too_large',
    title: 'Refused: too_large.',
    detail: 'Do this.',
  });
  await made.alice.say('the next one');
  assert.deepEqual(await made.bob.texts(), ['hello', 'the next one']);
  const { outbox, sending } = made.alice.room;
  await outbox.keep({ ...outbox.get(key), state: 'queued', error: null });
  await sending.pump();
  await settle();
  assert.deepEqual(await made.bob.texts(), ['hello', 'the next one', 'too much']);
});

test('a message refused again and again fails instead of trying for ever', async () => {
  const made = await talking();
  made.server.before.push(...Array.from({ length: 10 }, () => refuse('wrong_commit')));
  await made.alice.say('never');
  await settle(150);
  assert.equal((await made.alice.row('never')).state, 'failed');
});

test('texts from another tab go out in the order in which they were written', async () => {
  const made = await talking();
  made.alice.online = false;
  for (const text of ['one', 'two', 'three']) await made.alice.write(text);
  made.alice.online = true;
  await made.alice.room.sending.pump();
  await settle(150);
  await arrives(made, 'hello', 'one', 'two', 'three');
});

test('receipts go out together, are not receipted, and start no epoch', async () => {
  const made = await talking();
  await settle(150);
  const receipts = made.relay.entries.filter(({ kind }) => kind === KIND.RECEIPT);
  assert.equal(receipts.length, 1);
  made.relay.now += 25 * 3600 * 1000;
  for (const text of ['a', 'b', 'c']) await made.alice.write(text);
  made.server.pushes = false;
  await made.alice.room.sending.pump();
  await settle(150);
  assert.equal(made.relay.epoch, 2);
  made.relay.now += 25 * 3600 * 1000;
  await made.bob.room.sync();
  await settle(150);
  assert.equal(made.relay.epoch, 2, 'receipts alone never cause a commit');
  const all = made.relay.entries.filter(({ kind }) => kind === KIND.RECEIPT);
  assert.equal(all.length, 2, 'three messages, one receipt');
});

test('the loser of a race for an epoch adopts the winner and sends in it', async () => {
  const made = await desks();
  made.server.pushes = false;
  await made.alice.say('I was first');
  await made.bob.say('I was second');
  assert.equal(made.relay.epoch, 1);
  await made.alice.room.sync();
  await settle();
  assert.deepEqual(await made.alice.texts(), ['I was first', 'I was second']);
  assert.deepEqual(await made.bob.texts(), ['I was first', 'I was second']);
});

test('the lost answer to a commit is found in the transcript', async () => {
  const made = await desks();
  made.server.after.push(lose);
  await made.alice.say('hello');
  assert.equal(made.alice.room.session.pending !== null, true);
  await made.alice.room.sync();
  await settle();
  await arrives(made, 'hello');
  assert.equal(made.relay.epoch, 1);
});

test('a tab that dies before its commit left publishes the very same one', async () => {
  const made = await desks();
  made.server.before.push(lose);
  await made.alice.say('hello');
  const { raw } = made.alice.room.session.pending.commit;
  await made.alice.reload();
  await settle();
  assert.deepEqual(made.relay.entries[0].raw, raw);
  await arrives(made, 'hello');
});

test('a commit that a newer device list overtook is made again', async () => {
  const made = await talking();
  const tablet = addPhone(made.bob.phone.owner, made.relay, 'tablet');
  made.relay.now += 25 * 3600 * 1000;
  await made.alice.say('to all of them');
  assert.equal(currentEpoch(made.alice.room.session).peers.has(tablet.device), true);
  assert.deepEqual(await made.alice.texts(), ['hello', 'to all of them']);
});

test('a full disk here takes nothing back and loses nothing', async () => {
  const made = await talking();
  const { session } = made.bob.room;
  made.bob.db.fail = true;
  await made.alice.say('while the disk is full');
  assert.equal(made.bob.room.session, session);
  assert.equal(made.bob.failures.length, 1);
  await made.bob.room.sync();
  await settle();
  assert.deepEqual(await made.bob.texts(), ['hello', 'while the disk is full']);
});
