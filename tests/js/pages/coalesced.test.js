import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesced } from '../../../static/js/pages/coalesced.js';

function gate() {
  const runs = [];
  const work = () => new Promise((resolve, reject) => runs.push({ resolve, reject }));
  return { runs, ask: coalesced(work) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a burst while work runs is one more run, after it', async () => {
  const { runs, ask } = gate();
  const first = ask();
  const burst = [ask(), ask(), ask()];
  assert.equal(runs.length, 1);
  runs[0].resolve('one');
  assert.equal(await first, 'one');
  await settled();
  assert.equal(runs.length, 2);
  runs[1].resolve('two');
  assert.deepEqual(await Promise.all(burst), ['two', 'two', 'two']);
  await settled();
  assert.equal(runs.length, 2);
});

test('who asks during the second run gets a third', async () => {
  const { runs, ask } = gate();
  ask();
  ask();
  runs[0].resolve();
  await settled();
  const third = ask();
  runs[1].resolve();
  await settled();
  runs[2].resolve('three');
  assert.equal(await third, 'three');
});

test('a failure is told to who asked, and the next run happens', async () => {
  const { runs, ask } = gate();
  const first = ask();
  const second = ask();
  runs[0].reject(new Error('gone'));
  await assert.rejects(first, /gone/u);
  await settled();
  runs[1].resolve('back');
  assert.equal(await second, 'back');
});
