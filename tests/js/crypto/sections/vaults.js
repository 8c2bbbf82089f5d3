// Owns the cases of passwords, recovery keys, vaults and books that this implementation writes (tests/vectors/README.md).
// Everything follows from names, so the file comes out the same every time.

import * as book from '../../../../static/js/crypto/book.js';
import * as vault from '../../../../static/js/crypto/vault.js';
import { toBase64url } from '../../../../static/js/crypto/wire.js';
import { ALICE, bytes, NOW } from '../fixtures.js';

const mark = (version, name = '') => ({
  list_version: version,
  list_hash: toBase64url(bytes(`list ${version} ${name}`, 32)),
});

function contact(name, version, verifiedAt, variant = '') {
  const identityHash = toBase64url(bytes(`identity hash ${name} ${variant}`, 32));
  return { name, identity_hash: identityHash, ...mark(version, variant), verified_at: verifiedAt };
}

const idOf = (name) => toBase64url(bytes(name, 16));
const headOf = (n, name = '') => ({ n, head: toBase64url(bytes(`head ${n} ${name}`, 32)) });

export function books() {
  const base = { version: 1, own: mark(1), contacts: {}, heads: {} };
  const mine = {
    ...base,
    own: mark(3),
    contacts: {
      [idOf('bob')]: contact('bob', 4, 0),
      [idOf('carol')]: contact('carol', 1, NOW),
      [idOf('dave')]: contact('dave', 2, 0),
      [idOf('erin')]: contact('erin', 2, 5),
    },
    heads: {
      [idOf('talk 1')]: headOf(9),
      [idOf('talk 2')]: headOf(3),
      [idOf('talk 3')]: headOf(1),
    },
  };
  const theirs = {
    ...base,
    own: mark(3, 'another'),
    contacts: {
      [idOf('bob')]: contact('bob', 3, NOW),
      [idOf('dave')]: contact('dave', 9, NOW, 'another'),
      [idOf('erin')]: { ...contact('erin', 2, 6), ...mark(2, 'another') },
      [idOf('frank')]: contact('frank', 1, 0),
    },
    heads: {
      [idOf('talk 1')]: headOf(8),
      [idOf('talk 2')]: headOf(4),
      [idOf('talk 3')]: headOf(1, 'x'),
    },
  };
  return { empty: base, mine, theirs };
}

export async function sections() {
  const password = 'Påsswörd ﬁve ＡＢ';
  const argon = [
    { password, memoryKib: 64, passes: 2, lanes: 1 },
    { password: 'short', memoryKib: 256, passes: 3, lanes: 1 },
    { password, ...vault.DEFAULT_PARAMS },
  ].map(({ password: secret, ...params }) => {
    const salt = bytes(`salt ${params.memoryKib}`, 16);
    const master = vault.deriveMasterUnchecked(secret, salt, params);
    return { password: secret, salt, ...params, master };
  });
  const master = bytes('master', 32);
  const recoveryKey = bytes('recovery key', 32);
  return {
    argon2: argon,
    vault_keys: [{ master, loginKey: vault.loginKey(master), vaultKey: vault.vaultKey(master) }],
    recovery: [
      {
        recoveryKey,
        text: vault.recoveryKeyText(recoveryKey),
        loginKey: vault.recoveryLoginKey(recoveryKey),
        wrapKey: vault.recoveryWrapKey(recoveryKey),
      },
    ],
    ...(await compartments(recoveryKey, master)),
  };
}

async function compartments(recoveryKey, master) {
  const { userId, identity: own } = ALICE;
  const keys = { identityKey: bytes('identity key', 32), bookKey: bytes('book key', 32) };
  const nonce = bytes('vault nonce', 32);
  const { empty, mine, theirs } = books();
  const made = { vault_wrap: [], vault_identity: [], vault_book: [], book_merge: [] };
  const wrapKeys = {
    'wrap password': vault.vaultKey(master),
    'wrap recovery': vault.recoveryWrapKey(recoveryKey),
  };
  for (const [name, key] of Object.entries(wrapKeys)) {
    const box = await vault.wrap(key, name, userId, 3, keys, nonce);
    made.vault_wrap.push({ name, key, userId, version: 3, nonce, ...keys, box });
  }
  const { identityKey, bookKey } = keys;
  const box = await vault.sealIdentity(identityKey, userId, 4, own.privateKey, nonce);
  const identityPrivate = own.privateKey;
  made.vault_identity.push({ identityKey, userId, version: 4, nonce, identityPrivate, box });
  for (const one of [empty, mine]) {
    const text = book.serialise(one);
    const sealed = await vault.sealBook(bookKey, userId, 5, text, nonce);
    made.vault_book.push({ bookKey, userId, version: 5, nonce, text, box: sealed });
  }
  for (const [a, b] of [
    [mine, theirs],
    [theirs, mine],
    [empty, mine],
  ]) {
    const merged = book.merge(a, b);
    const texts = { mine: book.serialise(a), theirs: book.serialise(b) };
    made.book_merge.push({
      ...texts,
      merged: book.serialise(merged.book),
      conflicts: merged.conflicts,
    });
  }
  return made;
}
