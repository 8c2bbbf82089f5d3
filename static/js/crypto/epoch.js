// Owns the secrets of an epoch: making a commit and taking one in (docs/PROTOCOL.md, section 4.2).
// It must not know where commits come from or what state a device keeps; whether a commit may be taken
// at all (section 4.3, steps 1 to 9) is decided before this.

import {
  coreHash,
  entryHash,
  entryInfo,
  KIND,
  parseCommit,
  REF,
  refOf,
  serialise,
  serialiseCore,
  serialiseRefs,
  untaggedHash,
} from './commit.js';
import { KeyMissing, RosterRefused, TagInvalid } from './errors.js';
import { keyId, keypair, openSealed, seal } from './kem.js';
import { expand, extract, ID, KEY, mac } from './labels.js';
import { sign } from './signatures.js';
import { assertBytes, compareBytes, concat, equalBytes, lp, wipe } from './wire.js';

const EMPTY = new Uint8Array(0);

/**
 * @typedef {{epochSecret: Uint8Array, chainSecret: Uint8Array, confirmation: Uint8Array,
 *   commitHash: Uint8Array}} EpochSecrets derive the sender chains, keep chainSecret and commitHash,
 *   erase the rest
 */

/** The key of `seq` 1 of one device. @param {Uint8Array} epochSecret @returns {Uint8Array} 32 bytes */
export const senderChain = (epochSecret, deviceId) =>
  expand(epochSecret, 'sender chain', [assertBytes(deviceId, ID, 'device id')], KEY);

/** joiner = Extract(previous chain secret, LP(seed)); in a restart the salt is empty. */
function joinerFrom(kind, previousChainSecret, seed) {
  if (kind === KIND.RESTART) return extract(EMPTY, lp(seed));
  if (previousChainSecret === null)
    throw new KeyMissing('This device has no secret of the epoch before.');
  return extract(assertBytes(previousChainSecret, KEY, 'chain secret'), lp(seed));
}

function rootFrom(core, joiner, qkdKeys) {
  // Fail closed: without every named key there is no epoch.
  if (qkdKeys.length !== core.qkdKeyIds.length)
    throw new KeyMissing('The QKD key of this epoch is not here.');
  return extract(joiner, concat(...qkdKeys.map((key) => lp(assertBytes(key, KEY, 'QKD key')))));
}

// Everything public is bound here: two devices with the same epoch secret agree on all of it.
function secretsFrom(core, joiner, qkdKeys, hashOfUntagged) {
  const root = rootFrom(core, joiner, qkdKeys);
  const epochSecret = expand(root, 'epoch', [hashOfUntagged], KEY);
  wipe(root);
  return {
    epochSecret,
    chainSecret: expand(epochSecret, 'chain secret', [], KEY),
    confirmation: expand(epochSecret, 'confirmation', [], KEY),
  };
}

/**
 * @typedef {{deviceId: Uint8Array, publicKey: Uint8Array, kind: number, randomness: Uint8Array}} Recipient
 *   the device's newest key, REF.SEED or REF.JOINER, 64 fresh random bytes
 */
const sortedRecipients = (recipients) =>
  [...recipients].sort((a, b) => compareBytes(a.deviceId, b.deviceId));

async function sealEntry(recipient, hashOfCore, secrets) {
  const { deviceId, publicKey, kind, randomness } = recipient;
  const id = keyId(publicKey);
  const info = entryInfo(kind, deviceId, id, hashOfCore);
  const sealed = await seal(publicKey, info, secrets[kind], randomness);
  return { ref: { deviceId, keyId: id, kind, entryHash: entryHash(sealed) }, sealed };
}

/**
 * Makes a commit. Nothing is random in here: the same arguments give the same bytes.
 * @param {object} options
 * @param {import('./commit.js').Core} options.core
 * @param {Recipient[]} options.recipients every device of the epoch but the committer's, in any order
 * @param {Uint8Array|null} options.previousChainSecret of the epoch before; not used in a restart
 * @param {Uint8Array} options.seed 32 fresh random bytes
 * @param {Uint8Array} options.signingPrivate 64 bytes, of the committing device
 * @param {Uint8Array[]} [options.qkdKeys] 32 bytes each, in the order of core.qkdKeyIds
 * @returns {Promise<{commit: import('./commit.js').Commit,
 *   entries: {deviceId: Uint8Array, sealed: Uint8Array}[], secrets: EpochSecrets}>}
 * @throws {ArgumentInvalid|KeyMissing|KeyRefused}
 */
export async function makeCommit({
  core,
  recipients,
  previousChainSecret,
  seed,
  signingPrivate,
  qkdKeys = [],
}) {
  assertBytes(seed, KEY, 'seed');
  const coreBytes = serialiseCore(core);
  const joiner = joinerFrom(core.kind, previousChainSecret, seed);
  const hashOfCore = coreHash(coreBytes);
  const content = { [REF.SEED]: seed, [REF.JOINER]: joiner };
  const sealedEntries = [];
  for (const recipient of sortedRecipients(recipients)) {
    sealedEntries.push(await sealEntry(recipient, hashOfCore, content));
  }
  const refs = sealedEntries.map(({ ref }) => ref);
  const untagged = concat(coreBytes, serialiseRefs(core, refs));
  const hashOfUntagged = untaggedHash(untagged);
  const secrets = secretsFrom(core, joiner, qkdKeys, hashOfUntagged);
  wipe(joiner);
  const tag = mac(secrets.confirmation, hashOfUntagged);
  const signature = sign(signingPrivate, 'commit', concat(untagged, tag));
  const commit = parseCommit(serialise({ core, refs, tag, signature }));
  const entries = sealedEntries.map(({ ref, sealed }) => ({ deviceId: ref.deviceId, sealed }));
  return { commit, entries, secrets: Object.freeze({ ...secrets, commitHash: commit.hash }) };
}

function checkEntry(ref, sealed, kemSeed, previousChainSecret) {
  if (ref === undefined) throw new RosterRefused('This device is not in the commit.');
  if (!equalBytes(keypair(kemSeed).keyId, ref.keyId)) {
    throw new RosterRefused('The commit is for another key of this device.');
  }
  if (!equalBytes(entryHash(sealed), ref.entryHash)) {
    throw new TagInvalid('The entry for this device is not the one that the commit names.');
  }
  // A device with the chain takes nothing but the seed: a joiner would lead it past the chain that
  // proves that both sides agreed on the epoch before.
  if (ref.kind === REF.JOINER && previousChainSecret !== null) {
    throw new RosterRefused('This device is treated as new, and it is not.');
  }
}

/**
 * Section 4.3, steps 6 and 10: the key, the entry's hash, its opening, the confirmation tag. The
 * caller changes its state only after this has returned.
 * @param {import('./commit.js').Commit} commit parsed, its signature and roster verified
 * @param {Uint8Array} deviceId of this device
 * @param {Uint8Array} sealed 1168 bytes: the entry of this device
 * @param {Uint8Array} kemSeed 32 bytes: the private key that the ref names
 * @param {Uint8Array|null} previousChainSecret of the conversation, null if this device holds none
 * @param {Uint8Array[]} [qkdKeys] in the order of core.qkdKeyIds
 * @returns {Promise<EpochSecrets>}
 * @throws {RosterRefused|TagInvalid|FormatError|KeyMissing}
 */
export async function processEntry(
  commit,
  deviceId,
  sealed,
  kemSeed,
  previousChainSecret,
  qkdKeys = [],
) {
  const ref = refOf(commit, deviceId);
  checkEntry(ref, sealed, kemSeed, previousChainSecret);
  const info = entryInfo(ref.kind, deviceId, ref.keyId, commit.coreHash);
  const content = await openSealed(kemSeed, info, sealed);
  const isSeed = ref.kind === REF.SEED;
  const joiner = isSeed ? joinerFrom(commit.core.kind, previousChainSecret, content) : content;
  const secrets = secretsFrom(commit.core, joiner, qkdKeys, commit.untaggedHash);
  wipe(content, joiner);
  if (!equalBytes(mac(secrets.confirmation, commit.untaggedHash), commit.tag)) {
    throw new TagInvalid('The commit is not confirmed: its maker had another secret.');
  }
  return Object.freeze({ ...secrets, commitHash: commit.hash });
}
