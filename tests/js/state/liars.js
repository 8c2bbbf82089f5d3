// Owns what the tests of lies share: two who talk, a commit with one thing wrong, and what must come of it.

import assert from 'node:assert/strict';
import { KIND, REF } from '../../../static/js/crypto/commit.js';
import { makeCommit } from '../../../static/js/crypto/epoch.js';
import { keypair as kemPair } from '../../../static/js/crypto/kem.js';
import { keypair as signingPair } from '../../../static/js/crypto/signatures.js';
import {
  compareBytes,
  equalBytes,
  fromBase64url,
  toBase64url,
} from '../../../static/js/crypto/wire.js';
import { coreOf, newestLists, recipientsOf } from '../../../static/js/state/committing.js';
import { EVENT } from '../../../static/js/state/events.js';
import { couple } from './town.js';

export async function talking() {
  const made = couple();
  await made.alice.say('hello');
  await made.bob.say('hello yourself');
  await made.alice.sync();
  return made;
}

export async function last(phone) {
  await phone.sync();
  return phone.events.at(-1);
}

export async function refused(phone, code) {
  const event = await last(phone);
  assert.equal(event.type, EVENT.REFUSED);
  assert.deepEqual([event.code, event.attack], [code, true]);
}

export async function stopped(phone) {
  assert.equal((await last(phone)).type, EVENT.STOPPED);
}

/** A commit of this phone with one thing wrong, signed and consistent otherwise. */
export async function recommit(phone, change = (core) => core, wrong = {}) {
  phone.meet();
  const world = phone.world();
  const { session, me, random } = phone;
  const lists = newestLists(session.members, world);
  const core = coreOf(session, me, world, lists, {}, kemPair(random(32)).publicKey);
  const made = await makeCommit({
    core: change(core),
    recipients: wrong.recipients ?? recipientsOf(session, me, core, lists, [], random),
    previousChainSecret: session.chainSecret,
    seed: random(32),
    signingPrivate: wrong.signing ?? me.signingPrivate,
  });
  const entries = made.entries.map(({ deviceId, sealed }) => [toBase64url(deviceId), sealed]);
  phone.relay.place(me.userId, made.commit.raw, entries);
}

/** What decides about later epochs; a commit that nobody signed must leave it alone. */
export function remembered({ session }) {
  const { accepted, newest, chainSecret, sending, commitKeys, pending, broken } = session;
  return { accepted, newest, chainSecret, sending, commitKeys, pending, broken };
}

/** A commit as the server can make it: public fields, its own keys, nobody's signature. */
export async function forgedByTheServer(victim, author, version) {
  const { relay } = victim;
  const shown = ([id, { lists }]) =>
    id === toBase64url(victim.me.userId) ? lists[version - 1] : lists.at(-1);
  const lists = [...relay.people].sort(([a], [b]) => compareIds(a, b)).map(shown);
  const fresh = kemPair(new Uint8Array(32)).publicKey;
  const core = coreOf(author.session, author.me, author.world(), lists, {}, fresh);
  const devices = lists
    .flatMap(({ list }) => list.devices)
    .filter(({ deviceId }) => !equalBytes(deviceId, author.me.deviceId));
  const made = await makeCommit({
    core: { ...core, refresh: 0xffffffff, kind: KIND.RESTART },
    recipients: devices.map(({ deviceId, kemPublic }) => ({
      deviceId,
      publicKey: kemPublic,
      kind: REF.SEED,
      randomness: victim.random(64),
    })),
    previousChainSecret: null,
    seed: new Uint8Array(32),
    signingPrivate: signingPair(new Uint8Array(64)).privateKey,
  });
  relay.place(author.me.userId, made.commit.raw, []);
}

const compareIds = (a, b) => compareBytes(fromBase64url(a), fromBase64url(b));

export const withEpoch = (session, changes) => ({
  ...session,
  epochs: [...session.epochs.slice(0, -1), { ...session.epochs.at(-1), ...changes }],
});

export function recipient(alice, bob, kind = REF.SEED) {
  const key = bob.session.ownKey ?? bob.me.keys[0];
  const { publicKey } = kemPair(key.seed);
  return { deviceId: bob.me.deviceId, publicKey, kind, randomness: alice.random(64) };
}
