import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  atNewest,
  MOST,
  merge,
  newest,
  STEP,
  shifted,
  towardsNewer,
  towardsOlder,
} from '../../../static/js/ui/view-window.js';

const keyed = (...keys) => keys.map((key) => ({ key }));
const keys = (messages) => messages.map(({ key }) => key).join('');
const width = ({ start, end }) => end - start;

test('a view never holds more than the most, wherever it goes', () => {
  const total = 5 * MOST;
  let view = newest(total);
  for (let step = 0; step < 40; step += 1) {
    view = towardsOlder(view);
    assert.ok(width(view) <= MOST && width(view) > 0);
  }
  assert.equal(view.start, 0);
  for (let step = 0; step < 40; step += 1) {
    view = towardsNewer(view, total);
    assert.ok(width(view) <= MOST && width(view) > 0);
  }
  assert.deepEqual(view, newest(total));
});

test('a step keeps most of what is in sight', () => {
  const view = newest(3 * MOST);
  const older = towardsOlder(view);
  assert.equal(view.start - older.start, STEP);
  assert.ok(older.end > view.start);
});

test('a short thread is shown whole', () => {
  assert.deepEqual(newest(7), { start: 0, end: 7 });
  assert.deepEqual(towardsOlder({ start: 0, end: 7 }), { start: 0, end: 7 });
  assert.ok(atNewest({ start: 0, end: 7 }, 7));
  assert.ok(!atNewest({ start: 0, end: 7 }, 8));
});

test('messages that were loaded in front move the view along', () => {
  assert.deepEqual(shifted({ start: 0, end: 60 }, 60), { start: 60, end: 120 });
});

test('the newest page replaces what it overlaps and adds what is new', () => {
  assert.equal(keys(merge(keyed('a', 'b', 'c'), keyed('b', 'c', 'd'))), 'abcd');
  assert.equal(
    merge([{ key: 'a', state: 'stored' }], [{ key: 'a', state: 'read' }])[0].state,
    'read',
  );
});

test('what is gone from the newest page is gone', () => {
  assert.equal(keys(merge(keyed('a', 'b', 'c'), keyed('b', 'd'))), 'abd');
});

test('without a common message there may be a gap, so they are not joined', () => {
  assert.equal(merge(keyed('a', 'b'), keyed('x', 'y')), null);
  assert.equal(keys(merge([], keyed('x', 'y'))), 'xy');
});

test('a page that reaches further back does not push the loaded messages along', () => {
  assert.equal(keys(merge(keyed('c', 'd', 'e'), keyed('b', 'c', 'd'))), 'cd');
});
