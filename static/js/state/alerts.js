// Owns what a person must be told or asked and has not dealt with yet. Alerts are kept on disk, so that a
// reload does not make them go away; one that happens again replaces itself.

const SEVERITIES = Object.freeze(['danger', 'warning', 'info']);
const DISMISS = Object.freeze({ id: 'dismiss', label: 'Dismiss' });

/**
 * @typedef {{id: string, kind: string, conversation: string|null, severity: 'info'|'warning'|'danger',
 *   title: string, detail: string, actions: {id: string, label: string}[], at: number,
 *   subject: string|null}} Alert
 */

const place = (id) => ['alert', id];

/** All alerts, the gravest first. @param {import('./db.js').Database} db @returns {Promise<Alert[]>} */
export async function listAlerts(db) {
  const alerts = (await db.list(['alert'])).map(([, alert]) => alert);
  const rank = ({ severity }) => SEVERITIES.indexOf(severity);
  return alerts.sort((a, b) => rank(a) - rank(b) || b.at - a.at);
}

export class Alerts {
  #db;
  #changed;

  /** `changed()` is called when the list is another. */
  constructor(db, changed) {
    this.#db = db;
    this.#changed = changed;
  }

  /** @param {{kind: string, conversation?: string, subject?: string, severity, title, detail, actions?}} alert */
  async raise({ kind, conversation = null, subject = null, ...words }) {
    const id = [kind, conversation, subject].filter(Boolean).join(':');
    const fresh = { id, kind, conversation, subject, actions: [DISMISS], at: Date.now(), ...words };
    await this.#db.write([[place(id), fresh]]);
    this.#changed();
  }

  get(id) {
    return this.#db.get(place(id));
  }

  /** What is open in one conversation. */
  async of(conversation) {
    return (await listAlerts(this.#db)).filter((alert) => alert.conversation === conversation);
  }

  async drop(id) {
    if (!(await this.get(id))) return;
    await this.#db.write([[place(id), undefined]]);
    this.#changed();
  }
}
