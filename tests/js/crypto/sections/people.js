// Owns the cases of identities, device lists, refreshes and connect proofs that this implementation writes (tests/vectors/README.md).
// Everything follows from names, so the file comes out the same every time.

import { proofMessage, signProof } from '../../../../static/js/crypto/connect.js';
import * as identity from '../../../../static/js/crypto/identity.js';
import * as kem from '../../../../static/js/crypto/kem.js';
import * as refresh from '../../../../static/js/crypto/refresh.js';
import { ALICE, bytes, listOf, NOW, person } from '../fixtures.js';

const [alicePhone, aliceLaptop] = ALICE.devices;

function identities() {
  const pairs = [1, 2, 3].map((i) => [1, 2].map((j) => person(`somebody-${i}-${j}`, [])));
  const hashes = pairs.flat().map(({ userId, identity: { publicKey } }) => {
    return { userId, identityPublic: publicKey, hash: identity.identityHash(userId, publicKey) };
  });
  const both = pairs.map((_, i) => [hashes[2 * i], hashes[2 * i + 1]]);
  return {
    identity_hash: hashes,
    direct_conversation_id: both.map(([a, b]) => {
      return {
        userA: a.userId,
        userB: b.userId,
        id: identity.directConversationId(a.userId, b.userId),
      };
    }),
    safety_number: both.map(([a, b]) => {
      const args = [a.userId, a.hash, b.userId, b.hash];
      const number = identity.safetyNumber(...args);
      const qr = identity.safetyQr(...args);
      return { userA: args[0], hashA: args[1], userB: args[2], hashB: args[3], number, qr };
    }),
  };
}

export function listsOf(somebody) {
  const one = somebody.signed;
  const fewer = { ...somebody, devices: [somebody.devices[0]] };
  const two = listOf(fewer, { version: 2, previousHash: one.hash, issuedAt: NOW + 1 });
  const none = { ...somebody, devices: [] };
  return [one, two, listOf(none, { version: 3, previousHash: two.hash, issuedAt: NOW + 1 })];
}

function lists() {
  const [one, two, three] = listsOf(ALICE);
  const asCase = (signed) => {
    const { list, raw, hash } = signed;
    return { identityPrivate: ALICE.identity.privateKey, list, signed: raw, hash };
  };
  const chainCase = (old, following) => {
    const raws = following.map(({ raw }) => raw);
    return { old: old?.raw ?? null, chain: raws, hash: following.at(-1).hash };
  };
  return {
    device_list: [one, two, three].map(asCase),
    device_list_chain: [
      chainCase(null, [one]),
      chainCase(null, [two, three]),
      chainCase(one, [one]),
      chainCase(one, [two, three]),
      chainCase(two, [two, three]),
    ],
  };
}

export function refreshOf(number, changes = {}) {
  const { publicKey } = kem.keypair(bytes(`refresh ${number}`, 32));
  const { deviceId, signing: keys } = alicePhone;
  const fields = { userId: ALICE.userId, deviceId, number, issuedAt: NOW + number, publicKey };
  return refresh.sign({ ...fields, ...changes }, keys.privateKey);
}

function refreshes() {
  const { deviceId, kemPublic, signingPublic, addedAt, signing: keys } = alicePhone;
  const device = { deviceId, kemPublic, signingPublic, addedAt };
  const records = [1, 3, 2].map((number) => refreshOf(number));
  const asCase = (record) => {
    const { signature, raw, ...fields } = refresh.parse(record);
    return { private: keys.privateKey, refresh: fields, public: keys.publicKey, bytes: raw };
  };
  const newest = (some_, last) => {
    const parsed = some_.map(refresh.parse);
    return {
      device,
      refreshes: some_,
      lastCommit: last,
      ...refresh.newestKey(device, parsed, last),
    };
  };
  const foreign = refreshOf(9, { deviceId: aliceLaptop.deviceId });
  const { publicKey } = kem.keypair(bytes('last fresh', 32));
  return {
    refresh: records.map(asCase),
    newest_key: [
      newest([], null),
      newest([foreign], null),
      newest(records, null),
      newest(records, { publicKey, refresh: 2 }),
      newest(records, { publicKey, refresh: 3 }),
      newest([...records, foreign], { publicKey, refresh: 7 }),
    ],
  };
}

function connects() {
  const { deviceId, signing: keys } = alicePhone;
  const one = (origin) => {
    const args = [bytes('nonce', 32), ALICE.userId, deviceId, origin];
    const signature = signProof(keys.privateKey, ...args);
    const fields = { nonce: args[0], userId: args[1], deviceId, origin };
    return { ...fields, message: proofMessage(...args), public: keys.publicKey, signature };
  };
  return { connect: ['http://localhost:5000', 'https://talk.example.org'].map(one) };
}

export const sections = () => ({ ...identities(), ...lists(), ...refreshes(), ...connects() });
