// Owns the messages of one conversation that this page has loaded, and which part of them is shown.
// No page in it: `load({before, limit})` gives messages, oldest first; rows come out.

import { firstUnread, rowsOf } from '../ui/thread-rows.js';
import {
  atNewest,
  MOST,
  merge,
  newest,
  STEP,
  shifted,
  towardsNewer,
  towardsOlder,
} from '../ui/view-window.js';

const START = Object.freeze({ type: 'start', key: 'start' });

export class History {
  #load;
  #messages = [];
  #view = newest(0);
  #newFrom = null;
  #complete = false;
  #fetching = false;

  constructor(load) {
    this.#load = load;
  }

  get showsNewest() {
    return atNewest(this.#view, this.#messages.length);
  }

  get showsStart() {
    return this.#complete && this.#view.start === 0;
  }

  get isEmpty() {
    return this.#messages.length === 0;
  }

  /** Then the conversation is older than what this browser can show. */
  get #joinedLater() {
    return this.#messages[0]?.notice?.kind === 'joined';
  }

  rows(now) {
    const shown = this.#messages.slice(this.#view.start, this.#view.end);
    const rows = rowsOf(shown, { now, newFrom: this.#newFrom });
    return this.showsStart && !this.#joinedLater ? [START, ...rows] : rows;
  }

  async begin(unread) {
    const page = await this.#load({ limit: Math.min(MOST, Math.max(STEP, unread + STEP / 2)) });
    this.#messages = page;
    this.#view = newest(page.length);
    this.#newFrom = firstUnread(page, unread);
    this.#complete = page.length < STEP;
  }

  /** Reads the newest part again. `follow` keeps the view at the end; resolves with the messages that are new. */
  async refresh(follow) {
    const limit = Math.max(STEP, Math.min(this.#messages.length, MOST));
    const page = await this.#load({ limit });
    const known = new Set(this.#messages.map((message) => message.key));
    const merged = merge(this.#messages, page);
    if (merged) this.#replace(merged, follow);
    else this.#startAfresh(page);
    return this.#messages.filter((message) => !known.has(message.key));
  }

  /** True when the view changed. What is loaded already comes first; then the store is asked. */
  async older() {
    if (this.#view.start === 0 && !(await this.#fetchOlder())) return false;
    this.#view = towardsOlder(this.#view);
    return true;
  }

  newer() {
    if (this.showsNewest) return false;
    this.#view = towardsNewer(this.#view, this.#messages.length);
    return true;
  }

  toNewest() {
    this.#view = newest(this.#messages.length);
  }

  /** The "New" line has done its work once the person answered. */
  forgetNew() {
    this.#newFrom = null;
  }

  #replace(messages, follow) {
    const wasNewest = this.showsNewest;
    const total = messages.length;
    this.#messages = messages;
    if (follow && wasNewest) this.#view = newest(total);
    else if (wasNewest || this.#view.end > total) this.#view = { ...this.#view, end: total };
  }

  /** More came at once than a page holds: what was loaded before is read again when somebody scrolls there. */
  #startAfresh(page) {
    this.#messages = page;
    this.#view = newest(page.length);
    this.#complete = false;
  }

  async #fetchOlder() {
    if (this.#complete || this.#fetching || this.isEmpty) return false;
    this.#fetching = true;
    const page = await this.#load({ before: this.#messages[0].key, limit: STEP }).finally(() => {
      this.#fetching = false;
    });
    this.#complete = page.length < STEP;
    this.#messages = [...page, ...this.#messages];
    this.#view = shifted(this.#view, page.length);
    return page.length > 0 || this.#complete;
  }
}
