// Owns what the inspector shows of a session: true values, read from the running state, computed on demand.

import { MODE } from '../crypto/commit.js';
import { safetyNumber, safetyQr } from '../crypto/identity.js';
import { keyId } from '../crypto/kem.js';
import { plainHash } from '../crypto/labels.js';
import { SIGNATURE } from '../crypto/signatures.js';
import { equalBytes, toBase64url } from '../crypto/wire.js';
import { hex } from './history.js';
import { MODE_NAMES } from './room.js';
import { currentEpoch, EPOCH_MESSAGES } from './session.js';

const TAG = 32;
const REF = 16 + 16 + 1 + 32;
const ENTRY = 1168;
const SHORT = 16;
const MINUTE = 60_000;
const MINUTES = 30;

/** @param {import('./room.js').Site} site @param {import('./room.js').Room} room */
export function inspectRoom(site, room, connectedSince) {
  const { session, summary } = room;
  const epoch = currentEpoch(session);
  const peer = site.people.trust.get(summary.peer.userId) ?? null;
  return {
    mode: MODE_NAMES[epoch?.mode ?? MODE.HYBRID],
    epoch: epoch?.number ?? null,
    epochStartedAt: epoch?.receivedAt ?? null,
    epochMessages: epoch?.messages ?? 0,
    epochLimit: EPOCH_MESSAGES,
    n: session.n,
    head: hex(session.head),
    peer: {
      ...summary.peer,
      identityFingerprint: peer && hex(peer.identityHash),
      verifiedAt: peer?.verifiedAt || null,
    },
    devices: devicesOf(site, room),
    counters: summary.counters,
    rate: lastHalfHour(summary.rate, site.clock.now()),
    connectedSince,
    lastCommit: session.newest && commitParts(site, room, session.newest),
    safetyNumber: safety(site, peer),
    firstLoadedAt: summary.firstLoadedAt,
  };
}

/** One count for each of the last minutes, silent ones too. */
function lastHalfHour(rate, now) {
  const counts = new Map(rate);
  const last = Math.floor(now / MINUTE);
  return Array.from({ length: MINUTES }, (_, i) => {
    const minute = last - MINUTES + 1 + i;
    return { minute, count: counts.get(minute) ?? 0 };
  });
}

function devicesOf({ me, people }, { members, summary }) {
  const lists = members.map((id) => people.trust.get(id)?.newest.list).filter(Boolean);
  return lists.flatMap(({ userId, name, devices }) =>
    devices.map(({ deviceId, signingPublic, addedAt }) => ({
      userId: toBase64url(userId),
      name: name ?? summary.peer.name,
      deviceId: toBase64url(deviceId),
      fingerprint: hex(plainHash(signingPublic)).slice(0, 2 * SHORT),
      addedAt,
      mine: equalBytes(userId, me.userId),
      thisDevice: equalBytes(deviceId, me.deviceId),
    })),
  );
}

function commitParts({ me }, { summary }, commit) {
  const { core, refs, raw } = commit;
  const mine = equalBytes(core.committerUser, me.userId);
  const own = equalBytes(core.committerDevice, me.deviceId);
  const refBytes = 2 + refs.length * REF;
  const yours = own ? 'this browser' : 'another device of yours';
  return {
    committer: mine ? yours : summary.peer.name,
    createdAt: core.createdAt,
    sizes: {
      core: raw.length - refBytes - TAG - SIGNATURE,
      refs: refBytes,
      signature: SIGNATURE,
      entry: own ? 0 : ENTRY,
      total: raw.length + (own ? 0 : ENTRY),
    },
    steps: stepsOf(commit),
  };
}

const short = (bytes) => hex(bytes.subarray(0, SHORT));

function stepsOf({ core, refs, tag, hash, untaggedHash }) {
  return [
    { name: 'Continues the commit', value: short(core.previousHash) },
    { name: 'Fresh X-Wing key (X25519 + ML-KEM-768)', value: hex(keyId(core.freshKey)) },
    ...core.members.map(({ listVersion, listHash }, i) => ({
      name: `Device list ${i + 1}, version ${listVersion}`,
      value: short(listHash),
    })),
    ...refs.map(({ deviceId, keyId: id }) => ({
      name: `Secret sealed to device ${toBase64url(deviceId).slice(0, 6)}, key`,
      value: hex(id),
    })),
    { name: 'Everything public bound into the epoch secret', value: short(untaggedHash) },
    { name: 'Confirmation tag (HMAC-SHA256)', value: short(tag) },
    { name: 'Signed by Ed25519 and ML-DSA-65; hash', value: short(hash) },
  ];
}

// Some tens of milliseconds, so it is computed once for each pair of identities.
const computed = new Map();

function safety({ me, people }, peer) {
  const own = people.contact(me.userId);
  if (!own || !peer) return { groups: [], qrText: '' };
  const pair = [me.userId, own.identityHash, peer.userId, peer.identityHash];
  const name = pair.map(toBase64url).join();
  if (!computed.has(name)) {
    computed.set(name, { groups: safetyNumber(...pair).split(' '), qrText: safetyQr(...pair) });
  }
  return computed.get(name);
}
