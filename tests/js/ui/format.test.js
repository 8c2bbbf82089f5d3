import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clockTime,
  count,
  dayLabel,
  daysBetween,
  duration,
  grouped,
  hueOf,
  initials,
  listTime,
  size,
  utf8Length,
} from '../../../static/js/ui/format.js';

const HOUR = 3_600_000;
const at = (year, month, day, hour = 12, minute = 0) =>
  new Date(year, month - 1, day, hour, minute).getTime();

test('days are counted by midnights, not by hours', () => {
  assert.equal(daysBetween(at(2025, 11, 20, 23, 59), at(2025, 11, 21, 0, 1)), 1);
  assert.equal(daysBetween(at(2025, 11, 21, 0, 1), at(2025, 11, 21, 23, 59)), 0);
});

test('the days on which clocks change are days like others', () => {
  assert.equal(daysBetween(at(2025, 3, 29), at(2025, 3, 31)), 2);
  assert.equal(daysBetween(at(2025, 10, 25), at(2025, 10, 27)), 2);
});

test('a day divider names near days by words and far ones by date', () => {
  const now = at(2025, 11, 21);
  assert.equal(dayLabel(at(2025, 11, 21, 1), now), 'Today');
  assert.equal(dayLabel(at(2025, 11, 20), now), 'Yesterday');
  assert.match(dayLabel(at(2025, 11, 3), now), /3/u);
  assert.doesNotMatch(dayLabel(at(2025, 11, 3), now), /2025/u);
  assert.match(dayLabel(at(2024, 11, 3), now), /2024/u);
});

test('the list shows the hour, then the day, then the date', () => {
  const now = at(2025, 11, 21);
  assert.equal(listTime(at(2025, 11, 21, 9, 5), now), clockTime(at(2025, 11, 21, 9, 5)));
  assert.equal(listTime(at(2025, 11, 20), now), 'Yesterday');
  assert.doesNotMatch(listTime(at(2025, 11, 17), now), /\d/u);
  assert.match(listTime(at(2025, 10, 2), now), /2/u);
});

test('durations keep two units and never go below zero', () => {
  assert.equal(duration(-5), '0 s');
  assert.equal(duration(59_999), '59 s');
  assert.equal(duration(5.2 * HOUR), '5 h 12 min');
  assert.equal(duration(24 * HOUR), '1 d');
  assert.equal(duration(49 * HOUR), '2 d 1 h');
});

test('sizes and counts read as people write them', () => {
  assert.equal(size(1023), '1023 B');
  assert.equal(size(1536), '1.5 KB');
  assert.equal(size(16_384), '16 KB');
  assert.equal(count(1, 'device', 'devices'), '1 device');
  assert.equal(count(0, 'device', 'devices'), '0 devices');
});

test('initials come from the parts of a name, or from its beginning', () => {
  assert.equal(initials('ada'), 'AD');
  assert.equal(initials('o.bergman'), 'OB');
  assert.equal(initials('wilhelmine_von-der-heide'), 'WV');
  assert.equal(initials('a--'), 'A-');
});

test('a hue is stable, in range, and spreads over near-equal names', () => {
  const hues = Array.from({ length: 64 }, (_, index) => hueOf(`user${index}`));
  assert.deepEqual(
    hues,
    Array.from({ length: 64 }, (_, index) => hueOf(`user${index}`)),
  );
  assert.ok(hues.every((hue) => Number.isInteger(hue) && hue >= 0 && hue < 8));
  assert.equal(new Set(hues).size, 8);
});

test('fingerprints are grouped without losing a character', () => {
  assert.equal(grouped('0123456789'), '0123 4567 89');
  assert.equal(grouped(''), '');
});

test('length is counted in bytes of UTF-8', () => {
  assert.equal(utf8Length('aé€😀'), 1 + 2 + 3 + 4);
});
