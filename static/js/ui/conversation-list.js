// Owns the rows of the conversation list. A row is a real link, so that it opens in a new tab and Back works.
// It must not know where conversations come from.

import { avatar } from './avatar.js';
import { h, icon, setAttribute, unseen } from './dom.js';
import { listTime } from './format.js';
import { showList } from './keyed.js';
import { previewText, stateOf } from './states.js';

export class ConversationList {
  element = h('ul', { class: 'rows' });
  #onOpen;

  /** `onOpen(id)` is called instead of a page load, except for clicks that ask for a new tab or window. */
  constructor({ onOpen }) {
    this.#onOpen = onOpen;
  }

  update(conversations, { current, drafts, now }) {
    showList(this.element, conversations, {
      key: (conversation) => conversation.id,
      create: (conversation) => createRow(conversation, this.#onOpen),
      update: (row, conversation) =>
        updateRow(row, conversation, { current, draft: drafts.get(conversation.id), now }),
    });
  }
}

function createRow(conversation, onOpen) {
  const open = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen(conversation.id);
  };
  return h(
    'li',
    {},
    h('a', { class: 'row', href: `/talk/${conversation.id}`, on: { click: open } }),
  );
}

function updateRow(item, conversation, { current, draft, now }) {
  const link = item.firstElementChild;
  setAttribute(link, 'aria-current', conversation.id === current ? 'page' : null);
  link.classList.toggle('row--unread', conversation.unread > 0);
  const content = JSON.stringify([conversation, draft, listTime(conversation.updatedAt, now)]);
  if (item.shownContent === content) return;
  item.shownContent = content;
  link.replaceChildren(...rowParts(conversation, draft, now));
}

function rowParts(conversation, draft, now) {
  const { peer, unread } = conversation;
  return [
    h('span', { class: 'row__avatar' }, avatar(peer)),
    h(
      'span',
      { class: 'row__name' },
      h('span', { class: 'row__name-text', text: peer.name }),
      peer.verified && verifiedMark(),
    ),
    h('span', { class: 'row__time', text: listTime(conversation.updatedAt, now) }),
    preview(conversation, draft),
    unread > 0
      ? h('span', { class: 'row__count' }, String(Math.min(unread, 999)), unseen(' unread'))
      : '',
  ];
}

function verifiedMark() {
  return h('span', {}, icon('verified', 'icon--small'), unseen(' verified'));
}

function preview(conversation, draft) {
  if (conversation.blocked)
    return previewLine('warning', conversation.blocked.title, 'row__preview--blocked');
  if (draft) return previewLine(null, `Draft: ${draft}`, 'row__preview--draft');
  const state = conversation.preview?.mine ? stateOf(conversation.preview) : null;
  return previewLine(state?.icon ?? null, previewText(conversation.preview), '', state?.label);
}

function previewLine(iconName, text, extra = '', label = '') {
  const picture = iconName && icon(iconName, 'state-icon');
  return h(
    'span',
    { class: `row__preview ${extra}`.trim() },
    picture,
    h('span', { class: 'row__preview-text', text }),
    label && unseen(` ${label}`),
  );
}
