// Owns saying on a button, for a moment, that what it promised has happened.

const SHOWN = 2000;

/** Screen readers hear it because the button has the focus and its name changes. */
export function confirmOn(control, words) {
  const target = control.querySelector('[data-words]') ?? control;
  const before = target.textContent;
  target.textContent = words;
  setTimeout(() => {
    target.textContent = before;
  }, SHOWN);
}
