// Under which name people are shown: the one that they signed, whatever the server writes beside it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListRefused } from '../../../static/js/crypto/errors.js';
import { toBase64url } from '../../../static/js/crypto/wire.js';
import { calls, desks } from './desk.js';

const idOf = (desk) => toBase64url(desk.phone.me.userId);

async function newcomer() {
  const made = await desks();
  made.alice.gathering.rooms.clear();
  return made;
}

function renamed(server, name) {
  const listed = server.listing.bind(server);
  server.listing = () => {
    const { members, ...rest } = listed();
    const of = (one) => ({ ...one, name: one.name === 'bobby' ? name : one.name });
    return { ...rest, members: members.map(of) };
  };
}

test('a conversation is shown under the name that its person signed', async () => {
  const { alice, bob } = await newcomer();
  await alice.gathering.all();
  const [room] = alice.gathering.rooms.values();
  assert.deepEqual(room.summary.peer, { userId: idOf(bob), name: 'bobby' });
});

test('a conversation under another name than the signed one is not opened', async () => {
  const { server, alice } = await newcomer();
  renamed(server, 'carol');
  await alice.gathering.all();
  assert.equal(alice.gathering.rooms.size, 0);
  assert.deepEqual(await alice.alertKinds(), ['name_false']);
  const [alert] = await alice.reading.alerts();
  assert.equal(alert.severity, 'danger');
});

test('a server that renames somebody later is told on, and the name stays', async () => {
  const { server, alice } = await desks();
  await alice.say('hello');
  renamed(server, 'carol');
  await alice.gathering.all();
  assert.equal((await alice.reading.conversations())[0].peer.name, 'bobby');
  assert.deepEqual(await alice.alertKinds(), ['name_false']);
});

test('a conversation without us, or under a made-up id, is not opened', async () => {
  const { server, alice } = await newcomer();
  const { listing } = server;
  server.listing = () => ({ ...listing.call(server), id: toBase64url(new Uint8Array(16)) });
  await alice.gathering.all();
  server.listing = () => ({ ...listing.call(server), members: [] });
  await alice.gathering.all();
  assert.equal(alice.gathering.rooms.size, 0);
  assert.deepEqual(await alice.alertKinds(), ['name_false', 'name_false']);
});

test('somebody is found by name and met under it', async () => {
  const { server, alice, bob } = await newcomer();
  const found = await calls(alice).findPerson('bobby');
  assert.deepEqual(found, { userId: idOf(bob), name: 'bobby' });
  const id = await calls(alice).startConversation(found.userId, found.name);
  assert.equal(id, server.id);
});

test('another person behind the name that was looked for is refused', async () => {
  const { server, alice, bob } = await newcomer();
  server.find = () => ({ user_id: idOf(bob), name: 'carol' });
  await assert.rejects(calls(alice).findPerson('anna'), { code: 'name_false' });
  // The server lies about both, so that only the signed list can tell.
  server.find = (name) => ({ user_id: idOf(bob), name });
  const { userId, name } = await calls(alice).findPerson('anna');
  await assert.rejects(calls(alice).startConversation(userId, name), { code: 'name_false' });
  assert.equal(alice.gathering.rooms.size, 0);
  assert.deepEqual(await alice.alertKinds(), ['name_false']);
});

test('a conversation with another one than asked for is refused', async () => {
  const { server, alice, bob } = await newcomer();
  const { listing } = server;
  server.listing = () => ({ ...listing.call(server), id: toBase64url(new Uint8Array(16)) });
  await assert.rejects(calls(alice).startConversation(idOf(bob), 'bobby'), { code: 'name_false' });
});

test('lists of somebody else than asked for are refused, not taken for a changed key', async () => {
  const { relay, alice, bob } = await desks();
  relay.people.set(idOf(bob), alice.phone.owner);
  await assert.rejects(alice.site.learn(bob.phone.me.userId), ListRefused);
  assert.equal(alice.room.blockedBy(), null);
  assert.deepEqual(await alice.alertKinds(), ['list_refused']);
});

test('somebody whose key is not the one in the book is shown by the name in the book, and blocked', async () => {
  const { server, alice, bob } = await newcomer();
  alice.site.people.trust = new Map([[idOf(alice), alice.site.people.trust.get(idOf(alice))]]);
  alice.book.pinOf = () => ({
    name: 'bobby',
    identityHash: new Uint8Array(32),
    version: 1,
    hash: bob.phone.owner.lists[0].hash,
    verifiedAt: 0,
  });
  await alice.gathering.all();
  const room = alice.gathering.rooms.get(server.id);
  assert.equal(room.summary.peer.name, 'bobby');
  assert.equal(room.blockedBy(), 'identity_changed');
});
