// Owns what a new account consists of, and the form in which the server gets it. Nothing is sent here.

import { serialise as bookText } from '../crypto/book.js';
import { ID } from '../crypto/labels.js';
import { PRIVATE_KEY, keypair as signingKeypair } from '../crypto/signatures.js';
import {
  DEFAULT_PARAMS,
  loginKey,
  recoveryLoginKey,
  recoveryWrapKey,
  sealIdentity,
  vaultKey,
  wrap,
} from '../crypto/vault.js';
import { sealBook } from '../crypto/vault_book.js';
import { toBase64url } from '../crypto/wire.js';
import { random } from './clock.js';
import { firstList, makeDevice } from './enrolment.js';

const SECRET = 32;

/** Identity, first device, first list and empty book, before anything is sealed. */
export function makeAccount(name) {
  const now = Date.now();
  const userId = random(ID);
  const identity = signingKeypair(random(PRIVATE_KEY));
  const device = makeDevice(now);
  const list = firstList({ userId, name, identity, listed: device.listed, now });
  const own = { list_version: 1, list_hash: toBase64url(list.hash) };
  const book = bookText({ version: 1, own, contacts: {}, heads: {} });
  const keys = { identityKey: random(SECRET), bookKey: random(SECRET) };
  return { userId, name, identity, device, list, book, keys };
}

/** What is uploaded: sealed boxes, login keys, the signed list. The master key and the recovery key stay here. */
export async function signUpForm(account, { email, salt, master, recoveryKey }) {
  const { userId, name, identity, list, book, keys } = account;
  const nonce = () => random(SECRET);
  const wrapWith = (key, kind) => wrap(key, kind, userId, 1, keys, nonce());
  const vault = {
    wrap_password: await wrapWith(vaultKey(master), 'wrap password'),
    wrap_recovery: await wrapWith(recoveryWrapKey(recoveryKey), 'wrap recovery'),
    identity: await sealIdentity(keys.identityKey, userId, 1, identity.privateKey, nonce()),
    book: await sealBook(keys.bookKey, userId, 1, book, nonce()),
  };
  const { memoryKib, passes, lanes } = DEFAULT_PARAMS;
  const kdf = { salt: toBase64url(salt), memory_kib: memoryKib, passes, lanes };
  return {
    user_id: toBase64url(userId),
    name,
    email,
    kdf,
    login_key: toBase64url(loginKey(master)),
    recovery_login_key: toBase64url(recoveryLoginKey(recoveryKey)),
    vault: Object.fromEntries(Object.entries(vault).map(([part, box]) => [part, toBase64url(box)])),
    device_list: toBase64url(list.raw),
  };
}
