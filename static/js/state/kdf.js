// Owns running kdf_worker.js: one derivation, with progress. The bounds are checked here too, before the
// password is handed to anything.

import { checkBounds } from '../crypto/vault.js';
import { StateError } from './errors.js';

// Trusted Types: a script may be started from this address and no other.
const ADDRESS = new URL('./kdf_worker.js', import.meta.url).href;
let policy = null;

function workerAddress() {
  if (!globalThis.trustedTypes) return ADDRESS;
  policy ??= trustedTypes.createPolicy('cryptexq-worker', { createScriptURL: () => ADDRESS });
  return policy.createScriptURL('');
}

const failed = (cause) =>
  new StateError('Your password could not be prepared', {
    code: 'kdf_failed',
    detail: 'The browser may be short of memory. Close other tabs, reload the page and try again.',
    cause,
  });

/**
 * @param {string} password @param {Uint8Array} salt @param {import('../crypto/vault.js').KdfParams} params
 * @param {(fraction: number) => void} onProgress @returns {Promise<Uint8Array>} M: use it, then wipe it
 */
export async function deriveInWorker(password, salt, params, onProgress) {
  checkBounds(params);
  const worker = new Worker(workerAddress(), { type: 'module' });
  try {
    return await answerOf(worker, { password, salt, params }, onProgress);
  } finally {
    worker.terminate();
  }
}

function answerOf(worker, task, onProgress) {
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => reject(failed(event.message));
    worker.onmessage = ({ data }) => {
      if (data.master) resolve(data.master);
      else if (data.failed) reject(failed(data.failed));
      else onProgress(data.fraction);
    };
    worker.postMessage(task);
  });
}
