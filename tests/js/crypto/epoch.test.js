import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  entryHash,
  KIND,
  MODE,
  parseCommit,
  REF,
  serialise,
} from '../../../static/js/crypto/commit.js';
import { makeCommit, processEntry, senderChain } from '../../../static/js/crypto/epoch.js';
import { verifyRoster } from '../../../static/js/crypto/roster.js';
import {
  ALICE,
  after,
  BOB,
  bytes,
  commitOf,
  coreOf,
  everyDevice,
  FIRST,
  hex,
  PEOPLE,
  recipientsOf,
} from './fixtures.js';

const [alicePhone, aliceLaptop] = ALICE.devices;
const [bobPhone] = BOB.devices;
const code = (expected) => (error) => error.code === expected;

const entryFor = ({ entries }, { deviceId }) =>
  entries.find((entry) => hex(entry.deviceId) === hex(deviceId)).sealed;

const take = (made, device, previous = null, qkdKeys = []) =>
  processEntry(
    made.commit,
    device.deviceId,
    entryFor(made, device),
    device.kem.seed,
    previous,
    qkdKeys,
  );

const next = (changes = {}) =>
  commitOf({
    people: PEOPLE,
    committer: bobPhone,
    core: { ...after(FIRST), ...changes.core },
    previous: FIRST.secrets.chainSecret,
    kindOf: changes.kindOf,
    qkdKeys: changes.qkdKeys,
  });

test('every device of a first commit gets the committer’s secrets', async () => {
  for (const device of [aliceLaptop, ...BOB.devices]) {
    assert.deepEqual(await take(FIRST, device), FIRST.secrets);
  }
  assert.equal(FIRST.entries.length, 3);
});

test('the same arguments give the same commit', async () => {
  const again = await commitOf({ people: PEOPLE, committer: alicePhone });
  assert.deepEqual(again.commit.raw, FIRST.commit.raw);
  assert.deepEqual(again.entries, FIRST.entries);
});

test('a commit reads back as it was written, and fits its lists', () => {
  const parsed = parseCommit(FIRST.commit.raw);
  assert.deepEqual(serialise(parsed), FIRST.commit.raw);
  verifyRoster(parsed, [ALICE.signed, BOB.signed], null);
});

test('the epoch after continues the chain for those who hold it', async () => {
  const made = await next();
  const secrets = await take(made, alicePhone, FIRST.secrets.chainSecret);
  assert.deepEqual(secrets, made.secrets);
  assert.notDeepEqual(secrets.epochSecret, FIRST.secrets.epochSecret);
  verifyRoster(made.commit, [ALICE.signed, BOB.signed], FIRST.commit);
});

test('without the chain secret a seed gives nothing', async () => {
  const made = await next();
  await assert.rejects(take(made, alicePhone, null), code('key_missing'));
  await assert.rejects(take(made, alicePhone, bytes('another', 32)), code('tag_invalid'));
});

test('a restart takes no chain secret', async () => {
  const made = await next({ core: { kind: KIND.RESTART } });
  assert.deepEqual(await take(made, alicePhone, null), made.secrets);
  assert.deepEqual(await take(made, alicePhone, bytes('old', 32)), made.secrets);
});

test('a joiner gets in without the chain, and a device with the chain takes no joiner', async () => {
  const kindOf = (device) => (device === aliceLaptop ? REF.JOINER : REF.SEED);
  const made = await next({ kindOf });
  assert.deepEqual(await take(made, aliceLaptop, null), made.secrets);
  await assert.rejects(take(made, aliceLaptop, FIRST.secrets.chainSecret), code('roster_refused'));
});

test('mode qkd needs every key it names and mixes each of them', async () => {
  const qkdKeys = [bytes('qkd 1', 32), bytes('qkd 2', 32)];
  const core = { mode: MODE.QKD, qkdKeyIds: [bytes('qkd id 1', 16), bytes('qkd id 2', 16)] };
  const made = await next({ core, qkdKeys });
  const chain = FIRST.secrets.chainSecret;
  assert.deepEqual(await take(made, alicePhone, chain, qkdKeys), made.secrets);
  await assert.rejects(take(made, alicePhone, chain, []), code('key_missing'));
  await assert.rejects(take(made, alicePhone, chain, [qkdKeys[0]]), code('key_missing'));
  const swapped = qkdKeys.toReversed();
  await assert.rejects(take(made, alicePhone, chain, swapped), code('tag_invalid'));
  await assert.rejects(
    take(made, alicePhone, chain, [bytes('x', 31), qkdKeys[1]]),
    code('argument_invalid'),
  );
});

test('an entry fits one commit, one device and one key', async () => {
  const made = await next();
  const chain = FIRST.secrets.chainSecret;
  const own = entryFor(made, alicePhone);
  const process = (device, sealed, seed) =>
    processEntry(made.commit, device.deviceId, sealed, seed, chain);
  await assert.rejects(
    process(alicePhone, entryFor(made, aliceLaptop), alicePhone.kem.seed),
    code('tag_invalid'),
  );
  await assert.rejects(process(alicePhone, own, aliceLaptop.kem.seed), code('roster_refused'));
  await assert.rejects(process(bobPhone, own, bobPhone.kem.seed), code('roster_refused'));
  await assert.rejects(
    process(alicePhone, own.subarray(1), alicePhone.kem.seed),
    code('format_error'),
  );
  const changed = Uint8Array.from(own);
  changed[1119] ^= 1;
  await assert.rejects(process(alicePhone, changed, alicePhone.kem.seed), code('tag_invalid'));
});

test('an entry that is garbage is refused although the commit names it', async () => {
  const made = await next();
  const sealed = bytes('garbage', 1168);
  const refs = made.commit.refs.map((ref) =>
    hex(ref.deviceId) === hex(alicePhone.deviceId) ? { ...ref, entryHash: entryHash(sealed) } : ref,
  );
  const commit = parseCommit(serialise({ ...made.commit, refs }));
  const chain = FIRST.secrets.chainSecret;
  const attempt = processEntry(commit, alicePhone.deviceId, sealed, alicePhone.kem.seed, chain);
  await assert.rejects(attempt, code('tag_invalid'));
});

test('a changed confirmation tag is refused', async () => {
  const tag = Uint8Array.from(FIRST.commit.tag);
  tag[31] ^= 1;
  const commit = parseCommit(serialise({ ...FIRST.commit, tag }));
  const sealed = entryFor(FIRST, bobPhone);
  const attempt = processEntry(commit, bobPhone.deviceId, sealed, bobPhone.kem.seed, null);
  await assert.rejects(attempt, code('tag_invalid'));
});

test('each device has a sender chain of its own', () => {
  const ids = everyDevice(PEOPLE).map(({ deviceId }) => deviceId);
  const chains = ids.map((id) => hex(senderChain(FIRST.secrets.epochSecret, id)));
  assert.equal(new Set(chains).size, 4);
});

test('making and taking a commit change none of their arguments', async () => {
  const core = coreOf(PEOPLE, bobPhone, after(FIRST));
  const recipients = recipientsOf(PEOPLE, bobPhone);
  const given = {
    core,
    recipients,
    previousChainSecret: Uint8Array.from(FIRST.secrets.chainSecret),
    seed: bytes('seed', 32),
    signingPrivate: Uint8Array.from(bobPhone.signing.privateKey),
  };
  const before = structuredClone(given);
  const made = await makeCommit(given);
  assert.deepEqual(given, before);
  const args = [
    entryFor(made, alicePhone),
    bytes('alice phone kem', 32),
    FIRST.secrets.chainSecret,
  ];
  const copies = structuredClone(args);
  await processEntry(made.commit, alicePhone.deviceId, ...args);
  assert.deepEqual(args, copies);
});

test('secrets and ids of the wrong length are this program’s fault', async () => {
  const ours = code('argument_invalid');
  const core = coreOf(PEOPLE, bobPhone, after(FIRST));
  const { privateKey: signingPrivate } = bobPhone.signing;
  const fixed = { core, recipients: recipientsOf(PEOPLE, bobPhone), signingPrivate };
  const seed = bytes('seed', 32);
  const previousChainSecret = FIRST.secrets.chainSecret;
  const wrong = [
    { seed: bytes('seed', 31), previousChainSecret },
    { seed, previousChainSecret: bytes('previous', 31) },
  ];
  for (const one of wrong) await assert.rejects(makeCommit({ ...fixed, ...one }), ours);
  assert.throws(() => senderChain(seed, bytes('id', 15)), ours);
});

test('a commit that could not be read is not written', async () => {
  await assert.rejects(next({ core: { epoch: 0 } }), code('argument_invalid'));
  await assert.rejects(next({ kindOf: () => 3 }), code('argument_invalid'));
  const twice = {
    people: [ALICE, { ...BOB, devices: [bobPhone, bobPhone] }],
    committer: alicePhone,
  };
  await assert.rejects(commitOf(twice), code('argument_invalid'));
});
