// Owns the place at the foot of the window where a failure is told that belongs to no field and no message.

import { h, iconButton } from './dom.js';
import { problemNotice } from './problem.js';

export function tell(problem) {
  const told = h('div', { class: 'told' }, problemNotice(problem));
  told.append(iconButton('close', 'Close', () => told.remove()));
  document.querySelector('.told')?.remove();
  document.body.append(told);
}
