// Owns windows over the page. The browser's own modal dialog keeps the focus inside, makes the rest inert,
// closes at Escape and gives the focus back; nothing of that is done by hand.

import { h, iconButton } from './dom.js';

let serial = 0;

/** Opens a dialog with `body` and resolves when it is closed. */
export function openDialog(title, body, { extra = '', closable = true } = {}) {
  serial += 1;
  const id = `dialog-${serial}`;
  const dialog = h('dialog', { class: `dialog ${extra}`.trim(), 'aria-labelledby': id });
  const close = closable && iconButton('close', 'Close', () => dialog.close());
  dialog.append(
    h('div', { class: 'dialog__bar' }, h('h2', { class: 'dialog__title', id, text: title }), close),
    h('div', { class: 'dialog__body' }, body),
  );
  return present(dialog, closable);
}

/** A dialog without a bar of its own, such as the switcher. */
export function openBareDialog(label, content, extra) {
  return present(h('dialog', { class: `dialog ${extra}`, 'aria-label': label }, content), true);
}

function present(dialog, closable) {
  document.body.append(dialog);
  if (closable)
    dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  else dialog.addEventListener('cancel', (event) => event.preventDefault());
  const closed = new Promise((resolve) =>
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve();
    }),
  );
  dialog.showModal();
  return { dialog, closed, close: () => dialog.close() };
}

/** Lends `pane` to a drawer at the left edge, and puts it back where it was. */
export function openDrawer(label, pane) {
  const home = document.createComment('drawer');
  pane.replaceWith(home);
  const dialog = h('dialog', { class: 'drawer', 'aria-label': label }, pane);
  document.body.append(dialog);
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.addEventListener('close', () => {
    home.replaceWith(pane);
    dialog.remove();
  });
  dialog.showModal();
  return { close: () => dialog.close() };
}
