// Requests to the API: what comes back, what is sent along, and what a refusal becomes.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Http, isPassing, ProblemError } from '../../../static/js/net/http.js';

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

/** Answers in order; remembers what was asked. */
function answering(...answers) {
  const asked = [];
  globalThis.fetch = (url, options) => {
    asked.push({ url, ...options });
    const next = answers.shift();
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  return asked;
}

const json = (body, status = 200) => Response.json(body, { status });
const problem = (code, status, extra = {}) =>
  new Response(JSON.stringify({ status, code, title: 'Title.', detail: 'Do this.', ...extra }), {
    status,
    headers: { 'Content-Type': 'application/problem+json' },
  });

test('a change carries the token, a reading does not', async () => {
  const asked = answering(json({ a: 1 }), json({}));
  const http = new Http('token');
  assert.deepEqual(await http.get('/me'), { a: 1 });
  await http.post('/kdf', { login: 'ann' });
  assert.equal(asked[0].headers['X-CSRF-Token'], undefined);
  assert.equal(asked[1].headers['X-CSRF-Token'], 'token');
  assert.equal(asked[1].url, '/api/v1/kdf');
  assert.equal(asked[1].body, '{"login":"ann"}');
  assert.ok(asked[1].signal instanceof AbortSignal);
});

test('a refusal keeps its words and its extra fields', async () => {
  answering(problem('number_taken', 409, { last_seq: 7 }));
  const error = await new Http('t').get('/x').catch((caught) => caught);
  assert.ok(error instanceof ProblemError);
  assert.deepEqual(
    [error.code, error.title, error.detail, error.status, error.extra],
    ['number_taken', 'Title.', 'Do this.', 409, { last_seq: 7 }],
  );
});

test('after a login the token is another: it is fetched, and the request made once more', async () => {
  const asked = answering(problem('csrf_failed', 403), json({ token: 'fresh' }), json({ ok: 1 }));
  assert.deepEqual(await new Http('old').put('/device-list', {}), { ok: 1 });
  assert.deepEqual(
    asked.map(({ url }) => url),
    ['/api/v1/device-list', '/api/v1/csrf', '/api/v1/device-list'],
  );
  assert.equal(asked[2].headers['X-CSRF-Token'], 'fresh');
});

test('a token that is refused twice is an error, not a loop', async () => {
  const asked = answering(
    problem('csrf_failed', 403),
    json({ token: 'fresh' }),
    problem('csrf_failed', 403),
  );
  await assert.rejects(new Http('old').post('/x', {}), { code: 'csrf_failed' });
  assert.equal(asked.length, 3);
});

test('no connection is a problem with words, and may pass', async () => {
  answering(new TypeError('failed to fetch'));
  const error = await new Http('t').get('/x').catch((caught) => caught);
  assert.deepEqual([error.code, error.status], ['unreachable', 0]);
  assert.ok(error.title && error.detail);
  assert.ok(isPassing(error));
});

test('what passes and what does not', async () => {
  for (const [status, passes] of [
    [429, true],
    [500, true],
    [503, true],
    [400, false],
    [401, false],
    [409, false],
  ]) {
    answering(problem('x', status));
    const error = await new Http('t').get('/x').catch((caught) => caught);
    assert.equal(isPassing(error), passes, String(status));
  }
  assert.equal(isPassing(new Error('something else')), false);
});

test('an answer that makes no sense is a problem too', async () => {
  const page = new Response('<html>', { status: 502, headers: { 'Content-Type': 'text/html' } });
  answering(page, new Response('not json', { status: 200 }), new Response(null, { status: 204 }));
  const http = new Http('t');
  await assert.rejects(http.get('/x'), { code: 'unclear_answer', status: 502 });
  await assert.rejects(http.get('/x'), { code: 'unclear_answer' });
  assert.equal(await http.delete('/x'), null);
});
