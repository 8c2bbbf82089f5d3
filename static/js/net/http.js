// Owns requests to the API: JSON, the CSRF token, time limits, problems (RFC 9457) as errors.
// It never writes a body anywhere and must not know what the requests are for.

const TIMEOUT = 30_000;
const PROBLEM = 'application/problem+json';

/** A refusal: by the server (its code, title, detail, extra fields) or for want of a connection. */
export class ProblemError extends Error {
  constructor({ code, title, detail, status = 0, ...extra }, options) {
    super(title, options);
    this.name = 'ProblemError';
    this.code = code;
    this.title = title;
    this.detail = detail;
    this.status = status;
    this.extra = extra;
  }
}

/** True where the same request may succeed later, unchanged. */
export const isPassing = (error) =>
  error instanceof ProblemError &&
  (error.status === 0 || error.status === 429 || error.status >= 500);

const unreachable = (cause) =>
  new ProblemError(
    {
      code: 'unreachable',
      title: 'The server cannot be reached',
      detail: 'Check your connection and try again. Nothing was lost.',
    },
    { cause },
  );

const UNCLEAR = {
  code: 'unclear_answer',
  title: 'The server gave an answer that makes no sense',
  detail: 'Try again. If it happens again, tell the person who runs this server.',
};

async function problemOf(response) {
  const type = response.headers.get('Content-Type') ?? '';
  const fallback = { ...UNCLEAR, status: response.status };
  if (!type.startsWith(PROBLEM)) return new ProblemError(fallback);
  try {
    return new ProblemError({ ...fallback, ...(await response.json()) });
  } catch (cause) {
    return new ProblemError(fallback, { cause });
  }
}

export class Http {
  #token;

  /** @param {string|null} token the page's CSRF token */
  constructor(token = document.querySelector('meta[name="csrf-token"]')?.content ?? null) {
    this.#token = token;
  }

  get(path) {
    return this.#send('GET', path);
  }

  post(path, body) {
    return this.#change('POST', path, body);
  }

  put(path, body) {
    return this.#change('PUT', path, body);
  }

  delete(path) {
    return this.#change('DELETE', path);
  }

  /** A login changes the session, and with it the token: then once more with a fresh one. */
  async #change(method, path, body) {
    try {
      return await this.#send(method, path, body);
    } catch (error) {
      if (error.code !== 'csrf_failed') throw error;
      ({ token: this.#token } = await this.get('/csrf'));
      return await this.#send(method, path, body);
    }
  }

  async #send(method, path, body) {
    const response = await this.#fetch(method, path, body);
    if (!response.ok) throw await problemOf(response);
    if (response.status === 204) return null;
    try {
      return await response.json();
    } catch (cause) {
      throw new ProblemError({ ...UNCLEAR, status: response.status }, { cause });
    }
  }

  async #fetch(method, path, body) {
    const headers = { Accept: 'application/json' };
    if (method !== 'GET') headers['X-CSRF-Token'] = this.#token ?? '';
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    try {
      return await fetch(`/api/v1${path}`, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: 'same-origin',
        cache: 'no-store',
        signal: AbortSignal.timeout(TIMEOUT),
      });
    } catch (cause) {
      throw unreachable(cause);
    }
  }
}
