// Owns how messages become the rows of a thread: day dividers, grouping by sender, the "New" line. Pure.

import { dayLabel, daysBetween } from './format.js';

const GROUP_GAP = 5 * 60 * 1000;

export const timeOf = (message) => message.sentAt ?? message.receivedAt;

/** Rows, oldest first. `newFrom` is the key of the first message that was unread when the thread was opened. */
export function rowsOf(messages, { now, newFrom = null }) {
  const rows = [];
  let previous = null;
  for (const message of messages) {
    if (startsDay(previous, message)) rows.push(dayRow(message, now));
    if (message.key === newFrom) rows.push({ type: 'new', key: 'new' });
    rows.push(rowOf(message, previous, rows.at(-1)));
    previous = message;
  }
  return rows;
}

/** The first of the last `unread` messages that others sent; notices do not count as unread. */
export function firstUnread(messages, unread) {
  let left = unread;
  let found = null;
  for (let index = messages.length - 1; index >= 0 && left > 0; index -= 1) {
    if (messages[index].mine || messages[index].state === 'notice') continue;
    found = messages[index].key;
    left -= 1;
  }
  return found;
}

function startsDay(previous, message) {
  return previous === null || daysBetween(timeOf(previous), timeOf(message)) !== 0;
}

const dayRow = (message, now) => ({
  type: 'day',
  key: `day ${message.key}`,
  label: dayLabel(timeOf(message), now),
});

function rowOf(message, previous, above) {
  if (message.state === 'notice') return { type: 'notice', key: message.key, message };
  return {
    type: 'message',
    key: message.key,
    message,
    first: above?.type !== 'message' || startsGroup(previous, message),
  };
}

function startsGroup(previous, message) {
  return previous.mine !== message.mine || timeOf(message) - timeOf(previous) > GROUP_GAP;
}
