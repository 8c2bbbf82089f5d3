// Owns the words for what happened in a session and what to do about it. Pure.

const UNREADABLE = {
  not_readable: [
    'This device has no key for it.',
    'It was written while this device was not part of the session. Other devices of yours may show it; or ask for it again.',
  ],
  late: [
    'It came too late.',
    'It belongs to keys that were already replaced and erased. Ask for it again.',
  ],
  broken: ['The session here is broken.', 'Start afresh, then ask for it again.'],
  rewound: [
    'Its number goes back.',
    'Somebody tried to put an old message in a new place. It was refused.',
  ],
  forged_sender: [
    'It is not by the person whose name is on it.',
    'The server delivered it under a false name. It was refused.',
  ],
};
const CHANGED = [
  'It was changed on the way.',
  'Its seal does not fit. It was refused and its content is unknown. Ask for it again.',
];

/** Why a message cannot be shown. */
export function unreadable(code) {
  const [title, detail] = UNREADABLE[code] ?? CHANGED;
  return { code, title, detail };
}

export const blocked = Object.freeze({
  fork_detected: {
    code: 'fork_detected',
    title: 'This conversation was stopped',
    detail:
      'There are two histories of it that contradict each other. Nothing more is sent or taken here; what was said stays readable.',
  },
  identity_changed: {
    code: 'identity_changed',
    title: 'The identity key has changed',
    detail:
      'Writing waits until you decide. Ask the person by another way whether they made a new account or lost everything.',
  },
  identity_swapped: {
    code: 'identity_swapped',
    title: 'The others were shown a key that is not yours',
    detail:
      'New keys came for a false key in your name, so they may be talking to somebody else. Nothing of it was taken, and nothing more is taken here. Tell them by another way.',
  },
  restart: {
    code: 'restart',
    title: 'Somebody wants to start afresh',
    detail:
      'Another device asks to begin the session anew without the old keys. Agree, or ask first.',
  },
  broken: {
    code: 'broken',
    title: 'The keys of this conversation cannot go on',
    detail:
      'New keys arrived that do not fit. Start afresh to write again; what is here stays readable.',
  },
  waiting: {
    code: 'waiting',
    title: 'Waiting to be let in',
    detail:
      'This browser is new here. It gets the keys as soon as one of the other devices is online. If none is left, start afresh.',
  },
  weaker_mode: {
    code: 'weaker_mode',
    title: 'The quantum link was switched off',
    detail: 'The session goes on with the post-quantum exchange alone. Accept that to write again.',
  },
  device_removed: {
    code: 'device_removed',
    title: 'This browser was removed from your account',
    detail: 'Log in again to use it as a new device.',
  },
});

/** The words for a stopped conversation with what its people can compare. @param {string} head in hex */
export const stoppedAt = (n, head) => ({
  ...blocked.fork_detected,
  detail: `${blocked.fork_detected.detail} Here it stopped at entry ${n} with the fingerprint ${head.match(/.{1,8}/g).join(' ')}. Compare both by another way with the session inspector of the others: the same number with another fingerprint means that the server showed you different histories. Ask the person who runs it whether a backup was restored. Copy what you need; it cannot go on here.`,
});

/** The words for a changed identity key with the safety number that it would have. */
export const changedTo = (number) => ({
  ...blocked.identity_changed,
  detail: `${blocked.identity_changed.detail} With the new key your safety number would be ${number}. Accept it only if they read you the same.`,
});

const action = (id, label) => ({ id, label });
const START_AFRESH = action('restart', 'Start afresh');

/** Alerts that go with a blocked conversation, by code: what the person may choose. */
export const waysOut = Object.freeze({
  fork_detected: { severity: 'danger', actions: [] },
  identity_changed: {
    severity: 'danger',
    actions: [
      action('keep_identity', 'Keep the known key'),
      action('accept_identity', 'Accept the new key'),
    ],
  },
  identity_swapped: { severity: 'danger', actions: [] },
  restart: { severity: 'warning', actions: [action('accept_restart', 'Agree')] },
  broken: { severity: 'warning', actions: [START_AFRESH] },
  waiting: { severity: 'info', actions: [START_AFRESH] },
  weaker_mode: { severity: 'warning', actions: [action('accept_mode', 'Accept')] },
});

export const NEW_DEVICE = Object.freeze({
  kind: 'new_device',
  severity: 'info',
  title: 'This browser is a new device of yours',
  detail:
    'Messages from before now can be read only on devices that were there, and nobody can bring them here. New ones appear as soon as one of the other devices has let this browser in.',
});

export const UNKNOWN_DEVICE = Object.freeze({
  kind: 'own_list_grew',
  severity: 'warning',
  title: 'A device was added to your account',
  detail:
    'If it was you who logged in somewhere else, all is well. If not, somebody has your password or your recovery key and reads what is written from now on: write nothing secret here, and tell the people you talk to by another way.',
});

export const ROLLED_BACK = Object.freeze({
  kind: 'rolled_back',
  severity: 'danger',
  title: 'The server has forgotten part of this conversation',
  detail:
    'It shows fewer entries than your devices have seen. Its data may have been restored from an old backup, or it hides something. Ask the person who runs it.',
});

/** @param {number} minutes how far the server is ahead; negative if it is behind */
export const clockWrong = (minutes) => ({
  kind: 'clock_wrong',
  severity: 'warning',
  title: 'The clocks of this device and of the server differ',
  detail: `The server is ${Math.abs(minutes)} minutes ${minutes > 0 ? 'ahead' : 'behind'}. Let this device set its date and time by itself, then reload. If they are right already, tell the person who runs the server: times of messages are not what they seem.`,
});

export const LIST_REFUSED = Object.freeze({
  kind: 'list_refused',
  severity: 'danger',
  title: 'A list of devices was refused',
  detail:
    'The server shows a device list that is older than one seen before or was not signed by its person. Nothing is sent under it.',
});

export const LIST_TOO_LONG = Object.freeze({
  kind: 'list_too_long',
  severity: 'danger',
  title: 'Somebody has too many device lists',
  detail:
    'Checking thousands of them would only keep this browser busy, so nothing was begun with this person. Ask them by another way, and tell the person who runs this server.',
});

export const REFUSED = Object.freeze({
  kind: 'refused',
  severity: 'warning',
  title: 'Something in this conversation was refused',
  detail:
    'The server delivered an entry that is not what it claims to be: changed, repeated or under a false name. Nothing of it is believed. If it happens again, tell the person who runs this server.',
});

export const BOOK_CONFLICT = Object.freeze({
  kind: 'book_conflict',
  severity: 'danger',
  title: 'Your devices saw two different truths',
  detail:
    'Two of your devices pinned different keys or saw different histories. Compare the safety number again before you write.',
});

export const BOOK_OLD = Object.freeze({
  kind: 'book_old',
  severity: 'danger',
  title: 'The server has forgotten part of your vault',
  detail:
    'It shows an older book of your contacts than before. Nothing that this browser knows was taken back, and it is put there again. Ask the person who runs this server whether a backup was restored.',
});

export const MARK_STAYS = Object.freeze({
  code: 'mark_stays',
  title: 'A mark cannot be taken back',
  detail:
    'Your other devices would bring it back. If the number is no longer the same, do not write here and ask the person by another way.',
});

export const NAME_FALSE = Object.freeze({
  code: 'name_false',
  title: 'The server shows somebody else under this name',
  detail:
    'The keys that it handed out are of a person with another name. Nothing was started. Tell the person who runs this server.',
});

export const NOT_SHOWN = Object.freeze({
  code: 'identity_not_shown',
  title: 'There is no key to accept yet',
  detail:
    'Look at this alert again in a moment. It names the safety number of the new key as soon as the server has shown that key; nothing was accepted.',
});

export const STILL_CHANGED = Object.freeze({
  code: 'identity_still_changed',
  title: 'The server still shows another key',
  detail:
    'Nothing can be sent while it does. Tell the person who runs this server, and the one you talk to.',
});

export const CHANGED_AGAIN = Object.freeze({
  code: 'identity_changed_again',
  title: 'The key has changed once more',
  detail:
    'The server shows yet another key now. Nothing was accepted. Ask the person by another way.',
});

export const STORAGE_FULL = Object.freeze({
  code: 'storage_full_here',
  title: 'This browser has no room left',
  detail:
    'Free some disk space and reload the page. Nothing is lost; the server keeps what is not here yet.',
});

/** A commit that the server refuses for good. */
export const COMMIT_REFUSED = Object.freeze({
  kind: 'commit_refused',
  severity: 'warning',
  title: 'New keys could not be set up',
});

export const notices = Object.freeze({
  joined: () => ({
    kind: 'joined',
    title: 'This browser joined here.',
    detail: 'What was said before can be read on the devices that were there.',
  }),
  epoch: (epoch, who) => ({
    kind: 'epoch',
    title: `Epoch ${epoch}.`,
    detail: `Fresh keys by ${who}.`,
  }),
  restart: (who) => ({
    kind: 'restart',
    title: `${who} started the session afresh.`,
    detail: 'Messages that were not delivered before this line may be lost.',
  }),
  old_list: (who) => ({
    kind: 'old_list',
    title: 'These keys are for reading only.',
    detail: `${who.join(' and ')} changed devices while they were made. Whoever writes next sets up fresh keys first; that happens by itself.`,
  }),
  device_added: (who) => ({
    kind: 'device_added',
    title: `${who} added a device.`,
    detail: 'It reads what is said from here on.',
  }),
  device_removed: (who) => ({
    kind: 'device_removed',
    title: `${who} removed a device.`,
    detail: 'It cannot read what is said from here on.',
  }),
});
