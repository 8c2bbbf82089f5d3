// biome-ignore-all lint/suspicious/useAwait: the real methods are asynchronous, so these are too
// Stands in for state/messenger.js in the tests of the talk room's look: fixed people, fixed words, no keys.
// `globalThis.fake` chooses what is shown: {scene: 'empty' | 'talk' | 'alerts' | 'long', offline: true}.

const NOW = Date.UTC(2025, 10, 21, 13, 10);
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const HEAD = 'c41f9e07d2a85b3360f7e19c8844ad52be03971f6ad0c52e8871b94f0d63a2e5';
const SEAL = '7be205c19df4836a20e1750c94bb38fdd6a1274e93c85f60b27d11ae5809c34f';

const fake = () => globalThis.fake ?? { scene: 'talk' };

const person = (id, name, verified = false) => ({ userId: id, name, verified });
/** Shaped like a real id, because the server looks at the shape before it shows the page. */
const idOf = ({ name }) => name.replace(/\W/gu, '').padEnd(22, '0').slice(0, 22);

const PEOPLE = [
  person('dXNlci1pbmVzLTAwMDAwMDA', 'ines', true),
  person('dXNlci1vYmVyZ21hbi0wMDA', 'o.bergman'),
  person('dXNlci10YXJpcS0wMDAwMDA', 'tariq', true),
  person('dXNlci1sZWEtbS0wMDAwMDA', 'lea-m'),
  person('dXNlci13aWxoZWxtaW5lLTA', 'wilhelmine_von-der-heide'),
];

const blocked = {
  code: 'identity_changed',
  title: 'The identity of ines changed',
  detail: 'Nothing is sent to them until you decide above.',
};

function conversation(index, preview, updatedAt, more = {}) {
  const peer = PEOPLE[index];
  const base = { id: idOf(peer), peer, preview, updatedAt, unread: 0 };
  return { ...base, mode: 'hybrid', epoch: 9, blocked: null, ...more };
}

function conversations() {
  if (fake().scene === 'empty') return [];
  const alarm = fake().scene === 'alerts' ? { blocked } : {};
  return [
    conversation(
      0,
      { text: 'Both, and I compared the number.', mine: false, state: 'received' },
      NOW - 4 * MINUTE,
      { unread: fake().unread ?? 0, ...alarm },
    ),
    conversation(
      1,
      { text: 'Minutes of Tuesday are up', mine: false, state: 'received' },
      NOW - 90 * MINUTE,
      { unread: 2 },
    ),
    conversation(2, { text: 'Friday works', mine: true, state: 'delivered' }, NOW - DAY),
    conversation(3, { text: 'Thank you!', mine: false, state: 'received' }, NOW - 4 * DAY),
    conversation(4, null, NOW - 40 * DAY),
  ];
}

let serial = 0;
function message(minutesAgo, mine, text, state, more = {}) {
  serial += 1;
  const at = NOW - minutesAgo * MINUTE;
  const n = 200 + serial;
  const sizes = { plain: text?.length ?? 0, padded: 256, envelope: 387 };
  return {
    key: `m${serial}`,
    messageId: `id${serial}`,
    mine,
    text,
    sentAt: at,
    receivedAt: at + 120,
    n,
    state,
    error: null,
    epoch: 9,
    seq: serial,
    head: HEAD,
    seal: SEAL,
    sizes,
    notice: null,
    ...more,
  };
}

const notice = (minutesAgo, kind, title, detail) =>
  message(minutesAgo, false, null, 'notice', { notice: { kind, title, detail }, sizes: null });

function talk() {
  serial = 0;
  return [
    notice(1500, 'epoch', 'Epoch 8 began.', 'Fresh keys for both of you.'),
    message(1490, false, 'Are you still keeping the incident notes in the wiki?', 'received'),
    message(1488, true, 'Only the summaries. The names never went in there.', 'read'),
    message(
      1487,
      true,
      'I can look them up, the index is at https://wiki.example.org/incidents?year=2025.',
      'read',
    ),
    notice(
      1200,
      'device_added',
      'ines added a device.',
      'From here on they read along on it. If you did not expect that, ask them.',
    ),
    message(1190, false, null, 'unreadable', {
      error: {
        code: 'key_missing',
        title: 'This message cannot be read here.',
        detail:
          'It was sent before this browser joined the conversation, so the key was never made for it.',
      },
    }),
    message(75, false, 'The audit wants last year’s incident notes by Thursday.', 'received'),
    message(74, false, 'All of them, with names.', 'received'),
    message(
      71,
      true,
      'I’ll send them here, not by mail. There are eleven, some of them long, so I will split the large ones: first the summary that anybody may see, then the part with names and phone numbers.',
      'read',
    ),
    notice(68, 'epoch', 'Epoch 9 began.', 'Fresh keys for both of you.'),
    message(66, false, 'Is that safe for twenty years? They keep these files long.', 'received'),
    message(64, true, 'That is what the second key exchange is for.', 'delivered'),
    message(9, false, 'Good.', 'received'),
    message(
      8,
      true,
      'Here is the first one:\n\n  2025-03-14  mail gateway down for 40 min\n  2025-03-15  cause found: full disk\n',
      'stored',
    ),
    message(6, true, 'And the second.', 'failed', {
      error: {
        code: 'clock_off',
        title: 'Not sent.',
        detail: 'The clock of this computer is eleven minutes off. Set it right, then send again.',
      },
    }),
    message(5, true, 'Third one follows after lunch', 'queued', {
      n: null,
      head: null,
      seal: null,
    }),
    message(4, false, 'Both, and I compared the number.', 'received'),
  ];
}

function long() {
  serial = 0;
  const words = [
    'Yes.',
    'That is how I read it too, though the second paragraph leaves room for doubt.',
    'Let us ask before Friday.',
    'ok',
  ];
  return Array.from({ length: 900 }, (_, index) =>
    message(
      (900 - index) * 7,
      index % 5 < 2,
      `${words[index % 4]} (${index + 1})`,
      index % 5 < 2 ? 'read' : 'received',
    ),
  );
}

const sent = [];
const listeners = new Map();
const tell = (event, detail) => listeners.get(event)?.forEach((run) => void run(detail));

const alerts = () =>
  fake().scene !== 'alerts'
    ? []
    : [
        {
          id: 'a1',
          kind: 'identity_changed',
          conversation: 'ines000000000000000000',
          severity: 'danger',
          at: NOW,
          title: 'The identity of ines changed',
          detail:
            'The server shows another identity for ines than the one you verified. Either they made a new account, or somebody is between you. Ask them by another way before you accept it.',
          actions: [{ id: 'accept_identity', label: 'I asked them: accept the new identity' }],
        },
        {
          id: 'a2',
          kind: 'device_added',
          conversation: null,
          severity: 'warning',
          at: NOW,
          title: 'A device was added to your account',
          detail: 'Yesterday at 18:22. If that was not you, change your password and remove it.',
          actions: [{ id: 'dismiss', label: 'That was me' }],
        },
        {
          id: 'a3',
          kind: 'new_device',
          conversation: null,
          severity: 'info',
          at: NOW,
          title: 'This browser is new here',
          detail:
            'Messages from before today were sealed to your other devices and cannot be read on this one.',
          actions: [{ id: 'dismiss', label: 'Understood' }],
        },
      ];

const device = (name, mine, thisDevice, fingerprint, daysAgo) => ({
  userId: name,
  name,
  deviceId: fingerprint,
  fingerprint,
  addedAt: NOW - daysAgo * DAY,
  mine,
  thisDevice,
});

function inspection(id) {
  const peer = PEOPLE.find(({ name }) => id === idOf({ name }));
  return {
    mode: 'hybrid',
    epoch: 9,
    epochStartedAt: NOW - 312 * MINUTE,
    epochMessages: 17,
    epochLimit: 50,
    n: 217,
    head: HEAD,
    peer: {
      userId: peer.userId,
      name: peer.name,
      identityFingerprint: HEAD,
      verifiedAt: peer.verified ? NOW - 9 * DAY : null,
    },
    devices: [
      device('ada', true, true, '4f81c2d09ab37e65', 31),
      device('ada', true, false, '09d7745be1f2ac83', 12),
      device(peer.name, false, false, 'b3306f1a5ec97d24', 30),
      device(peer.name, false, false, '71cc08e94d5b6fa2', 0.8),
    ],
    counters: {
      sent: 99,
      received: 118,
      replaysRefused: fake().scene === 'alerts' ? 1 : 0,
      tamperRefused: 0,
      undecryptable: 1,
    },
    rate: Array.from({ length: 30 }, (_, minute) => ({
      minute,
      count: [0, 0, 1, 0, 3, 2, 0, 5, 1, 0][(minute * 7) % 10],
    })),
    connectedSince: NOW - 95 * MINUTE,
    firstLoadedAt: NOW - 31 * DAY,
    lastCommit: {
      committer: 'ines',
      createdAt: NOW - 312 * MINUTE,
      sizes: { core: 1698, refs: 260, signature: 3373, entry: 1218, total: 9950 },
      steps: [
        {
          name: 'Key exchange X-Wing (X25519 with ML-KEM-768), one entry for each device',
          value: '1120 bytes of ciphertext',
        },
        { name: 'Mixed with the secret of the epoch before', value: 'HKDF-Extract' },
        { name: 'Confirmation tag, equal on every device', value: '77c0 9a1e 45d2 b8f3' },
        { name: 'Signed by the committing device', value: 'Ed25519 + ML-DSA-65' },
      ],
    },
    safetyNumber: {
      groups: '48213 90177 36520 11894 72065 50938 27714 63309 95128 40671 18853 02946'.split(' '),
      qrText: `cryptexq:1:${HEAD}${SEAL}`,
    },
    alerts: [],
  };
}

class FakeMessenger {
  on(event, run) {
    listeners.set(event, [...(listeners.get(event) ?? []), run]);
    return () => undefined;
  }
  status() {
    const up = !fake().offline;
    return {
      leader: true,
      connected: up,
      proved: up,
      stage: up ? 'ready' : 'waiting',
      newDevice: false,
      error: null,
    };
  }
  conversations = async () => conversations();
  async messages(id, { before = null, limit = 60 }) {
    if (id !== 'ines000000000000000000')
      return id === 'wilhelmine_vonderheide' ? [] : talk().slice(0, 3);
    const all = [...(fake().scene === 'long' ? long() : talk()), ...sent];
    const end = before ? all.findIndex(({ key }) => key === before) : all.length;
    return all.slice(Math.max(0, end - limit), end);
  }
  findPerson = async (name) => PEOPLE.find((known) => known.name === name) ?? null;
  startConversation = async () => 'leam000000000000000000';
  async send(id, text) {
    const made = { ...message(0, true, text, 'queued'), key: `sent${sent.length}` };
    sent.push(made);
    tell('messages', { conversation: id });
    return made.key;
  }
  receive(text) {
    sent.push({ ...message(0, false, text, 'received'), key: `sent${sent.length}` });
    tell('messages', { conversation: 'ines000000000000000000' });
  }
  retry = async () => undefined;
  discard = async () => undefined;
  markRead = async () => undefined;
  draft = async (id) =>
    id === 'tariq00000000000000000' && fake().scene !== 'empty' ? 'Could we move it to ten' : '';
  setDraft = async () => undefined;
  inspect = async (id) => inspection(id);
  setVerified = async () => undefined;
  logOut = async () => undefined;
  alerts = async () => alerts();
  act = async () => undefined;
  end = (reason) => tell('ended', reason);
}

export async function openMessenger() {
  if (fake().refuse) throw fake().refuse;
  globalThis.fakeMessenger = new FakeMessenger();
  return globalThis.fakeMessenger;
}
