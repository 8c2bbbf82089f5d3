import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, parseRoute } from '../../../static/js/pages/talk-route.js';

const ID = 'AbC-_0123456789abcdefg';
const parse = (address) => {
  const { pathname, hash } = new URL(address, 'https://talk.example');
  return parseRoute({ pathname, hash });
};

test('each view has an address, and each address its view', () => {
  for (const route of [
    { view: 'list', id: null },
    { view: 'thread', id: ID },
    { view: 'inspector', id: ID },
  ]) {
    assert.deepEqual(parse(addressOf(route)), route);
  }
});

test('what is no conversation leads to the list', () => {
  for (const address of ['/talk/', '/talk/a/b', '/talk/%3Cb%3E', '/elsewhere', '/talk#session']) {
    assert.deepEqual(parse(address), { view: 'list', id: null });
  }
});
