// Owns how a failure is shown: what happened, then what to do. A failure without words of its own gets honest ones.

import { h, icon } from './dom.js';

const UNFORESEEN = {
  title: 'Something went wrong in this page',
  detail:
    'Nothing was sent. Reload the page and try again; if it happens again, tell the people who run this server.',
};

export const wordsOf = (problem) => (problem?.title && problem?.detail ? problem : UNFORESEEN);

export function problemNotice(problem) {
  const { title, detail } = wordsOf(problem);
  return h(
    'div',
    { class: 'notice notice--danger', role: 'alert' },
    h('p', { class: 'notice__title', text: title }),
    h('p', { text: detail }),
  );
}

/** For what is worth knowing and no failure. */
export function plainNotice({ title, detail }) {
  return h(
    'div',
    { class: 'notice notice--attention', role: 'status' },
    h('p', { class: 'notice__title', text: title }),
    h('p', { text: detail }),
  );
}

/** Puts the notice into `region` and the focus on it, so that nobody has to look for it. */
export function showProblem(region, problem) {
  const notice = problemNotice(problem);
  notice.tabIndex = -1;
  region.replaceChildren(notice);
  notice.focus();
}

export function fieldProblem(input, text) {
  const slot = document.getElementById(`${input.id}-problem`);
  input.setAttribute('aria-invalid', String(Boolean(text)));
  slot.replaceChildren();
  if (text) slot.append(icon('failed', 'icon--small'), text);
  slot.hidden = !text;
}
