import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstUnread, rowsOf } from '../../../static/js/ui/thread-rows.js';

const MINUTE = 60_000;
const NOON = new Date(2025, 10, 21, 12).getTime();
let serial = 0;

const message = (minutes, mine = false, state = 'received') => {
  serial += 1;
  return { key: `k${serial}`, mine, state, sentAt: NOON + minutes * MINUTE, text: 'x' };
};

const types = (rows) => rows.map((row) => row.type);
const rows = (messages, newFrom = null) => rowsOf(messages, { now: NOON, newFrom });

test('a day begins with a divider, once', () => {
  const shown = rows([message(-1500), message(-1499), message(0)]);
  assert.deepEqual(types(shown), ['day', 'message', 'message', 'day', 'message']);
  assert.deepEqual([shown[0].label, shown[3].label], ['Yesterday', 'Today']);
});

test('messages of one sender within five minutes are one group', () => {
  const shown = rows([message(0), message(4), message(10), message(11, true), message(12)]);
  assert.deepEqual(
    shown.filter((row) => row.type === 'message').map((row) => row.first),
    [true, false, true, true, true],
  );
});

test('a notice ends a group and is no message', () => {
  const shown = rows([message(0), message(1, false, 'notice'), message(2)]);
  assert.deepEqual(types(shown), ['day', 'message', 'notice', 'message']);
  assert.equal(shown[3].first, true);
});

test('the "New" line stands once, before the first unread message, and begins a group', () => {
  const messages = [message(0), message(1), message(2)];
  const shown = rows(messages, messages[1].key);
  assert.deepEqual(types(shown), ['day', 'message', 'new', 'message', 'message']);
  assert.deepEqual([shown[3].first, shown[4].first], [true, false]);
});

test('a "New" line on the first message of a day stands below the divider', () => {
  const messages = [message(-1500), message(0)];
  assert.deepEqual(types(rows(messages, messages[1].key)), [
    'day',
    'message',
    'day',
    'new',
    'message',
  ]);
});

test('every row has a key of its own', () => {
  const messages = [message(-1500), message(0), message(1, true), message(2, false, 'notice')];
  const keys = rows(messages, messages[1].key).map((row) => row.key);
  assert.equal(new Set(keys).size, keys.length);
});

test('a message that was only received stands by the time of receiving', () => {
  const late = { ...message(0), sentAt: null, receivedAt: NOON - 1500 * MINUTE };
  assert.equal(rows([late])[0].label, 'Yesterday');
});

test('unread counts what others wrote, from the end', () => {
  const messages = [
    message(0),
    message(1),
    message(2, true),
    message(3, false, 'notice'),
    message(4),
  ];
  assert.equal(firstUnread(messages, 0), null);
  assert.equal(firstUnread(messages, 1), messages[4].key);
  assert.equal(firstUnread(messages, 2), messages[1].key);
  assert.equal(firstUnread(messages, 99), messages[0].key);
  assert.equal(firstUnread([], 3), null);
});
