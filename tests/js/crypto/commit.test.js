// The limits of a commit and of a device list, which other tests stay far below.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as commit from '../../../static/js/crypto/commit.js';
import * as deviceList from '../../../static/js/crypto/device_list.js';
import { concat, Writer } from '../../../static/js/crypto/wire.js';
import { ALICE, bytes, FIRST } from './fixtures.js';

const ours = { code: 'argument_invalid' };
const theirs = { code: 'format_error' };
const numbered = (i) => concat(new Writer().u16(i).done(), bytes('id', 14));
const { core, refs, raw } = FIRST.commit;
// The layouts of docs/PROTOCOL.md, sections 2.3 and 4.1.
const MEMBERS = 99;
const REFS = MEMBERS + 2 + 84 * core.members.length + 1216 + 1 + 8 + 32;
const DEVICES = 1 + 16 + 4 + 5 + 1984 + 4 + 32 + 8;

const many = (count, make) => Array.from({ length: count }, (_, i) => make(numbered(i)));
const membersOf = (count) =>
  many(count, (userId) => ({ ...core.members[0], userId })).with(0, {
    ...core.members[0],
    userId: numbered(0),
  });
const coreWith = (count) => ({ ...core, members: membersOf(count), committerUser: numbered(0) });
const refsOf = (count) => many(count, (deviceId) => ({ ...refs[0], deviceId }));

function rawMembers(count) {
  const rows = membersOf(count).map(({ userId }) =>
    concat(userId, raw.slice(MEMBERS + 18, MEMBERS + 86)),
  );
  const head = concat(raw.slice(0, 55), numbered(0), raw.slice(71, MEMBERS));
  const rest = raw.slice(MEMBERS + 2 + 84 * core.members.length);
  return concat(head, new Writer().u16(count).done(), ...rows, rest);
}

function rawRefs(count) {
  const rows = refsOf(count).map(({ deviceId }) =>
    concat(deviceId, raw.slice(REFS + 18, REFS + 67)),
  );
  return concat(raw.slice(0, REFS), new Writer().u16(count).done(), ...rows, raw.slice(-3405));
}

test('256 members are the most, for reader and writer', () => {
  const parsed = commit.parseCommit(rawMembers(256));
  assert.equal(parsed.core.members.length, 256);
  assert.deepEqual(commit.serialiseCore(coreWith(256)), parsed.raw.slice(0, REFS + 84 * 254));
  assert.throws(() => commit.parseCommit(rawMembers(257)), theirs);
  assert.throws(() => commit.serialiseCore(coreWith(257)), ours);
  assert.throws(() => commit.serialiseCore({ ...core, members: [] }), ours);
});

test('1024 refs are the most, for reader and writer', () => {
  assert.equal(commit.parseCommit(rawRefs(1024)).refs.length, 1024);
  assert.ok(commit.serialiseRefs(core, refsOf(1024)).length > 0);
  assert.throws(() => commit.parseCommit(rawRefs(1025)), theirs);
  assert.throws(() => commit.serialiseRefs(core, refsOf(1025)), ours);
});

test('16 devices are the most for the reader too', () => {
  const row = ALICE.signed.raw.slice(DEVICES + 18, DEVICES + 2 + 3224);
  const list = (count) => {
    const rows = many(count, (deviceId) => concat(deviceId, row));
    const head = concat(ALICE.signed.raw.slice(0, DEVICES), new Writer().u16(count).done());
    return concat(head, ...rows, ALICE.signed.raw.slice(-3373));
  };
  assert.equal(deviceList.parseSigned(list(16)).list.devices.length, 16);
  assert.throws(() => deviceList.parseSigned(list(17)), theirs);
});

test('parts of the wrong kind are this program’s fault', () => {
  const wrong = [
    () => commit.serialise({ ...FIRST.commit, tag: bytes('tag', 31) }),
    () => commit.serialise({ ...FIRST.commit, signature: bytes('signature', 64) }),
    () => commit.entryHash('sealed'),
    () => commit.parseCommit('commit'),
    () => deviceList.serialiseSigned({ ...ALICE.signed, signature: bytes('signature', 64) }),
  ];
  for (const call of wrong) assert.throws(call, ours);
});
