// Owns that steps which must not overlap run one after another, in the order in which they were asked for.

export class Line {
  #last = Promise.resolve();

  /** Resolves or rejects with the step's own result; a failed step does not stop the line. */
  run(step) {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
