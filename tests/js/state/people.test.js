// What a device keeps of others: changed identities until the person decides, and the newest keys of devices.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityOf, parseSigned, sign } from '../../../static/js/crypto/device_list.js';
import { safetyNumber } from '../../../static/js/crypto/identity.js';
import { keypair as kemPair } from '../../../static/js/crypto/kem.js';
import { sign as signRefresh } from '../../../static/js/crypto/refresh.js';
import { keypair as signingPair } from '../../../static/js/crypto/signatures.js';
import { toBase64url } from '../../../static/js/crypto/wire.js';
import { calls, desks, noAnswer, settle } from './desk.js';
import { addPhone, revoke } from './town.js';

async function talking() {
  const made = await desks();
  await made.alice.say('hello');
  await settle();
  return made;
}

// -- changed identities -----------------------------------------------------------------------------------

/** Alice is shown another identity of Bob's. @returns {string} its hash */
async function swapIdentity({ alice, bob }) {
  const { owner } = bob.phone;
  const identity = signingPair(owner.random(64));
  const list = { ...owner.lists.at(-1).list, identityPublic: identity.publicKey };
  owner.lists = [parseSigned(sign(list, identity.privateKey))];
  await assert.rejects(alice.site.learn(owner.userId));
  // Another look-up under way may have been the first to notice: then the alert is its to raise.
  await settle();
  return toBase64url(identityOf(owner.lists[0]));
}

const changeOf = async (desk) =>
  (await desk.reading.alerts()).find(({ kind }) => kind === 'identity_changed');

async function decide(desk, action) {
  const alert = await changeOf(desk);
  await calls(desk).act(alert.id, action);
  await settle();
}

test('a swapped identity stops the writing until the person accepts it', async () => {
  const made = await talking();
  await swapIdentity(made);
  assert.equal(made.alice.room.blockedBy(), 'identity_changed');
  await made.alice.say('to whom?');
  assert.equal((await made.alice.row('to whom?')).state, 'queued');
  assert.equal((await made.alice.reading.conversations())[0].blocked.code, 'identity_changed');
  await decide(made.alice, 'accept_identity');
  assert.equal(made.alice.room.blockedBy(), null);
  assert.equal(await changeOf(made.alice), undefined);
});

test('the alert names the safety number that the new identity would have', async () => {
  const made = await talking();
  await swapIdentity(made);
  const { me, people } = made.alice.site;
  const other = identityOf(made.bob.phone.owner.lists[0]);
  const own = people.contact(me.userId).identityHash;
  const number = safetyNumber(me.userId, own, made.bob.phone.me.userId, other);
  assert.ok((await changeOf(made.alice)).detail.includes(number));
});

test('a changed identity still blocks after a reload and after the server shows the old one', async () => {
  const made = await talking();
  const { owner } = made.bob.phone;
  const { lists } = owner;
  await swapIdentity(made);
  owner.lists = lists;
  await made.alice.site.learn(owner.userId);
  assert.equal(made.alice.room.blockedBy(), 'identity_changed');
  const kept = made.alice.db;
  await made.alice.reload();
  assert.equal(made.alice.db, kept);
  assert.equal(made.alice.room.blockedBy(), 'identity_changed');
  await made.alice.say('to whom?');
  assert.equal((await made.alice.row('to whom?')).state, 'queued');
});

test('the person may stay with the known identity once the server shows it again', async () => {
  const made = await talking();
  const { owner } = made.bob.phone;
  const { lists } = owner;
  await swapIdentity(made);
  await assert.rejects(decide(made.alice, 'keep_identity'), { code: 'identity_still_changed' });
  assert.equal(made.alice.room.blockedBy(), 'identity_changed');
  owner.lists = lists;
  await assert.rejects(decide(made.alice, 'accept_identity'), { code: 'identity_changed_again' });
  await decide(made.alice, 'keep_identity');
  assert.equal(made.alice.room.blockedBy(), null);
  assert.equal(await changeOf(made.alice), undefined);
});

test('what was accepted is the identity that was shown, and no other', async () => {
  const made = await talking();
  const first = await swapIdentity(made);
  const shown = await changeOf(made.alice);
  const second = await swapIdentity(made);
  // A click on what was shown before must not accept what is shown now.
  await calls(made.alice).act(shown.id, 'accept_identity');
  assert.equal(made.alice.room.blockedBy(), 'identity_changed');
  assert.equal((await changeOf(made.alice)).subject, second);
  assert.notEqual(first, second);
  await decide(made.alice, 'accept_identity');
  assert.equal(made.alice.room.blockedBy(), null);
  const { identityHash } = made.alice.site.people.contact(made.bob.phone.me.userId);
  assert.equal(toBase64url(identityHash), second);
});

test('a key that only the next request shows is not accepted for the one in the alert', async () => {
  const made = await talking();
  await swapIdentity(made);
  const { lists } = made.bob.phone.owner;
  const { id } = await changeOf(made.alice);
  const identity = signingPair(made.bob.phone.random(64));
  const list = { ...lists[0].list, identityPublic: identity.publicKey };
  made.bob.phone.owner.lists = [parseSigned(sign(list, identity.privateKey))];
  const accepting = calls(made.alice).act(id, 'accept_identity');
  await assert.rejects(accepting, { code: 'identity_changed_again' });
  assert.equal(made.alice.room.blockedBy(), 'identity_changed');
});

test('a commit with a false key in our own name cannot be agreed to', async () => {
  const made = await talking();
  const { alice, bob } = made;
  const { people } = alice.site;
  const pinned = people.contact(alice.phone.me.userId);
  const id = toBase64url(alice.phone.me.userId);
  people.trust = new Map(people.trust).set(id, { ...pinned, identityHash: new Uint8Array(32) });
  made.relay.now += 25 * 3600 * 1000;
  await bob.say('under your key?');
  await settle();
  assert.equal(alice.room.blockedBy(), 'identity_swapped');
  const alert = (await alice.reading.alerts()).find(({ kind }) => kind === 'identity_swapped');
  assert.deepEqual([alert.severity, alert.actions], ['danger', []]);
});

test('a mark is not taken back: the devices of one person keep the newest', async () => {
  const { server, alice, bob } = await desks();
  await calls(alice).setVerified(server.id, true);
  await assert.rejects(calls(alice).setVerified(server.id, false), { code: 'mark_stays' });
  assert.ok(alice.site.people.contact(bob.phone.me.userId).verifiedAt > 0);
});

// -- long chains of lists -----------------------------------------------------------------------------------

const MANY = 70;

/** Bob has many lists, and Alice has never heard of him. */
async function strangers(count = MANY) {
  const made = await desks();
  const { owner } = made.bob.phone;
  while (owner.lists.length < count) owner.publish(made.relay.now);
  const { people, me } = made.alice.site;
  const own = toBase64url(me.userId);
  people.trust = new Map([[own, people.contact(me.userId)]]);
  return { ...made, people, owner, id: toBase64url(owner.userId) };
}

test('a long chain of lists is kept page by page, and goes on where it was interrupted', async () => {
  const made = await strangers();
  const { people, owner, server, alice } = made;
  const { get } = server;
  let pages = 0;
  server.get = (path) => {
    pages += path.includes('?from=') ? 1 : 0;
    if (pages === 2) throw noAnswer();
    return get.call(server, path);
  };
  await assert.rejects(alice.site.learn(owner.userId), { code: 'no_answer' });
  assert.equal(people.contact(owner.userId).newest.list.version, 32);
  server.get = get;
  await alice.reload();
  const { newest, lists } = alice.site.people.contact(owner.userId);
  assert.deepEqual([newest.list.version, lists.size], [MANY, MANY]);
  await alice.reload();
  assert.equal(alice.site.people.contact(owner.userId).lists.size, MANY);
});

test('other things go on between two pages of lists', async () => {
  const { alice, owner } = await strangers();
  let turns = 0;
  const ticking = setInterval(() => {
    turns += 1;
  }, 0);
  await alice.site.learn(owner.userId);
  clearInterval(ticking);
  assert.ok(turns >= 2, `${turns} turns for three pages`);
});

test('somebody new with thousands of lists is refused before anything is verified', async () => {
  const { alice, owner, server, people, id } = await strangers(1);
  const get = server.get.bind(server);
  const asked = [];
  const { list } = owner.lists[0];
  const late = { ...list, version: 2001, previousHash: new Uint8Array(32).fill(1) };
  const many = parseSigned(sign(late, owner.identity.privateKey));
  server.get = (path) => {
    asked.push(path);
    return { ...get(path), lists: [toBase64url(many.raw)] };
  };
  await assert.rejects(alice.site.learn(owner.userId), { code: 'list_too_long' });
  assert.deepEqual(asked, [`/users/${id}/device-lists`]);
  assert.equal(people.contact(owner.userId), null);
  assert.deepEqual(await alice.alertKinds(), ['list_too_long']);
});

test('a server that repeats one page for ever is not asked for ever', async () => {
  const { alice, owner, server } = await strangers();
  const { get } = server;
  const first = get.call(server, `/users/${toBase64url(owner.userId)}/device-lists?from=1`);
  const page = { ...first, lists: first.lists.slice(0, 32) };
  server.get = (path) => (path.includes('?from=') ? page : get.call(server, path));
  await assert.rejects(alice.site.learn(owner.userId), { code: 'list_refused' });
});

test('the list that another device saw may stand on a later page', async () => {
  const { alice, owner, people } = await strangers();
  const seen = owner.lists[40];
  const pin = { name: 'bobby', identityHash: identityOf(seen), version: 41, verifiedAt: 7 };
  alice.book.pinOf = () => ({ ...pin, hash: seen.hash });
  await alice.site.learn(owner.userId);
  assert.equal(people.contact(owner.userId).newest.list.version, MANY);
  assert.equal(people.contact(owner.userId).verifiedAt, 7);
});

test('nothing of a long chain is kept if it does not hold the list that another device saw', async () => {
  const { alice, owner, people } = await strangers();
  const seen = owner.lists[40];
  const pin = { name: 'bobby', identityHash: identityOf(seen), version: 41, verifiedAt: 7 };
  alice.book.pinOf = () => ({ ...pin, hash: new Uint8Array(32) });
  await assert.rejects(alice.site.learn(owner.userId), { code: 'list_refused' });
  assert.equal(people.contact(owner.userId), null);
});

test('the lists of an identity that was given up are not kept', async () => {
  const made = await talking();
  made.bob.phone.owner.publish(made.relay.now);
  await made.alice.site.learn(made.bob.phone.owner.userId);
  await swapIdentity(made);
  await decide(made.alice, 'accept_identity');
  await made.alice.reload();
  assert.equal(made.alice.site.people.contact(made.bob.phone.owner.userId).lists.size, 1);
});

// -- key refreshes ----------------------------------------------------------------------------------------

function refreshOf({ me }, number, signing = me.signingPrivate) {
  const { publicKey } = kemPair(new Uint8Array(32).fill(number));
  const { userId, deviceId } = me;
  return toBase64url(signRefresh({ userId, deviceId, number, issuedAt: 1000, publicKey }, signing));
}

/** Alice asks again while the server shows these. @returns {Promise<number[]>} the numbers that count */
async function shown(made, ...refreshes) {
  made.server.refreshes.set(toBase64url(made.bob.phone.me.userId), refreshes);
  await made.alice.site.learn(made.bob.phone.me.userId);
  return numbers(made);
}

const numbers = ({ alice, bob }) =>
  alice.site.people
    .refreshes([toBase64url(bob.phone.me.userId)])
    .map(({ number }) => number)
    .sort();

test('the highest refresh stays when the server shows a lower one, or none', async () => {
  const made = await desks();
  const { phone } = made.bob;
  assert.deepEqual(await shown(made, refreshOf(phone, 2)), [2]);
  assert.deepEqual(await shown(made, refreshOf(phone, 3)), [3]);
  assert.deepEqual(await shown(made, refreshOf(phone, 2)), [3]);
  assert.deepEqual(await shown(made), [3]);
  await made.alice.reload();
  assert.deepEqual(numbers(made), [3]);
  assert.deepEqual(await shown(made, refreshOf(phone, 1)), [3]);
});

test('a refresh of one device says nothing about another', async () => {
  const made = await desks(1, 2);
  const [, bob, tablet] = made.all;
  assert.deepEqual(await shown(made, refreshOf(bob.phone, 2)), [2]);
  assert.deepEqual(await shown(made, refreshOf(tablet.phone, 5)), [2, 5]);
});

test('a refresh goes with its device', async () => {
  const made = await desks(1, 2);
  const [, bob, tablet] = made.all;
  await shown(made, refreshOf(bob.phone, 2), refreshOf(tablet.phone, 5));
  revoke(tablet.phone);
  assert.deepEqual(await shown(made), [2]);
  await made.alice.reload();
  assert.deepEqual(numbers(made), [2]);
});

test('a refresh that its device did not sign is refused and told', async () => {
  const made = await desks();
  const { phone } = made.bob;
  await shown(made, refreshOf(phone, 2));
  const forged = refreshOf(phone, 3, made.alice.phone.me.signingPrivate);
  await assert.rejects(shown(made, forged), { code: 'signature_invalid' });
  const foreign = refreshOf({ me: { ...phone.me, userId: made.alice.phone.me.userId } }, 3);
  await assert.rejects(shown(made, foreign), { code: 'list_refused' });
  assert.deepEqual(numbers(made), [2]);
  assert.deepEqual(await made.alice.alertKinds(), ['list_refused']);
});

test('a refresh of a device in no list does not count', async () => {
  const made = await desks();
  const phone = addPhone(made.bob.phone.owner, made.relay, 'gone');
  revoke(phone);
  assert.deepEqual(await shown(made, refreshOf(phone, 4)), []);
});
