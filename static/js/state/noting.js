// Owns what each event of a session leaves behind: rows of the thread, counters, alerts. Called once per
// entry, within its step; it decides nothing about the session.

import { parseEnvelope } from '../crypto/envelope.js';
import { KIND } from '../crypto/transcript.js';
import { equalBytes } from '../crypto/wire.js';
import { EVENT } from './events.js';
import {
  recordMessage,
  recordNotices,
  recordOwn,
  recordReadElsewhere,
  recordReceipts,
  recordUnreadable,
} from './history.js';
import { numberName } from './session.js';
import { notices, REFUSED } from './words.js';

const MINUTE = 60_000;
const MINUTES_KEPT = 30;

const NO_COUNTS = Object.freeze({
  sent: 0,
  received: 0,
  replaysRefused: 0,
  tamperRefused: 0,
  undecryptable: 0,
});

/**
 * @param {import('./changes.js').Changes} changes
 * @param {object} summary of the room
 * @param {{room, site, before, after, entry}} context
 * @param {object} event
 * @returns {Promise<object>} the summary after it
 */
export async function note(changes, summary, context, event) {
  const touched = { ...summary, firstLoadedAt: summary.firstLoadedAt ?? Date.now() };
  return await NOTERS[event.type](changes, touched, withHead(context), event);
}

const withHead = (context) => ({ ...context, head: context.after.head });

const NOTERS = {
  [EVENT.MESSAGE]: noteMessage,
  [EVENT.OWN]: noteOwn,
  [EVENT.EPOCH]: noteEpoch,
  [EVENT.REFUSED]: noteRefused,
  [EVENT.STOPPED]: (_changes, summary) => summary,
};

const counted = (summary, name) => ({
  ...summary,
  counters: { ...summary.counters, [name]: summary.counters[name] + 1 },
});

/** Messages per minute, of the last half hour, oldest first. */
function rated(summary, at) {
  const minute = Math.floor(at / MINUTE);
  const recent = (summary.rate ?? []).filter(([one]) => one > minute - MINUTES_KEPT);
  const rates = new Map(recent);
  rates.set(minute, (rates.get(minute) ?? 0) + 1);
  return { ...summary, rate: [...rates].sort(([a], [b]) => a - b) };
}

const movedAt = (summary, { entry }) => ({
  ...rated(summary, entry.receivedAt),
  updatedAt: entry.receivedAt,
});

async function noteMessage(changes, summary, context, event) {
  const mine = equalBytes(event.sender, context.site.me.userId);
  const { receipts } = event.payload;
  if (receipts) {
    const record = mine ? recordReadElsewhere : recordReceipts;
    await record(changes, summary.id, receipts);
    return summary;
  }
  if (event.again) return summary;
  await recordMessage(changes, summary.id, context, event, mine);
  return movedAt(counted(summary, mine ? 'sent' : 'received'), context);
}

function noteOwn(changes, summary, context, event) {
  const { header } = parseEnvelope(context.entry.raw);
  const item = context.room.outbox.sealedAs(numberName(event.epoch, event.seq));
  if (!item) return summary;
  changes.delete(item.place);
  context.settled.push(item);
  if (item.text === null) return summary;
  recordOwn(changes, summary.id, item, context, header);
  return movedAt(counted(summary, 'sent'), context);
}

function noteEpoch(changes, summary, context, event) {
  const lines = event.readable ? epochLines(context, event) : [];
  recordNotices(changes, summary.id, context, lines);
  return summary;
}

function epochLines({ room, site, before, after, entry }, event) {
  const name = (userId) => (equalBytes(userId, site.me.userId) ? 'You' : room.summary.peer.name);
  const who = name(event.committer);
  const by = equalBytes(event.deviceId, site.me.deviceId) ? 'this browser' : who;
  const first = before.epochs.length === 0;
  const lines = [notices.epoch(event.epoch, by === 'You' ? 'another device of yours' : by)];
  if (event.restart) lines.unshift(notices.restart(who));
  if (first && entry.n > 1) lines.unshift(notices.joined());
  if (!first) lines.push(...deviceLines(before.epochs.at(-1), after.epochs.at(-1), name));
  if (event.readingOnly === 'old_list') {
    lines.push(notices.old_list(overtaken(after.epochs.at(-1), site.people).map(name)));
  }
  return lines;
}

/** Whose devices had changed already when the keys were made. */
const overtaken = ({ roster }, people) =>
  roster
    .filter(({ userId, version }) => version < people.contact(userId).newest.list.version)
    .map(({ userId }) => userId);

function deviceLines(before, after, name) {
  const only = (one, other) => [...one.peers].filter(([id]) => !other.peers.has(id));
  const added = only(after, before).map(([, peer]) => notices.device_added(name(peer.userId)));
  const gone = only(before, after).map(([, peer]) => notices.device_removed(name(peer.userId)));
  return [...added, ...gone];
}

async function noteRefused(changes, summary, context, event) {
  const { site, before } = context;
  if (event.attack) await site.alerts.raise({ ...REFUSED, conversation: summary.id });
  if (event.code === 'replay') return counted(summary, 'replaysRefused');
  const next = event.attack ? counted(summary, 'tamperRefused') : summary;
  // Before this device was let in, nothing was meant for it.
  if (event.kind !== KIND.MESSAGE || before.epochs.length === 0) return next;
  const mine = equalBytes(context.entry.sender, site.me.userId);
  recordUnreadable(changes, summary.id, { ...context, mine }, event.code);
  return counted(next, 'undecryptable');
}

/** @param {{userId: string, name: string}} peer with the name that they signed */
export const summaryOf = (id, peer) => ({
  id,
  peer,
  updatedAt: null,
  counters: NO_COUNTS,
  rate: [],
  firstLoadedAt: null,
  kept: false,
});
