// Owns a person's picture: initials on a colour of their own. Decoration, for the name always stands beside it.

import { h } from './dom.js';
import { hueOf, initials } from './format.js';

export function avatar({ userId, name }, extra = '') {
  const props = { class: `avatar hue-${hueOf(userId)} ${extra}`.trim(), 'aria-hidden': 'true' };
  return h('span', { ...props, text: initials(name) });
}
