// Owns the cases of commits, chains, envelopes and transcripts that this implementation writes (tests/vectors/README.md).
// Everything follows from names, so the file comes out the same every time.

import { OVERHEAD } from '../../../../static/js/crypto/aead.js';
import * as chain from '../../../../static/js/crypto/chain.js';
import { KIND, MODE, REF } from '../../../../static/js/crypto/commit.js';
import { parseEnvelope, sealEnvelope } from '../../../../static/js/crypto/envelope.js';
import { senderChain } from '../../../../static/js/crypto/epoch.js';
import * as transcript from '../../../../static/js/crypto/transcript.js';
import {
  ALICE,
  after,
  BOB,
  bytes,
  commitOf,
  everyDevice,
  FIRST,
  hex,
  NOW,
  PEOPLE,
} from '../fixtures.js';

const [alicePhone, aliceLaptop] = ALICE.devices;

export const JOINER_IS_LAPTOP = (device) => (device === aliceLaptop ? REF.JOINER : REF.SEED);

function commitCase(name, made, committer, { previous = null, qkdKeys = [] } = {}) {
  const { core, refs, tag, signature, raw, coreHash, untaggedHash, hash } = made.commit;
  const { epochSecret, chainSecret, confirmation } = made.secrets;
  const entries = made.entries.map(({ deviceId, sealed }) => {
    const owner = everyDevice(PEOPLE).find((one) => hex(one.deviceId) === hex(deviceId));
    const { kind } = refs.find((ref) => hex(ref.deviceId) === hex(deviceId));
    const takesNone = kind === REF.JOINER || core.kind === KIND.RESTART;
    const previousChainSecret = takesNone ? null : previous;
    return { deviceId, kemSeed: owner.kem.seed, previousChainSecret, sealed };
  });
  const senderChains = everyDevice(PEOPLE).map(({ deviceId }) => {
    return { deviceId, chainKey: senderChain(epochSecret, deviceId) };
  });
  return {
    ...{ name, core, refs, tag, signature, commit: raw, coreHash, untaggedHash, commitHash: hash },
    signingPublic: committer.signing.publicKey,
    ...{ seed: bytes('seed', 32), previousChainSecret: previous, qkdKeys, entries, senderChains },
    secrets: { epochSecret, chainSecret, confirmation },
  };
}

/** A commit on top of the first one, with some options changed. */
export const following = (changes = {}) =>
  commitOf({
    people: PEOPLE,
    committer: BOB.devices[0],
    previous: FIRST.secrets.chainSecret,
    ...changes,
    core: { ...after(FIRST), ...changes.core },
  });

export const QKD = Object.freeze({
  qkdKeys: [bytes('qkd 1', 32), bytes('qkd 2', 32)],
  core: { mode: MODE.QKD, qkdKeyIds: [bytes('qkd id 1', 16), bytes('qkd id 2', 16)] },
});

async function commits() {
  const previous = FIRST.secrets.chainSecret;
  const [bobPhone] = BOB.devices;
  const normal = await following();
  const joiner = await following({ kindOf: JOINER_IS_LAPTOP });
  const restart = await following({ core: { kind: KIND.RESTART }, previous: null });
  const qkd = await following(QKD);
  const raws = [ALICE.signed.raw, BOB.signed.raw];
  return {
    commit: [
      commitCase('first', FIRST, alicePhone),
      commitCase('normal', normal, bobPhone, { previous }),
      commitCase('joiner', joiner, bobPhone, { previous }),
      commitCase('restart', restart, bobPhone),
      commitCase('two qkd keys', qkd, bobPhone, { previous, qkdKeys: QKD.qkdKeys }),
    ],
    roster: [
      { name: 'first', commit: FIRST.commit.raw, lists: raws, previous: null },
      { name: 'normal', commit: normal.commit.raw, lists: raws, previous: FIRST.commit.raw },
      { name: 'restart', commit: restart.commit.raw, lists: raws, previous: FIRST.commit.raw },
    ],
  };
}

function chains() {
  const first = bytes('chain', 32);
  const steps = [];
  for (let seq = 1, key = first; seq <= 5; seq++) {
    const next = chain.nextChain(key);
    steps.push({ seq, messageKey: chain.messageKey(key), chainKey: next });
    key = next;
  }
  const orders = [
    [1, 2, 3],
    [3, 1, 2, 2, 4, 1],
    [1001, 1000, 2001, 1, 2001, 2002, 1001],
    [1002, 1001],
  ];
  return {
    chain: [{ chainKey: first, steps }],
    skipped: orders.map((order) => ({ chainKey: first, takes: takesOf(first, order) })),
  };
}

function takesOf(first, order) {
  let state = chain.receivingChain(first);
  return order.map((seq) => {
    try {
      const taken = chain.take(state, seq);
      state = taken.chain;
      return { seq, messageKey: taken.messageKey, error: null };
    } catch ({ code }) {
      return { seq, messageKey: null, error: code };
    }
  });
}

export const headerOf = (changes = {}) => ({
  type: 1,
  conversation: bytes('conversation', 16),
  epoch: 1,
  deviceId: alicePhone.deviceId,
  seq: 1,
  sentAt: NOW,
  commitHash: FIRST.commit.hash.slice(0, 16),
  ...changes,
});

export const payloadOf = (changes = {}) => ({
  messageId: bytes('message id', 16),
  seenN: 7,
  seenHead: bytes('head', 32),
  text: 'Grüß dich, 量子 👋',
  receipts: null,
  ...changes,
});

const receipts = (count) =>
  Array.from({ length: count }, (_, i) => ({
    messageId: bytes(`receipt ${i}`, 16),
    state: 1 + (i % 2),
  }));

async function envelopeCase(name, header, payload, signer) {
  const messageKey = bytes(`message key ${name}`, 32);
  const signingPrivate = signer?.privateKey ?? null;
  const sealed = await sealEnvelope(messageKey, header, payload, signingPrivate);
  const padded = parseEnvelope(sealed).sealed.length - OVERHEAD;
  const signingPublic = signer?.publicKey ?? null;
  return {
    name,
    messageKey,
    header,
    payload,
    signingPrivate,
    signingPublic,
    padded,
    envelope: sealed,
  };
}

async function envelopes() {
  const { signing: signer } = alicePhone;
  const cases = [];
  // 62 bytes of payload are not text: these texts fill each size, and go one byte beyond.
  for (const length of [1, 193, 194, 961, 962, 16321, 16322, 16384]) {
    const payload = payloadOf({ text: 'a'.repeat(length) });
    cases.push(await envelopeCase(`text of ${length}`, headerOf(), payload));
  }
  cases.push(await envelopeCase('unicode', headerOf({ seq: 2 }), payloadOf()));
  cases.push(await envelopeCase('byte order mark', headerOf(), payloadOf({ text: '\ufeffhello' })));
  cases.push(await envelopeCase('signed', headerOf(), payloadOf(), signer));
  for (const count of [1, 200]) {
    const payload = payloadOf({ text: null, receipts: receipts(count) });
    cases.push(await envelopeCase(`${count} receipts`, headerOf({ type: 2 }), payload, signer));
  }
  const big = headerOf({ epoch: 2 ** 32 - 1, seq: 2 ** 32 - 1, sentAt: 2 ** 53 - 1 });
  cases.push(await envelopeCase('largest', big, payloadOf({ seenN: 2 ** 53 - 1 })));
  return { envelope: cases };
}

function transcripts() {
  const conversation = bytes('conversation', 16);
  let head = transcript.start(conversation);
  const head0 = head;
  const entries = [1, 2, 3, 2].map((kind, i) => {
    const [n, receivedAt, sender] = [i + 1, NOW + 10 * i, PEOPLE[i % 2].userId];
    const contentHash = transcript.contentHash(bytes(`content ${i}`, 50 * i));
    head = transcript.nextHead(head, n, receivedAt, kind, sender, contentHash);
    return {
      n,
      receivedAt,
      kind,
      sender,
      contentHash,
      head,
      tag: bytes(`tag ${i}`, 32),
      seal: null,
    };
  });
  return { transcript: [{ conversation, head_0: head0, sealKey: null, sealKeyId: null, entries }] };
}

export const sections = async () => ({
  ...(await commits()),
  ...chains(),
  ...(await envelopes()),
  ...transcripts(),
});
