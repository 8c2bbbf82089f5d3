// Owns people, devices and a relay without a network, for tests of the session machine. The twin of
// tests/client/town.py. The relay does what the server's transcript does and nothing more; a test that
// wants a malicious server changes what it hands out.

import { createHash } from 'node:crypto';
import { MODE, parseCommit } from '../../../static/js/crypto/commit.js';
import { parseSigned, sign } from '../../../static/js/crypto/device_list.js';
import { parseEnvelope, TYPE } from '../../../static/js/crypto/envelope.js';
import { directConversationId } from '../../../static/js/crypto/identity.js';
import { keypair as kemPair } from '../../../static/js/crypto/kem.js';
import { keypair as signingPair } from '../../../static/js/crypto/signatures.js';
import { KIND } from '../../../static/js/crypto/transcript.js';
import { compareBytes, toBase64url } from '../../../static/js/crypto/wire.js';
import { prepareCommit } from '../../../static/js/state/committing.js';
import { EVENT, NeedLists } from '../../../static/js/state/events.js';
import { receive } from '../../../static/js/state/receiving.js';
import { begin, reasonToCommit, seal } from '../../../static/js/state/session.js';
import { knownVersion, learn, NOBODY } from '../../../static/js/state/trust.js';

export const START = 1_700_000_000_000;

/** An endless supply of bytes that look random and are the same in every run. */
export function stream(name) {
  let block = 0;
  return (length) => {
    const data = createHash('shake256', { outputLength: length }).update(`${name}/${block}`);
    block += 1;
    return new Uint8Array(data.digest());
  };
}

/** Somebody with an identity and device lists, as the server would publish them. */
export class Person {
  lists = [];
  devices = new Map();

  constructor(name) {
    this.name = name;
    this.random = stream(name);
    this.userId = this.random(16);
    this.identity = signingPair(this.random(64));
  }

  publish(now) {
    const previous = this.lists.at(-1);
    const list = {
      userId: this.userId,
      name: this.name,
      identityPublic: this.identity.publicKey,
      version: this.lists.length + 1,
      previousHash: previous?.hash ?? new Uint8Array(32),
      issuedAt: now,
      devices: [...this.devices.values()].sort((a, b) => compareBytes(a.deviceId, b.deviceId)),
    };
    this.lists.push(parseSigned(sign(list, this.identity.privateKey)));
  }
}

/** The transcript of one conversation, and what belongs to it. */
export class Relay {
  now = START;
  entries = [];
  sealed = new Map();
  epoch = 0;
  newest = null;

  /** @param {Person[]} people */
  constructor(conversation, people) {
    this.conversation = conversation;
    this.people = new Map(people.map((person) => [toBase64url(person.userId), person]));
  }

  add(kind, sender, raw) {
    const n = this.entries.length + 1;
    this.entries.push({ n, receivedAt: this.now, kind, sender, raw, sealed: null });
    return n;
  }

  /** Compare and swap on the epoch, like the server: null for the loser of a race. */
  commit(sender, raw, entries) {
    const parsed = parseCommit(raw);
    if (parsed.core.epoch !== this.epoch + 1) return null;
    this.epoch = parsed.core.epoch;
    this.newest = parsed;
    return this.place(sender, raw, entries);
  }

  place(sender, raw, entries) {
    const n = this.add(KIND.COMMIT, sender, raw);
    for (const [device, sealed] of entries) this.sealed.set(`${n}.${device}`, sealed);
    return n;
  }

  after(n, deviceId) {
    const device = toBase64url(deviceId);
    const own = (entry) => ({ ...entry, sealed: this.sealed.get(`${entry.n}.${device}`) ?? null });
    return this.entries.slice(n).map(own);
  }
}

/** One device: its session, its trust and everything that its person has seen. */
export class Phone {
  trust = NOBODY;
  agreed = new Set();
  events = [];

  constructor(owner, relay, random) {
    this.owner = owner;
    this.relay = relay;
    this.random = random;
    const deviceId = random(16);
    const kem = kemPair(random(32));
    const signing = signingPair(random(64));
    this.me = {
      userId: owner.userId,
      deviceId,
      signingPrivate: signing.privateKey,
      keys: [{ keyId: kem.keyId, seed: kem.seed, refresh: 0 }],
    };
    owner.devices.set(toBase64url(deviceId), {
      deviceId,
      kemPublic: kem.publicKey,
      signingPublic: signing.publicKey,
      addedAt: relay.now,
    });
    this.session = begin(relay.conversation, [...relay.people.keys()]);
  }

  get device() {
    return toBase64url(this.me.deviceId);
  }

  /** What a person has read here, in order, each message once. */
  get texts() {
    return this.events
      .filter((event) => event.type === EVENT.MESSAGE && !event.again)
      .map((event) => event.payload.text)
      .filter((text) => text !== null);
  }

  world() {
    return { trust: this.trust, now: this.relay.now, agreed: this.agreed, qkdKeys: new Map() };
  }

  /** Fetch everybody's newer lists, as after `list:changed`. */
  meet() {
    for (const { userId, lists } of this.relay.people.values()) {
      const fresh = lists.slice(knownVersion(this.trust, userId));
      if (fresh.length > 0) this.trust = learn(this.trust, userId, fresh);
    }
  }

  /** Take what the relay has. Stops, as it must, where a person has to decide. */
  async sync(limit = 10_000) {
    const waiting = this.relay.after(this.session.n, this.me.deviceId).slice(0, limit);
    const events = [];
    for (const entry of waiting) events.push(await this.receive(entry));
    return events;
  }

  async receive(entry) {
    const step = await this.#receive(entry);
    this.session = step.session;
    this.events.push(step.event);
    return step.event;
  }

  async #receive(entry) {
    try {
      return await receive(this.session, entry, this.me, this.world());
    } catch (error) {
      if (!(error instanceof NeedLists)) throw error;
      this.meet();
      return await receive(this.session, entry, this.me, this.world());
    }
  }

  async prepare(plan = {}) {
    this.meet();
    const { session, me } = this;
    this.session = await prepareCommit(session, me, this.world(), [], plan, this.random);
  }

  publish() {
    const { commit, entries } = this.session.pending;
    return this.relay.commit(this.me.userId, commit.raw, entries);
  }

  /** Commit and adopt; the loser of a race adopts the winner's instead. */
  async commit(plan = {}) {
    await this.sync();
    await this.prepare(plan);
    this.publish();
    await this.sync();
  }

  due() {
    const newest = [...this.relay.people].map(([id, { lists }]) => [
      id,
      { version: lists.at(-1).list.version, hash: lists.at(-1).hash },
    ]);
    return reasonToCommit(this.session, new Map(newest), MODE.HYBRID, this.relay.now);
  }

  payload(text, receipts = null) {
    const { n, head } = this.session;
    return { messageId: this.random(16), seenN: n, seenHead: head, text, receipts };
  }

  async sealed(text) {
    return await this.sealedPayload(this.payload(text));
  }

  async sealedPayload(payload) {
    const step = await seal(this.session, this.me, payload, this.relay.now);
    this.session = step.session;
    return step.raw;
  }

  /** Sync, commit if one is due, seal, post, and take back what was posted. */
  async say(text) {
    await this.sync();
    if (this.due()) await this.commit();
    const n = this.post(await this.sealed(text));
    await this.sync();
    return n;
  }

  post(raw) {
    const kind = parseEnvelope(raw).header.type === TYPE.MESSAGE ? KIND.MESSAGE : KIND.RECEIPT;
    return this.relay.add(kind, this.me.userId, raw);
  }
}

/** Alice and Bob with so many devices each, who have not talked yet. */
export function couple(alices = 1, bobs = 1) {
  const alice = new Person('alice');
  const bob = new Person('bobby');
  const relay = new Relay(directConversationId(alice.userId, bob.userId), [alice, bob]);
  const phones = (owner, count) =>
    Array.from({ length: count }, (_, i) => new Phone(owner, relay, stream(`${owner.name} ${i}`)));
  const hers = phones(alice, alices);
  const his = phones(bob, bobs);
  for (const each of [alice, bob]) each.publish(relay.now);
  return { relay, hers, his, alice: hers[0], bob: his[0] };
}

export function addPhone(owner, relay, name) {
  const phone = new Phone(owner, relay, stream(name));
  owner.publish(relay.now);
  return phone;
}

export function revoke(phone) {
  phone.owner.devices.delete(phone.device);
  phone.owner.publish(phone.relay.now);
}
