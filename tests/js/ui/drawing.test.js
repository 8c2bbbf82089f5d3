import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dashes } from '../../../static/js/ui/epoch-dial.js';
import { pathOf } from '../../../static/js/ui/qr.js';
import { lastMinutes, rateWords } from '../../../static/js/ui/rate-chart.js';
import { matching } from '../../../static/js/ui/switcher.js';
import { encode } from '../../../static/vendor/qrcode.js';

/** The squares that a path fills, drawn back from it. */
function squaresOf(path, size) {
  const rows = Array.from({ length: size }, () => new Array(size).fill(false));
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/gu)) {
    for (let step = 0; step < Number(width); step += 1) rows[Number(y)][Number(x) + step] = true;
  }
  return rows;
}

test('a QR path fills exactly the dark squares', () => {
  const { data, size } = encode('cryptexq', { ecc: 'M', border: 0 });
  assert.deepEqual(squaresOf(pathOf(data), size), data);
});

test('the dial draws a tick for each message and no more', () => {
  assert.equal(dashes(0, 50), '0 50');
  assert.equal(dashes(2, 50).split(' ').length, 6);
});

test('the chart has thirty minutes, the newest last, silence where nothing is known', () => {
  const counts = lastMinutes([{ count: 2 }, { count: 5 }]);
  assert.equal(counts.length, 30);
  assert.deepEqual(counts.slice(-3), [0, 2, 5]);
  const many = lastMinutes(Array.from({ length: 45 }, (_, index) => ({ count: index })));
  assert.deepEqual([many[0], many.at(-1)], [15, 44]);
});

test('the chart is said in words', () => {
  assert.match(rateWords(lastMinutes([])), /No message/u);
  assert.match(rateWords(lastMinutes([{ count: 2 }, { count: 5 }])), /7 messages .* at most 5/u);
});

test('the switcher finds a part of a name in any case', () => {
  const conversations = ['ines', 'o.bergman'].map((name) => ({ id: name, peer: { name } }));
  assert.deepEqual(
    matching(conversations, ' BERG ').map(({ id }) => id),
    ['o.bergman'],
  );
  assert.equal(matching(conversations, '').length, 2);
});
