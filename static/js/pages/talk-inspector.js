// Owns keeping the inspector true: it asks the session again when something happened and as time goes by.

import { Inspector } from '../ui/inspector.js';
import { openSafetyDialog } from './talk-windows.js';

const TICK = 5000;

export class InspectorPane {
  #messenger;
  #failed;
  #inspector;
  #id = null;
  #newest = null;

  constructor(messenger, failed) {
    this.#messenger = messenger;
    this.#failed = failed;
    this.#inspector = new Inspector({ compare: () => this.compare() });
    setInterval(() => this.refresh(), TICK);
  }

  get element() {
    return this.#inspector.element;
  }

  open(id) {
    this.#id = id;
    return this.refresh();
  }

  /** Nothing is computed for an inspector that nobody sees. */
  async refresh() {
    if (!this.#id || document.hidden || !this.element.checkVisibility()) return;
    const id = this.#id;
    const inspection = await this.#try(this.#messenger.inspect(id));
    if (!inspection || id !== this.#id) return;
    this.#newest = inspection;
    this.#inspector.update(inspection, Date.now());
  }

  async compare() {
    await this.refresh();
    const id = this.#id;
    const inspection = this.#newest ?? (await this.#try(this.#messenger.inspect(id)));
    if (!inspection) return;
    const decide = (verified) => this.#setVerified(id, verified);
    await this.#try(openSafetyDialog(inspection, decide));
  }

  async #setVerified(id, verified) {
    await this.#try(this.#messenger.setVerified(id, verified));
    await this.refresh();
  }

  async #try(work) {
    try {
      return await work;
    } catch (problem) {
      this.#failed(problem);
      return null;
    }
  }
}
