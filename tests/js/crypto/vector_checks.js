// Owns what each section of a vector file demands of this implementation (tests/vectors/README.md).

import assert from 'node:assert/strict';
import * as aead from '../../../static/js/crypto/aead.js';
import * as book from '../../../static/js/crypto/book.js';
import * as chain from '../../../static/js/crypto/chain.js';
import * as commit from '../../../static/js/crypto/commit.js';
import * as connect from '../../../static/js/crypto/connect.js';
import * as deviceList from '../../../static/js/crypto/device_list.js';
import * as envelope from '../../../static/js/crypto/envelope.js';
import * as epoch from '../../../static/js/crypto/epoch.js';
import * as identity from '../../../static/js/crypto/identity.js';
import * as kem from '../../../static/js/crypto/kem.js';
import * as labels from '../../../static/js/crypto/labels.js';
import * as refresh from '../../../static/js/crypto/refresh.js';
import { verifyRoster } from '../../../static/js/crypto/roster.js';
import * as signatures from '../../../static/js/crypto/signatures.js';
import * as transcript from '../../../static/js/crypto/transcript.js';
import * as vault from '../../../static/js/crypto/vault.js';
import { toBase64url } from '../../../static/js/crypto/wire.js';
import { data, toJson } from './vector_file.js';
import { NEGATIVE } from './vector_negative.js';

const same = (ours, theirs) => assert.deepEqual(toJson(ours), theirs);
const signed = (value) => deviceList.parseSigned(data(value));
const commitOrNull = (value) => (value === null ? null : commit.parseCommit(data(value)));

const primitives = {
  labels(c) {
    same(labels.label(c.label), c.bytes);
  },
  hash(c) {
    same(labels.hashWith(c.label, ...data(c.parts)), c.hash);
  },
  extract(c) {
    same(labels.extract(data(c.salt), data(c.ikm)), c.key);
  },
  expand(c) {
    same(labels.expand(data(c.prk), c.label, data(c.parts), c.length), c.key);
  },
  mac(c) {
    same(labels.mac(data(c.key), data(c.message)), c.mac);
  },
  kem_keypair(c) {
    const { publicKey, keyId } = kem.keypair(data(c.seed));
    same({ publicKey, keyId }, { public_key: c.public_key, key_id: c.key_id });
  },
  async kem_seal(c) {
    same(await kem.openSealed(data(c.seed), data(c.info), data(c.sealed)), c.plaintext);
  },
  async aead(c) {
    const keys = aead.deriveKeys(data(c.secret), c.label, ...data(c.parts));
    same(await aead.encrypt(keys, data(c.ad), data(c.plaintext)), c.data);
    same(await aead.decrypt(keys, data(c.ad), data(c.data)), c.plaintext);
  },
  async box(c) {
    same(await aead.box(data(c.key), data(c.nonce), data(c.plaintext), data(c.ad)), c.box);
    same(await aead.openBox(data(c.key), data(c.box), data(c.ad)), c.plaintext);
  },
  signature(c) {
    same(signatures.keypair(data(c.private)).publicKey, c.public);
    signatures.verify(data(c.public), c.purpose, data(c.message), data(c.signature));
    const ours = signatures.sign(data(c.private), c.purpose, data(c.message));
    assert.deepEqual(ours.slice(0, 64), data(c.signature).slice(0, 64));
  },
  signature_ed25519(c) {
    same(signatures.signEd25519(data(c.private), c.purpose, data(c.message)), c.signature);
    signatures.verifyEd25519(data(c.public), c.purpose, data(c.message), data(c.signature));
  },
};

const people = {
  identity_hash(c) {
    same(identity.identityHash(data(c.user_id), data(c.identity_public)), c.hash);
  },
  direct_conversation_id(c) {
    same(identity.directConversationId(data(c.user_a), data(c.user_b)), c.id);
    same(identity.directConversationId(data(c.user_b), data(c.user_a)), c.id);
  },
  safety_number(c) {
    const args = [c.user_a, c.hash_a, c.user_b, c.hash_b].map(data);
    assert.equal(identity.safetyNumber(...args), c.number);
    assert.equal(identity.safetyQr(...args), c.qr);
    assert.equal(identity.parseSafetyQr(c.qr).length, 2);
  },
  device_list(c) {
    const parsed = signed(c.signed);
    same(parsed.list, c.list);
    same(parsed.hash, c.hash);
    same(deviceList.serialiseSigned(parsed), c.signed);
    deviceList.verifySigned(parsed);
    same(signatures.keypair(data(c.identity_private)).publicKey, c.list.identity_public);
  },
  device_list_chain(c) {
    const seen = c.old === null ? null : signed(c.old);
    same(deviceList.verifySuccessor(seen, c.chain.map(signed)).hash, c.hash);
  },
  refresh(c) {
    const parsed = refresh.parse(data(c.bytes));
    const { signature, raw, ...fields } = parsed;
    same(fields, c.refresh);
    same(refresh.serialise(parsed), c.bytes);
    refresh.verify(parsed, data(c.public));
    same(signatures.keypair(data(c.private)).publicKey, c.public);
    assert.equal(raw.length - signature.length, data(c.bytes).length - 3373);
  },
  newest_key(c) {
    const device = { deviceId: data(c.device.device_id), kemPublic: data(c.device.kem_public) };
    const last = c.last_commit && {
      publicKey: data(c.last_commit.public_key),
      refresh: c.last_commit.refresh,
    };
    const records = c.refreshes.map((one) => refresh.parse(data(one)));
    const newest = refresh.newestKey(device, records, last);
    same(newest, { public_key: c.public_key, key_id: c.key_id });
  },
  connect(c) {
    const args = [data(c.nonce), data(c.user_id), data(c.device_id), c.origin];
    same(connect.proofMessage(...args), c.message);
    connect.verifyProof(data(c.public), ...args, data(c.signature));
  },
};

const sessions = {
  async commit(c) {
    const parsed = commit.parseCommit(data(c.commit));
    same(parsed.core, c.core);
    same(parsed.refs, c.refs);
    same([parsed.tag, parsed.signature], [c.tag, c.signature]);
    same(commit.serialise(parsed), c.commit);
    const { coreHash, untaggedHash, hash } = parsed;
    same([coreHash, untaggedHash, hash], [c.core_hash, c.untagged_hash, c.commit_hash]);
    commit.verifySignature(parsed, data(c.signing_public));
    for (const entry of c.entries) await processed(parsed, entry, c);
    for (const { device_id, chain_key } of c.sender_chains) {
      same(epoch.senderChain(data(c.secrets.epoch_secret), data(device_id)), chain_key);
    }
    assert.ok(c.entries.length > 0 && c.sender_chains.length > 0);
  },
  roster(c) {
    verifyRoster(commitOrNull(c.commit), c.lists.map(signed), commitOrNull(c.previous));
  },
  chain(c) {
    let key = data(c.chain_key);
    for (const step of c.steps) {
      same(chain.messageKey(key), step.message_key);
      key = chain.nextChain(key);
      same(key, step.chain_key);
    }
    assert.ok(c.steps.length > 0);
  },
  skipped(c) {
    let state = chain.receivingChain(data(c.chain_key));
    for (const { seq, message_key, error } of c.takes) {
      if (error !== null) assert.throws(() => chain.take(state, seq), { code: error });
      else {
        const taken = chain.take(state, seq);
        same(taken.messageKey, message_key);
        state = taken.chain;
      }
    }
    assert.ok(c.takes.length > 0);
  },
  async envelope(c) {
    const parsed = envelope.parseEnvelope(data(c.envelope));
    same(parsed.header, c.header);
    assert.equal(parsed.sealed.length - aead.OVERHEAD, c.padded);
    same(envelope.serialise(parsed), c.envelope);
    const key = data(c.message_key);
    const opened = await envelope.openEnvelope(key, parsed, data(c.signing_public));
    same(opened, c.payload);
    const again = await envelope.sealEnvelope(key, parsed.header, opened, data(c.signing_private));
    same(again, c.envelope);
  },
  transcript(c) {
    let head = transcript.start(data(c.conversation));
    same(head, c.head_0);
    for (const { n, received_at, kind, sender, content_hash, head: expected } of c.entries) {
      head = transcript.nextHead(head, n, received_at, kind, data(sender), data(content_hash));
      same(head, expected);
    }
    assert.ok(c.entries.length > 0);
  },
};

async function processed(parsed, entry, { qkd_keys, secrets }) {
  const { commitHash, ...ours } = await epoch.processEntry(
    parsed,
    data(entry.device_id),
    data(entry.sealed),
    data(entry.kem_seed),
    data(entry.previous_chain_secret),
    data(qkd_keys),
  );
  same(ours, secrets);
  assert.deepEqual(commitHash, parsed.hash);
}

const compartment = (c) => [data(c.user_id), c.version];

const vaults = {
  argon2(c) {
    const params = { memoryKib: c.memory_kib, passes: c.passes, lanes: c.lanes };
    same(vault.deriveMasterUnchecked(c.password, data(c.salt), params), c.master);
  },
  vault_keys(c) {
    same(vault.loginKey(data(c.master)), c.login_key);
    same(vault.vaultKey(data(c.master)), c.vault_key);
  },
  recovery(c) {
    const key = data(c.recovery_key);
    assert.equal(vault.recoveryKeyText(key), c.text);
    same(vault.parseRecoveryKey(c.text), c.recovery_key);
    same(vault.parseRecoveryKey(c.text.toLowerCase().replaceAll('-', '')), c.recovery_key);
    same(vault.recoveryLoginKey(key), c.login_key);
    same(vault.recoveryWrapKey(key), c.wrap_key);
  },
  async vault_wrap(c) {
    const keys = { identityKey: data(c.identity_key), bookKey: data(c.book_key) };
    const place = [data(c.key), c.name, ...compartment(c)];
    same(await vault.wrap(...place, keys, data(c.nonce)), c.box);
    assert.deepEqual(await vault.unwrap(...place, data(c.box)), keys);
  },
  async vault_identity(c) {
    const place = [data(c.identity_key), ...compartment(c)];
    same(await vault.sealIdentity(...place, data(c.identity_private), data(c.nonce)), c.box);
    same(await vault.openIdentity(...place, data(c.box)), c.identity_private);
  },
  async vault_book(c) {
    const place = [data(c.book_key), ...compartment(c)];
    same(await vault.sealBook(...place, c.text, data(c.nonce)), c.box);
    assert.equal(await vault.openBook(...place, data(c.box)), c.text);
    assert.equal(book.serialise(book.parse(c.text)), c.text);
  },
  book_merge(c) {
    const merged = book.merge(book.parse(c.mine), book.parse(c.theirs));
    assert.equal(book.serialise(merged.book), c.merged);
    assert.deepEqual(merged.conflicts, c.conflicts);
  },
};

/** One function for each section; it throws when this implementation does not agree with a case. */
export const CHECKS = Object.freeze({
  ...primitives,
  ...people,
  ...sessions,
  ...vaults,
  async negative(c) {
    assert.ok(Object.hasOwn(NEGATIVE, c.op), `no such op: ${c.op}`);
    // The function around it turns an error thrown at once into a rejection like any other.
    await assert.rejects(async () => NEGATIVE[c.op](c.args), { code: c.error });
  },
});

/** What holds for a section as a whole. */
export function checkSection(name, cases) {
  if (name !== 'labels') return;
  assert.deepEqual(cases.map(({ label }) => label).sort(), [...labels.LABELS].sort());
  assert.equal(
    new Set(labels.LABELS.map((one) => toBase64url(labels.label(one)))).size,
    cases.length,
  );
}
