// Owns the small chart of messages per minute over the last half hour.

import { h, s, setText } from './dom.js';
import { count } from './format.js';

const MINUTES = 30;
const HEIGHT = 56;
const STEP = 10;

export function createRateChart() {
  const bars = Array.from({ length: MINUTES }, (_, index) =>
    s('rect', { x: index * STEP + 1, width: STEP - 2 }),
  );
  const picture = s('svg', {
    class: 'rate',
    viewBox: `0 0 ${MINUTES * STEP} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  picture.append(...bars);
  const words = h('p', { class: 'panel__text' });
  const ends = h(
    'p',
    { class: 'rate__ends', 'aria-hidden': 'true' },
    h('span', { text: '30 min ago' }),
    h('span', { text: 'now' }),
  );
  return {
    element: h('div', {}, words, picture, ends),
    update(rate) {
      const counts = lastMinutes(rate);
      const most = Math.max(1, ...counts);
      for (const [index, bar] of bars.entries()) setBar(bar, counts[index], most);
      setText(words, rateWords(counts));
    },
  };
}

/** One count for each of the last minutes; what is missing in `rate` was silent. */
export function lastMinutes(rate) {
  const counts = new Array(MINUTES).fill(0);
  for (const [index, entry] of rate.slice(-MINUTES).entries())
    counts[MINUTES - Math.min(MINUTES, rate.length) + index] = entry.count;
  return counts;
}

export function rateWords(counts) {
  const total = counts.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 'No message in the last 30 minutes.';
  return `${count(total, 'message', 'messages')} in the last 30 minutes, at most ${Math.max(...counts)} in one.`;
}

/** A silent minute keeps a foot, so that the axis can be seen. */
function setBar(bar, value, most) {
  const height = value === 0 ? 2 : Math.max(4, (value / most) * HEIGHT);
  bar.setAttribute('class', value === 0 ? 'rate__none' : '');
  bar.setAttribute('height', String(height));
  bar.setAttribute('y', String(HEIGHT - height));
}
