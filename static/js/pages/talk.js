// Owns the talk room: it puts the panes into the page and lets what happens in one reach the others.

import { openMessenger } from '../state/messenger.js';
import { Alerts } from '../ui/alerts.js';
import { ConversationList } from '../ui/conversation-list.js';
import { canEncrypt, NEEDS_HTTPS } from '../ui/secure.js';
import { StatusBar } from '../ui/status-bar.js';
import { installThemeSwitch } from '../ui/theme.js';
import { tell, tellRecovery } from '../ui/told.js';
import { coalesced } from './coalesced.js';
import { InspectorPane } from './talk-inspector.js';
import { installKeys } from './talk-keys.js';
import { installRoutes } from './talk-route.js';
import { leave, sessionEnded } from './talk-session.js';
import { Shell } from './talk-shell.js';
import { ThreadPane } from './talk-thread.js';
import { openHelp, openPersonFinder, openSwitcher } from './talk-windows.js';

const MINUTE = 60_000;

/** Whatever fails where nobody waits for it is told at the foot of the window. */
const told = (work) => work.catch(tell);

class TalkRoom {
  #messenger;
  #user;
  #shell = new Shell(document);
  #list = new ConversationList({ onOpen: (id) => this.#open(id) });
  #alertArea = new Alerts({ act: (alert, action) => this.#act(alert, action) });
  #status;
  #thread;
  #inspector;
  #routes = null;
  #conversations = [];
  #alerts = [];
  #drafts = new Map();

  constructor(messenger, user) {
    this.#messenger = messenger;
    this.#user = user;
    this.#thread = new ThreadPane(messenger, tell);
    this.#inspector = new InspectorPane(messenger, this.#shell.inspectorPlace, tell);
    this.#status = new StatusBar(this.#shell.statusBar, this.#shell.lamp);
    this.#shell.place({
      list: [this.#list.element],
      thread: [this.#alertArea.element, ...this.#thread.elements],
    });
    this.#shell.onAct(this.#acts());
  }

  async start() {
    this.#listen();
    this.#status.update(this.#messenger.status());
    await Promise.all([this.#readConversations(), this.#readAlerts()]);
    this.#routes = installRoutes((route) => told(this.#show(route)));
    installKeys({
      switcher: () => this.#switcher(),
      help: () => told(openHelp()),
      move: (step) => this.#move(step),
    });
  }

  #listen() {
    const messenger = this.#messenger;
    messenger.on('status', () => told(this.#statusChanged()));
    messenger.on('conversations', () => told(this.#conversationsChanged()));
    messenger.on('messages', ({ conversation }) => told(this.#messagesChanged(conversation)));
    messenger.on('alerts', () => told(this.#readAlerts()));
    messenger.on('ended', sessionEnded);
    addEventListener('focus', () => this.#thread.looked());
    addEventListener('pagehide', () => this.#thread.saveDraft());
    setInterval(() => this.#drawList(), MINUTE);
  }

  #acts() {
    return {
      new: () => this.#findPerson(),
      switcher: () => this.#switcher(),
      help: () => told(openHelp()),
      leave: () => told(leave(this.#messenger, tell)),
      list: () => this.#shell.openDrawer(),
      up: () => this.#routes.up({ view: 'list', id: null }),
      inspect: () => this.#toggleInspector(),
      'close-inspector': () => this.#closeInspector(),
      invite: (control) => this.#shell.copyInvitation(control, this.#user.name),
    };
  }

  async #show(route) {
    const conversation = this.#conversations.find(({ id }) => id === route.id) ?? null;
    this.#shell.show(route, conversation, this.#conversations.length);
    if (!conversation) this.#thread.close();
    this.#drawList(route.id);
    if (!conversation) return null;
    if (this.#thread.id !== conversation.id) await this.#thread.open(conversation);
    this.#drawAlerts();
    return this.#inspector.open(conversation.id);
  }

  #open(id) {
    this.#shell.closeDrawer();
    this.#routes.go({ view: 'thread', id });
    if (id === this.#thread.id) this.#thread.inviteWriting();
  }

  #move(step) {
    const place = this.#conversations.findIndex(({ id }) => id === this.#thread.id);
    const next = this.#conversations[place + step];
    if (next) this.#open(next.id);
  }

  #toggleInspector() {
    if (this.#shell.isPhone) this.#routes.go({ view: 'inspector', id: this.#thread.id });
    else this.#shell.toggleInspector();
    this.#inspector.refresh();
  }

  #closeInspector() {
    if (this.#routes.current().view !== 'inspector') return this.#shell.toggleInspector();
    if (!this.#shell.isPhone) this.#shell.toggleInspector();
    return this.#routes.up({ view: 'thread', id: this.#thread.id });
  }

  #switcher() {
    return told(openSwitcher(this.#conversations, (id) => this.#open(id)));
  }

  #findPerson() {
    const opened = openPersonFinder({
      ownName: this.#user.name,
      find: (name) => this.#messenger.findPerson(name),
      start: async (userId) => {
        const id = await this.#messenger.startConversation(userId);
        await this.#readConversations();
        this.#open(id);
      },
    });
    return told(opened);
  }

  #act(alert, action) {
    return told(this.#messenger.act(alert, action));
  }

  /** The list shows the state of the newest message too. */
  async #messagesChanged(id) {
    await this.#conversationsChanged();
    if (id !== this.#thread.id) return;
    await this.#thread.refresh();
    await this.#inspector.refresh();
  }

  /** The address may name a conversation that only now has come. */
  async #conversationsChanged() {
    await this.#readConversations();
    if (this.#routes) await this.#show(this.#routes.current());
  }

  #statusChanged() {
    this.#status.update(this.#messenger.status());
    return this.#inspector.refresh();
  }

  #readConversations = coalesced(async () => {
    const conversations = await this.#messenger.conversations();
    const drafts = await Promise.all(conversations.map(({ id }) => this.#messenger.draft(id)));
    this.#drafts = new Map(conversations.map(({ id }, index) => [id, drafts[index]]));
    this.#conversations = conversations;
    this.#drawList();
  });

  #readAlerts = coalesced(async () => {
    this.#alerts = await this.#messenger.alerts();
    this.#drawAlerts();
  });

  #drawList(current = this.#thread.id) {
    const drafts = new Map([...this.#drafts].filter(([id]) => id !== current));
    this.#list.update(this.#conversations, { current, drafts, now: Date.now() });
    this.#shell.setUnread(this.#conversations.reduce((sum, { unread }) => sum + unread, 0));
  }

  /** What blocks a conversation, or a danger in it, stops the writing until the person has decided. */
  #drawAlerts() {
    const current = this.#thread.id;
    const shown = this.#alerts.filter(({ conversation: id }) => !id || id === current);
    const here = shown.filter(({ conversation: id }) => id);
    const blocked = this.#current()?.blocked;
    const severity = here.find(({ kind }) => kind === blocked?.code)?.severity;
    const danger = here.find((alert) => alert.severity === 'danger') ?? null;
    this.#alertArea.update(shown);
    this.#thread.setBlocked(blocked ? { severity, ...blocked } : danger);
  }

  #current() {
    return this.#conversations.find(({ id }) => id === this.#thread.id) ?? null;
  }
}

async function main() {
  const { userId, name } = document.body.dataset;
  installThemeSwitch();
  if (!canEncrypt()) return tell(NEEDS_HTTPS);
  try {
    tellRecovery();
    const messenger = await openMessenger({ userId, name });
    await new TalkRoom(messenger, { userId, name }).start();
  } catch (problem) {
    tell(problem);
  }
}

main();
