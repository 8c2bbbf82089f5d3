// Owns the errors of the state layer: what this browser itself cannot do, in words for people.
// Refusals by the server are net/http.js ProblemError; both have code, title and detail.

export class StateError extends Error {
  /** @param {string} title @param {{code: string, detail: string, cause?: unknown}} rest detail: what to do */
  constructor(title, { code, detail, cause }) {
    super(title, { cause });
    this.name = 'StateError';
    this.code = code;
    this.title = title;
    this.detail = detail;
  }
}
