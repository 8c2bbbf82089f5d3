// Owns the question whether the browser lets this page encrypt, and the words when it does not.
// Over plain http from another machine the browser takes its cryptography away. Said before anybody types.

export const NEEDS_HTTPS = {
  title: 'This page needs https, or http://localhost',
  detail:
    'Browsers allow encryption only there. Ask the person who runs this server to put it behind https.',
};

export function canEncrypt({ isSecureContext, crypto } = globalThis) {
  return Boolean(isSecureContext && crypto?.subtle);
}
