// Owns the line over the room that appears when the connection needs a word, and the small lamp beside the person's name.

import { h, icon, setText } from './dom.js';
import { statusText } from './status-text.js';

export class StatusBar {
  #bar;
  #light = h('span', { class: 'lamp', 'aria-hidden': 'true' });
  #short = h('span');

  constructor(bar, lamp) {
    this.#bar = bar;
    lamp.replaceChildren(this.#light, this.#short);
  }

  update(status) {
    const shown = statusText(status);
    this.#light.classList.toggle('lamp--on', shown.lamp);
    setText(this.#short, shown.short);
    showBar(this.#bar, shown.bar);
  }
}

function showBar(bar, content) {
  bar.hidden = content === null;
  if (!content || bar.textContent === content.text) return;
  bar.className = `status status--${content.severity}`;
  bar.replaceChildren(
    icon(content.severity === 'danger' ? 'warning' : 'offline', 'icon--small'),
    h('span', { text: content.text }),
  );
}
