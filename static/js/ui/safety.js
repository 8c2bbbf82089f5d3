// Owns the safety number in the inspector.

import { button, h, setText } from './dom.js';
import { dateTime } from './format.js';

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

export function showGroups(element, groups) {
  const text = groups.join(' ');
  if (element.shownText === text) return;
  element.shownText = text;
  element.replaceChildren(...groups.map((group) => h('span', { text: group })));
}
