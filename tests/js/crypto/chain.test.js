import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as chain from '../../../static/js/crypto/chain.js';
import { bytes, hex, numbers } from './fixtures.js';

const KEY = bytes('chain', 32);
const fresh = () => chain.receivingChain(KEY);

/** The message keys of the sender, by seq from 1. */
function sent(count) {
  const keys = [];
  let state = chain.sendingChain(KEY);
  for (let i = 1; i <= count; i++) {
    const { seq, messageKey, chain: next } = chain.advance(state);
    assert.equal(seq, i);
    keys[seq] = hex(messageKey);
    state = next;
  }
  return keys;
}

test('sender and receiver have the same keys, in whatever order messages come', () => {
  const keys = sent(60);
  const next = numbers('orders');
  for (let round = 0; round < 20; round++) {
    const order = Array.from({ length: 60 }, (_, i) => i + 1);
    for (let i = 59; i > 0; i--) {
      const j = next(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    let state = fresh();
    for (const seq of order) {
      const taken = chain.take(state, seq);
      assert.equal(hex(taken.messageKey), keys[seq]);
      state = taken.chain;
    }
    assert.equal(state.skipped.length, 0);
  }
});

test('every key is given out once', () => {
  let state = fresh();
  for (const seq of [2, 1]) state = chain.take(state, seq).chain;
  for (const seq of [1, 2]) assert.throws(() => chain.take(state, seq), { code: 'replay' });
});

test('taking leaves the old chain as it was', () => {
  const state = chain.take(fresh(), 3).chain;
  const before = structuredClone(state);
  chain.take(state, 1);
  chain.take(state, 9);
  assert.deepEqual(structuredClone(state), before);
  assert.deepEqual(KEY, bytes('chain', 32));
  assert.ok(Object.isFrozen(state) && Object.isFrozen(state.skipped));
});

test('a thousand keys are kept and not one more', () => {
  const full = chain.take(fresh(), chain.MAX_SKIPPED + 1).chain;
  assert.equal(full.skipped.length, 1000);
  assert.throws(() => chain.take(fresh(), 1002), { code: 'range_exceeded' });
  assert.throws(() => chain.take(full, 1003), { code: 'range_exceeded' });
  const roomy = chain.take(full, 1).chain;
  assert.equal(chain.take(roomy, 1003).chain.skipped.length, 1000);
});

test('a number far ahead costs nothing', () => {
  const start = performance.now();
  assert.throws(() => chain.take(fresh(), 2 ** 32 - 1), { code: 'range_exceeded' });
  assert.ok(performance.now() - start < 50);
});

test('a stored chain goes on', () => {
  const stored = structuredClone(chain.take(fresh(), 3).chain);
  assert.equal(hex(chain.take(stored, 2).messageKey), sent(2)[2]);
});

test('numbers and keys of the wrong kind are this program’s fault', () => {
  for (const seq of [0, -1, 1.5, 2 ** 32, '1', null]) {
    assert.throws(() => chain.take(fresh(), seq), { code: 'argument_invalid' });
  }
  assert.throws(() => chain.receivingChain(bytes('x', 31)), { code: 'argument_invalid' });
  assert.throws(() => chain.sendingChain(bytes('x', 31)), { code: 'argument_invalid' });
  assert.throws(() => chain.messageKey(bytes('x', 31)), { code: 'argument_invalid' });
});
