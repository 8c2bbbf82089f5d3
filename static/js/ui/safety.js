// Owns the safety number: in the inspector, and in the window in which two people compare it.

import { openDialog } from './dialog.js';
import { button, h, icon, setText } from './dom.js';
import { dateTime } from './format.js';
import { drawQr } from './qr.js';

const UNKNOWN = 'It appears as soon as the identity of the other side was fetched and checked.';

export function createSafetyPanel({ compare }) {
  const state = h('p', { class: 'panel__text' });
  const numbers = h('div', { class: 'number' });
  const act = button('', compare, 'button--quiet button--small');
  const heading = h('h3', { class: 'panel__title', text: 'Safety number' });
  return {
    element: h('section', { class: 'panel' }, heading, state, numbers, act),
    update({ peer, safetyNumber }) {
      const known = safetyNumber.groups.length > 0;
      setText(state, known ? stateText(peer) : UNKNOWN);
      act.hidden = !known;
      setText(act, peer.verifiedAt ? 'Show' : 'Compare');
      showGroups(numbers, safetyNumber.groups);
    },
  };
}

function stateText({ name, verifiedAt }) {
  if (verifiedAt) return `You compared it with ${name} on ${dateTime(verifiedAt)}.`;
  return `Not compared yet. Until you do, you rely on this server for whose key ${name}'s is.`;
}

function showGroups(element, groups) {
  const text = groups.join(' ');
  if (element.shownText === text) return;
  element.shownText = text;
  element.replaceChildren(...groups.map((group) => h('span', { text: group })));
}

/** Opens the comparison; `setVerified(bool)` is called when the person decides. */
export async function openSafetyDialog({ peer, safetyNumber }, setVerified) {
  const numbers = h('div', { class: 'number number--large' });
  showGroups(numbers, safetyNumber.groups);
  const act = peer.verifiedAt
    ? button('Take the mark back', () => decide(false), 'button--quiet')
    : button('I compared it: mark as verified', () => decide(true));
  const decide = (verified) => {
    setVerified(verified);
    opened.close();
  };
  const body = [
    h('p', {
      text: `Ask ${peer.name} to open the same page and read the twelve groups to each other: face to face, or in a call in which you know the voice.`,
    }),
    numbers,
    await drawQr(safetyNumber.qrText, `The safety number of you and ${peer.name} as a QR code`),
    h('p', {
      class: 'panel__text',
      text: 'All equal: nobody sits between you. Different: do not mark it. Somebody may be reading along, so tell each other by another way.',
    }),
    h(
      'div',
      { class: 'dialog__actions' },
      peer.verifiedAt &&
        h('p', { class: 'compared' }, icon('verified'), `Marked on ${dateTime(peer.verifiedAt)}`),
      act,
    ),
  ];
  const opened = openDialog(`Safety number with ${peer.name}`, body);
  return opened.closed;
}
