// Owns the bytes of a commit: parse, serialise, hash, verify the signature (docs/PROTOCOL.md, section
// 4.1). Public data only: no secret enters here, and none can be computed from what leaves.

import { ArgumentInvalid, FormatError } from './errors.js';
import { ENCAPSULATED, PUBLIC_KEY } from './kem.js';
import { HASH, HEAD, hashWith, ID, label, VERSION } from './labels.js';
import { SIGNATURE, verify } from './signatures.js';
import {
  assertBytes,
  concat,
  copyBytes,
  equalBytes,
  expect,
  Reader,
  strictlyAscending,
  toBase64url,
  Writer,
} from './wire.js';

export const MODE = Object.freeze({ HYBRID: 1, QKD: 2 });
export const KIND = Object.freeze({ NORMAL: 1, RESTART: 2 });
export const REF = Object.freeze({ SEED: 1, JOINER: 2 });
/** enc [1120] | a 32-byte secret with its 16-byte tag */
export const SEALED = ENCAPSULATED + 48;
const MAX_MEMBERS = 256;
const MAX_REFS = 1024;
const MAX_QKD_KEYS = 2;
const NO_HASH = new Uint8Array(HASH);
const PURPOSE = 'commit';

/**
 * @typedef {{userId: Uint8Array, identityHash: Uint8Array, listVersion: number, listHash: Uint8Array}} Member
 * @typedef {{deviceId: Uint8Array, keyId: Uint8Array, kind: number, entryHash: Uint8Array}} Ref
 * @typedef {{conversation: Uint8Array, epoch: number, previousHash: Uint8Array, mode: number,
 *   kind: number, committerUser: Uint8Array, committerDevice: Uint8Array, refresh: number,
 *   createdAt: number, members: Member[], freshKey: Uint8Array, qkdKeyIds: Uint8Array[],
 *   seenN: number, seenHead: Uint8Array}} Core createdAt in Unix ms
 * @typedef {{core: Core, refs: Ref[], tag: Uint8Array, signature: Uint8Array, raw: Uint8Array,
 *   coreHash: Uint8Array, untaggedHash: Uint8Array, hash: Uint8Array}} Commit
 */

const within = (value, low, high) => value >= low && value <= high;
const ids = (items, field) => items.map((item) => item[field]);

function distinct(values) {
  return new Set(values.map(toBase64url)).size === values.length;
}

// The rules that parser and writer share, so that nothing is written that would not be read.
function coreRuleBroken(core) {
  if (core.epoch < 1) return 'A commit has no epoch.';
  if (!within(core.mode, MODE.HYBRID, MODE.QKD)) return 'A commit of an unknown mode.';
  if (!within(core.kind, KIND.NORMAL, KIND.RESTART)) return 'A commit of an unknown kind.';
  if (core.epoch === 1 && core.kind !== KIND.RESTART) return 'The first commit must start afresh.';
  if ((core.epoch === 1) !== equalBytes(core.previousHash, NO_HASH)) {
    return 'A commit does not name the commit before it.';
  }
  return membersRuleBroken(core) ?? qkdRuleBroken(core);
}

function membersRuleBroken({ members, committerUser }) {
  if (members.length > MAX_MEMBERS) return 'A commit has too many members.';
  if (!strictlyAscending(ids(members, 'userId'))) return 'The members of a commit are not sorted.';
  if (!members.some(({ userId }) => equalBytes(userId, committerUser))) {
    return 'The committer is not a member.';
  }
  return members.every(({ listVersion }) => listVersion >= 1)
    ? null
    : 'A member has no device list.';
}

function qkdRuleBroken({ mode, qkdKeyIds }) {
  const least = mode === MODE.QKD ? 1 : 0;
  const most = mode === MODE.QKD ? MAX_QKD_KEYS : 0;
  if (!within(qkdKeyIds.length, least, most))
    return 'The QKD keys of a commit do not fit its mode.';
  return distinct(qkdKeyIds) ? null : 'A commit names one QKD key twice.';
}

function refsRuleBroken(core, refs) {
  if (refs.length > MAX_REFS) return 'A commit has too many entries.';
  if (!strictlyAscending(ids(refs, 'deviceId'))) return 'The entries of a commit are not sorted.';
  for (const { deviceId, kind } of refs) {
    if (!within(kind, REF.SEED, REF.JOINER)) return 'An entry of an unknown kind.';
    if (core.kind === KIND.RESTART && kind !== REF.SEED) return 'A restart has no joiners.';
    if (equalBytes(deviceId, core.committerDevice)) return 'The committer has an entry of its own.';
  }
  return null;
}

function writeMember(writer, { userId, identityHash: hash, listVersion, listHash }) {
  writer.fixed(userId, ID).fixed(hash, HASH).u32(listVersion).fixed(listHash, HASH);
}

/** @param {Core} core @returns {Uint8Array} @throws {ArgumentInvalid} */
export function serialiseCore(core) {
  const writer = new Writer().u8(VERSION).fixed(core.conversation, ID).u32(core.epoch);
  writer.fixed(core.previousHash, HASH).u8(core.mode).u8(core.kind);
  writer.fixed(core.committerUser, ID).fixed(core.committerDevice, ID).u32(core.refresh);
  writer.u64(core.createdAt).u16(core.members.length);
  for (const member of core.members) writeMember(writer, member);
  writer.fixed(core.freshKey, PUBLIC_KEY).u8(core.qkdKeyIds.length);
  for (const id of core.qkdKeyIds) writer.fixed(id, ID);
  writer.u64(core.seenN).fixed(core.seenHead, HEAD);
  const broken = coreRuleBroken(core);
  if (broken) throw new ArgumentInvalid(broken);
  return writer.done();
}

/** @param {Core} core @param {Ref[]} refs sorted by device id @throws {ArgumentInvalid} */
export function serialiseRefs(core, refs) {
  const writer = new Writer().u16(refs.length);
  for (const { deviceId, keyId, kind, entryHash } of refs) {
    writer.fixed(deviceId, ID).fixed(keyId, ID).u8(kind).fixed(entryHash, HASH);
  }
  const broken = refsRuleBroken(core, refs);
  if (broken) throw new ArgumentInvalid(broken);
  return writer.done();
}

/** The whole commit. @param {{core: Core, refs: Ref[], tag: Uint8Array, signature: Uint8Array}} commit */
export function serialise({ core, refs, tag, signature }) {
  assertBytes(tag, HASH, 'tag');
  assertBytes(signature, SIGNATURE, 'signature');
  return concat(serialiseCore(core), serialiseRefs(core, refs), tag, signature);
}

const readMember = (reader) =>
  Object.freeze({
    userId: reader.fixed(ID),
    identityHash: reader.fixed(HASH),
    listVersion: reader.u32(),
    listHash: reader.fixed(HASH),
  });

const readRef = (reader) =>
  Object.freeze({
    deviceId: reader.fixed(ID),
    keyId: reader.fixed(ID),
    kind: reader.u8(),
    entryHash: reader.fixed(HASH),
  });

// However large a count, reading stops at the end of the data.
const readList = (reader, count, item) => Object.freeze(reader.list(count, item));

function readCore(reader) {
  expect(reader.u8() === VERSION, 'A commit of an unknown version.');
  const core = {
    conversation: reader.fixed(ID),
    epoch: reader.u32(),
    previousHash: reader.fixed(HASH),
    mode: reader.u8(),
    kind: reader.u8(),
    committerUser: reader.fixed(ID),
    committerDevice: reader.fixed(ID),
    refresh: reader.u32(),
    createdAt: reader.u64(),
    members: readList(reader, reader.u16(), readMember),
    freshKey: reader.fixed(PUBLIC_KEY),
    qkdKeyIds: readList(reader, reader.u8(), (r) => r.fixed(ID)),
    seenN: reader.u64(),
    seenHead: reader.fixed(HEAD),
  };
  const broken = coreRuleBroken(core);
  if (broken) throw new FormatError(broken);
  return Object.freeze(core);
}

function readRefs(reader, core) {
  const refs = readList(reader, reader.u16(), readRef);
  const broken = refsRuleBroken(core, refs);
  if (broken) throw new FormatError(broken);
  return refs;
}

export const coreHash = (coreBytes) => hashWith('commit core', coreBytes);
/** @param {Uint8Array} untagged core | refs */
export const untaggedHash = (untagged) => hashWith('commit untagged', untagged);
/** @param {Uint8Array} bytes the whole commit */
export const commitHash = (bytes) => hashWith('commit', bytes);
/** What a ref says about its entry. @throws {FormatError} unless it has 1168 bytes */
export function entryHash(sealed) {
  expect(assertBytes(sealed).length === SEALED, 'An entry has the wrong length.');
  return hashWith('entry', sealed);
}

/**
 * The info under which an entry is sealed:
 * L("entry") | u8 ref kind | device | key id | H(core)
 */
export const entryInfo = (refKind, deviceId, keyId, hashOfCore) =>
  concat(
    label('entry'),
    new Writer().u8(refKind).fixed(deviceId, ID).fixed(keyId, ID).fixed(hashOfCore, HASH).done(),
  );

/** The signature is not checked here. @returns {Commit} @throws {FormatError} */
export function parseCommit(bytes) {
  const reader = new Reader(bytes);
  const core = readCore(reader);
  const coreEnd = reader.position;
  const refs = readRefs(reader, core);
  const refsEnd = reader.position;
  const tag = reader.fixed(HASH);
  const signature = reader.fixed(SIGNATURE);
  reader.end();
  const raw = copyBytes(bytes);
  return Object.freeze({
    core,
    refs,
    tag,
    signature,
    raw,
    coreHash: coreHash(raw.subarray(0, coreEnd)),
    untaggedHash: untaggedHash(raw.subarray(0, refsEnd)),
    hash: commitHash(raw),
  });
}

/** @param {Commit} commit @throws {KeyRefused|SignatureInvalid} */
export function verifySignature(commit, signingPublic) {
  const signed = commit.raw.subarray(0, commit.raw.length - SIGNATURE);
  verify(signingPublic, PURPOSE, signed, commit.signature);
}

/** The ref of this device. @param {Commit} commit @returns {Ref|undefined} */
export const refOf = (commit, deviceId) =>
  commit.refs.find((ref) => equalBytes(ref.deviceId, deviceId));

/** All device ids of the epoch, the committer's first. Each has a sender chain. */
export const devicesOf = (commit) => [commit.core.committerDevice, ...ids(commit.refs, 'deviceId')];
