// Owns signing up, logging in and out. The password stays in this file and in the worker that derives the
// master key; what leaves the browser is a login key, sealed boxes and signed lists.
// The identity is unlocked for enrolling this browser and wiped at once.

import { serialise as bookText, parse as parseBook } from '../crypto/book.js';
import { parseSigned } from '../crypto/device_list.js';
import { CryptoError } from '../crypto/errors.js';
import { ID } from '../crypto/labels.js';
import { keypair as signingKeypair } from '../crypto/signatures.js';
import {
  checkBounds,
  DEFAULT_PARAMS,
  loginKey,
  openIdentity,
  parseRecoveryKey,
  recoveryKeyText,
  recoveryLoginKey,
  recoveryWrapKey,
  unwrap,
  vaultKey,
} from '../crypto/vault.js';
import { openBook } from '../crypto/vault_book.js';
import { fromBase64url, toBase64url, wipe } from '../crypto/wire.js';
import { Http } from '../net/http.js';
import { random } from './clock.js';
import { deleteDatabase, openDatabase } from './db.js';
import { enrolmentRecords, isListed, makeDevice, nextList, verifyOwnLists } from './enrolment.js';
import { StateError } from './errors.js';
import { deriveInWorker } from './kdf.js';
import { makeAccount, signUpForm } from './new_account.js';

const SALT = 16;
const SECRET = 32;
const ENROL_ATTEMPTS = 4;
/** How everything begins that pages keep in the local storage. */
const STORED = 'cryptexq';
const LISTS_PER_ANSWER = 32;

// -- signing up -----------------------------------------------------------------------------------

/**
 * @param {{name: string, email: string, password: string}} person
 * @param {(progress: {stage: string, fraction: number|null}) => void} onProgress
 * @returns {Promise<{userId: string, name: string, recoveryKeyText: string}>}
 */
export async function signUp({ name, email, password }, onProgress) {
  const salt = random(SALT);
  const deriving = deriveInWorker(password, salt, DEFAULT_PARAMS, (fraction) =>
    onProgress({ stage: 'deriving', fraction }),
  );
  onProgress({ stage: 'deriving', fraction: 0 });
  // Made here while the worker derives: the two have nothing to do with each other.
  const account = makeAccount(name);
  const master = await deriving;
  onProgress({ stage: 'identity', fraction: null });
  const recoveryKey = random(SECRET);
  const form = await signUpForm(account, { email, salt, master, recoveryKey });
  await publishAccount(account, form, onProgress);
  const done = {
    userId: toBase64url(account.userId),
    name,
    recoveryKeyText: recoveryKeyText(recoveryKey),
  };
  wipe(master, recoveryKey, account.identity.privateKey, account.keys.identityKey);
  onProgress({ stage: 'done', fraction: 1 });
  return done;
}

/** The device is on disk before the account exists: an account whose keys are lost helps nobody. */
async function publishAccount(account, form, onProgress) {
  const { userId, name, device, list, book, keys } = account;
  const user = toBase64url(userId);
  const db = await openDatabase(user);
  try {
    const kept = { ...device.kept, bookKey: keys.bookKey };
    const records = { userId, name, kept, lists: [list], book: { version: 1, text: book } };
    await db.write(await enrolmentRecords(db, { ...records, newDevice: false }));
    onProgress({ stage: 'uploading', fraction: null });
    await new Http().post('/accounts', form);
    onProgress({ stage: 'device', fraction: null });
    db.close();
  } catch (error) {
    db.close();
    if (error.status >= 400) await deleteDatabase(user);
    throw error;
  }
  await askToKeep();
}

/** Browsers may throw storage away when the disk is full, unless the person's use of the site forbids it. */
async function askToKeep() {
  try {
    await navigator.storage?.persist?.();
  } catch {
    // Not offered here; storage is then kept as long as the browser likes.
  }
}

// -- logging in -------------------------------------------------------------------------------------

/** @returns {Promise<{userId: string, name: string, newDevice: boolean}>} */
export async function logIn({ login, password }, onProgress) {
  const http = new Http();
  onProgress({ stage: 'deriving', fraction: 0 });
  const { salt, params } = await kdfOf(http, login);
  const master = await deriveInWorker(password, salt, params, (fraction) =>
    onProgress({ stage: 'deriving', fraction }),
  );
  const keys = { proof: { login_key: toBase64url(loginKey(master)) }, wrapKey: vaultKey(master) };
  wipe(master);
  return await enter(http, { ...keys, login, kind: 'wrap password' }, onProgress);
}

/** @returns {Promise<{userId: string, name: string, newDevice: boolean}>} */
export async function logInWithRecovery({ login, recoveryKeyText: text }, onProgress) {
  const recoveryKey = readRecoveryKey(text);
  const proof = { recovery_login_key: toBase64url(recoveryLoginKey(recoveryKey)) };
  const wrapKey = recoveryWrapKey(recoveryKey);
  wipe(recoveryKey);
  return await enter(new Http(), { proof, wrapKey, login, kind: 'wrap recovery' }, onProgress);
}

function readRecoveryKey(text) {
  try {
    return parseRecoveryKey(text);
  } catch (cause) {
    throw new StateError('The recovery key has a typing mistake', {
      code: 'recovery_key_mistyped',
      detail:
        'Compare it group by group with what you kept. It has 14 groups of four letters and digits.',
      cause,
    });
  }
}

async function kdfOf(http, login) {
  const { salt, memory_kib: memoryKib, passes, lanes } = await http.post('/kdf', { login });
  const params = { memoryKib, passes, lanes };
  try {
    checkBounds(params);
    return { salt: fromBase64url(salt, SALT), params };
  } catch (cause) {
    throw new StateError('The server asked for unsafe protection of your password', {
      code: 'parameters_refused',
      detail:
        'Nothing was sent. Tell the person who runs this server, and do not log in until it is mended.',
      cause,
    });
  }
}

async function enter(http, { login, proof, wrapKey, kind }, onProgress) {
  onProgress({ stage: 'uploading', fraction: null });
  const answer = await http.post('/sessions', { login, ...proof });
  onProgress({ stage: 'device', fraction: null });
  const user = { userId: fromBase64url(answer.user_id, ID), name: answer.name };
  const db = await openReadable(answer.user_id);
  try {
    const newDevice = !(await isStillDevice(http, db, answer.user_id));
    if (newDevice) await enrol(http, db, user, { vault: answer.vault, wrapKey, kind });
    await askToKeep();
    onProgress({ stage: 'done', fraction: 1 });
    return { userId: answer.user_id, name: answer.name, newDevice };
  } finally {
    wipe(wrapKey);
    db.close();
  }
}

/** A store whose key is gone is worth nothing: then this browser begins anew. */
async function openReadable(userId) {
  const db = await openDatabase(userId);
  try {
    await db.get(['device']);
    return db;
  } catch {
    db.close();
    await deleteDatabase(userId);
    return await openDatabase(userId);
  }
}

async function isStillDevice(http, db, userId) {
  const device = await db.get(['device']);
  if (!device) return false;
  const { lists } = await http.get(`/users/${userId}/device-lists`);
  return isListed(parseSigned(fromBase64url(lists[0])), device.deviceId);
}

async function enrol(http, db, user, { vault, wrapKey, kind }) {
  const unlocked = await unlock(user.userId, vault, wrapKey, kind);
  const book = { version: vault.book.version, text: bookText(unlocked.book) };
  const keep = async (device, lists) => {
    const kept = { ...device.kept, bookKey: unlocked.bookKey };
    await db.write(await enrolmentRecords(db, { ...user, kept, lists, book, newDevice: true }));
  };
  try {
    await publishDevice(http, user, unlocked, keep);
  } finally {
    wipe(unlocked.identityPrivate);
  }
}

async function unlock(userId, vault, wrapKey, kind) {
  try {
    const box = (text) => fromBase64url(text);
    const keys = await unwrap(wrapKey, kind, userId, vault.wrap_version, box(vault.wrap));
    const { version, box: sealed } = vault.identity;
    const identityPrivate = await openIdentity(keys.identityKey, userId, version, box(sealed));
    const text = await openBook(keys.bookKey, userId, vault.book.version, box(vault.book.box));
    wipe(keys.identityKey);
    return { identityPrivate, bookKey: keys.bookKey, book: parseBook(text) };
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new StateError('Your vault does not open', {
      code: 'vault_refused',
      detail:
        'The server took your password but handed out a vault that it does not fit. Tell the person who runs this server.',
      cause,
    });
  }
}

/**
 * Publishes the next list by compare and swap; another device may be faster. The keys are on disk first: if
 * this browser dies in between, it is a device, or it is not in the list and enrols again.
 */
async function publishDevice(http, { userId }, { identityPrivate, book }, keep) {
  const { publicKey } = signingKeypair(identityPrivate);
  const device = makeDevice(Date.now());
  for (let attempt = 1; ; attempt += 1) {
    const lists = await allLists(http, toBase64url(userId));
    const before = verifyOwnLists(lists, publicKey, book.own);
    const next = nextList(before, device.listed, identityPrivate, Date.now());
    await keep(device, [...lists, next]);
    try {
      return await http.put('/device-list', { device_list: toBase64url(next.raw) });
    } catch (error) {
      if (error.code !== 'version_conflict' || attempt === ENROL_ATTEMPTS) throw error;
    }
  }
}

/** From the first one on: commits of the past name lists of their time. The server answers with 32 at a time. */
async function allLists(http, userId) {
  const lists = [];
  for (;;) {
    const from = (lists.at(-1)?.list.version ?? 0) + 1;
    const answer = await http.get(`/users/${userId}/device-lists?from=${from}`);
    lists.push(...answer.lists.map((text) => parseSigned(fromBase64url(text))));
    if (answer.lists.length < LISTS_PER_ANSWER) return lists;
  }
}

// -- logging out ------------------------------------------------------------------------------------

/** The session ends; this browser stays a device and needs no new keys next time. */
export async function logOut() {
  await new Http().delete('/sessions/current');
}

/** Nothing of the person stays in this browser. It stands in their device list until it is removed. */
export async function forgetBrowser(userId) {
  await deleteDatabase(userId);
  const ours = Object.keys(localStorage).filter((key) => key.startsWith(STORED));
  for (const key of ours) localStorage.removeItem(key);
}
