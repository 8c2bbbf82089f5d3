// Owns the switcher (Ctrl+K): type a part of a name, arrows choose, Enter opens.

import { avatar } from './avatar.js';
import { openBareDialog } from './dialog.js';
import { h, setAttribute } from './dom.js';

export function openSwitcher(conversations, onOpen) {
  const list = h('div', {
    class: 'switcher__list',
    role: 'listbox',
    id: 'switcher-list',
    'aria-label': 'Conversations',
  });
  const input = h('input', {
    class: 'switcher__input',
    type: 'text',
    placeholder: 'Go to a conversation',
    'aria-label': 'Go to a conversation',
    role: 'combobox',
    'aria-expanded': 'true',
    'aria-controls': 'switcher-list',
    'aria-autocomplete': 'list',
    autocomplete: 'off',
    name: 'switcher',
  });
  const { close } = openBareDialog('Go to a conversation', [input, list], 'switcher');
  const choose = (id) => {
    close();
    onOpen(id);
  };
  let chosen = 0;
  const show = () => {
    chosen = showOptions({
      list,
      input,
      found: matching(conversations, input.value),
      chosen,
      choose,
    });
  };
  input.addEventListener('input', () => {
    chosen = 0;
    show();
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') list.querySelector('[aria-selected="true"]')?.click();
    else if (event.key === 'ArrowDown') chosen += 1;
    else if (event.key === 'ArrowUp') chosen -= 1;
    else return;
    event.preventDefault();
    if (list.isConnected) show();
  });
  show();
}

export function matching(conversations, text) {
  const wanted = text.trim().toLowerCase();
  return conversations.filter((conversation) =>
    conversation.peer.name.toLowerCase().includes(wanted),
  );
}

function showOptions({ list, input, found, chosen, choose }) {
  const place = found.length ? (chosen + found.length) % found.length : 0;
  list.replaceChildren(
    ...found.map((conversation, index) => option(conversation, index, index === place, choose)),
  );
  if (!found.length)
    list.append(
      h('p', {
        class: 'switcher__none',
        role: 'option',
        'aria-disabled': 'true',
        text: `No conversation with “${input.value.trim()}”.`,
      }),
    );
  setAttribute(input, 'aria-activedescendant', found.length ? `switcher-${place}` : null);
  list.children[place]?.scrollIntoView({ block: 'nearest' });
  return place;
}

function option({ id, peer }, index, selected, choose) {
  const props = {
    class: 'switcher__option',
    role: 'option',
    id: `switcher-${index}`,
    'aria-selected': String(selected),
  };
  return h(
    'div',
    { ...props, on: { click: () => choose(id) } },
    avatar(peer, 'avatar--small'),
    h('span', { text: peer.name }),
  );
}
