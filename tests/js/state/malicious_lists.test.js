// Rolled-back device lists, swapped identities, weaker modes: refused, or held until the person decides.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODE } from '../../../static/js/crypto/commit.js';
import { parseSigned, sign } from '../../../static/js/crypto/device_list.js';
import { IdentityChanged, KeyMissing, ListRefused } from '../../../static/js/crypto/errors.js';
import { keypair as signingPair } from '../../../static/js/crypto/signatures.js';
import { KIND } from '../../../static/js/crypto/transcript.js';
import { equalBytes } from '../../../static/js/crypto/wire.js';
import { EVENT, Held } from '../../../static/js/state/events.js';
import { acceptMode, CLOCK_MS, currentEpoch } from '../../../static/js/state/session.js';
import {
  acceptIdentity,
  contactOf,
  learn,
  markVerified,
  NOBODY,
} from '../../../static/js/state/trust.js';
import { refused, talking, withEpoch } from './liars.js';
import { addPhone, couple, revoke } from './town.js';

test('a rolled-back list of our own is refused', async () => {
  const { relay, alice, his } = couple(1, 2);
  const [bob, stolen] = his;
  await alice.say('hello');
  await bob.sync();
  revoke(stolen);
  bob.meet();
  relay.now += CLOCK_MS + 1;
  const all = bob.owner.lists;
  bob.owner.lists = all.slice(0, 1);
  await alice.commit();
  bob.owner.lists = all;
  await refused(bob, 'roster_refused');
  assert.equal(bob.session.broken, true);
});

test('a list that crossed with the commit is for reading only', async () => {
  const { relay, alice, his } = couple(1, 2);
  const [bob, stolen] = his;
  await alice.say('hello');
  await bob.sync();
  await alice.sync();
  await alice.prepare();
  revoke(stolen);
  bob.meet();
  alice.publish();
  await alice.sync();
  relay.add(KIND.MESSAGE, alice.me.userId, await alice.sealed('crossing'));
  await bob.sync();
  assert.equal(bob.texts.at(-1), 'crossing');
  await assert.rejects(bob.sealed('not under the old list'), KeyMissing);
  assert.equal(bob.due(), 'roster_changed');
  await bob.say('under the new one');
  assert.ok(!currentEpoch(bob.session).peers.has(stolen.device));
  await alice.sync();
  assert.equal(alice.texts.at(-1), 'under the new one');
});

test('a contact that goes back to an older list is refused', () => {
  const { relay, alice, bob } = couple();
  bob.owner.publish(relay.now);
  alice.meet();
  const older = bob.owner.lists.slice(0, 1);
  assert.throws(() => learn(alice.trust, bob.me.userId, older), ListRefused);
});

test('a list of another person is refused', () => {
  const { alice, bob } = couple();
  assert.throws(() => learn(NOBODY, alice.me.userId, bob.owner.lists), ListRefused);
});

test('the pin of another device decides at first sight', () => {
  const { bob } = couple();
  const [signed] = bob.owner.lists;
  const { identityHash } = contactOf(learn(NOBODY, bob.me.userId, [signed]), bob.me.userId);
  const pin = { identityHash, version: 1, hash: signed.hash, verifiedAt: 5 };
  const known = learn(NOBODY, bob.me.userId, [signed], pin);
  assert.equal(contactOf(known, bob.me.userId).verifiedAt, 5);
  assert.throws(() => learn(NOBODY, bob.me.userId, swapped(bob), pin), IdentityChanged);
  const other = { ...pin, hash: new Uint8Array(32) };
  assert.throws(() => learn(NOBODY, bob.me.userId, [signed], other), ListRefused);
  const newer = { ...pin, version: 2 };
  assert.throws(() => learn(NOBODY, bob.me.userId, [signed], newer), ListRefused);
});

/** Bob's list as a malicious server would make it: another identity, a device of its own. */
function swapped(bob) {
  const identity = signingPair(bob.random(64));
  const list = { ...bob.owner.lists.at(-1).list, identityPublic: identity.publicKey };
  return [parseSigned(sign(list, identity.privateKey))];
}

test('a swapped identity is refused', async () => {
  const { alice, bob } = await talking();
  assert.throws(() => learn(alice.trust, bob.me.userId, swapped(bob)), IdentityChanged);
});

test('a commit under a swapped identity waits for the person', async () => {
  const { alice, bob } = await talking();
  const lists = swapped(bob);
  bob.owner.lists = lists;
  bob.trust = acceptIdentity(bob.trust, lists);
  await bob.prepare();
  bob.publish();
  const before = alice.session;
  const held = await alice.sync().catch((error) => error);
  assert.ok(held instanceof Held);
  assert.equal(held.reason, 'identity_changed');
  assert.ok(equalBytes(held.subject, bob.me.userId));
  assert.equal(alice.session, before);
  alice.trust = acceptIdentity(alice.trust, lists);
  await alice.sync();
  assert.equal(currentEpoch(alice.session).number, 2);
});

test('accepting a new identity forgets that it was verified', () => {
  const { alice, bob } = couple();
  alice.meet();
  const { userId } = bob.me;
  const verified = markVerified(alice.trust, userId, 5);
  assert.equal(contactOf(verified, userId).verifiedAt, 5);
  assert.equal(contactOf(acceptIdentity(verified, swapped(bob)), userId).verifiedAt, 0);
});

test('a weaker mode is for reading until the person agrees', async () => {
  const { alice, bob } = await talking();
  bob.session = withEpoch(bob.session, { mode: MODE.QKD });
  await alice.commit();
  await bob.sync();
  assert.equal(currentEpoch(bob.session).readingOnly, 'weaker_mode');
  await assert.rejects(bob.sealed('not yet'), KeyMissing);
  bob.session = acceptMode(bob.session);
  assert.ok(await bob.sealed('now'));
});

test('keys are not kept longer than they are needed', async () => {
  const { alice } = await talking();
  const first = alice.session.ownKey;
  await alice.commit();
  assert.ok(!equalBytes(alice.session.ownKey.keyId, first.keyId));
});

test('a late joiner does not read the past', async () => {
  const { relay, alice, bob } = couple();
  await alice.say('before');
  const tablet = addPhone(bob.owner, relay, 'tablet');
  await alice.say('after');
  await tablet.sync();
  const codes = tablet.events.filter(({ type }) => type === EVENT.REFUSED).map(({ code }) => code);
  assert.deepEqual(codes, ['not_readable']);
  assert.ok(equalBytes(tablet.session.head, alice.session.head));
});
