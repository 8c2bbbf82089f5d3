// Owns the one connection for what happens now: WebSocket only, the device's proof at each connect, sending
// with an acknowledgement, coming back by itself at random intervals. It must not know what is sent.

import { io } from '../../vendor/socket.io.js';
import { ProblemError } from './http.js';

const ACK_TIMEOUT = 15_000;
const NEWS = ['entry:new', 'commit:new', 'conversation:new', 'list:changed'];

const noAnswer = (cause) =>
  new ProblemError(
    {
      code: 'no_answer',
      title: 'The server did not answer',
      detail: 'What you wrote is kept here and goes out by itself.',
    },
    { cause },
  );

export class Socket {
  #io;
  #handlers;
  #proved = false;

  /**
   * @param {object} handlers `sign(nonce)` gives {device, signature} in base64url; `clock(serverTime)`,
   *   `connected()`, `proved()`, `lost()`, `refused(problem)`, `ended(problem)`, `news(event, data)`
   */
  constructor(handlers) {
    this.#handlers = handlers;
    this.#io = io({
      transports: ['websocket'],
      autoConnect: false,
      reconnectionDelay: 500,
      reconnectionDelayMax: 15_000,
      randomizationFactor: 0.5,
      timeout: 15_000,
    });
    this.#listen();
  }

  get isProved() {
    return this.#proved;
  }

  open() {
    this.#io.connect();
  }

  close() {
    this.#io.disconnect();
  }

  /** Drops the connection and comes back; the next challenge is a new one. */
  again() {
    this.#io.disconnect();
    this.#io.connect();
  }

  /** Resolves with the acknowledgement. @throws {ProblemError} refused, or status 0: not answered */
  async send(event, data) {
    const answer = await this.#ask(event, data);
    if (answer?.ok) return answer;
    throw new ProblemError(answer?.error ?? noAnswer());
  }

  async #ask(event, data) {
    if (!this.#io.connected) throw noAnswer();
    try {
      return await this.#io.timeout(ACK_TIMEOUT).emitWithAck(event, data);
    } catch (cause) {
      throw noAnswer(cause);
    }
  }

  #listen() {
    this.#io.on('connect', () => this.#handlers.connected());
    this.#io.on('device:challenge', (challenge) => this.#prove(challenge));
    this.#io.on('session:ended', (problem) => this.#end(problem));
    this.#io.on('disconnect', () => this.#lost());
    this.#io.on('connect_error', () => this.#lost());
    for (const event of NEWS) this.#io.on(event, (data) => this.#handlers.news(event, data));
  }

  async #prove({ nonce, server_time: serverTime }) {
    try {
      this.#handlers.clock(serverTime);
      const { server_time: now } = await this.send('device:prove', this.#handlers.sign(nonce));
      this.#handlers.clock(now);
      this.#proved = true;
      this.#handlers.proved();
    } catch (error) {
      this.#handlers.refused(error);
    }
  }

  #lost() {
    this.#proved = false;
    this.#handlers.lost();
  }

  #end(problem) {
    this.#io.disconnect();
    this.#handlers.ended(new ProblemError(problem));
  }
}
