import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { History } from '../../../static/js/pages/talk-history.js';
import { MOST, STEP } from '../../../static/js/ui/view-window.js';

const NOON = new Date(2025, 10, 21, 12).getTime();
let store;
let asked;

const add = (number, mine = false) => {
  store.push({ key: `k${number}`, mine, state: 'received', sentAt: NOON, text: String(number) });
};

function load({ before = null, limit }) {
  asked.push({ before, limit });
  const end = before ? store.findIndex(({ key }) => key === before) : store.length;
  return Promise.resolve(store.slice(Math.max(0, end - limit), end));
}

const fill = (total) => Array.from({ length: total }, (_, index) => add(index));
const shown = (history) => history.rows(NOON).filter((row) => row.type === 'message');
const first = (history) => shown(history)[0].message.text;
const last = (history) => shown(history).at(-1).message.text;

beforeEach(() => {
  store = [];
  asked = [];
});

async function began(total, unread = 0) {
  fill(total);
  const history = new History(load);
  await history.begin(unread);
  return history;
}

test('the newest messages are shown first, and the start is not claimed', async () => {
  const history = await began(500);
  assert.equal(last(history), '499');
  assert.ok(!history.showsStart && history.showsNewest);
});

test('going back reaches the beginning, and the page never holds too much', async () => {
  const history = await began(500);
  while (await history.older()) assert.ok(shown(history).length <= MOST);
  assert.equal(first(history), '0');
  assert.equal(history.rows(NOON)[0].type, 'start');
  assert.ok(!history.showsNewest);
});

test('coming back reaches the newest again', async () => {
  const history = await began(500);
  while (await history.older());
  while (history.newer()) assert.ok(shown(history).length <= MOST);
  assert.equal(last(history), '499');
});

test('older messages are asked for once at a time', async () => {
  const history = await began(500);
  const answers = await Promise.all([history.older(), history.older(), history.older()]);
  assert.deepEqual(answers, [true, false, false]);
});

test('news at the end follow only if the person is there', async () => {
  const history = await began(300);
  add(300);
  assert.deepEqual(
    (await history.refresh(true)).map(({ text }) => text),
    ['300'],
  );
  assert.equal(last(history), '300');
  while (await history.older());
  add(301);
  await history.refresh(false);
  assert.notEqual(last(history), '301');
  history.toNewest();
  assert.equal(last(history), '301');
});

test('a message that changed its state is shown in its new one', async () => {
  const history = await began(5);
  store[4] = { ...store[4], state: 'read' };
  await history.refresh(true);
  assert.equal(shown(history).at(-1).message.state, 'read');
});

test('enough is loaded to show the first unread message', async () => {
  const history = await began(500, 100);
  const rows = history.rows(NOON);
  const place = rows.findIndex((row) => row.type === 'new');
  assert.equal(rows[place + 1].message.text, '400');
  history.forgetNew();
  assert.ok(!history.rows(NOON).some((row) => row.type === 'new'));
});

test('an empty conversation shows its start and asks for nothing older', async () => {
  const history = await began(0);
  assert.ok(history.isEmpty && history.showsStart);
  assert.equal(await history.older(), false);
  assert.equal(asked.length, 1);
});

test('a store that fails once is asked again', async () => {
  fill(200);
  let broken = false;
  const history = new History((page) => (broken ? Promise.reject(new Error('gone')) : load(page)));
  await history.begin(0);
  broken = true;
  await assert.rejects(history.older());
  broken = false;
  assert.equal(await history.older(), true);
});

test('a page that is exactly full does not claim the start before it was looked for', async () => {
  const history = await began(STEP);
  assert.ok(!history.showsStart);
  assert.equal(await history.older(), true);
  assert.ok(history.showsStart);
  assert.equal(await history.older(), false);
});

test('a message that was discarded goes, and nothing else moves', async () => {
  const history = await began(500);
  store.pop();
  const fresh = await history.refresh(true);
  assert.deepEqual([fresh.length, first(history), last(history)], [0, '440', '498']);
});

test('more news than a page holds leave no gap', async () => {
  const history = await began(100);
  for (let number = 100; number < 400; number += 1) add(number);
  await history.refresh(true);
  while (await history.older());
  const numbers = shown(history).map(({ message }) => Number(message.text));
  assert.equal(numbers[0], 0);
  assert.ok(numbers.every((number, index) => number === numbers[0] + index));
});

test('a browser that joined later does not claim that the conversation began there', async () => {
  store.push({ key: 'j', mine: false, state: 'notice', notice: { kind: 'joined' }, sentAt: NOON });
  const history = await began(3);
  assert.ok(history.showsStart);
  assert.equal(history.rows(NOON)[0].type, 'day');
});
