// Owns the refusals of commits, rosters, entries and messages.

import { decrypt, deriveKeys, encrypt } from '../../../../static/js/crypto/aead.js';
import {
  serialise as commitBytes,
  entryHash as hashOfEntry,
  REF,
} from '../../../../static/js/crypto/commit.js';
import * as envelope from '../../../../static/js/crypto/envelope.js';
import { plainHash } from '../../../../static/js/crypto/labels.js';
import { sign } from '../../../../static/js/crypto/signatures.js';
import { concat, Writer } from '../../../../static/js/crypto/wire.js';
import { ALICE, BOB, bytes, FIRST, hex, listOf, person } from '../fixtures.js';
import { flipped, format, longer, patched, refused, shorter } from './refusals.js';
import { following, headerOf, JOINER_IS_LAPTOP, payloadOf, QKD } from './sessions.js';

const [alicePhone, aliceLaptop] = ALICE.devices;

// Offsets follow from the layouts of docs/PROTOCOL.md, sections 4.1 and 6.
function commitFormats() {
  const raw = FIRST.commit.raw;
  const members = 1 + 16 + 4 + 32 + 2 + 32 + 4 + 8;
  const qkd = members + 2 + 2 * 84 + 1216;
  const refs = qkd + 1 + 8 + 32;
  const member = (i) => raw.slice(members + 2 + 84 * i, members + 2 + 84 * (i + 1));
  const swappedMembers = concat(
    raw.slice(0, members + 2),
    member(1),
    member(0),
    raw.slice(members + 170),
  );
  const owner = raw[55] === member(0)[0] ? 1 : 0;
  const cases = {
    'one byte too many': longer(raw),
    'one byte too few': shorter(raw),
    'unknown version': patched(raw, 0, 2),
    'epoch 0': patched(raw, 17, 0, 0, 0, 0),
    'epoch 2 without a commit before': patched(raw, 17, 0, 0, 0, 2),
    'epoch 1 with a commit before': patched(raw, 21, 1),
    'mode 0': patched(raw, 53, 0),
    'mode 3': patched(raw, 53, 3),
    'mode qkd without a key': patched(raw, 53, 2),
    'kind 0': patched(raw, 54, 0),
    'kind 3': patched(raw, 54, 3),
    'epoch 1 that is no restart': patched(raw, 54, 1),
    'time of 2^53': patched(raw, members - 8, 0, 0x20),
    'no member': patched(raw, members, 0, 0),
    '257 members': patched(raw, members, 1, 1),
    'members in another order': swappedMembers,
    'committer who is not a member': concat(
      raw.slice(0, members),
      Uint8Array.of(0, 1),
      member(owner),
      raw.slice(members + 170),
    ),
    'list version 0': patched(raw, members + 2 + 48, 0, 0, 0, 0),
    'mode hybrid with a key': concat(
      raw.slice(0, qkd),
      Uint8Array.of(1),
      bytes('q', 16),
      raw.slice(qkd + 1),
    ),
    'seen of 2^53': patched(raw, qkd + 1, 0, 0x20),
    '1025 refs': patched(raw, refs, 4, 1),
    'ref kind 0': patched(raw, refs + 2 + 32, 0),
    'ref kind 3': patched(raw, refs + 2 + 32, 3),
    'joiner in a restart': patched(raw, refs + 2 + 32, REF.JOINER),
    'ref twice': patched(raw, refs + 2 + 65, ...raw.slice(refs + 2, refs + 2 + 65)),
    'ref of the committer': withCommitterRef(raw, refs),
  };
  return format('parse_commit', cases);
}

// Put where it belongs in the order, so that nothing but its device id is wrong.
function withCommitterRef(raw, refs) {
  const rows = [0, 1, 2].map((i) => raw.slice(refs + 2 + 65 * i, refs + 2 + 65 * (i + 1)));
  rows.push(patched(rows[0], 0, ...raw.slice(71, 87)));
  rows.sort((a, b) => Buffer.compare(a, b));
  return concat(raw.slice(0, refs), Uint8Array.of(0, 4), ...rows, raw.slice(refs + 2 + 65 * 3));
}

async function qkdFormats() {
  const { commit } = await following(QKD);
  const { raw } = commit;
  const qkd = 1 + 16 + 4 + 32 + 2 + 32 + 4 + 8 + 2 + 2 * 84 + 1216;
  const ids = raw.slice(qkd + 1, qkd + 33);
  const rest = raw.slice(qkd + 33);
  return format('parse_commit', {
    'qkd key named twice': patched(raw, qkd + 17, ...ids.slice(0, 16)),
    'three qkd keys': concat(raw.slice(0, qkd), Uint8Array.of(3), ids, bytes('q', 16), rest),
  });
}

async function rosters() {
  const lists = [ALICE.signed.raw, BOB.signed.raw];
  const previous = FIRST.commit.raw;
  const carol = person('carol', ['phone']);
  const fewer = listOf(
    { ...BOB, devices: BOB.devices.slice(1) },
    { version: 1, previousHash: new Uint8Array(32) },
  );
  const sharing = { ...BOB, devices: [...BOB.devices, aliceLaptop] };
  const shared = listOf(sharing, { version: 1, previousHash: new Uint8Array(32) });
  const other = (name, error, commit, args = {}) =>
    refused('verify_roster', error, name, { commit, lists, previous, ...args });
  const naming = async (signed, changes) => {
    const people = [ALICE, { ...BOB, signed }];
    return (await following({ people, committer: alicePhone, ...changes })).commit.raw;
  };
  const made = await following();
  const joiner = await following({ kindOf: JOINER_IS_LAPTOP });
  return [
    other('list not given', 'roster_refused', made.commit.raw, {
      lists: [ALICE.signed.raw, carol.signed.raw],
    }),
    other('another list', 'roster_refused', made.commit.raw, {
      lists: [ALICE.signed.raw, fewer.raw],
    }),
    other('device left out', 'roster_refused', await withoutOne(made)),
    other('device not listed', 'roster_refused', await naming(fewer), {
      lists: [ALICE.signed.raw, fewer.raw],
    }),
    other('device of two people', 'roster_refused', await naming(shared), {
      lists: [ALICE.signed.raw, shared.raw],
    }),
    other('committer not listed', 'roster_refused', await unlistedCommitter(fewer), {
      lists: [ALICE.signed.raw, fewer.raw],
    }),
    other('device of another person', 'roster_refused', await foreignCommitter()),
    other('signature of another', 'signature_invalid', flipped(made.commit.raw, -1)),
    other('changed tag', 'signature_invalid', flipped(made.commit.raw, -3374)),
    other('joiner who was there', 'roster_refused', joiner.commit.raw),
    other('seed for a newcomer', 'roster_refused', made.commit.raw, { previous: await smaller() }),
  ];
}

/** The same commit without its last ref, signed again. */
function withoutOne(made) {
  const commit = { ...made.commit, refs: made.commit.refs.slice(0, -1) };
  const unsigned = commitBytes(commit).slice(0, -3373);
  return concat(unsigned, sign(BOB.devices[0].signing.privateKey, 'commit', unsigned));
}

/** Signed by a device that is in a list, though not in the list of the committer. */
async function foreignCommitter() {
  const made = await following({ committer: alicePhone, core: { committerUser: BOB.userId } });
  return made.commit.raw;
}

const unlistedCommitter = async (signed) =>
  (await following({ people: [ALICE, { ...BOB, signed }], committer: BOB.devices[0] })).commit.raw;

/** A commit that the laptop of Alice had no part in. */
async function smaller() {
  const people = [{ ...ALICE, devices: [alicePhone] }, BOB];
  return (await following({ people, committer: BOB.devices[0] })).commit.raw;
}

function entriesOf(made, { deviceId, kem }, previousChainSecret) {
  const { sealed } = made.entries.find((one) => hex(one.deviceId) === hex(deviceId));
  const args = {
    commit: made.commit.raw,
    deviceId,
    sealed,
    kemSeed: kem.seed,
    previousChainSecret,
  };
  return (name, error, changes) =>
    refused('process_entry', error, name, { ...args, qkdKeys: [], ...changes });
}

async function processing() {
  const chain = FIRST.secrets.chainSecret;
  const made = await following();
  const joined = await following({ kindOf: JOINER_IS_LAPTOP });
  const qkd = await following(QKD);
  const normal = entriesOf(made, alicePhone, chain);
  const sealed = made.entries.find((one) => hex(one.deviceId) === hex(aliceLaptop.deviceId)).sealed;
  const tagged = { ...made.commit, tag: flipped(made.commit.tag, 0) };
  const withQkd = entriesOf(qkd, alicePhone, chain);
  return [
    normal('entry of another device', 'tag_invalid', { sealed }),
    normal('entry too short', 'format_error', { sealed: sealed.slice(1) }),
    normal('device that is not in it', 'roster_refused', { deviceId: bytes('nobody', 16) }),
    normal('another key', 'roster_refused', { kemSeed: aliceLaptop.kem.seed }),
    normal('no chain secret', 'key_missing', { previousChainSecret: null }),
    normal('another chain secret', 'tag_invalid', { previousChainSecret: bytes('x', 32) }),
    normal('another confirmation tag', 'tag_invalid', { commit: commitBytes(tagged) }),
    normal('qkd key that nobody named', 'key_missing', { qkdKeys: [bytes('q', 32)] }),
    normal('garbage that the commit names', 'tag_invalid', garbage(made)),
    withQkd('no qkd key', 'key_missing', {}),
    withQkd('one qkd key of two', 'key_missing', { qkdKeys: QKD.qkdKeys.slice(1) }),
    withQkd('qkd keys in another order', 'tag_invalid', { qkdKeys: QKD.qkdKeys.toReversed() }),
    entriesOf(joined, aliceLaptop, chain)('joiner with a chain', 'roster_refused', {}),
  ];
}

/** An entry that does not open although its hash is the one in the commit. */
function garbage(made) {
  const sealed = bytes('garbage', 1168);
  const entryHash = hashOfEntry(sealed);
  const refs = made.commit.refs.map((ref) =>
    hex(ref.deviceId) === hex(alicePhone.deviceId) ? { ...ref, entryHash } : ref,
  );
  return { sealed, commit: commitBytes({ ...made.commit, refs }) };
}

function headers() {
  const raw = envelope.serialiseHeader(headerOf());
  const spoilt = {
    'one byte too many': longer(raw),
    'one byte too few': shorter(raw),
    'unknown version': patched(raw, 0, 2),
    'type 0': patched(raw, 1, 0),
    'type 3': patched(raw, 1, 3),
    'epoch 0': patched(raw, 18, 0, 0, 0, 0),
    'seq 0': patched(raw, 38, 0, 0, 0, 0),
    'time of 2^53': patched(raw, 42, 0, 0x20),
  };
  return format('parse_header', spoilt);
}

/** An envelope around any plaintext, as a sender with the key could make it. */
async function around(messageKey, header, plain) {
  const head = envelope.serialiseHeader(header);
  const keys = deriveKeys(messageKey, 'message', plainHash(head));
  const sealed = await encrypt(keys, head, plain);
  const ct = sealed.subarray(0, sealed.length - 32);
  return concat(head, new Writer().lp(ct).done(), sealed.subarray(ct.length));
}

async function envelopes() {
  const messageKey = bytes('message key', 32);
  const { privateKey, publicKey } = alicePhone.signing;
  const raw = await envelope.sealEnvelope(messageKey, headerOf(), payloadOf());
  const signed = await envelope.sealEnvelope(messageKey, headerOf(), payloadOf(), privateKey);
  const open = (name, error, changes) =>
    refused('open_envelope', error, name, {
      messageKey,
      envelope: raw,
      signingPublic: null,
      ...changes,
    });
  const unlisted = await around(messageKey, headerOf(), new Uint8Array(300));
  const misplaced = await around(messageKey, headerOf({ type: 2 }), plainOf(1, payloadOf()));
  const stranger = BOB.devices[0].signing.publicKey;
  return [
    ...format('parse_envelope', {
      empty: new Uint8Array(0),
      'one byte too many': longer(raw),
      'one byte too few': shorter(raw),
      'header alone': raw.slice(0, 66),
      'length of no message': unlisted,
      'length beyond the end': patched(raw, 66, 0, 0, 2, 16),
      'huge length': patched(raw, 66, 0xff, 0xff, 0xff, 0xff),
      'seq 0': patched(raw, 38, 0, 0, 0, 0),
    }),
    open('another key', 'tag_invalid', { messageKey: bytes('x', 32) }),
    open('changed header', 'tag_invalid', { envelope: flipped(raw, 49) }),
    open('changed ciphertext', 'tag_invalid', { envelope: flipped(raw, 70) }),
    open('changed GCM tag', 'tag_invalid', { envelope: flipped(raw, -33) }),
    open('changed tag', 'tag_invalid', { envelope: flipped(raw, -1) }),
    open('type that does not fit', 'format_error', { envelope: misplaced }),
    open('no signature where one must be', 'format_error', { signingPublic: publicKey }),
    open('signature where none may be', 'format_error', { envelope: signed }),
    open('signature of another', 'signature_invalid', {
      envelope: signed,
      signingPublic: stranger,
    }),
    open('signature of another message', 'signature_invalid', {
      envelope: await around(messageKey, headerOf({ seq: 2 }), await openPlain(messageKey, signed)),
      signingPublic: publicKey,
    }),
  ];
}

const plainOf = (type, payload) => envelope.pad(envelope.serialisePayload(type, payload));

/** The padded plaintext with its signature, to be put under another header. */
function openPlain(messageKey, raw) {
  const { sealed, headerBytes } = envelope.parseEnvelope(raw);
  return decrypt(deriveKeys(messageKey, 'message', plainHash(headerBytes)), headerBytes, sealed);
}

/** Payload bytes with any body. */
const payloadBytes = (kind, body, version = 1) =>
  concat(
    Uint8Array.of(version, kind),
    bytes('message id', 16),
    new Uint8Array(40),
    new Writer().lp(body).done(),
  );

function payloads() {
  const ascii = (text) => new TextEncoder().encode(text);
  const hello = payloadBytes(1, ascii('hello'));
  const padded = envelope.pad(hello);
  const receipt = concat(Uint8Array.of(0, 1), bytes('r', 16), Uint8Array.of(1));
  const many = Array.from({ length: 201 }, (_, i) => concat(bytes(`r ${i}`, 16), Uint8Array.of(1)));
  const spoilt = (name, type, data, signed = 0) =>
    refused('parse_payload', 'format_error', name, { type, data, signed });
  const text = (name, body) => spoilt(name, 1, envelope.pad(payloadBytes(1, body)));
  const receipts = (name, body) => spoilt(name, 2, envelope.pad(payloadBytes(2, body)));
  return [
    spoilt('unknown version', 1, envelope.pad(payloadBytes(1, ascii('x'), 2))),
    spoilt('text in a receipt', 2, padded),
    spoilt('receipt in a message', 1, envelope.pad(payloadBytes(2, receipt))),
    spoilt('no padding', 1, hello),
    spoilt('zeros alone', 1, new Uint8Array(256)),
    spoilt('another mark', 1, patched(padded, hello.length, 0x81)),
    spoilt('more padding than needed', 1, concat(padded, new Uint8Array(256))),
    spoilt('a length that is not listed', 1, concat(padded, new Uint8Array(1))),
    spoilt('bytes after the body', 1, envelope.pad(longer(hello))),
    spoilt('signature that is not expected', 1, envelope.pad(concat(hello, bytes('s', 64)))),
    spoilt('half a signature', 1, envelope.pad(concat(hello, bytes('s', 32))), 1),
    spoilt('no signature', 1, padded, 1),
    spoilt('seen of 2^53', 1, patched(padded, 18, 0, 0x20)),
    text('empty text', new Uint8Array(0)),
    text('text with U+0000', ascii('a\0b')),
    text('text that is not UTF-8', Uint8Array.of(0xff)),
    text('text with a surrogate', Uint8Array.of(0xed, 0xa0, 0x80)),
    text('text with an overlong form', Uint8Array.of(0xc0, 0xaf)),
    text('text beyond U+10FFFF', Uint8Array.of(0xf4, 0x90, 0x80, 0x80)),
    text('text cut in a character', Uint8Array.of(0xe2, 0x82)),
    text('text too long', ascii('a'.repeat(16385))),
    receipts('no receipt', Uint8Array.of(0, 0)),
    receipts('201 receipts', concat(Uint8Array.of(0, 201), ...many)),
    receipts('state 0', patched(receipt, 18, 0)),
    receipts('state 3', patched(receipt, 18, 3)),
    receipts('message twice', concat(Uint8Array.of(0, 2), receipt.slice(2), receipt.slice(2))),
    receipts('fewer than said', patched(receipt, 1, 2)),
    receipts('more than said', longer(receipt)),
  ];
}

export const negative = async () => [
  ...commitFormats(),
  ...(await qkdFormats()),
  ...(await rosters()),
  ...(await processing()),
  ...headers(),
  ...(await envelopes()),
  ...payloads(),
];
