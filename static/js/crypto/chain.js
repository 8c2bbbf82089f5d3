// Owns the message keys of one sender in one epoch (docs/PROTOCOL.md, section 5). Chains are values:
// `take` returns the next one and leaves the old one as it was, so a caller changes its state only
// after a tag has verified. It must not know messages.

import { RangeExceeded, Replay } from './errors.js';
import { KEY, mac } from './labels.js';
import { assertBytes, assertInteger } from './wire.js';

/** Skipped keys a receiver keeps for one sender and epoch. */
export const MAX_SKIPPED = 1000;
const LAST_SEQ = 0xffffffff;
const MESSAGE = Uint8Array.of(1);
const CHAIN = Uint8Array.of(2);

/** MK = MAC(CK, 0x01). Use once, then erase. */
export const messageKey = (chainKey) => mac(chainKey, MESSAGE);

/** CK' = MAC(CK, 0x02). Erase the old one. */
export const nextChain = (chainKey) => mac(chainKey, CHAIN);

/** @typedef {{chainKey: Uint8Array, nextSeq: number}} SendingChain plain data, can be stored */

/** @param {Uint8Array} chainKey 32 bytes, of seq 1. @returns {SendingChain} */
export const sendingChain = (chainKey) =>
  Object.freeze({ chainKey: assertBytes(chainKey, KEY, 'chain key'), nextSeq: 1 });

/** @returns {{seq: number, messageKey: Uint8Array, chain: SendingChain}} store the chain before sending */
export const advance = ({ chainKey, nextSeq }) => ({
  seq: nextSeq,
  messageKey: messageKey(chainKey),
  chain: Object.freeze({ chainKey: nextChain(chainKey), nextSeq: nextSeq + 1 }),
});

/**
 * @typedef {{chainKey: Uint8Array, nextSeq: number,
 *   skipped: ReadonlyArray<Readonly<{seq: number, key: Uint8Array}>>}} ReceivingChain plain data, can be stored
 */

/** @param {Uint8Array} chainKey 32 bytes, of seq 1. @returns {ReceivingChain} */
export const receivingChain = (chainKey) =>
  Object.freeze({
    chainKey: assertBytes(chainKey, KEY, 'chain key'),
    nextSeq: 1,
    skipped: Object.freeze([]),
  });

function takeSkipped(chain, seq) {
  const found = chain.skipped.find((one) => one.seq === seq);
  if (found === undefined) throw new Replay('This message was received before.');
  const skipped = Object.freeze(chain.skipped.filter((one) => one !== found));
  return { messageKey: found.key, chain: Object.freeze({ ...chain, skipped }) };
}

function skipTo(chain, seq) {
  const skipped = [...chain.skipped];
  let { chainKey } = chain;
  for (let at = chain.nextSeq; at < seq; at++) {
    skipped.push(Object.freeze({ seq: at, key: messageKey(chainKey) }));
    chainKey = nextChain(chainKey);
  }
  return {
    messageKey: messageKey(chainKey),
    chain: Object.freeze({
      chainKey: nextChain(chainKey),
      nextSeq: seq + 1,
      skipped: Object.freeze(skipped),
    }),
  };
}

/**
 * @param {ReceivingChain} chain
 * @param {number} seq 1 to 2^32 - 1
 * @returns {{messageKey: Uint8Array, chain: ReceivingChain}} adopt the chain once the message opened
 * @throws {Replay} when seq was taken before. @throws {RangeExceeded} beyond 1000 skipped keys
 */
export function take(chain, seq) {
  assertInteger(seq, 1, LAST_SEQ, 'seq');
  if (seq < chain.nextSeq) return takeSkipped(chain, seq);
  // Before any key is derived: a number far ahead must cost nothing.
  if (chain.skipped.length + seq - chain.nextSeq > MAX_SKIPPED) {
    throw new RangeExceeded('Too many messages are missing before this one.');
  }
  return skipTo(chain, seq);
}
