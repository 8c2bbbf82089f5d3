// Owns the alerts above a thread: what happened, what to do, and the acts that a person may choose.

import { button, h, icon } from './dom.js';
import { showList } from './keyed.js';

const ICONS = { info: 'info', warning: 'warning', danger: 'warning' };

export class Alerts {
  element = h('div', { class: 'alerts', role: 'region', 'aria-label': 'Alerts', hidden: true });
  #act;

  /** `act(alertId, actionId)` does what the person chose. */
  constructor({ act }) {
    this.#act = act;
  }

  update(alerts) {
    this.element.hidden = alerts.length === 0;
    showList(this.element, alerts, {
      key: (alert) => alert.id,
      create: (alert) => createAlert(alert, this.#act),
    });
  }
}

function createAlert(alert, act) {
  return h(
    'div',
    {
      class: `alert alert--${alert.severity}`,
      role: alert.severity === 'info' ? 'status' : 'alert',
    },
    icon(ICONS[alert.severity]),
    h('p', { class: 'alert__title', text: alert.title }),
    h('p', { class: 'alert__detail', text: alert.detail }),
    alert.actions.length > 0 &&
      h(
        'div',
        { class: 'alert__actions' },
        alert.actions.map((action) => actButton(alert, action, act)),
      ),
  );
}

function actButton(alert, action, act) {
  const kind =
    alert.severity === 'danger' && action.id !== 'dismiss' ? 'button--danger' : 'button--quiet';
  return button(action.label, () => act(alert.id, action.id), `button--small ${kind}`);
}
