// Owns the two ways out of the talk room: by the person's wish, and because the server or another device ended the session.

import { openDialog } from '../ui/dialog.js';
import { button, h } from '../ui/dom.js';

const STAY =
  'This browser stays one of your devices: its keys and what was said stay in it, and you go on where you were once you log in again.';
const FORGET =
  'On a computer that others use, let it forget you. What only this browser has is gone then. It stays in the list of your devices: removing devices is not possible in the browser yet.';

/** Asked, because a browser that was only logged out still holds everything. */
export function leave(messenger, failed) {
  const go = async (choice) => {
    try {
      await messenger.logOut(choice);
      location.assign('/');
    } catch (problem) {
      failed(problem);
    }
  };
  const forget = () => go({ forget: true });
  return openDialog('Log out', [
    h('p', { text: STAY }),
    h(
      'div',
      { class: 'dialog__actions' },
      button('Log out', () => go({ forget: false })),
    ),
    h('p', { text: FORGET }),
    h(
      'div',
      { class: 'dialog__actions' },
      button('Log out and forget this browser', forget, 'button--danger'),
    ),
  ]).closed;
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
