// Owns what pages may ask of the tab that leads. Each call takes and gives plain data.

import { IdentityChanged } from '../crypto/errors.js';
import { fromBase64url, toBase64url } from '../crypto/wire.js';
import { Changes } from './changes.js';
import { StateError } from './errors.js';
import { recordRead } from './history.js';
import { inspectRoom } from './inspection.js';
import { verifyAnswer, verifyConversation, verifyName } from './naming.js';
import { acceptMode } from './session.js';
import { CHANGED_AGAIN, MARK_STAYS, NOT_SHOWN, STILL_CHANGED } from './words.js';

const NAMES_NOBODY = new Set(['no_such_user', 'malformed']);

const unknown = () =>
  new StateError('This conversation is not here', {
    code: 'no_such_conversation',
    detail: 'Open it from your list of conversations.',
  });

/** The person's decisions on alerts, by the id of the action. */
const ACTIONS = {
  dismiss: () => undefined,
  restart: (_engine, room) => room.sending.restart(),
  accept_identity: acceptIdentity,
  keep_identity: keepIdentity,
  accept_restart: acceptRestart,
  accept_mode: (_engine, room) => room.line.run(() => room.write(acceptMode(room.session))),
};

/**
 * @param {{site: import('./room.js').Site, watch: import('./watch.js').Watch,
 *   rooms: Map<string, import('./room.js').Room>, roomOf: (known: object) => Promise<object>,
 *   connectedSince: () => number|null}} engine
 */
export function makeCalls(engine) {
  const roomOf = (id) => {
    const room = engine.rooms.get(id);
    if (!room) throw unknown();
    return room;
  };
  return {
    findPerson: (name) => findPerson(engine, name),
    startConversation: (userId, name) => startConversation(engine, userId, name),
    pump: (id) => engine.rooms.get(id)?.sending.pump(),
    markRead: (id) => markRead(engine, roomOf(id)),
    retry: (id, key) => change(engine, roomOf(id), key, queuedAgain),
    discard: (id, key) => change(engine, roomOf(id), key, (outbox, item) => outbox.discard(item)),
    inspect: (id) => inspectRoom(engine.site, roomOf(id), engine.connectedSince()),
    setVerified: (id, verified) => setVerified(engine, roomOf(id), verified),
    act: (alertId, actionId) => act(engine, alertId, actionId),
  };
}

async function findPerson({ site }, name) {
  try {
    const found = await site.http.get(`/users?name=${encodeURIComponent(name)}`);
    await verifyAnswer(site, name, found);
    return { userId: found.user_id, name };
  } catch (error) {
    if (NAMES_NOBODY.has(error.code)) return null;
    throw error;
  }
}

/** `name`: under which they were found; the person's own list must say the same. */
async function startConversation(engine, userId, name) {
  const { site } = engine;
  await site.learn(fromBase64url(userId));
  await verifyName(site, userId, name);
  const { id, members } = await site.http.post('/conversations', { user_id: userId });
  await verifyConversation(site, id, userId);
  const room = await engine.roomOf({ id, members });
  if (!room.synced) await room.sync();
  site.tell('conversations', {});
  return id;
}

async function markRead({ site }, room) {
  const read = await room.line.run(async () => {
    const changes = new Changes(site.db);
    const any = await recordRead(changes, room.id);
    await changes.commit();
    return any;
  });
  if (!read) return;
  site.tell('conversations', {});
  room.sending.receiptsSoon();
}

const queuedAgain = (outbox, item) => outbox.keep({ ...item, state: 'queued', error: null });

async function change({ site }, room, key, step) {
  await room.line.run(async () => {
    await room.outbox.load();
    const item = room.outbox.get(key);
    if (item) await step(room.outbox, item);
  });
  site.tell('messages', { conversation: room.id });
  room.sending.pump();
}

/** The book has no place for a mark that was taken back, so the newest mark of any device would return. */
async function setVerified({ site }, room, verified) {
  if (!verified) throw new StateError(MARK_STAYS.title, MARK_STAYS);
  await site.people.markVerified(fromBase64url(room.summary.peer.userId), site.clock.now());
  site.tell('conversations', {});
}

async function act(engine, alertId, actionId) {
  const alert = await engine.site.alerts.get(alertId);
  if (!alert) return;
  await ACTIONS[actionId](engine, engine.rooms.get(alert.conversation), alert);
  await engine.site.alerts.drop(alertId);
}

/** Exactly the identity whose safety number stood in the alert. */
async function acceptIdentity({ watch, site }, room, { subject: offered }) {
  const id = room.summary.peer.userId;
  if (!offered) {
    await site.learn(fromBase64url(id)).catch((error) => site.failed(error));
    throw new StateError(NOT_SHOWN.title, NOT_SHOWN);
  }
  try {
    await watch.acceptIdentity(id, offered);
  } catch (cause) {
    if (!(cause instanceof IdentityChanged)) throw cause;
    await site.learn(fromBase64url(id)).catch((error) => site.failed(error));
    throw new StateError(CHANGED_AGAIN.title, { ...CHANGED_AGAIN, cause });
  }
  await goOn(room);
}

async function keepIdentity({ watch }, room) {
  try {
    await watch.keepIdentity(room.summary.peer.userId);
  } catch (cause) {
    if (!(cause instanceof IdentityChanged)) throw cause;
    throw new StateError(STILL_CHANGED.title, { ...STILL_CHANGED, cause });
  }
  await goOn(room);
}

async function acceptRestart({ site }, room) {
  if (room.held?.reason !== 'restart') return;
  site.agreed.add(toBase64url(room.held.subject));
  await site.db.write([[['agreed'], [...site.agreed]]]);
  await goOn(room);
}

/** What was held is taken now, and whatever came after it. */
async function goOn(room) {
  await room.line.run(() => room.drain());
  await room.sync();
  room.sending.pump();
}
