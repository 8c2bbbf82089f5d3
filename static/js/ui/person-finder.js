// Owns the window in which a person is found by name and a conversation with them is started.
// It must not know how people are looked up: `find(name)` and `start(userId)` are handed in.

import { nameProblem } from './advice.js';
import { avatar } from './avatar.js';
import { openDialog } from './dialog.js';
import { button, h } from './dom.js';
import { problemNotice } from './problem.js';

const NAME_PROPS = {
  class: 'input',
  name: 'person',
  type: 'text',
  autocomplete: 'off',
  autocapitalize: 'none',
  spellcheck: 'false',
  maxlength: '32',
  required: true,
  id: 'person-name',
  'aria-describedby': 'person-hint',
};

/** `start` resolves once the conversation is open. */
export function openPersonFinder({ find, start, ownName }) {
  const input = h('input', NAME_PROPS);
  const result = h('div', { class: 'finder__result', 'aria-live': 'polite' });
  const search = h('button', { class: 'button button--quiet', type: 'submit', text: 'Find' });
  const form = h(
    'form',
    { class: 'field' },
    label(),
    h('div', { class: 'find' }, input, search),
    hint(),
  );
  const opened = openDialog('New conversation', [form, result]);
  const begin = (person) =>
    busy(result, `Opening a conversation with ${person.name}`, () =>
      start(person.userId).then(opened.close),
    );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = input.value.trim().toLowerCase();
    if (nameProblem(name)) return result.replaceChildren(impossible(name));
    busy(result, `Looking for ${name}`, async () => {
      result.replaceChildren(...resultOf(await find(name), name, ownName, begin));
      result.querySelector('.button')?.focus();
    });
  });
  input.focus();
  return opened.closed;
}

const label = () => h('label', { class: 'field__label', for: 'person-name', text: 'User name' });

const hint = () =>
  h('p', {
    class: 'field__hint',
    id: 'person-hint',
    text: 'The whole name, as they signed up with it. Names cannot be browsed here.',
  });

const impossible = (name) =>
  h('p', {
    text: `“${name}” cannot exist: names have 3 to 32 of a-z 0-9 . _ - and begin with a letter or a digit.`,
  });

async function busy(result, words, work) {
  result.replaceChildren(h('p', { class: 'quiet', text: `${words} …` }));
  try {
    await work();
  } catch (problem) {
    result.replaceChildren(problemNotice(problem));
  }
}

function resultOf(person, name, ownName, begin) {
  if (name === ownName) return [h('p', { text: 'That is your own name.' })];
  if (!person)
    return [
      h('p', {
        text: `Nobody here is called “${name}”. Check the spelling, or send them the address of this page so that they can sign up.`,
      }),
    ];
  return [
    found(person),
    modes(),
    h(
      'div',
      { class: 'dialog__actions' },
      button('Start conversation', () => begin(person)),
    ),
  ];
}

const found = (person) => h('p', { class: 'found' }, avatar(person), person.name);

function modes() {
  return h(
    'fieldset',
    { class: 'choices' },
    h('legend', { class: 'field__label', text: 'How the keys are agreed' }),
    mode(
      { checked: true, value: 'hybrid' },
      'Hybrid',
      'X25519 and ML-KEM-768 together: safe as long as either of them holds.',
    ),
    mode(
      { disabled: true, value: 'qkd' },
      'QKD + AES (simulated)',
      'Mixes a key of a simulated quantum link into the hybrid exchange. It shows how such links work and adds no physical security.',
      'Coming',
    ),
  );
}

function mode(props, name, text, tag = '') {
  const input = h('input', { type: 'radio', name: 'mode', ...props });
  const title = h(
    'span',
    { class: 'choice__name' },
    `${name} `,
    tag && h('span', { class: 'tag', text: tag }),
  );
  return h(
    'label',
    { class: `choice${tag ? ' choice--coming' : ''}` },
    input,
    title,
    h('span', { class: 'choice__text', text }),
  );
}
