// Owns the thread on the page: the log, its scrolling, the way back to the newest. What to show comes as rows.
// It must not know where rows come from.

import { h, icon, setText } from './dom.js';
import { count } from './format.js';
import { showList } from './keyed.js';
import { createMessage, updateMessage } from './message.js';
import { installRoving } from './roving.js';
import { isAtBottom, isNearBottom, isNearTop, keepingPlace, toBottom } from './scroll-keeper.js';
import { createDay, createLine, createNewLine, createStart } from './thread-lines.js';

/** `calls`: nearTop(), nearBottom(), bottom() when the newest is in sight, newest() for the jump. `actions` as in message.js. */
export class Thread {
  #parts;
  #actions;
  #roving;
  #calls;
  #peerName = '';
  #quiet = false;
  #follows = true;
  #settled = true;

  constructor(calls, actions) {
    this.#parts = createParts(calls.newest);
    this.#calls = calls;
    this.#actions = actions;
    this.#roving = installRoving(this.#parts.log, '.message', (message) => message.openDetails());
    this.#parts.view.addEventListener('scroll', () => this.#quiet || this.#scrolled());
    new ResizeObserver(() => this.#resized()).observe(this.#parts.view);
  }

  get element() {
    return this.#parts.element;
  }

  get atBottom() {
    return isAtBottom(this.#parts.view);
  }

  /** A conversation is opened: no announcement, and the place is the "New" line or the bottom. */
  open(rows, peerName) {
    this.#peerName = peerName;
    this.#parts.log.setAttribute('aria-label', `Messages with ${peerName}`);
    this.#silently(() => {
      this.#show(rows);
      this.#settled = false;
      this.#settle();
    });
  }

  /** The same messages with news at the end. */
  follow(rows) {
    const follows = this.#follows;
    this.#show(rows);
    if (follows) this.toNewest();
  }

  /** Another part of the history: nothing is announced and nothing moves under the eye. */
  move(rows) {
    const { view, log } = this.#parts;
    this.#silently(() => keepingPlace(view, log, () => this.#show(rows)));
  }

  toNewest() {
    this.#follows = true;
    toBottom(this.#parts.view);
  }

  setJump(shown, waiting) {
    const { jump, jumpWords } = this.#parts;
    jump.hidden = !shown;
    setText(jumpWords, waiting ? count(waiting, 'new message', 'new messages') : 'Newest');
  }

  #show(rows) {
    showList(this.#parts.log, rows, {
      key: (row) => row.key,
      create: (row) => createRow(row, this.#actions),
      update: (element, row) => updateRow(element, row, this.#peerName),
    });
    this.#roving.refresh();
  }

  /** A thread that is opened while another view covers it has no size yet; its place is found when it is first seen. */
  #settle() {
    const { view, log } = this.#parts;
    if (this.#settled || view.clientHeight === 0) return;
    this.#settled = true;
    this.toNewest();
    log.querySelector('.new-line')?.scrollIntoView({ block: 'center' });
    this.#follows = isAtBottom(view);
  }

  /** The window, an alert or a phone's keyboard took or gave room: who was at the bottom stays there. */
  #resized() {
    this.#settle();
    if (this.#follows) toBottom(this.#parts.view);
  }

  #scrolled() {
    const { view } = this.#parts;
    const { nearTop, nearBottom, bottom } = this.#calls;
    if (view.clientHeight === 0) return;
    this.#follows = isAtBottom(view);
    if (isNearTop(view)) nearTop();
    if (isNearBottom(view)) nearBottom();
    if (this.#follows) bottom();
  }

  /**
   * The browser reports scrolling that we caused in the next frame; only after that does it mean a person's wish again.
   * A person who scrolled meanwhile is heard then.
   */
  #silently(change) {
    const { log } = this.#parts;
    this.#quiet = true;
    log.setAttribute('aria-live', 'off');
    change();
    afterFrames(2, () => {
      this.#quiet = false;
      log.setAttribute('aria-live', 'polite');
      this.#scrolled();
    });
  }
}

function afterFrames(frames, run) {
  requestAnimationFrame(() => (frames > 1 ? afterFrames(frames - 1, run) : run()));
}

function createParts(newest) {
  const log = h('div', {
    class: 'log__rows',
    role: 'log',
    'aria-relevant': 'additions',
    'aria-live': 'off',
  });
  const view = h('div', { class: 'pane__scroll thread__scroll' }, h('div', { class: 'log' }, log));
  const jumpWords = h('span');
  const jump = h(
    'button',
    { type: 'button', class: 'jump', hidden: true, on: { click: newest } },
    icon('down', 'icon--small'),
    jumpWords,
  );
  return { log, view, jump, jumpWords, element: h('div', { class: 'thread' }, view, jump) };
}

const ROWS = { day: createDay, new: createNewLine, notice: createLine, start: createStart };

function createRow(row, actions) {
  return row.type === 'message' ? createMessage(actions) : ROWS[row.type](row);
}

function updateRow(element, row, peerName) {
  if (row.type === 'message') updateMessage(element, row, peerName);
  if (row.type === 'day') setText(element, row.label);
}
