// Owns what the tests of crypto/ and the vectors share: reproducible bytes, people with devices, and
// commits between them. Nothing in here is random, so a failure can be repeated.

import { createHash } from 'node:crypto';
import { KIND, MODE, REF } from '../../../static/js/crypto/commit.js';
import { parseSigned, sign as signList } from '../../../static/js/crypto/device_list.js';
import { makeCommit } from '../../../static/js/crypto/epoch.js';
import { directConversationId, identityHash } from '../../../static/js/crypto/identity.js';
import { keypair as kemPair } from '../../../static/js/crypto/kem.js';
import { keypair as signingPair } from '../../../static/js/crypto/signatures.js';
import { start } from '../../../static/js/crypto/transcript.js';
import { compareBytes } from '../../../static/js/crypto/wire.js';

export const NOW = 1_790_000_000_000;

/** `length` reproducible bytes that depend on the name alone. */
export function bytes(name, length) {
  const out = new Uint8Array(length);
  for (let offset = 0, block = 0; offset < length; offset += 32, block++) {
    const part = createHash('sha256').update(`CryptexQ test ${name} ${block}`).digest();
    out.set(part.subarray(0, Math.min(32, length - offset)), offset);
  }
  return out;
}

/** A seeded source of numbers, for mutations and interleavings. @returns {(below: number) => number} */
export function numbers(name) {
  let round = 0;
  return (below) => new DataView(bytes(`${name} ${round++}`, 4).buffer).getUint32(0) % below;
}

export const hex = (data) => Buffer.from(data).toString('hex');
export const fromHex = (text) => new Uint8Array(Buffer.from(text, 'hex'));

export function device(name) {
  const kem = kemPair(bytes(`${name} kem`, 32));
  const signing = signingPair(bytes(`${name} signing`, 64));
  const fields = { deviceId: bytes(`${name} id`, 16), addedAt: NOW - 1000 };
  return { ...fields, kem, signing, kemPublic: kem.publicKey, signingPublic: signing.publicKey };
}

const inList = ({ deviceId, kemPublic, signingPublic, addedAt }) => ({
  deviceId,
  kemPublic,
  signingPublic,
  addedAt,
});

/** Somebody with an identity, devices and a signed list of version 1. */
export function person(name, deviceNames) {
  const identity = signingPair(bytes(`${name} identity`, 64));
  const devices = deviceNames.map((one) => device(`${name} ${one}`));
  const base = { name, userId: bytes(`${name} user`, 16), identity, devices };
  return { ...base, signed: listOf(base, { version: 1, previousHash: new Uint8Array(32) }) };
}

/** A signed list of this person, with some fields changed. */
export function listOf({ name, userId, identity, devices }, changes) {
  const sorted = devices.map(inList).sort((a, b) => compareBytes(a.deviceId, b.deviceId));
  const fields = { userId, name, identityPublic: identity.publicKey, devices: sorted };
  return parseSigned(signList({ ...fields, issuedAt: NOW, ...changes }, identity.privateKey));
}

export const member = ({ userId, identity, signed }) => ({
  userId,
  identityHash: identityHash(userId, identity.publicKey),
  listVersion: signed.list.version,
  listHash: signed.hash,
});

export const everyDevice = (people) => people.flatMap(({ devices }) => devices);

/** The core of a first commit of two people by `committer`, with some fields changed. */
export function coreOf(people, committer, changes = {}) {
  const conversation = directConversationId(people[0].userId, people[1].userId);
  const owner = people.find(({ devices }) => devices.includes(committer));
  return {
    conversation,
    epoch: 1,
    previousHash: new Uint8Array(32),
    mode: MODE.HYBRID,
    kind: KIND.RESTART,
    committerUser: owner.userId,
    committerDevice: committer.deviceId,
    refresh: 0,
    createdAt: NOW,
    members: people.map(member).sort((a, b) => compareBytes(a.userId, b.userId)),
    freshKey: kemPair(bytes('fresh', 32)).publicKey,
    qkdKeyIds: [],
    seenN: 0,
    seenHead: start(conversation),
    ...changes,
  };
}

/** Everybody but the committer; `kindOf(device)` says who is a joiner. */
export const recipientsOf = (people, committer, kindOf = () => REF.SEED) =>
  everyDevice(people)
    .filter((one) => one !== committer)
    .map((one) => ({
      deviceId: one.deviceId,
      publicKey: one.kem.publicKey,
      kind: kindOf(one),
      randomness: bytes(`to ${hex(one.deviceId)}`, 64),
    }));

/** @param {object} options people, committer, and what differs from a first commit */
export function commitOf({ people, committer, core = {}, kindOf, previous = null, qkdKeys = [] }) {
  return makeCommit({
    core: coreOf(people, committer, core),
    recipients: recipientsOf(people, committer, kindOf),
    previousChainSecret: previous,
    seed: bytes('seed', 32),
    signingPrivate: committer.signing.privateKey,
    qkdKeys,
  });
}

/** What distinguishes a commit on top of another. */
export const after = ({ commit }) => ({
  epoch: commit.core.epoch + 1,
  previousHash: commit.hash,
  kind: KIND.NORMAL,
});

/** The two people whom most tests use, two devices each. Made once: keys are slow. */
export const ALICE = person('alice', ['phone', 'laptop']);
export const BOB = person('bob', ['phone', 'laptop']);
export const PEOPLE = [ALICE, BOB];
export const FIRST = await commitOf({ people: PEOPLE, committer: ALICE.devices[0] });
