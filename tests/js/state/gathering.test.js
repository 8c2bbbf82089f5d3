// Which conversations there are: opened once, each brought up to date, and missed when the server forgets them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64url } from '../../../static/js/crypto/wire.js';
import { ProblemError } from '../../../static/js/net/http.js';
import { Gathering } from '../../../static/js/state/gathering.js';
import { desks, settle } from './desk.js';

const NO_BOOK = { soon: () => undefined, compare: () => Promise.resolve() };

/** Bob's tab is closed and another one gathers, over the same store, while Alice goes on. */
async function gathering(made) {
  made.bob.online = false;
  const { site, server } = made.bob;
  const asked = { list: () => listed(made), count: 0 };
  const http = {
    get: (path) => {
      if (path !== '/conversations') return server.get(path);
      asked.count += 1;
      return asked.list();
    },
    post: (...args) => server.post(...args),
  };
  const own = { ...site, http, isOnline: () => true };
  await own.people.load();
  return { gathering: new Gathering(own, NO_BOOK), asked, site: own };
}

const members = ({ relay }) => [...relay.people].map(([id, { name }]) => ({ user_id: id, name }));

function listed(made) {
  const n = made.relay.entries.length;
  const head = toBase64url(made.server.heads().at(-1));
  const one = { id: made.server.id, members: members(made), n, head, epoch: made.relay.epoch };
  return { conversations: [{ ...one, updated_at: made.relay.now }] };
}

async function talking() {
  const made = await desks();
  await made.alice.say('hello');
  await settle();
  return made;
}

test('a conversation that is asked for twice at once is opened once', async () => {
  const made = await talking();
  const { gathering: bob } = await gathering(made);
  const [known] = listed(made).conversations;
  const [one, two] = await Promise.all([bob.roomOf(known), bob.roomOf(known)]);
  assert.equal(one, two);
  assert.equal(await bob.roomOf(known), one);
});

test('gathering twice at once takes every entry once', async () => {
  const made = await talking();
  const { gathering: bob } = await gathering(made);
  await Promise.all([bob.all(), bob.all()]);
  const room = bob.rooms.get(made.server.id);
  assert.equal(room.session.n, made.relay.entries.length);
  assert.deepEqual(await made.bob.texts(), ['hello']);
  assert.deepEqual(await made.bob.alertKinds(), []);
});

test('an answer from before the last entry is no rollback', async () => {
  const made = await talking();
  const { gathering: bob, asked } = await gathering(made);
  await bob.all();
  const old = listed(made);
  asked.list = async () => {
    await made.alice.say('meanwhile');
    await bob.rooms.get(made.server.id).sync();
    return old;
  };
  await bob.all();
  assert.deepEqual(await made.bob.alertKinds(), []);
});

test('fewer entries than before the question are one', async () => {
  const made = await talking();
  const { gathering: bob, asked } = await gathering(made);
  await bob.all();
  const { conversations } = listed(made);
  asked.list = () => ({ conversations: [{ ...conversations[0], n: 1 }] });
  await bob.all();
  assert.deepEqual(await made.bob.alertKinds(), ['rolled_back']);
});

test('a conversation that the server no longer lists is missed', async () => {
  const made = await talking();
  const { gathering: bob, asked } = await gathering(made);
  await bob.all();
  asked.list = () => ({ conversations: [] });
  await bob.all();
  assert.deepEqual(await made.bob.alertKinds(), ['rolled_back']);
});

test('another head for what we have stops that conversation', async () => {
  const made = await talking();
  const { gathering: bob, asked } = await gathering(made);
  await bob.all();
  const { conversations } = listed(made);
  const head = toBase64url(new Uint8Array(32));
  asked.list = () => ({ conversations: [{ ...conversations[0], head }] });
  await bob.all();
  assert.equal(bob.rooms.get(made.server.id).session.stopped, 'fork_detected');
});

test('a second conversation of the same two people is refused', async () => {
  const made = await talking();
  const { gathering: bob, asked, site } = await gathering(made);
  const failures = [];
  site.failed = (error) => failures.push(error.code);
  const { conversations } = listed(made);
  asked.list = () => ({
    conversations: [{ ...conversations[0], id: toBase64url(new Uint8Array(16)) }],
  });
  await bob.all();
  assert.equal(bob.rooms.size, 0);
  assert.equal(failures.length, 1);
});

test('news that cannot be fetched now is fetched later', async () => {
  const made = await talking();
  const { gathering: bob, asked } = await gathering(made);
  const { list } = asked;
  asked.list = () => {
    asked.list = list;
    const problem = { status: 503, code: 'busy', title: 'Busy', detail: 'Wait.' };
    return Promise.reject(new ProblemError(problem));
  };
  await bob.hear('conversation:new', { conversation: made.server.id });
  assert.equal(asked.count, 2);
  assert.equal(bob.rooms.get(made.server.id).session.n, made.relay.entries.length);
});
