// Owns the list of keys (Ctrl+/).

import { openDialog } from './dialog.js';
import { h } from './dom.js';

const KEYS = [
  ['Ctrl K', 'Go to a conversation'],
  ['Alt ↑  Alt ↓', 'The conversation above or below'],
  ['Enter', 'Send'],
  ['Shift Enter', 'A new line'],
  ['↑  ↓', 'From message to message, once one has the focus'],
  ['Enter on a message', 'Its details: epoch, number, head, seal, sizes'],
  ['Ctrl /', 'These keys'],
  ['Esc', 'Close what lies on top'],
];

export function openHelp() {
  const rows = KEYS.flatMap(([keys, words]) => [
    h('dt', {}, h('kbd', { text: keys })),
    h('dd', { text: words }),
  ]);
  return openDialog('Keys', [h('dl', { class: 'keys' }, rows)]).closed;
}
