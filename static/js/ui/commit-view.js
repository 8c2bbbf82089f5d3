// Owns the newest commit taken apart, step by step, for people who want to see how the keys came about.

import { h, icon } from './dom.js';
import { dateTime, size } from './format.js';

export function createCommitView() {
  const body = h('div');
  const summary = h('summary', {}, 'The last commit, step by step', icon('down', 'icon--small'));
  const element = h(
    'section',
    { class: 'panel' },
    h('details', { class: 'folded' }, summary, body),
  );
  let shown = null;
  return {
    element,
    update({ lastCommit }) {
      element.hidden = !lastCommit;
      const content = JSON.stringify(lastCommit);
      if (!lastCommit || content === shown) return;
      shown = content;
      body.replaceChildren(origin(lastCommit), sizes(lastCommit.sizes), steps(lastCommit.steps));
    },
  };
}

function origin({ committer, createdAt }) {
  return h('p', {
    class: 'panel__text',
    text: `Made by ${committer}, ${dateTime(createdAt)}. Every device of the session did these steps and came to the same keys.`,
  });
}

function sizes({ core, refs, signature, entry, total }) {
  const rows = [
    ['Core', core],
    ['References', refs],
    ['Signature', signature],
    ...(entry ? [['Our entry', entry]] : []),
    ['Together', total],
  ];
  return h(
    'dl',
    { class: 'readings' },
    rows.flatMap(([name, bytes]) => [h('dt', { text: name }), h('dd', { text: size(bytes) })]),
  );
}

function steps(list) {
  const step = ({ name, value }) =>
    h('li', { class: 'step' }, name, h('code', { class: 'print', text: value }));
  return h('ol', { class: 'steps' }, list.map(step));
}
