// The book: what one device of a person learned, the others know too, and what the server forgot is noticed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serialise } from '../../../static/js/crypto/book.js';
import { parseSigned, sign } from '../../../static/js/crypto/device_list.js';
import { keypair as signingPair } from '../../../static/js/crypto/signatures.js';
import { sealBook } from '../../../static/js/crypto/vault_book.js';
import { toBase64url } from '../../../static/js/crypto/wire.js';
import { ProblemError } from '../../../static/js/net/http.js';
import { Alerts, listAlerts } from '../../../static/js/state/alerts.js';
import { Bookkeeping } from '../../../static/js/state/bookkeeping.js';
import { People } from '../../../static/js/state/people.js';
import { MemoryDb } from './memory_db.js';
import { couple, stream } from './town.js';

const KEY = stream('book key')(32);

/** The server's side of the vault, and the two people whose lists it hands out. */
class Vault {
  puts = 0;

  constructor(relay, alice) {
    this.relay = relay;
    this.userId = alice.me.userId;
    const [list] = alice.owner.lists;
    this.first = {
      version: 1,
      own: { list_version: 1, list_hash: toBase64url(list.hash) },
      contacts: {},
      heads: {},
    };
  }

  async begin() {
    await this.place(1, this.first);
    return this;
  }

  async place(version, book) {
    const box = await sealBook(KEY, this.userId, version, serialise(book), stream('nonce')(32));
    this.version = version;
    this.box = toBase64url(box);
  }

  get(path) {
    if (path === '/vault/book') return Promise.resolve({ version: this.version, box: this.box });
    const [, , id] = path.split('/');
    const lists = this.relay.people.get(id).lists.map(({ raw }) => toBase64url(raw));
    return Promise.resolve({ lists, refreshes: [] });
  }

  put(_path, { version, box }) {
    this.puts += 1;
    if (version !== this.version + 1) {
      const standing = { version: this.version, box: this.box };
      const problem = { status: 409, code: 'version_conflict', title: 'a', detail: 'b' };
      return Promise.reject(new ProblemError({ ...problem, ...standing }));
    }
    this.version = version;
    this.box = box;
    return Promise.resolve({ version });
  }
}

/** One device of Alice with a book. */
async function device(vault, me) {
  const db = new MemoryDb();
  await db.write([[['book'], { version: 1, text: serialise(vault.first) }]]);
  const alerts = new Alerts(db, () => undefined);
  const site = { me, http: vault, db, alerts, isOnline: () => true, failed: assert.ifError };
  const book = new Bookkeeping(site, KEY);
  const pinOf = (userId) => book.pinOf(userId);
  site.people = new People({ http: vault, db, pinOf, changed: () => undefined });
  site.learn = (userId) => site.people.fetch(userId);
  await book.load();
  await site.learn(me.userId);
  const kinds = async () => (await listAlerts(db)).map(({ kind }) => kind);
  return { book, site, people: site.people, kinds };
}

async function twoDevices() {
  const { relay, alice, bob } = couple();
  const vault = await new Vault(relay, alice).begin();
  const phone = await device(vault, alice.me);
  const tablet = await device(vault, alice.me);
  return { relay, vault, phone, tablet, alice, bob, bobId: bob.me.userId };
}

function swap(bob) {
  const identity = signingPair(bob.owner.random(64));
  const list = { ...bob.owner.lists[0].list, identityPublic: identity.publicKey };
  bob.owner.lists = [parseSigned(sign(list, identity.privateKey))];
}

const head = (n) => new Uint8Array(32).fill(n);
const roomAt = (n, heads = {}) => {
  const told = [];
  const session = { n, head: head(n), stopped: null };
  return {
    id: 'Y29udmVyc2F0aW9uMTIzNA',
    session,
    held: null,
    told,
    rolledBack: () => told.push('rolled back'),
    compareHead: (at, seen) => told.push(heads[at] === seen[0] ? 'same' : 'fork'),
  };
};

test('a pin and a mark of one device reach the other', async () => {
  const { phone, tablet, bobId } = await twoDevices();
  await phone.people.fetch(bobId);
  await phone.people.markVerified(bobId, 1234);
  await phone.book.push();
  await tablet.book.pull();
  assert.equal(tablet.book.pinOf(bobId).verifiedAt, 1234);
  await tablet.people.fetch(bobId);
  assert.equal(tablet.people.contact(bobId).verifiedAt, 1234);
});

test('a mark reaches a device that knows the person already', async () => {
  const { phone, tablet, bobId } = await twoDevices();
  for (const { people } of [phone, tablet]) await people.fetch(bobId);
  await phone.people.markVerified(bobId, 1234);
  await phone.book.push();
  await tablet.book.pull();
  assert.equal(tablet.people.contact(bobId).verifiedAt, 1234);
});

test('the pin of another device decides at first sight', async () => {
  const { phone, tablet, bob, bobId } = await twoDevices();
  await phone.people.fetch(bobId);
  await phone.book.push();
  await tablet.book.pull();
  swap(bob);
  await assert.rejects(tablet.people.fetch(bobId), { code: 'identity_changed' });
});

test('two devices that write at once lose nothing', async () => {
  const { vault, phone, tablet, bobId } = await twoDevices();
  await phone.people.fetch(bobId);
  await phone.book.push();
  tablet.book.rooms = new Map([['x', roomAt(7)]]);
  await tablet.book.push();
  assert.equal(vault.version, 3);
  await phone.book.pull();
  assert.ok(phone.book.pinOf(bobId));
  const room = roomAt(9, { 7: 7 });
  await phone.book.compare(room);
  assert.deepEqual(room.told, ['same']);
});

test('what did not change is not written', async () => {
  const { vault, phone } = await twoDevices();
  await phone.book.push();
  assert.equal(vault.puts, 0);
});

test('two devices that pinned different identities are told so', async () => {
  const { phone, tablet, bob, bobId } = await twoDevices();
  await phone.people.fetch(bobId);
  await phone.book.push();
  swap(bob);
  await tablet.people.fetch(bobId);
  await tablet.book.pull();
  assert.deepEqual(await tablet.kinds(), ['book_conflict']);
});

test('a head that another device saw must be there, and be the same', async () => {
  const { phone, tablet } = await twoDevices();
  phone.book.rooms = new Map([['x', roomAt(7)]]);
  await phone.book.push();
  await tablet.book.pull();
  for (const [room, told] of [
    [roomAt(6), 'rolled back'],
    [roomAt(7, { 7: 7 }), 'same'],
    [roomAt(8, { 7: 8 }), 'fork'],
  ]) {
    await tablet.book.compare(room);
    assert.deepEqual(room.told, [told]);
  }
});

test('a list of our own that another device saw must be shown', async () => {
  const { vault, tablet, alice, relay } = await twoDevices();
  alice.owner.publish(relay.now);
  const [, second] = alice.owner.lists;
  const own = { list_version: 2, list_hash: toBase64url(second.hash) };
  await vault.place(2, { ...vault.first, own });
  alice.owner.lists.pop();
  await tablet.book.pull();
  assert.deepEqual(await tablet.kinds(), ['list_refused']);
});

test('a book that is not ours is refused', async () => {
  const { vault, phone } = await twoDevices();
  const box = await sealBook(stream('another')(32), vault.userId, 2, serialise(vault.first), KEY);
  vault.version = 2;
  vault.box = toBase64url(box);
  await assert.rejects(phone.book.pull(), { code: 'tag_invalid' });
});

/** The list of Bob after a change that this device has not seen, as another device wrote it into the book. */
async function seenElsewhere(made) {
  const { phone, tablet, relay, bob, bobId } = made;
  for (const { people } of [phone, tablet]) await people.fetch(bobId);
  bob.owner.publish(relay.now);
  await phone.people.fetch(bobId);
  await phone.book.push();
}

test('a newer list in the book is fetched', async () => {
  const made = await twoDevices();
  await seenElsewhere(made);
  await made.tablet.book.pull();
  assert.equal(made.tablet.people.contact(made.bobId).newest.list.version, 2);
  assert.deepEqual(await made.tablet.kinds(), []);
});

test('a newer list in the book that the server keeps back is told on at every pull', async () => {
  const made = await twoDevices();
  await seenElsewhere(made);
  made.bob.owner.lists.pop();
  const { tablet } = made;
  await tablet.book.pull();
  assert.deepEqual(await tablet.kinds(), ['list_refused']);
  const [{ id }] = await listAlerts(tablet.site.db);
  await tablet.site.alerts.drop(id);
  await tablet.book.pull();
  assert.deepEqual(await tablet.kinds(), ['list_refused']);
});

test('a device that is behind does not write the book back', async () => {
  const made = await twoDevices();
  await seenElsewhere(made);
  made.bob.owner.lists.pop();
  const { tablet, phone, bobId } = made;
  await tablet.book.pull();
  tablet.book.rooms = new Map([['x', roomAt(7)]]);
  await tablet.book.push();
  assert.equal(tablet.book.pinOf(bobId).version, 2);
  await phone.book.pull();
  assert.equal(phone.book.pinOf(bobId).version, 2);
  assert.deepEqual(await phone.kinds(), []);
});

test('one version with two contents is a contradiction between our devices', async () => {
  const { vault, phone, bobId } = await twoDevices();
  await phone.people.fetch(bobId);
  await phone.book.push();
  const { name, identityHash, newest } = phone.people.contact(bobId);
  const entry = {
    name,
    identity_hash: toBase64url(identityHash),
    list_version: newest.list.version,
    list_hash: toBase64url(new Uint8Array(32)),
    verified_at: 0,
  };
  const contacts = { [toBase64url(bobId)]: entry };
  await vault.place(vault.version + 1, { ...vault.first, contacts });
  await phone.book.pull();
  assert.deepEqual(await phone.kinds(), ['book_conflict']);
});

test('a server that goes back to an older book is told on, and nothing is lost', async () => {
  const { vault, phone, bobId } = await twoDevices();
  const { box } = vault;
  await phone.people.fetch(bobId);
  await phone.people.markVerified(bobId, 1234);
  await phone.book.push();
  vault.version = 1;
  vault.box = box;
  await phone.book.pull();
  assert.deepEqual(await phone.kinds(), ['book_old']);
  assert.equal(phone.book.pinOf(bobId).verifiedAt, 1234);
  await phone.book.push();
  assert.equal(vault.version, 2, 'and it is put there again');
});

test('an older mark does not replace a newer one', async () => {
  const { phone, tablet, bobId } = await twoDevices();
  for (const { people } of [phone, tablet]) await people.fetch(bobId);
  await phone.people.markVerified(bobId, 1000);
  await phone.book.push();
  await tablet.people.markVerified(bobId, 2000);
  await tablet.book.pull();
  assert.equal(tablet.people.contact(bobId).verifiedAt, 2000);
  await tablet.book.push();
  await phone.book.pull();
  assert.equal(phone.people.contact(bobId).verifiedAt, 2000);
});
