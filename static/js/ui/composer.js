// Owns the box in which a message is written. It must not know how a message is sent.

import { h, icon, setText } from './dom.js';
import { sentence, size, utf8Length } from './format.js';

/** A message's text in UTF-8 bytes, as the protocol limits it; the count is shown over the last quarter. */
export const LIMIT = 16384;
const SHOW_FROM = LIMIT * 0.75;

export class Composer {
  #parts = createParts();
  #send;

  /** `calls`: send(text), changed(text) as it is typed. */
  constructor({ send, changed }) {
    const { input, form } = this.#parts;
    this.#send = send;
    input.addEventListener('input', () => {
      this.#refresh();
      changed(input.value);
    });
    input.addEventListener('keydown', (event) => sends(event) && this.#submit(event));
    form.addEventListener('submit', (event) => this.#submit(event));
    this.#refresh();
  }

  get element() {
    return this.#parts.element;
  }

  open(name, draft) {
    const { input } = this.#parts;
    input.placeholder = `Message ${name}`;
    input.setAttribute('aria-label', `Message ${name}`);
    this.setText(draft);
    this.invite();
  }

  /** On a touch screen the keyboard would cover what the person came to read. */
  invite() {
    if (matchMedia('(pointer: fine)').matches) this.focus();
  }

  setText(text) {
    this.#parts.input.value = text;
    this.#refresh();
  }

  focus() {
    this.#parts.input.focus({ preventScroll: true });
  }

  /** `reason` {title, detail, severity} stands where the box was; null gives the box back. */
  setBlocked(reason) {
    const { form, blocked } = this.#parts;
    form.hidden = reason !== null;
    blocked.hidden = reason === null;
    if (!reason) return;
    const words = h('p', {}, h('strong', { text: sentence(reason.title) }), ` ${reason.detail}`);
    blocked.classList.toggle('composer__blocked--danger', reason.severity === 'danger');
    blocked.replaceChildren(icon('locked'), words);
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#parts.input.value.trim();
    if (!sendable(text)) return;
    this.setText('');
    this.#send(text);
    this.focus();
  }

  #refresh() {
    const { input, button, count } = this.#parts;
    grow(input);
    showCount(count, input);
    button.disabled = !sendable(input.value);
  }
}

/** Enter that chooses a word in an input method is not Enter. A touch keyboard has no Shift Enter, so there Enter breaks the line. */
function sends(event) {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return false;
  return !matchMedia('(pointer: coarse)').matches;
}

/** The protocol has no place for U+0000 in a text. */
function sendable(text) {
  const words = text.trim();
  return words !== '' && utf8Length(words) <= LIMIT && !words.includes('\0');
}

function createParts() {
  const input = h('textarea', {
    class: 'composer__input',
    rows: '1',
    name: 'message',
    autocomplete: 'off',
    'aria-describedby': 'composer-count',
  });
  const button = h(
    'button',
    { type: 'submit', class: 'composer__send', 'aria-label': 'Send', title: 'Send' },
    icon('send'),
  );
  const count = h('p', { class: 'composer__count', id: 'composer-count', hidden: true });
  const form = h('form', { class: 'composer__box' }, input, button);
  const blocked = h('div', { class: 'composer__blocked', role: 'status', hidden: true });
  const element = h('div', { class: 'composer' }, form, count, blocked);
  return { input, button, count, form, blocked, element };
}

/** From nothing each time, else it would never shrink. */
function grow(input) {
  input.style.height = 'auto';
  input.style.height = `${input.scrollHeight}px`;
}

function showCount(count, input) {
  const length = utf8Length(input.value.trim());
  const over = length > LIMIT;
  count.hidden = length < SHOW_FROM;
  count.classList.toggle('composer__count--over', over);
  input.setAttribute('aria-invalid', String(over));
  setText(count, countText(length));
}

export function countText(length) {
  if (length <= LIMIT) return `${size(LIMIT - length)} left`;
  return `${size(length - LIMIT)} too long. Shorten it, or send it as two messages.`;
}
