// Owns showing the recovery key this one time: copy, save, print, and the check that it was kept.
// It keeps no copy: what leaves the page is the person's own doing.

import { confirmOn } from './confirm-on.js';
import { h } from './dom.js';
import { fieldProblem } from './problem.js';

export const groupsOf = (text) =>
  text
    .replace(/[^A-Za-z2-7]/gu, '')
    .toUpperCase()
    .match(/.{1,4}/gu) ?? [];

export function isLastGroup(typed, text) {
  return groupsOf(typed).join('') === groupsOf(text).at(-1);
}

export function fileText({ name, key, host }) {
  return [
    'CryptexQ recovery key',
    '',
    `Server:    ${host}`,
    `User name: ${name}`,
    '',
    groupsOf(key).join(' '),
    '',
    'This key opens your vault if you forget your password. Whoever has it can do so too.',
    'To use it: on the login page, choose "Use your recovery key".',
    '',
  ].join('\n');
}

/** Fills the page's section and shows it; `done()` once the check is passed. */
export function showRecoveryKey(section, { name, key, host }, done) {
  const part = (id) => section.querySelector(`#recovery-${id}`);
  part('for').textContent = `${name} at ${host}`;
  part('key').replaceChildren(...groupsOf(key).map((group) => h('span', { text: group })));
  part('copy').addEventListener('click', (event) =>
    copy(event.currentTarget, groupsOf(key).join(' ')),
  );
  part('save').addEventListener('click', () =>
    save(`cryptexq-recovery-${name}.txt`, fileText({ name, key, host })),
  );
  part('print').addEventListener('click', () => print());
  part('form').addEventListener('submit', (event) =>
    check(event, section.querySelector('#last-group'), key, done),
  );
  section.hidden = false;
  part('title').focus();
}

async function copy(control, text) {
  try {
    await navigator.clipboard.writeText(text);
    confirmOn(control, 'Copied');
  } catch {
    confirmOn(control, 'The browser forbids copying: save or print it');
  }
}

function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  h('a', { href: address, download: name }).click();
  // The browser reads the address in the click; afterwards nothing should hold the key any longer.
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function check(event, input, key, done) {
  event.preventDefault();
  const right = isLastGroup(input.value, key);
  fieldProblem(
    input,
    right ? null : 'These are not the last four characters. Look at what you have kept.',
  );
  if (right) done();
  else input.focus();
}
