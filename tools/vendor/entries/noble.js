// What the browser's crypto/ needs beyond WebCrypto: X-Wing, both signature schemes, and synchronous
// hashes. One file, so that X25519 and Ed25519 share their field arithmetic and both lattice schemes
// their number-theoretic transform. An export added here is bytes added to every first load.
export { ed25519 } from '@noble/curves/ed25519.js';
export { expand, extract } from '@noble/hashes/hkdf.js';
export { hmac } from '@noble/hashes/hmac.js';
export { sha256, sha512 } from '@noble/hashes/sha2.js';
export { concatBytes, randomBytes } from '@noble/hashes/utils.js';
export { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js';
export { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
