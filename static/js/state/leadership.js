// Owns that exactly one tab leads, and how tabs talk: Web Locks choose the leader, a BroadcastChannel carries
// news to all tabs and calls to the leader. It must not know what is called.

import { ProblemError } from '../net/http.js';
import { StateError } from './errors.js';

const PATIENCE = 20_000;

const nobodyLeads = () =>
  new StateError('The other tab of this browser does not answer', {
    code: 'no_leader',
    detail: 'Close the other tabs of this site, or reload this one. Nothing is lost.',
  });

const plain = ({ code, title, detail, status, extra }) => ({ code, title, detail, status, extra });

/** An error that another tab had, as an error of this one. */
const revived = ({ status, ...words }) =>
  words.title
    ? new ProblemError({ ...words, status })
    : new StateError('Something went wrong in the other tab', {
        code: 'other_tab_failed',
        detail: 'Reload this tab and try again.',
      });

export class Leadership {
  #name;
  #channel;
  #events;
  #engine = null;
  #waiting = new Map();
  #count = 0;
  #told = new Map();

  /** `events(event, detail)` is told of what the leader tells, in every tab. */
  constructor(userId, events) {
    this.#name = `cryptexq-${userId}`;
    this.#events = events;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#heard(data);
  }

  get leads() {
    return this.#engine !== null;
  }

  /** Leads as soon as no other tab does. `start()` gives {calls}, `failed(error)` is told if it cannot. */
  stand(start, failed) {
    navigator.locks.request(this.#name, () => this.#lead(start).catch(failed));
    this.#channel.postMessage({ type: 'hello' });
  }

  /** Until the tab is closed; the lock goes with it. */
  async #lead(start) {
    this.#engine = await start();
    for (const { resolve, method, args } of this.#waiting.values()) {
      resolve(this.#called(method, args));
    }
    this.#channel.postMessage({ type: 'leading' });
    await new Promise(() => undefined);
  }

  /** The leader tells all tabs, its own included. */
  tell(event, detail) {
    this.#told.set(event, detail);
    this.#events(event, detail);
    this.#channel.postMessage({ type: 'event', event, detail });
  }

  /** Calls the leader, which may be this tab. */
  async call(method, ...args) {
    if (this.#engine) return await this.#called(method, args);
    this.#count += 1;
    const id = `${performance.timeOrigin}.${Math.random()}.${this.#count}`;
    const answer = new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, method, args });
      setTimeout(() => reject(nobodyLeads()), PATIENCE);
    });
    this.#channel.postMessage({ type: 'call', id, method, args });
    return await answer.finally(() => this.#waiting.delete(id));
  }

  async #called(method, args) {
    return await this.#engine.calls[method](...args);
  }

  #heard(message) {
    this.#hearing[message.type]?.(message);
  }

  #hearing = {
    event: ({ event, detail }) => this.#events(event, detail),
    call: (message) => this.#engine && this.#answer(message),
    answer: (message) => this.#answered(message),
    // A tab that came later wants to know how things stand.
    hello: () => this.#engine && this.#repeat('status'),
    // Whoever led before may have gone without an answer; every call may be made twice.
    leading: () => this.#callAgain(),
  };

  #repeat(event) {
    if (!this.#told.has(event)) return;
    this.#channel.postMessage({ type: 'event', event, detail: this.#told.get(event) });
  }

  #callAgain() {
    for (const [id, { method, args }] of this.#waiting) {
      this.#channel.postMessage({ type: 'call', id, method, args });
    }
  }

  async #answer({ id, method, args }) {
    try {
      const result = (await this.#called(method, args)) ?? null;
      this.#channel.postMessage({ type: 'answer', id, result });
    } catch (error) {
      this.#channel.postMessage({ type: 'answer', id, error: plain(error) });
    }
  }

  #answered({ id, result, error }) {
    const waiting = this.#waiting.get(id);
    if (error) waiting?.reject(revived(error));
    else waiting?.resolve(result);
  }
}
