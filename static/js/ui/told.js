// Owns the place at the foot of the window where that is told which belongs to no field and no message: a failure,
// and, over a change of pages, that the login was by recovery key.

import { h, iconButton } from './dom.js';
import { plainNotice, problemNotice } from './problem.js';

const RECOVERED_KEY = 'cryptexq.recovered';
const RECOVERED = {
  title: 'You logged in with your recovery key',
  detail: 'Your password is unchanged and still opens this account.',
};

export function tell(problem) {
  put(problemNotice(problem));
}

/** Asks the next page of this tab to say what a login by recovery key leaves as it was. */
export function rememberRecovery() {
  sessionStorage.setItem(RECOVERED_KEY, 'yes');
}

export function tellRecovery() {
  if (!sessionStorage.getItem(RECOVERED_KEY)) return;
  sessionStorage.removeItem(RECOVERED_KEY);
  put(plainNotice(RECOVERED));
}

function put(notice) {
  const told = h('div', { class: 'told' }, notice);
  told.append(iconButton('close', 'Close', () => told.remove()));
  document.querySelector('.told')?.remove();
  document.body.append(told);
}
