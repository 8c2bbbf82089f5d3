// Rolled-back device lists, swapped identities, weaker modes: refused, or held until the person decides.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODE } from '../../../static/js/crypto/commit.js';
import { identityOf, parseSigned, sign } from '../../../static/js/crypto/device_list.js';
import { IdentityChanged, KeyMissing, ListRefused } from '../../../static/js/crypto/errors.js';
import { keypair as signingPair } from '../../../static/js/crypto/signatures.js';
import { KIND } from '../../../static/js/crypto/transcript.js';
import { equalBytes } from '../../../static/js/crypto/wire.js';
import { EVENT, Held, NotAgreed } from '../../../static/js/state/events.js';
import { acceptMode, CLOCK_MS, currentEpoch } from '../../../static/js/state/session.js';
import {
  acceptIdentity,
  contactOf,
  learn,
  markVerified,
  NOBODY,
} from '../../../static/js/state/trust.js';
import { refused, remembered, talking } from './liars.js';
import { addPhone, couple, Phone, revoke } from './town.js';

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
  const before = remembered(bob);
  await refused(bob, 'roster_refused');
  assert.deepEqual(remembered(bob), before);
});

test('a list version never goes back from commit to commit', async () => {
  const { relay, alice, his } = couple(1, 2);
  const [bob, other] = his;
  bob.owner.publish(relay.now);
  await alice.say('hello');
  await other.sync();
  await bob.sync();
  const all = bob.owner.lists;
  bob.owner.lists = all.slice(0, 1);
  alice.trust = NOBODY;
  await alice.prepare();
  alice.publish();
  bob.owner.lists = all;
  await refused(bob, 'roster_refused');
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
  const offered = identityOf(lists[0]);
  bob.owner.lists = lists;
  bob.trust = acceptIdentity(bob.trust, bob.me.userId, offered, lists);
  await bob.prepare();
  bob.publish();
  const before = alice.session;
  const held = await alice.sync().catch((error) => error);
  assert.ok(held instanceof Held);
  assert.equal(held.reason, 'identity_changed');
  assert.ok(equalBytes(held.subject, bob.me.userId));
  assert.equal(alice.session, before);
  alice.trust = acceptIdentity(alice.trust, bob.me.userId, offered, lists);
  await alice.sync();
  assert.equal(currentEpoch(alice.session).number, 2);
});

test('accepting a new identity forgets that it was verified', () => {
  const { alice, bob } = couple();
  alice.meet();
  const { userId } = bob.me;
  const verified = markVerified(alice.trust, userId, 5);
  assert.equal(contactOf(verified, userId).verifiedAt, 5);
  const lists = swapped(bob);
  const changed = acceptIdentity(verified, userId, identityOf(lists[0]), lists);
  assert.equal(contactOf(changed, userId).verifiedAt, 0);
});

test('only the identity that was shown is accepted', () => {
  const { alice, bob } = couple();
  alice.meet();
  const shown = identityOf(swapped(bob)[0]);
  const accept = (lists) => acceptIdentity(alice.trust, bob.me.userId, shown, lists);
  assert.throws(() => accept(swapped(bob)), IdentityChanged);
  assert.throws(() => accept(alice.owner.lists), ListRefused);
});

test('a device id never comes back with other keys', () => {
  const { relay, alice, his } = couple(1, 2);
  const [{ owner }, tablet] = his;
  alice.meet();
  revoke(tablet);
  alice.meet();
  const stranger = new Phone(owner, relay, owner.random);
  const fresh = owner.devices.get(stranger.device);
  owner.devices.delete(stranger.device);
  owner.devices.set(tablet.device, { ...fresh, deviceId: tablet.me.deviceId });
  owner.publish(relay.now);
  assert.throws(() => alice.meet(), ListRefused);
});

test('a weaker mode is for reading until the person agrees', async () => {
  const { alice, bob } = await talking();
  const { newest } = bob.session;
  const stronger = { ...newest, core: { ...newest.core, mode: MODE.QKD } };
  bob.session = { ...bob.session, newest: stronger };
  await alice.commit();
  await bob.sync();
  assert.equal(currentEpoch(bob.session).readingOnly, 'weaker_mode');
  await assert.rejects(bob.sealed('not yet'), KeyMissing);
  await assert.rejects(bob.prepare(), NotAgreed);
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
