// Owns the dial of an epoch: the outer ring counts its messages, the inner its hours. The same two rings as the mark.
// Decoration for the eye: the readings beside it carry the values in words.

import { s, setText } from './dom.js';

const HOURS = 24;
const HOUR = 3600 * 1000;

export function createEpochDial() {
  const used = ring('epoch-dial__on', 58, 9);
  const aged = ring('epoch-dial__age', 45, 5);
  const number = s('text', { class: 'epoch-dial__number', x: '66', y: '71' });
  const word = s('text', { class: 'epoch-dial__word', x: '66', y: '87', text: 'epoch' });
  const element = s('svg', { class: 'epoch-dial', viewBox: '0 0 132 132', 'aria-hidden': 'true' });
  element.append(used.off, used.on, aged.off, aged.on, number, word);
  return {
    element,
    update({ epoch, epochMessages, epochLimit, age }) {
      setRing(used, epochMessages, epochLimit);
      setRing(aged, Math.min(HOURS, Math.floor(age / HOUR)), HOURS);
      setText(number, epoch === null ? '–' : String(epoch));
    },
  };
}

function ring(name, radius, width) {
  const props = {
    cx: '66',
    cy: '66',
    r: radius,
    'stroke-width': width,
    transform: 'rotate(-90 66 66)',
  };
  return { off: s('circle', props), on: s('circle', { ...props, class: name }) };
}

function setRing({ off, on }, used, limit) {
  for (const circle of [off, on]) circle.setAttribute('pathLength', String(limit));
  off.setAttribute('stroke-dasharray', '0.64 0.36');
  on.setAttribute('stroke-dasharray', dashes(Math.min(used, limit), limit));
}

/** `used` ticks and then a gap as long as the rest, so that no further tick is drawn. */
export const dashes = (used, limit) => `${'0.64 0.36 '.repeat(used)}0 ${limit}`;
