// Owns whether a commit fits the device lists that it names (docs/PROTOCOL.md, section 4.3, steps 4 and
// 5). Public data only. It must not know secrets, nor which list is current: that is step 3.
//
// What it prevents: a committer who leaves a device out or lets an unlisted one in, a revoked device
// that goes on committing, and `joiner` for a device that should prove that it holds the chain.

import { devicesOf, KIND, REF, verifySignature } from './commit.js';
import { RosterRefused } from './errors.js';
import { identityHash } from './identity.js';
import { equalBytes, toBase64url } from './wire.js';

const keysOf = (deviceIds) => new Set(deviceIds.map(toBase64url));

function refuseUnless(condition, message) {
  if (!condition) throw new RosterRefused(message);
}

function isNamed(member, { list, hash }) {
  return (
    equalBytes(list.userId, member.userId) &&
    equalBytes(identityHash(list.userId, list.identityPublic), member.identityHash) &&
    list.version === member.listVersion &&
    equalBytes(hash, member.listHash)
  );
}

/** The list of each member, in the order of the members. */
function namedLists(commit, lists) {
  return commit.core.members.map((member) => {
    const named = lists.find((signed) => isNamed(member, signed));
    refuseUnless(named, 'A commit names a device list that is not known.');
    return named.list;
  });
}

function committingDevice({ core }, named) {
  const own = named.find((list) => equalBytes(list.userId, core.committerUser));
  const device = own.devices.find(({ deviceId }) => equalBytes(deviceId, core.committerDevice));
  refuseUnless(device, 'The committing device is not in the list of its person.');
  return device;
}

// The parser has seen that refs are distinct and do not name the committer.
function checkRefs(commit, named) {
  const ids = named.flatMap((list) => list.devices.map(({ deviceId }) => deviceId));
  const listed = keysOf(ids);
  refuseUnless(listed.size === ids.length, 'A device stands in the lists of two people.');
  const inEpoch = [...keysOf(devicesOf(commit))];
  const same = inEpoch.length === listed.size && inEpoch.every((id) => listed.has(id));
  refuseUnless(same, 'A commit is not for exactly the devices of its members.');
}

// In a restart the parser has seen that every ref is a seed.
function checkKinds({ core, refs }, previous) {
  if (core.kind === KIND.RESTART) return;
  const before = keysOf(previous === null ? [] : devicesOf(previous));
  for (const { deviceId, kind } of refs) {
    const isNew = !before.has(toBase64url(deviceId));
    refuseUnless(
      (kind === REF.JOINER) === isNew,
      'A joiner is for a device that was not there before.',
    );
  }
}

/**
 * @param {import('./commit.js').Commit} commit
 * @param {import('./device_list.js').SignedDeviceList[]} lists verified ones; at least those that the
 *   commit names
 * @param {import('./commit.js').Commit|null} previous the accepted commit before; epoch 1 has none
 * @throws {RosterRefused|KeyRefused|SignatureInvalid}
 */
export function verifyRoster(commit, lists, previous) {
  const named = namedLists(commit, lists);
  const committer = committingDevice(commit, named);
  checkRefs(commit, named);
  verifySignature(commit, committer.signingPublic);
  checkKinds(commit, previous);
}
