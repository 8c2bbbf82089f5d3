// Owns the frame of the talk room that the server drew: which view is shown, the head of the thread, the empty places.

import { avatar } from '../ui/avatar.js';
import { confirmOn } from '../ui/confirm-on.js';
import { openDrawer } from '../ui/dialog.js';
import { h, icon, unseen } from '../ui/dom.js';
import { emptyPlace } from '../ui/empty.js';
import { modeName } from '../ui/mode.js';

const HIDDEN_KEY = 'cryptexq.inspector';

export class Shell {
  #page;
  #room;
  #drawer = null;
  #title = '';
  #unread = 0;

  constructor(page) {
    this.#page = page;
    this.#room = page.getElementById('room');
    this.statusBar = page.getElementById('status');
    this.lamp = page.getElementById('lamp');
    this.inspectorPlace = page.getElementById('inspector');
    this.#setInspector(remembered());
  }

  get isPhone() {
    return matchMedia('(max-width: 719px)').matches;
  }

  /** Buttons name what they do in data-act; `acts` has a function for each name. */
  onAct(acts) {
    this.#page.addEventListener('click', (event) => {
      const control = event.target.closest('[data-act]');
      if (control) acts[control.dataset.act]?.(control);
    });
  }

  place({ list, thread }) {
    this.#part('list').append(...list);
    this.#part('thread').append(...thread);
  }

  show(route, conversation, total) {
    const view = conversation || route.view === 'list' ? route.view : 'thread';
    this.#room.dataset.view = view;
    if (view === 'inspector') this.#setInspector('shown');
    this.#part('inspector-pane').hidden = !conversation;
    this.#part('thread').hidden = !conversation;
    this.#part('head').hidden = !conversation;
    this.#showEmpty(route, conversation, total);
    if (conversation) showPeer(this.#part('peer'), conversation);
    this.#title = conversation?.peer.name ?? '';
    this.#drawTitle();
  }

  setUnread(unread) {
    this.#unread = unread;
    this.#drawTitle();
  }

  toggleInspector() {
    const next = this.#room.dataset.inspector === 'hidden' ? 'shown' : 'hidden';
    this.#setInspector(next);
    remember(next);
  }

  openDrawer() {
    this.#drawer = openDrawer('Conversations', this.#part('list-pane'));
  }

  closeDrawer() {
    this.#drawer?.close();
    this.#drawer = null;
  }

  async copyInvitation(control, name) {
    const words = `Talk to me on CryptexQ: sign up at ${location.origin}/signup. My name there is ${name}.`;
    await navigator.clipboard.writeText(words);
    confirmOn(control, 'Invitation copied');
  }

  #setInspector(state) {
    this.#room.dataset.inspector = state;
    const control = this.#part('inspect');
    control.setAttribute('aria-expanded', String(state === 'shown'));
  }

  #showEmpty(route, conversation, total) {
    const place = this.#part('empty');
    const kind = emptyKind(route, conversation, total);
    this.#part('empty-list').hidden = kind !== 'first';
    place.hidden = kind === null;
    if (kind === null || place.dataset.kind === kind) return;
    place.dataset.kind = kind;
    place.replaceChildren(EMPTY[kind]());
    if (kind === 'first') this.#part('empty-list').replaceChildren(EMPTY.first());
  }

  #drawTitle() {
    const count = this.#unread ? `(${this.#unread}) ` : '';
    const name = this.#title ? `${this.#title} · ` : '';
    this.#page.title = `${count}${name}CryptexQ`;
  }

  #part(id) {
    return this.#page.getElementById(id);
  }
}

const EMPTY = {
  first: () =>
    emptyPlace(
      'Nobody to talk to yet',
      'Two people are needed. Send somebody the invitation; once they have signed up, find them by their name.',
      { label: 'Copy invitation', act: 'invite' },
    ),
  choose: () =>
    emptyPlace('Choose a conversation', 'Or begin a new one with somebody whose name you know.', {
      label: 'New conversation',
      act: 'new',
    }),
  unknown: () =>
    emptyPlace(
      'This conversation is not here',
      'The address may be incomplete, or the conversation belongs to another account than the one you are logged in with.',
      { label: 'To your conversations', act: 'up' },
    ),
};

function emptyKind(route, conversation, total) {
  if (conversation) return null;
  if (route.id) return 'unknown';
  return total === 0 ? 'first' : 'choose';
}

function showPeer(place, { peer, mode }) {
  const shown = JSON.stringify([peer, mode]);
  if (place.dataset.shown === shown) return;
  place.dataset.shown = shown;
  const mark =
    peer.verified && h('span', { class: 'verified-mark' }, icon('verified'), unseen('verified'));
  const words = peer.verified ? 'Verified' : 'Not compared yet';
  place.replaceChildren(
    avatar(peer),
    h(
      'div',
      { class: 'peer' },
      h('h2', { class: 'peer__name' }, h('span', { text: peer.name }), mark),
      h('p', { class: 'peer__mode', text: `${words} · ${modeName(mode)}` }),
    ),
  );
}

function remembered() {
  try {
    return localStorage.getItem(HIDDEN_KEY) === 'hidden' ? 'hidden' : 'shown';
  } catch {
    return 'shown';
  }
}

function remember(state) {
  try {
    localStorage.setItem(HIDDEN_KEY, state);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}
