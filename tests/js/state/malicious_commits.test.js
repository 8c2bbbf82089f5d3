// Commits that a server or a member makes up: refused, shown, or a fork that stops.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommit, REF } from '../../../static/js/crypto/commit.js';
import { KeyMissing, RangeExceeded } from '../../../static/js/crypto/errors.js';
import { keypair as kemPair } from '../../../static/js/crypto/kem.js';
import { KIND } from '../../../static/js/crypto/transcript.js';
import { compareBytes, toBase64url } from '../../../static/js/crypto/wire.js';
import { EVENT } from '../../../static/js/state/events.js';
import { CLOCK_MS, currentEpoch, skipTo } from '../../../static/js/state/session.js';
import { learn, NOBODY } from '../../../static/js/state/trust.js';
import {
  forgedByTheServer,
  last,
  recipient,
  recommit,
  refused,
  remembered,
  stopped,
  talking,
} from './liars.js';
import { addPhone, couple, Person, Phone, Relay } from './town.js';

test('the same commit again is a replay', async () => {
  const { relay, alice, bob } = await talking();
  relay.add(KIND.COMMIT, alice.me.userId, relay.entries[0].raw);
  await refused(bob, 'replay');
});

test('another commit for an accepted epoch is a fork', async () => {
  const { alice, bob } = await talking();
  const twin = alice.session;
  await alice.commit();
  await bob.sync();
  const { n, head } = alice.session;
  alice.session = { ...twin, n, head };
  await recommit(alice);
  await stopped(bob);
});

/** Alice's second commit for an epoch that Bob has accepted. */
async function twice(change, wrong) {
  const { alice, bob } = await talking();
  const twin = alice.session;
  await alice.commit();
  await bob.sync();
  const { n, head } = alice.session;
  alice.session = { ...twin, n, head };
  await recommit(alice, change, wrong?.(bob));
  return bob;
}

test('somebody who signed nothing cannot make a fork', async () => {
  const bob = await twice(undefined, ({ me }) => ({ signing: me.signingPrivate }));
  await refused(bob, 'signature_invalid');
  assert.equal(bob.session.stopped, null);
});

test('a device that is in no list cannot make a fork', async () => {
  const bob = await twice((core) => ({ ...core, committerDevice: new Uint8Array(16) }));
  await refused(bob, 'roster_refused');
  assert.equal(bob.session.stopped, null);
});

test('a forged commit does not choose the key of the next epoch', async () => {
  const { alice, bob } = await talking();
  const before = remembered(alice);
  await forgedByTheServer(alice, bob, 1);
  await refused(alice, 'signature_invalid');
  assert.deepEqual(remembered(alice), before);
  await alice.prepare({ restart: true });
  const [ref] = alice.session.pending.commit.refs;
  assert.deepEqual(ref.keyId, bob.me.keys[0].keyId);
});

test('a forged commit from before this device is noticed', async () => {
  const { relay, alice, bob } = couple();
  await alice.say('hello');
  await bob.sync();
  const tablet = addPhone(alice.owner, relay, 'tablet');
  tablet.meet();
  await tablet.sync();
  const before = remembered(tablet);
  await forgedByTheServer(tablet, bob, 1);
  await refused(tablet, 'signature_invalid');
  assert.deepEqual(remembered(tablet), before);
});

for (const drift of [-CLOCK_MS - 1, CLOCK_MS + 1]) {
  test(`a commit whose time is ${drift} ms beside the transcript's is refused`, async () => {
    const { alice, bob } = await talking();
    await recommit(alice, (core) => ({ ...core, createdAt: core.createdAt + drift }));
    await refused(bob, 'roster_refused');
  });
}

test('too many taken numbers are not skipped', async () => {
  const { alice, bob } = await talking();
  const most = alice.session.sending.nextSeq + 999;
  assert.throws(() => skipTo(alice.session, most + 1), RangeExceeded);
  alice.session = skipTo(alice.session, most);
  await alice.say('the receiver bridges exactly so many');
  await bob.sync();
  assert.equal(bob.texts.at(-1), 'the receiver bridges exactly so many');
});

test('a commit on the wrong parent has no effect', async () => {
  const { alice, bob } = await talking();
  const wrong = new Uint8Array(32).fill(1);
  await recommit(alice, (core) => ({ ...core, previousHash: wrong }));
  await refused(bob, 'misplaced');
  assert.equal(bob.session.broken, false);
  assert.equal(currentEpoch(bob.session).number, 1);
});

test('a commit for another conversation has no effect', async () => {
  const { alice, bob } = await talking();
  const before = remembered(bob);
  await recommit(alice, (core) => ({ ...core, conversation: new Uint8Array(16).fill(7) }));
  await refused(bob, 'misplaced');
  assert.deepEqual(remembered(bob).newest, before.newest);
});

test('a commit for a later epoch has no effect', async () => {
  const { alice, bob } = await talking();
  await recommit(alice, (core) => ({ ...core, epoch: 7 }));
  await refused(bob, 'misplaced');
});

test('a commit labelled with another sender is refused', async () => {
  const { relay, alice, bob } = await talking();
  await alice.prepare();
  relay.add(KIND.COMMIT, bob.me.userId, alice.session.pending.commit.raw);
  await refused(bob, 'forged_sender');
});

test('a commit with another signature is refused', async () => {
  const { alice, bob } = await talking();
  await bob.sync();
  const before = remembered(bob);
  await recommit(alice, undefined, { signing: bob.me.signingPrivate });
  await refused(bob, 'signature_invalid');
  assert.deepEqual(remembered(bob), before);
});

test('a commit that has seen another history is a fork', async () => {
  const { alice, bob } = await talking();
  await recommit(alice, (core) => ({ ...core, seenHead: new Uint8Array(32) }));
  await stopped(bob);
});

test('a stranger among the members is refused', async () => {
  const { relay, alice, bob } = await talking();
  const eve = new Person('evelyn');
  const lone = new Relay(relay.conversation, [eve]);
  const phone = new Phone(eve, lone, eve.random);
  eve.publish(relay.now);
  const [signed] = eve.lists;
  const stranger = {
    userId: eve.userId,
    identityHash: learn(NOBODY, eve.userId, [signed]).values().next().value.identityHash,
    listVersion: 1,
    listHash: signed.hash,
  };
  const invite = (one) => ({
    ...one,
    members: [...one.members, stranger].sort((a, b) => compareBytes(a.userId, b.userId)),
  });
  const recipients = [recipient(alice, phone, REF.JOINER), recipient(alice, bob)];
  await recommit(alice, invite, { recipients });
  await refused(bob, 'roster_refused');
});

test('a commit that leaves a device out is refused', async () => {
  const { alice, his } = couple(1, 2);
  const [bob, tablet] = his;
  await alice.say('hello');
  for (const phone of his) await phone.sync();
  await recommit(alice, undefined, { recipients: [recipient(alice, bob)] });
  await refused(bob, 'roster_refused');
  await refused(tablet, 'roster_refused');
});

test('an entry that does not open breaks the session until a restart', async () => {
  const { relay, alice, bob } = await talking();
  await alice.prepare();
  const { commit } = alice.session.pending;
  assert.ok(relay.commit(alice.me.userId, commit.raw, [[bob.device, new Uint8Array(1168)]]));
  await refused(bob, 'tag_invalid');
  assert.equal(bob.session.broken, true);
  await alice.commit();
  const event = await last(bob);
  assert.deepEqual([event.type, event.code, event.attack], [EVENT.REFUSED, 'broken', false]);
  await assert.rejects(bob.sealed('there is no epoch'), KeyMissing);
  await bob.prepare({ restart: true });
  bob.publish();
  const agreed = new Set([toBase64url(parseCommit(relay.entries.at(-1).raw).hash)]);
  alice.agreed = agreed;
  bob.agreed = agreed;
  await bob.sync();
  await alice.sync();
  await bob.say('we are back');
  await alice.sync();
  assert.equal(alice.texts.at(-1), 'we are back');
});

test('an entry that the server keeps back is not called an attack of the peer', async () => {
  const { relay, alice, bob } = await talking();
  await alice.prepare();
  relay.commit(alice.me.userId, alice.session.pending.commit.raw, []);
  const event = await last(bob);
  assert.deepEqual([event.type, event.code, event.attack], [EVENT.REFUSED, 'key_missing', false]);
});

test('a joiner for a device that holds the chain is refused', async () => {
  const { alice, bob } = await talking();
  const recipients = [recipient(alice, bob, REF.JOINER)];
  await recommit(alice, undefined, { recipients });
  await refused(bob, 'roster_refused');
});

test('an entry for a key that is no longer the newest is refused', async () => {
  const { alice, bob } = await talking();
  await bob.commit();
  await alice.sync();
  const { publicKey } = kemPair(bob.me.keys[0].seed);
  const old = { ...recipient(alice, bob), publicKey };
  await recommit(alice, undefined, { recipients: [old] });
  await refused(bob, 'roster_refused');
});

test('a commit in our own name is noticed', async () => {
  const { alice } = await talking();
  await recommit(alice);
  await refused(alice, 'forged_sender');
});

test('unreadable bytes as a commit have no effect', async () => {
  const { relay, alice, bob } = await talking();
  relay.add(KIND.COMMIT, alice.me.userId, new TextEncoder().encode('not a commit'));
  await refused(bob, 'format_error');
  await alice.sync();
  await bob.say('we go on');
  await alice.sync();
  assert.equal(alice.texts.at(-1), 'we go on');
});
