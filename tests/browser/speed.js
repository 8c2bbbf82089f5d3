// Owns what test_speed.py measures inside the page: computing alone, no network and no storage. Evaluated as one
// expression: a function that gets the address of static/js/.

async (base) => {
  const load = (name) => import(new URL(name, base));
  const { prepareCommit } = await load('state/committing.js');
  const { receive } = await load('state/receiving.js');
  const { begin, seal } = await load('state/session.js');
  const { learn, NOBODY } = await load('state/trust.js');
  const { parseSigned, sign } = await load('crypto/device_list.js');
  const { directConversationId } = await load('crypto/identity.js');
  const kem = await load('crypto/kem.js');
  const signatures = await load('crypto/signatures.js');
  const { compareBytes, toBase64url } = await load('crypto/wire.js');

  const random = (length) => crypto.getRandomValues(new Uint8Array(length));
  const now = Date.now();

  function person(name) {
    const userId = random(16);
    const identity = signatures.keypair(random(64));
    const phones = [0, 1].map(() => {
      const keys = kem.keypair(random(32));
      const signing = signatures.keypair(random(64));
      const deviceId = random(16);
      const own = [{ keyId: keys.keyId, seed: keys.seed, refresh: 0 }];
      const me = { userId, deviceId, signingPrivate: signing.privateKey, keys: own };
      const { publicKey: kemPublic } = keys;
      const { publicKey: signingPublic } = signing;
      return { me, listed: { deviceId, kemPublic, signingPublic, addedAt: now } };
    });
    const devices = phones.map(({ listed }) => listed);
    devices.sort((a, b) => compareBytes(a.deviceId, b.deviceId));
    const start = { version: 1, previousHash: new Uint8Array(32), issuedAt: now, devices };
    const list = { userId, name, identityPublic: identity.publicKey, ...start };
    return { userId, phones, signed: parseSigned(sign(list, identity.privateKey)) };
  }

  async function timed(work) {
    const began = performance.now();
    const result = await work();
    return { result, ms: performance.now() - began };
  }

  /** What starting a session costs the one who starts it and the one who takes it, lists included. */
  async function start() {
    const people = [person('alice'), person('bobby')];
    const ids = people.map(({ userId }) => userId);
    const conversation = directConversationId(...ids);
    const fresh = () => begin(conversation, ids.map(toBase64url));
    const meet = () =>
      people.reduce((trust, one) => learn(trust, one.userId, [one.signed]), NOBODY);
    const world = (trust) => ({ trust, now, agreed: new Set(), qkdKeys: new Map() });
    const [ann] = people[0].phones;
    const [ben] = people[1].phones;
    const made = await timed(async () => {
      const trust = meet();
      return await prepareCommit(fresh(), ann.me, world(trust), [], {}, random);
    });
    const { commit, entries } = made.result.pending;
    const sealed = entries.get(toBase64url(ben.me.deviceId));
    const entry = {
      n: 1,
      receivedAt: now,
      kind: 1,
      sender: ann.me.userId,
      raw: commit.raw,
      sealed,
    };
    const taken = await timed(() => receive(fresh(), entry, ben.me, world(meet())));
    const own = await receive(made.result, { ...entry, sealed: null }, ann.me, world(meet()));
    return { made, taken, ann, ben, sessions: [own.session, taken.result.session], world, meet };
  }

  /** As in an epoch of two devices, where no message is signed. */
  function betweenTwo({ session, phones }) {
    const ids = phones.map(({ me }) => toBase64url(me.deviceId));
    const two = ({ peers }) => new Map([...peers].filter(([id]) => ids.includes(id)));
    const epochs = session.epochs.map((epoch) => ({ ...epoch, peers: two(epoch) }));
    return { ...session, epochs };
  }

  async function messages(count, signed) {
    const { ann, ben, sessions, world, meet } = await start();
    let [hers, his] = sessions;
    if (!signed)
      [hers, his] = sessions.map((session) => betweenTwo({ session, phones: [ann, ben] }));
    const text = 'x'.repeat(1024);
    const times = { encrypt: [], decrypt: [] };
    const trusted = world(meet());
    for (let i = 0; i < count; i += 1) {
      const payload = {
        messageId: random(16),
        seenN: hers.n,
        seenHead: hers.head,
        text,
        receipts: null,
      };
      const sealed = await timed(() => seal(hers, ann.me, payload, now));
      hers = sealed.result.session;
      const entry = { n: his.n + 1, receivedAt: now, kind: 2, sender: ann.me.userId };
      const delivered = { ...entry, raw: sealed.result.raw, sealed: null };
      const opened = await timed(() => receive(his, delivered, ben.me, trusted));
      if (opened.result.event.type !== 'message') throw new Error(opened.result.event.code);
      his = opened.result.session;
      times.encrypt.push(sealed.ms);
      times.decrypt.push(opened.ms);
    }
    return times;
  }

  await start();
  const starts = { make: [], take: [] };
  for (let i = 0; i < 20; i += 1) {
    const { made, taken } = await start();
    starts.make.push(made.ms);
    starts.take.push(taken.ms);
  }
  await messages(20, false);
  return { starts, plain: await messages(200, false), signed: await messages(50, true) };
};
