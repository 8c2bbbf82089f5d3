// Owns the rows of a thread that nobody wrote: day dividers, the "New" line, and the permanent lines (an epoch began,
// a device was added, the session started afresh). They stay in the history, because they are part of what happened.

import { h, icon } from './dom.js';

const KINDS = Object.freeze({
  epoch: { icon: 'epoch', tone: '' },
  device: { icon: 'device', tone: 'line--attention' },
  restart: { icon: 'warning', tone: 'line--attention' },
  mode: { icon: 'key', tone: 'line--attention' },
  joined: { icon: 'info', tone: '' },
  danger: { icon: 'warning', tone: 'line--danger' },
});

const OTHER = Object.freeze({ icon: 'info', tone: '' });

export const createDay = (row) => h('h3', { class: 'day', text: row.label });

export const createStart = () =>
  h('p', {
    class: 'log__start',
    text: 'Here the conversation begins. Only your devices and theirs can read it.',
  });

export const createNewLine = () => h('p', { class: 'new-line', text: 'New' });

export function createLine({ message }) {
  const { title, detail } = message.notice;
  const kind = KINDS[message.notice.kind.split('_')[0]] ?? OTHER;
  return h(
    'div',
    { class: `line ${kind.tone}`.trim() },
    h('span', { class: 'line__number', 'aria-hidden': 'true', text: message.n ?? '' }),
    icon(kind.icon, 'line__figure'),
    h('p', {}, h('span', { class: 'line__title', text: title }), detail && ` ${detail}`),
  );
}
