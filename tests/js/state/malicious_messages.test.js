// A server that lies about messages and their order: everything is refused or shown, nothing is lost. With
// malicious_commits and malicious_lists the twin of tests/client/test_malicious.py.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyMissing } from '../../../static/js/crypto/errors.js';
import { KIND } from '../../../static/js/crypto/transcript.js';
import { EVENT } from '../../../static/js/state/events.js';
import { currentEpoch, seal } from '../../../static/js/state/session.js';
import { refused, stopped, talking, withEpoch } from './liars.js';
import { couple } from './town.js';

test('a forged sender is refused', async () => {
  const { relay, alice, bob } = await talking();
  relay.add(KIND.MESSAGE, bob.me.userId, await alice.sealed('bob never said this'));
  await refused(bob, 'forged_sender');
});

test('a replay is refused', async () => {
  const { relay, alice, bob } = await talking();
  const n = await alice.say('once');
  await bob.sync();
  relay.add(KIND.MESSAGE, alice.me.userId, relay.entries[n - 1].raw);
  await refused(bob, 'replay');
  assert.deepEqual(bob.texts, ['hello', 'once']);
});

test('an older message again is tampering', async () => {
  const { relay, alice, bob } = await talking();
  const n = await alice.say('once');
  await alice.say('twice');
  await bob.sync();
  relay.add(KIND.MESSAGE, alice.me.userId, relay.entries[n - 1].raw);
  await refused(bob, 'rewound');
});

for (const place of [70, 80, -1]) {
  test(`bytes changed at ${place} are refused, and the message can still come`, async () => {
    const { relay, alice, bob } = await talking();
    const whole = await alice.sealed('true');
    const changed = whole.slice();
    changed[place < 0 ? changed.length + place : place] ^= 1;
    relay.add(KIND.MESSAGE, alice.me.userId, changed);
    await refused(bob, 'tag_invalid');
    relay.add(KIND.MESSAGE, alice.me.userId, whole);
    await bob.sync();
    assert.equal(bob.texts.at(-1), 'true');
  });
}

test('a message labelled as a receipt is refused', async () => {
  const { relay, alice, bob } = await talking();
  relay.add(KIND.RECEIPT, alice.me.userId, await alice.sealed('hidden from the counters'));
  await refused(bob, 'misplaced');
});

test('a message from another conversation is refused', async () => {
  const { relay, alice, bob } = await talking();
  const elsewhere = { ...alice.session, conversation: new Uint8Array(16) };
  const { raw } = await seal(elsewhere, alice.me, alice.payload('for others'), relay.now);
  relay.add(KIND.MESSAGE, alice.me.userId, raw);
  await refused(bob, 'misplaced');
});

test('a message bound to another commit is refused', async () => {
  const { relay, alice, bob } = await talking();
  const other = withEpoch(alice.session, { commitHash: new Uint8Array(32) });
  const { raw } = await seal(other, alice.me, alice.payload('elsewhere'), relay.now);
  relay.add(KIND.MESSAGE, alice.me.userId, raw);
  await refused(bob, 'misplaced');
});

test('a message in our own name is noticed', async () => {
  const { relay, alice } = await talking();
  const before = alice.session;
  const raw = await alice.sealed('made by a copy of this device');
  alice.session = before;
  relay.add(KIND.MESSAGE, alice.me.userId, raw);
  await refused(alice, 'forged_sender');
});

test('a member cannot speak for another device', async () => {
  const { relay, alice, his } = couple(1, 2);
  const [bob, tablet] = his;
  await alice.say('hello');
  for (const phone of [bob, tablet]) await phone.sync();
  const { chainKey } = currentEpoch(bob.session).chains.get(alice.device);
  const fake = { ...bob.session, sending: { chainKey, nextSeq: 2 } };
  const mask = { ...alice.me, signingPrivate: bob.me.signingPrivate };
  const { raw } = await seal(fake, mask, bob.payload('alice never said this'), relay.now);
  relay.add(KIND.MESSAGE, alice.me.userId, raw);
  await refused(tablet, 'signature_invalid');
});

test('a forked transcript stops the one who hears of it, for good', async () => {
  const { relay, alice, bob } = await talking();
  const shared = [...relay.entries];
  relay.add(KIND.MESSAGE, alice.me.userId, await alice.sealed('only alice sees this accepted'));
  await alice.sync();
  relay.entries = shared;
  relay.add(KIND.MESSAGE, bob.me.userId, await bob.sealed('only bob sees this accepted'));
  await bob.sync();
  relay.add(KIND.MESSAGE, bob.me.userId, await bob.sealed('I have seen something else'));
  const event = await alice.receive(relay.entries.at(-1));
  assert.deepEqual(event, { type: EVENT.STOPPED, n: alice.session.n, code: 'fork_detected' });
  await assert.rejects(alice.sealed('a stopped session sends nothing'), KeyMissing);
  const { texts } = alice;
  relay.add(KIND.MESSAGE, bob.me.userId, await bob.sealed('more'));
  const after = await alice.receive({ ...relay.entries.at(-1), n: 99 });
  assert.equal(after.type, EVENT.STOPPED);
  assert.deepEqual(alice.texts, texts);
});

test('a dropped message shows as soon as both sides talk', async () => {
  const { relay, alice, bob } = await talking();
  await alice.say('this one is withheld from bob');
  const dropped = relay.entries.pop();
  const raw = await alice.sealed('this one is not');
  relay.entries.push({ ...dropped, receivedAt: relay.now, raw });
  await stopped(bob);
});

test('a withheld tail stays undelivered', async () => {
  const { relay, alice, bob } = await talking();
  const n = await alice.say('never handed out');
  const all = relay.entries;
  relay.entries = all.slice(0, n - 1);
  await bob.sync();
  assert.ok(!bob.texts.includes('never handed out'));
  relay.entries = all;
  await bob.sync();
  assert.equal(bob.texts.at(-1), 'never handed out');
});

test('what a device has seen never goes back', async () => {
  const { relay, alice, bob } = await talking();
  const old = alice.payload('old');
  await alice.say('new');
  await alice.say('newer');
  relay.add(KIND.MESSAGE, alice.me.userId, await alice.sealedPayload(old));
  await refused(bob, 'rewound');
});

test('nobody has seen the future', async () => {
  const { relay, alice, bob } = await talking();
  const payload = { ...alice.payload('from tomorrow'), seenN: 99 };
  relay.add(KIND.MESSAGE, alice.me.userId, await alice.sealedPayload(payload));
  await stopped(bob);
});
