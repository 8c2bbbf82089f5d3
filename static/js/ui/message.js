// Owns how one message looks: bubble, number, state, why it failed and what to do, details on demand.
// It must not know where messages come from.

import { h, icon } from './dom.js';
import { clockTime, count, fullTime, sentence, size } from './format.js';
import { splitLinks } from './links.js';
import { messageLabel, stateOf } from './states.js';
import { timeOf } from './thread-rows.js';

/** `actions` is {retry(key), discard(key), askAgain(message)}. */
export function createMessage(actions) {
  const element = h('article', { class: 'message', tabindex: '-1' });
  element.openDetails = () => toggleDetails(element);
  element.messageActions = actions;
  return element;
}

export function updateMessage(element, row, peerName) {
  const { message } = row;
  const content = JSON.stringify([message, row.first, peerName]);
  if (element.shownContent === content) return;
  element.shownContent = content;
  element.message = message;
  const sender = message.mine ? 'You' : peerName;
  element.className = classes(row);
  element.setAttribute('aria-label', messageLabel(message, sender, clockTime(timeOf(message))));
  const open = element.querySelector('.details') !== null;
  element.replaceChildren(number(message), column(element, row, sender));
  if (open) toggleDetails(element);
}

function classes({ message, first }) {
  const names = ['message', `message--${message.state}`];
  if (message.mine) names.push('message--mine');
  if (first) names.push('message--first');
  if (first && !message.mine) names.push('message--named');
  return names.join(' ');
}

function number(message) {
  return h('span', { class: 'message__number', 'aria-hidden': 'true', text: message.n ?? '' });
}

function column(element, { message, first }, sender) {
  const showSender = first && !message.mine;
  return h(
    'div',
    { class: 'message__column' },
    showSender && h('span', { class: 'message__sender', text: sender }),
    h('div', { class: 'bubble' }, words(message), corner(element, message)),
    message.error && why(message, element.messageActions),
  );
}

function words(message) {
  if (message.state === 'unreadable')
    return h('p', { class: 'bubble__text quiet', text: 'Unable to decrypt' });
  return h('p', { class: 'bubble__text' }, splitLinks(message.text).map(link));
}

function link({ text, href }) {
  return href
    ? h('a', { href, text, target: '_blank', rel: 'noopener noreferrer', tabindex: '-1' })
    : document.createTextNode(text);
}

function corner(element, message) {
  const state = stateOf(message);
  const label = `Details of the message of ${clockTime(timeOf(message))}${state.label ? `. ${state.label}` : ''}`;
  const props = {
    type: 'button',
    class: 'bubble__meta',
    tabindex: '-1',
    'aria-expanded': 'false',
    'aria-label': label,
  };
  const shown =
    state.icon && message.mine ? icon(state.icon, `state-icon state-icon--${message.state}`) : null;
  return h(
    'button',
    { ...props, title: state.label || 'Details', on: { click: element.openDetails } },
    clockTime(timeOf(message)),
    shown,
  );
}

function why(message, actions) {
  return h(
    'p',
    { class: 'message__why' },
    h('span', {}, h('strong', { text: sentence(message.error.title) }), ` ${message.error.detail}`),
    h('span', { class: 'message__ways' }, waysOut(message, actions)),
  );
}

function waysOut(message, actions) {
  const act = (text, run) =>
    h('button', { type: 'button', class: 'text-button', text, on: { click: run } });
  if (message.mine) {
    return [
      act('Send again', () => actions.retry(message.key)),
      act('Discard', () => actions.discard(message.key)),
    ];
  }
  return [act('Ask for it again', () => actions.askAgain(message))];
}

function toggleDetails(element) {
  const shown = element.querySelector('.details');
  element.querySelector('.bubble__meta').setAttribute('aria-expanded', String(!shown));
  if (shown) shown.remove();
  else element.querySelector('.bubble').after(details(element.message));
}

function details(message) {
  const facts = [
    ['State', stateOf(message).label || 'Received and verified'],
    ['Sent', message.sentAt && fullTime(message.sentAt)],
    ['Received', message.receivedAt && fullTime(message.receivedAt)],
    ['Entry', message.n && `${message.n} of this transcript`],
    ['Epoch', message.epoch && `${message.epoch}, message ${message.seq} of its sender`],
    ['Head', message.head],
    ['Seal', message.seal],
    ['Sizes', message.sizes && sizesText(message.sizes)],
  ];
  const rows = facts
    .filter(([, value]) => value)
    .flatMap(([name, value]) => [h('dt', { text: name }), h('dd', { text: value })]);
  return h('dl', { class: 'details' }, rows);
}

const sizesText = ({ plain, padded, envelope }) =>
  `${count(plain, 'byte', 'bytes')} of text, padded to ${size(padded)}, ${size(envelope)} on the wire`;
