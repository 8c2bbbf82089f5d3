// Owns the refusals of device lists, refreshes, signatures, keys, vaults and texts.

import { box } from '../../../../static/js/crypto/aead.js';
import { serialise as serialiseBook } from '../../../../static/js/crypto/book.js';
import { keypair as kemPair, seal } from '../../../../static/js/crypto/kem.js';
import { sign, signEd25519 } from '../../../../static/js/crypto/signatures.js';
import { recoveryKeyText } from '../../../../static/js/crypto/vault.js';
import { concat } from '../../../../static/js/crypto/wire.js';
import { torsionSignature, unreduced } from '../curve.js';
import { ALICE, BOB, bytes, fromHex, listOf, NOW } from '../fixtures.js';
import { listsOf, refreshOf } from './people.js';
import { flipped, format, longer, patched, refused, shorter } from './refusals.js';
import { books } from './vaults.js';

const [alicePhone, aliceLaptop] = ALICE.devices;

// Offsets follow from the layouts of docs/PROTOCOL.md, sections 2.3, 2.4, 4.1 and 6.
function lists() {
  const raw = ALICE.signed.raw;
  const devices = 1 + 16 + 4 + 5 + 1984 + 4 + 32 + 8;
  const size = 16 + 1216 + 1984 + 8;
  const first = raw.slice(devices + 2, devices + 2 + size);
  const second = raw.slice(devices + 2 + size, devices + 2 + 2 * size);
  return format('parse_signed_list', {
    empty: new Uint8Array(0),
    'one byte too many': longer(raw),
    'one byte too few': shorter(raw),
    'unknown version': patched(raw, 0, 2),
    'name with a capital letter': patched(raw, 21, 0x41),
    'name that begins with a dot': patched(raw, 21, 0x2e),
    'name longer than the rest': patched(raw, 17, 0, 0, 0, 33),
    'version 0': patched(raw, 26 + 1984, 0, 0, 0, 0),
    'version 2 that names no list before': patched(raw, 26 + 1984, 0, 0, 0, 2),
    'version 1 that names a list before': patched(raw, 26 + 1984 + 4, 1),
    'time of 2^53': patched(raw, 26 + 1984 + 36, 0, 0x20),
    '17 devices': patched(raw, devices, 0, 17),
    'devices in another order': concat(raw.slice(0, devices + 2), second, first, raw.slice(-3373)),
    'a device twice': concat(raw.slice(0, devices + 2), first, first, raw.slice(-3373)),
  });
}

function chainsOfLists() {
  const [one, two, three] = listsOf(ALICE);
  const other = (name, error, old, chain) =>
    refused('verify_successor', error, name, {
      old: old?.raw ?? null,
      chain: chain.map(({ raw }) => raw),
    });
  const base = { version: 2, previousHash: one.hash };
  const [phone, laptop] = ALICE.devices;
  const renamed = { ...ALICE, name: 'alicia' };
  const swapped = { ...ALICE, devices: [{ ...phone, kemPublic: laptop.kemPublic }, laptop] };
  const resigned = {
    ...ALICE,
    devices: [{ ...phone, signingPublic: laptop.signingPublic }, laptop],
  };
  const stranger = { ...ALICE, identity: BOB.identity };
  const forged = flipped(two.raw, -1);
  return [
    other('older', 'list_refused', two, [one]),
    other('another of the same version', 'list_refused', two, [listOf(ALICE, base)]),
    other('gap', 'list_refused', one, [three]),
    other('gap in the chain', 'list_refused', null, [one, three]),
    other('hash of another', 'list_refused', one, [
      listOf(ALICE, { ...base, previousHash: two.hash }),
    ]),
    other('earlier', 'list_refused', one, [listOf(ALICE, { ...base, issuedAt: NOW - 1 })]),
    other('another name', 'list_refused', one, [listOf(renamed, base)]),
    other('another encryption key', 'list_refused', one, [listOf(swapped, base)]),
    other('another signing key', 'list_refused', one, [listOf(resigned, base)]),
    other('another identity', 'identity_changed', one, [listOf(stranger, base)]),
    other('another person', 'identity_changed', ALICE.signed, [BOB.signed]),
    other('forged', 'signature_invalid', one, [{ raw: forged }]),
    other('forged first', 'signature_invalid', null, [{ raw: flipped(one.raw, -1) }]),
    refused('verify_signed_list', 'signature_invalid', 'Ed25519 half', {
      signed: flipped(one.raw, -3373),
    }),
    refused('verify_signed_list', 'signature_invalid', 'ML-DSA half', {
      signed: flipped(one.raw, -3309),
    }),
  ];
}

function refreshes() {
  const raw = refreshOf(1);
  const publicKey = alicePhone.signing.publicKey;
  const verify = (name, error, data, key) =>
    refused('verify_refresh', error, name, { data, public: key });
  return [
    ...format('parse_refresh', {
      'one byte too many': longer(raw),
      'one byte too few': shorter(raw),
      'unknown version': patched(raw, 0, 0),
      'number 0': patched(raw, 33, 0, 0, 0, 0),
      'a longer life': flipped(raw, 52),
    }),
    verify('changed key', 'signature_invalid', flipped(raw, 60), publicKey),
    verify('another device', 'signature_invalid', raw, aliceLaptop.signing.publicKey),
  ];
}

const keys = alicePhone.signing;
const withPoint = (point) => concat(point, keys.publicKey.slice(32));
const point = (text) => withPoint(fromHex(text));

// RFC 8032, section 5.1: the eight points of small order, and encodings that are not reduced.
const SMALL_ORDER = {
  'order 1': `01${'00'.repeat(31)}`,
  'order 1 with a sign': `01${'00'.repeat(30)}80`,
  'order 2': `ec${'ff'.repeat(30)}7f`,
  'order 2 with a sign': `ec${'ff'.repeat(31)}`,
  'order 4': '00'.repeat(32),
  'order 4, the other': `${'00'.repeat(31)}80`,
  'order 8': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'order 8, another': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'not reduced, order 4': `ed${'ff'.repeat(30)}7f`,
  'not reduced, order 1': `ee${'ff'.repeat(30)}7f`,
  // y = p + 3 is on the curve and not of small order.
  'not reduced': `f0${'ff'.repeat(30)}7f`,
};

function signatures() {
  const message = bytes('message', 50);
  const whole = sign(keys.privateKey, 'commit', message);
  const short = signEd25519(keys.privateKey, 'message', message);
  const good = { public: keys.publicKey, purpose: 'commit', message, signature: whole };
  const half = { public: keys.publicKey, purpose: 'message', message, signature: short };
  const both = (name, error, changes) =>
    refused('verify_signature', error, name, { ...good, ...changes });
  const one = (name, error, changes) =>
    refused('verify_ed25519', error, name, { ...half, ...changes });
  const other = BOB.devices[0].signing;
  return [
    both('another purpose', 'signature_invalid', { purpose: 'connect' }),
    both('another message', 'signature_invalid', { message: flipped(message, 0) }),
    both('Ed25519 half', 'signature_invalid', { signature: flipped(whole, 3) }),
    both('ML-DSA half', 'signature_invalid', { signature: flipped(whole, 64) }),
    both('Ed25519 key of another', 'signature_invalid', {
      public: withPoint(other.publicKey.slice(0, 32)),
    }),
    both('ML-DSA key of another', 'signature_invalid', {
      public: concat(keys.publicKey.slice(0, 32), other.publicKey.slice(32)),
    }),
    both('too short', 'format_error', { signature: shorter(whole) }),
    both('too long', 'format_error', { signature: longer(whole) }),
    one('too short', 'format_error', { signature: shorter(short) }),
    one('another purpose', 'signature_invalid', { purpose: 'commit' }),
    one('S not reduced', 'signature_invalid', { signature: unreduced(short) }),
    one('point of small order added to R', 'signature_invalid', {
      signature: torsionSignature(keys.privateKey.slice(0, 32), 'message', message),
    }),
    one('key that is no point', 'signature_invalid', { public: point(`02${'00'.repeat(31)}`) }),
    ...Object.entries(SMALL_ORDER).map(([name, text]) =>
      one(name, 'key_refused', { public: point(text) }),
    ),
    ...Object.entries(SMALL_ORDER).map(([name, text]) =>
      both(name, 'key_refused', { public: point(text) }),
    ),
  ];
}

async function sealing() {
  const { seed, publicKey } = kemPair(bytes('seed', 32));
  const info = bytes('info', 10);
  const plaintext = bytes('plaintext', 32);
  const sealed = await seal(publicKey, info, plaintext, bytes('random', 64));
  const open = (name, error, changes) =>
    refused('open_sealed', error, name, { seed, info, sealed, ...changes });
  const to = (name, key) =>
    refused('seal', 'key_refused', name, { publicKey: key, info, plaintext });
  return [
    open('another info', 'tag_invalid', { info: flipped(info, 0) }),
    open('another key', 'tag_invalid', { seed: bytes('another', 32) }),
    open('changed ML-KEM ciphertext', 'tag_invalid', { sealed: flipped(sealed, 0) }),
    open('changed X25519 key', 'tag_invalid', { sealed: flipped(sealed, 1088) }),
    open('X25519 key of small order', 'tag_invalid', {
      sealed: concat(sealed.slice(0, 1088), new Uint8Array(32), sealed.slice(1120)),
    }),
    open('changed tag', 'tag_invalid', { sealed: flipped(sealed, -1) }),
    open('too short', 'format_error', { sealed: sealed.slice(0, 1135) }),
    to('coefficient out of range', patched(publicKey, 0, 0xff, 0xff)),
    to('X25519 key of small order', concat(publicKey.slice(0, 1184), new Uint8Array(32))),
  ];
}

async function boxes() {
  const key = bytes('box key', 32);
  const ad = bytes('ad', 5);
  const good = await box(key, bytes('nonce', 32), bytes('content', 20), ad);
  const open = (name, error, changes) =>
    refused('open_box', error, name, { key, box: good, ad, ...changes });
  return [
    open('another key', 'tag_invalid', { key: bytes('x', 32) }),
    open('another ad', 'tag_invalid', { ad: longer(ad) }),
    open('changed nonce', 'tag_invalid', { box: flipped(good, 1) }),
    open('changed ciphertext', 'tag_invalid', { box: flipped(good, 33) }),
    open('changed GCM tag', 'tag_invalid', { box: flipped(good, -33) }),
    open('changed tag', 'tag_invalid', { box: flipped(good, -1) }),
    open('unknown version', 'format_error', { box: patched(good, 0, 2) }),
    open('too short', 'format_error', { box: good.slice(0, 80) }),
    open('empty', 'format_error', { box: new Uint8Array(0) }),
  ];
}

const text = (op, cases) =>
  Object.entries(cases).map(([name, one]) => refused(op, 'format_error', name, { text: one }));

function texts() {
  const recovery = recoveryKeyText(bytes('recovery', 32));
  const wrong = recovery.startsWith('A') ? 'B' : 'A';
  return [
    ...text('b64_decode', {
      padded: 'AA==',
      'not canonical, one byte': 'AB',
      'not canonical, two bytes': 'AAB',
      'one digit': 'AAAAA',
      'ordinary alphabet': '+/AA',
      space: 'AA AA',
      'line end': 'AAAA\n',
      'not ASCII': 'AAÄA',
    }),
    ...text('parse_recovery_key', {
      empty: '',
      short: recovery.slice(0, -1),
      long: `${recovery}A`,
      'one wrong letter': wrong + recovery.slice(1),
      'digit that base32 has not': `1${recovery.slice(1)}`,
      'not ASCII': `Ä${recovery.slice(1)}`,
    }),
  ];
}

function bookTexts() {
  const good = serialiseBook(books().mine);
  const [id] = Object.keys(books().mine.contacts);
  return text('parse_book', {
    empty: '',
    'no JSON': good.slice(0, -1),
    'no object': '[]',
    null: 'null',
    spaces: good.replace(':', ': '),
    'another order': `{"version":1,${good.slice(1).replace(',"version":1', '')}`,
    'unknown version': good.replace('"version":1', '"version":2'),
    'field too many': good.replace('"version":1', '"version":1,"zeal":1'),
    'field twice': good.replace('"version":1', '"version":1,"version":1'),
    'field missing': good.replace(',"version":1', ''),
    'contacts as a list': good.replace(/"contacts":\{.*\},"heads"/, '"contacts":[],"heads"'),
    'id that is no id': good.replace(id, id.slice(1)),
    'name that is no name': good.replace('"name":"bob"', '"name":"Bob"'),
    'name as an escape': good.replace('"name":"bob"', '"name":"bo\\u0062"'),
    'list version 0': good.replace('"list_version":4', '"list_version":0'),
    'list version above 32 bits': good.replace('"list_version":4', '"list_version":4294967296'),
    'negative n': good.replace('"n":9', '"n":-9'),
    fraction: good.replace('"n":9', '"n":9.5'),
    exponent: good.replace('"n":9', '"n":9e0'),
    'n of 2^53': good.replace('"n":9', '"n":9007199254740992'),
    'number as text': good.replace('"n":9', '"n":"9"'),
    'truth as a number': good.replace('"n":9', '"n":true'),
  });
}

function bounds() {
  const good = { memoryKib: 19456, passes: 2, lanes: 1 };
  const spoilt = [
    { memoryKib: 19455 },
    { memoryKib: 262145 },
    { passes: 1 },
    { passes: 11 },
    { lanes: 0 },
    { lanes: 2 },
  ];
  return spoilt.map((one) => {
    const name = JSON.stringify(one);
    return refused('check_bounds', 'parameters_refused', name, { ...good, ...one });
  });
}

export const negative = async () => [
  ...lists(),
  ...chainsOfLists(),
  ...refreshes(),
  ...signatures(),
  ...(await sealing()),
  ...(await boxes()),
  ...texts(),
  ...bookTexts(),
  ...bounds(),
];
