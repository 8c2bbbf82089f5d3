// Owns the button that shows what is typed into a password box.

import { icon } from './dom.js';

export function installReveal(root = document) {
  for (const control of root.querySelectorAll('[data-reveal]')) {
    const input = root.querySelector(`#${control.dataset.reveal}`);
    control.addEventListener('click', () => show(control, input, input.type === 'password'));
    // A password left visible would be offered to browsers as ordinary text to remember.
    input.form.addEventListener('submit', () => show(control, input, false));
  }
}

function show(control, input, visible) {
  const words = visible ? 'Hide the password' : 'Show the password';
  input.type = visible ? 'text' : 'password';
  control.setAttribute('aria-pressed', String(visible));
  control.setAttribute('aria-label', words);
  control.title = words;
  control.replaceChildren(icon(visible ? 'eye-off' : 'eye'));
}
