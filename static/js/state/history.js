// Owns how what happened becomes what a person reads: messages, states, permanent lines, unread counts. All
// of it goes into one step's changes; it must not know the network.
//
// Places: ['message', conversation, n, i], ['place', conversation, 'm' + message id] -> [n, i] of an own one,
// ['unread', conversation] -> [{id, n}], ['receipts', conversation] -> message id -> state to report.

import { HEADER, STATE } from '../crypto/envelope.js';
import { toBase64url } from '../crypto/wire.js';
import { unreadable } from './words.js';

const AROUND_PADDED = HEADER + 4 + 16 + 32;
const RANK = ['sending', 'stored', 'delivered', 'read'];
const STATE_NAMES = { [STATE.DELIVERED]: 'delivered', [STATE.READ]: 'read' };

export const hex = (bytes) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const keyOfOwn = (messageId) => `m${messageId}`;
const keyOfPlace = (n, i) => `${n}.${i}`;

/** What an entry and its head say about any row of a thread. */
function rowOf({ entry, head }) {
  return {
    messageId: null,
    mine: false,
    ownDevice: false,
    text: null,
    sentAt: null,
    receivedAt: entry.receivedAt,
    n: entry.n,
    error: null,
    epoch: null,
    seq: null,
    head: hex(head),
    seal: entry.seal ?? null,
    sizes: null,
    notice: null,
  };
}

const sizesOf = (text, raw) => ({
  plain: new TextEncoder().encode(text).length,
  padded: raw.length - AROUND_PADDED,
  envelope: raw.length,
});

/** A message of ours that the transcript holds now. `item` is what the outbox kept of it. */
export function recordOwn(changes, conversation, item, context, header) {
  const { entry } = context;
  const key = keyOfOwn(item.messageId);
  changes.put(['message', conversation, entry.n, 0], {
    ...rowOf(context),
    key,
    messageId: item.messageId,
    mine: true,
    ownDevice: true,
    text: item.text,
    sentAt: item.createdAt,
    state: 'stored',
    epoch: header.epoch,
    seq: header.seq,
    sizes: sizesOf(item.text, entry.raw),
  });
  changes.put(['place', conversation, key], [entry.n, 0]);
}

/** A message that verified. `mine`: by another device of this person. */
export async function recordMessage(changes, conversation, context, event, mine) {
  const { entry } = context;
  const { payload, header } = event;
  const messageId = toBase64url(payload.messageId);
  const key = mine ? keyOfOwn(messageId) : keyOfPlace(entry.n, 0);
  changes.put(['message', conversation, entry.n, 0], {
    ...rowOf(context),
    key,
    messageId,
    mine,
    text: payload.text,
    sentAt: header.sentAt,
    state: mine ? 'stored' : 'received',
    epoch: header.epoch,
    seq: header.seq,
    sizes: sizesOf(payload.text, entry.raw),
  });
  if (mine) changes.put(['place', conversation, key], [entry.n, 0]);
  else await addUnread(changes, conversation, messageId, entry.n);
}

async function addUnread(changes, conversation, id, n) {
  const unread = (await changes.get(['unread', conversation])) ?? [];
  changes.put(['unread', conversation], [...unread, { id, n }]);
  await report(changes, conversation, [id], STATE.DELIVERED);
}

/** What the next receipt will say. */
async function report(changes, conversation, ids, state) {
  const waiting = (await changes.get(['receipts', conversation])) ?? new Map();
  for (const id of ids) waiting.set(id, state);
  changes.put(['receipts', conversation], waiting);
}

export function recordUnreadable(changes, conversation, context, code) {
  const { entry } = context;
  const key = keyOfPlace(entry.n, 0);
  const error = unreadable(code);
  const row = { ...rowOf(context), key, state: 'unreadable', error, mine: context.mine };
  changes.put(['message', conversation, entry.n, 0], row);
}

/** Permanent lines of one entry, in order. */
export function recordNotices(changes, conversation, context, notices) {
  const { entry } = context;
  for (const [i, notice] of notices.entries()) {
    const row = { ...rowOf(context), key: keyOfPlace(entry.n, i), state: 'notice', notice };
    changes.put(['message', conversation, entry.n, i], row);
  }
}

/** Somebody's device got or showed messages of ours. */
export async function recordReceipts(changes, conversation, receipts) {
  for (const { messageId, state } of receipts) {
    const at = await changes.get(['place', conversation, keyOfOwn(toBase64url(messageId))]);
    if (at) await raiseState(changes, ['message', conversation, ...at], STATE_NAMES[state]);
  }
}

async function raiseState(changes, place, state) {
  const row = await changes.get(place);
  if (row && RANK.indexOf(state) > RANK.indexOf(row.state)) changes.put(place, { ...row, state });
}

/** Another device of ours has shown these to the person: they are read here too. */
export async function recordReadElsewhere(changes, conversation, receipts) {
  const read = receipts.filter(({ state }) => state === STATE.READ);
  const ids = new Set(read.map(({ messageId }) => toBase64url(messageId)));
  const unread = (await changes.get(['unread', conversation])) ?? [];
  changes.put(
    ['unread', conversation],
    unread.filter(({ id }) => !ids.has(id)),
  );
}

/** The person has seen everything that is here. True if anything was unread. */
export async function recordRead(changes, conversation) {
  const unread = (await changes.get(['unread', conversation])) ?? [];
  if (unread.length === 0) return false;
  const ids = unread.map(({ id }) => id);
  await report(changes, conversation, ids, STATE.READ);
  changes.put(['unread', conversation], []);
  return true;
}
