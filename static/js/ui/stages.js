// Owns showing how far long work is: stages done, the stage that runs with its fraction, stages to come.
// It must not know what the stages are for; the page lists them.

import { setText } from './dom.js';

export class Stages {
  #items;
  #words;

  constructor(root) {
    this.#items = [...root.querySelectorAll('[data-stage]')];
    this.#words = root.querySelector('[data-stage-words]');
  }

  /** A stage that the page does not list leaves the picture as it is; 'done' completes it. */
  set({ stage, fraction = null }) {
    const place =
      stage === 'done'
        ? this.#items.length
        : this.#items.findIndex((item) => item.dataset.stage === stage);
    if (place === -1) return;
    for (const [index, item] of this.#items.entries()) showStage(item, index - place, fraction);
    const title = this.#items[place]?.querySelector('.stage__title').textContent;
    setText(this.#words, title ?? 'Done');
  }

  reset() {
    for (const item of this.#items) showStage(item, 1, null);
    setText(this.#words, '');
  }
}

/** `order` below 0: done; 0: running; above 0: to come. A fraction of null is work whose length nobody knows. */
function showStage(item, order, fraction) {
  const bar = item.querySelector('progress');
  item.classList.toggle('stage--done', order < 0);
  item.classList.toggle('stage--running', order === 0);
  if (order === 0) item.setAttribute('aria-current', 'step');
  else item.removeAttribute('aria-current');
  bar.hidden = order !== 0;
  if (fraction === null) bar.removeAttribute('value');
  else bar.value = fraction;
}
