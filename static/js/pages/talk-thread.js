// Owns the open conversation: opening, following, sending, marking as read.
// It brings together the messenger, the loaded history, the thread and the composer, and knows none of their insides.

import { Composer } from '../ui/composer.js';
import { clockTime } from '../ui/format.js';
import { Thread } from '../ui/thread.js';
import { timeOf } from '../ui/thread-rows.js';
import { coalesced } from './coalesced.js';
import { DraftKeeper } from './talk-draft.js';
import { History } from './talk-history.js';

export class ThreadPane {
  #messenger;
  #failed;
  #thread;
  #composer;
  #drafts;
  #history = null;
  #conversation = null;
  #waiting = 0;

  /** `failed(problem)` is told of what could not be done. */
  constructor(messenger, failed) {
    this.#messenger = messenger;
    this.#failed = failed;
    this.#thread = new Thread(this.#threadCalls(), this.#messageActions());
    this.#composer = new Composer({
      send: (text) => this.#send(text),
      changed: (text) => this.#drafts.changed(this.id, text),
    });
    this.#drafts = new DraftKeeper((id, text) => this.#try(messenger.setDraft(id, text)));
  }

  get elements() {
    return [this.#thread.element, this.#composer.element];
  }

  get id() {
    return this.#conversation?.id ?? null;
  }

  async open(conversation) {
    this.close();
    this.#conversation = conversation;
    const { id, peer, unread } = conversation;
    const history = new History((page) => this.#messenger.messages(id, page));
    const [draft] = await Promise.all([this.#messenger.draft(id), history.begin(unread)]);
    if (this.#conversation !== conversation) return;
    this.#history = history;
    this.#waiting = 0;
    this.#composer.open(peer.name, draft ?? '');
    this.#thread.open(history.rows(Date.now()), peer.name);
    this.#settled();
  }

  close() {
    this.#drafts.flush();
    this.#history = null;
    this.#conversation = null;
  }

  /** Something in this conversation changed. */
  refresh = coalesced(() => this.#try(this.#refreshOnce()));

  setBlocked(reason) {
    this.#composer.setBlocked(reason);
  }

  inviteWriting() {
    this.#composer.invite();
  }

  saveDraft() {
    this.#drafts.flush();
  }

  /** The window came to the front: what is in sight is now read. */
  looked() {
    if (this.#history && this.#thread.atBottom) this.#markRead();
  }

  #threadCalls() {
    return {
      nearTop: () => this.#older(),
      nearBottom: () => this.#history?.newer() && this.#moved(),
      bottom: () => this.#reachedBottom(),
      newest: () => this.#toNewest(),
    };
  }

  #messageActions() {
    return {
      retry: (key) => this.#try(this.#messenger.retry(this.id, key)),
      discard: (key) => this.#try(this.#messenger.discard(this.id, key)),
      askAgain: (message) => this.#askAgain(message),
    };
  }

  async #refreshOnce() {
    const history = this.#history;
    if (!history) return;
    const following = this.#thread.atBottom;
    const fresh = await history.refresh(following);
    if (this.#history !== history) return;
    if (!following) this.#waiting += fresh.filter(isFromPeer).length;
    this.#thread.follow(history.rows(Date.now()));
    this.#settled();
  }

  async #older() {
    const history = this.#history;
    if (!history || history.showsStart) return;
    const moved = await this.#try(history.older());
    if (moved && this.#history === history) this.#moved();
  }

  #moved() {
    this.#thread.move(this.#history.rows(Date.now()));
    this.#settled();
  }

  #toNewest() {
    this.#history.toNewest();
    this.#thread.move(this.#history.rows(Date.now()));
    this.#thread.toNewest();
    this.#reachedBottom();
  }

  #reachedBottom() {
    if (!this.#history?.showsNewest) return;
    this.#waiting = 0;
    this.#settled();
  }

  #settled() {
    const { showsNewest, isEmpty } = this.#history;
    const atEnd = this.#thread.atBottom && showsNewest;
    this.#thread.setJump(!atEnd && !isEmpty, this.#waiting);
    if (atEnd) this.#markRead();
  }

  #markRead() {
    if (document.visibilityState !== 'visible' || !document.hasFocus()) return;
    this.#try(this.#messenger.markRead(this.id));
  }

  async #send(text) {
    const { id } = this;
    this.#history.forgetNew();
    this.#drafts.sent(id);
    await this.#try(this.#messenger.send(id, text));
    await this.refresh();
    if (this.id === id) this.#toNewest();
  }

  #askAgain(message) {
    const place = message.n ? ` (number ${message.n})` : '';
    const time = clockTime(timeOf(message));
    const words = `I could not read your message of ${time}${place}. Please send it again.`;
    this.#composer.setText(words);
    this.#drafts.changed(this.id, words);
    this.#composer.focus();
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

const isFromPeer = (message) => !message.mine && message.state !== 'notice';
