// Owns deriving the password's master key outside the page's thread, so that the page stays alive.
// A module worker: it gets one task, reports progress, answers, and is ended.

import { deriveMaster } from '../crypto/vault.js';

addEventListener('message', async ({ data: { password, salt, params } }) => {
  try {
    const onProgress = (fraction) => postMessage({ fraction });
    postMessage({ master: await deriveMaster(password, salt, params, onProgress) });
  } catch (error) {
    postMessage({ failed: error.code ?? 'kdf_failed' });
  }
});
