// Owns the empty places: what is missing, and one thing to do about it.

import { h, icon, s } from './dom.js';

export function emptyPlace(title, text, action = null) {
  return h(
    'div',
    { class: 'empty' },
    figure(),
    h('h2', { text: title }),
    h('p', { class: 'empty__text', text }),
    action &&
      h('button', { type: 'button', class: 'button', 'data-act': action.act, text: action.label }),
  );
}

function figure() {
  const picture = s('svg', { class: 'empty__figure', viewBox: '0 0 32 32', 'aria-hidden': 'true' });
  picture.append(icon('mark').firstChild);
  return picture;
}
