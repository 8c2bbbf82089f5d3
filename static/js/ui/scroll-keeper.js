// Owns the scroll place of a thread: it follows the newest only from the bottom, and stays on what is being read
// when rows come above. Browsers differ in doing this themselves, so it is switched off there and done here.

const NEAR = 48;
const EDGE = 600;

/** A thread that is not shown has no height, and nobody is at its bottom. */
export const isAtBottom = (view) =>
  view.clientHeight > 0 && view.scrollHeight - view.scrollTop - view.clientHeight < NEAR;

export const isNearTop = (view) => view.scrollTop < EDGE;

export const isNearBottom = (view) => view.scrollHeight - view.scrollTop - view.clientHeight < EDGE;

export function toBottom(view) {
  view.scrollTop = view.scrollHeight;
}

/** Runs `change` and puts the first row that was in sight back where it stood. */
export function keepingPlace(view, rows, change) {
  const anchor = firstInSight(view, rows);
  const before = anchor?.getBoundingClientRect().top;
  change();
  if (anchor?.isConnected) view.scrollTop += anchor.getBoundingClientRect().top - before;
}

function firstInSight(view, rows) {
  const top = view.getBoundingClientRect().top;
  return [...rows.children].find((row) => row.getBoundingClientRect().bottom > top);
}
