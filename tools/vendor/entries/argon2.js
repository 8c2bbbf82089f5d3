// Kept apart from noble.js: only sign-up, login and a change of password derive a key from a password.
export { argon2id, argon2idAsync } from '@noble/hashes/argon2.js';
