// Owns taking an envelope: which chain it belongs to, whether it verifies, and what it says. Pure; the
// Python twin is client/reading.py.
//
// State changes only after the tag (and in larger epochs the signature) has verified, so bytes that
// somebody made up cost nothing but the time to refuse them.

import { take } from '../crypto/chain.js';
import { devicesOf } from '../crypto/commit.js';
import { openEnvelope, parseEnvelope, TYPE } from '../crypto/envelope.js';
import { Replay } from '../crypto/errors.js';
import { COMMIT_PREFIX } from '../crypto/labels.js';
import { contentHash, KIND } from '../crypto/transcript.js';
import { equalBytes, toBase64url, wipe } from '../crypto/wire.js';
import { EVENT, ForgedSender, Late, Misplaced, NotReadable, Rewound } from './events.js';
import { checkSeen } from './processing.js';
import { isSigned, LATE_MS, numberName } from './session.js';

const TYPE_OF_KIND = { [KIND.MESSAGE]: TYPE.MESSAGE, [KIND.RECEIPT]: TYPE.RECEIPT };

/** The session after this message or receipt. @throws {CryptoError} without any effect */
export async function takeEnvelope(session, entry, me) {
  const parsed = parseEnvelope(entry.raw);
  const { header } = parsed;
  const epoch = epochOf(session, header, entry);
  checkLate(session, epoch, header, entry);
  checkNumber(session, header);
  if (equalBytes(header.deviceId, me.deviceId)) return takeOwn(session, header, entry);
  return await takeOthers(session, epoch, parsed, entry);
}

async function takeOthers(session, epoch, parsed, entry) {
  const { header } = parsed;
  const device = toBase64url(header.deviceId);
  const { messageKey, chain } = take(epoch.chains.get(device), header.seq);
  const signer = isSigned(epoch) ? epoch.peers.get(device).signingPublic : null;
  // The key is a copy of one that the old state may still hold for a later try: wipe only a copy.
  const key = messageKey.slice();
  const payload = await openEnvelope(key, parsed, signer).finally(() => wipe(key));
  checkPayload(session, header, payload, entry.n);
  const moved = Object.freeze({ ...epoch, chains: new Map(epoch.chains).set(device, chain) });
  return recorded(session, moved, header, payload, entry);
}

function epochOf(session, header, entry) {
  const fits = equalBytes(header.conversation, session.conversation);
  if (!fits || TYPE_OF_KIND[entry.kind] !== header.type) {
    throw new Misplaced('Another conversation, or a message labelled as a receipt.');
  }
  const epoch = session.epochs.find(({ number }) => number === header.epoch);
  if (!epoch) throw new NotReadable('An epoch that this device is not part of.');
  if (!equalBytes(header.commitHash, epoch.commitHash.subarray(0, COMMIT_PREFIX))) {
    throw new Misplaced('The message belongs to another commit.');
  }
  const peer = epoch.peers.get(toBase64url(header.deviceId));
  if (!peer || !equalBytes(peer.userId, entry.sender)) {
    throw new ForgedSender('The sender does not own the device that wrote it.');
  }
  return epoch;
}

/** After commit n+1, messages of epoch n count for two minutes, from devices of n+1 alone. */
function checkLate(session, epoch, header, entry) {
  const { newest } = session;
  if (newest === null || epoch.number === newest.core.epoch) return;
  const tooOld = epoch.number < newest.core.epoch - 1;
  const gone = !devicesOf(newest).some((device) => equalBytes(device, header.deviceId));
  if (tooOld || gone || entry.receivedAt > session.newestAt + LATE_MS) {
    throw new Late('The epoch of this message was closed.');
  }
}

const seqName = (header) => numberName(header.epoch, toBase64url(header.deviceId));

function checkNumber(session, header) {
  const last = session.lastSeq.get(seqName(header)) ?? 0;
  if (header.seq === last) throw new Replay('This message was received before.');
  if (header.seq < last) throw new Rewound('The numbers of a device go back.');
}

function takeOwn(session, header, entry) {
  const sent = session.sent.get(numberName(header.epoch, header.seq));
  if (!sent || !equalBytes(sent, contentHash(entry.raw))) {
    throw new ForgedSender('A message in our name that we did not send.');
  }
  const event = { type: EVENT.OWN, n: entry.n, epoch: header.epoch, seq: header.seq };
  return { session: counted(session, header), event };
}

function checkPayload(session, header, payload, n) {
  checkSeen(session, payload.seenN, payload.seenHead, n);
  if (payload.seenN < (session.lastSeen.get(toBase64url(header.deviceId)) ?? 0)) {
    throw new Rewound('What a device has seen goes back.');
  }
}

function recorded(session, epoch, header, payload, entry) {
  const epochs = session.epochs.map((one) => (one.number === epoch.number ? epoch : one));
  const device = toBase64url(header.deviceId);
  const name = `${device}.${toBase64url(payload.messageId)}`;
  const again = session.shown.has(name);
  const { n, receivedAt, sender } = entry;
  const moved = Object.freeze({
    ...counted({ ...session, epochs }, header),
    lastSeen: new Map(session.lastSeen).set(device, payload.seenN),
    shown: new Map(session.shown).set(name, header.epoch),
  });
  const { deviceId } = header;
  const event = { type: EVENT.MESSAGE, n, receivedAt, sender, deviceId, header, payload, again };
  return { session: moved, event };
}

function counted(session, header) {
  const added = header.type === TYPE.MESSAGE ? 1 : 0;
  const count = (epoch) => Object.freeze({ ...epoch, messages: epoch.messages + added });
  return Object.freeze({
    ...session,
    lastSeq: new Map(session.lastSeq).set(seqName(header), header.seq),
    epochs: session.epochs.map((one) => (one.number === header.epoch ? count(one) : one)),
  });
}
