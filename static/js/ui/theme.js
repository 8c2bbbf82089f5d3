// Owns the choice between the system's colours, light and dark, and remembering it.

import { icon } from './dom.js';

const ORDER = ['auto', 'light', 'dark'];
const LABELS = { auto: 'Colours follow the system', light: 'Light colours', dark: 'Dark colours' };
const KEY = 'cryptexq.theme';

/** Gives every element with data-theme-switch the job of changing the colours. */
export function installThemeSwitch(root = document) {
  for (const control of root.querySelectorAll('[data-theme-switch]')) {
    control.addEventListener('click', () =>
      choose(ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length]),
    );
  }
  show();
}

function current() {
  return document.documentElement.dataset.theme ?? 'auto';
}

function choose(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'auto') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  show();
}

function show() {
  for (const control of document.querySelectorAll('[data-theme-switch]')) {
    const label = `${LABELS[current()]}. Change`;
    control.replaceChildren(icon(current()));
    control.setAttribute('aria-label', label);
    control.title = label;
  }
}
