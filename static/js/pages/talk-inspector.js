// Owns keeping the inspector true: it asks the session again when something happened and as time goes by.

import { openSafetyDialog } from './talk-windows.js';

const TICK = 5000;

const CHANGED = Object.freeze({
  title: 'The safety number changed while you compared it',
  detail: 'Nothing was marked. Read the alerts of this conversation, then compare the new number.',
});

export class InspectorPane {
  #messenger;
  #place;
  #failed;
  #inspector = null;
  #id = null;

  /** `place` is where it is drawn; `failed(problem)` is told of what could not be done. */
  constructor(messenger, place, failed) {
    this.#messenger = messenger;
    this.#place = place;
    this.#failed = failed;
    setInterval(() => this.refresh(), TICK);
  }

  open(id) {
    this.#id = id;
    return this.refresh();
  }

  /** Nothing is loaded or computed for an inspector that nobody sees. */
  async refresh() {
    if (!this.#id || document.hidden || !this.#place.checkVisibility()) return;
    const id = this.#id;
    try {
      const [inspection] = await Promise.all([this.#messenger.inspect(id), this.#draw()]);
      if (id === this.#id) this.#inspector.update(inspection, Date.now());
    } catch {
      // Nobody asked for this reading; the line over the room says what is wrong, and the next tick reads again.
    }
  }

  /** Asked anew, so that what is compared belongs to the conversation that is open now. */
  async compare() {
    const id = this.#id;
    const inspection = await this.#try(this.#messenger.inspect(id));
    if (!inspection) return;
    const decide = (verified) => this.#try(this.#setVerified(id, inspection, verified));
    await this.#try(openSafetyDialog(inspection, decide));
  }

  async #draw() {
    const { Inspector } = await import('../ui/inspector.js');
    if (this.#inspector) return;
    this.#inspector = new Inspector({ compare: () => this.compare() });
    this.#place.append(this.#inspector.element);
  }

  /** What gets the mark must be what was compared: the number may have become another while two people read it aloud. */
  async #setVerified(id, { safetyNumber }, verified) {
    const now = await this.#messenger.inspect(id);
    if (verified && String(now.safetyNumber.groups) !== String(safetyNumber.groups)) throw CHANGED;
    await this.#messenger.setVerified(id, verified);
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
