// Owns what time it is on the server: this device's clock, corrected by the offset measured at connect. Also
// waiting, and randomness: what tests must be able to replace, or to see in one place.

export class Clock {
  #offset = 0;

  /** The server said that it is this time now. @param {number} serverTime Unix ms */
  adjust(serverTime) {
    if (Number.isSafeInteger(serverTime)) this.#offset = serverTime - Date.now();
  }

  /** How far the server is ahead of this device, in milliseconds. */
  get offset() {
    return this.#offset;
  }

  now() {
    return Date.now() + this.#offset;
  }

  wait(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}

/** Fresh random bytes. */
export const random = (length) => crypto.getRandomValues(new Uint8Array(length));
