// Owns the two ways out of the talk room: by the person's wish, and because the server or another device ended the session.

import { openDialog } from '../ui/dialog.js';
import { button, h } from '../ui/dom.js';

/** The account layer is loaded only now: the talk room itself has no use for it. */
export async function leave(failed) {
  try {
    const { logOut } = await import('../state/account.js');
    await logOut();
    location.assign('/');
  } catch (problem) {
    failed(problem);
  }
}

let ended = false;

/** Once: a second reason changes nothing for the person. */
export function sessionEnded({ title, detail }) {
  if (ended) return;
  ended = true;
  const again = button('Log in again', () => location.assign('/login'));
  const body = [h('p', { text: detail }), h('div', { class: 'dialog__actions' }, again)];
  openDialog(title, body, { closable: false });
}
