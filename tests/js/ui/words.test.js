import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emailProblem, nameProblem, passwordProblem } from '../../../static/js/ui/advice.js';
import { countText, LIMIT } from '../../../static/js/ui/composer.js';
import { splitLinks } from '../../../static/js/ui/links.js';
import { wordsOf } from '../../../static/js/ui/problem.js';
import { fileText, groupsOf, isLastGroup } from '../../../static/js/ui/recovery-key.js';
import { canEncrypt } from '../../../static/js/ui/secure.js';
import { statusText } from '../../../static/js/ui/status-text.js';

const UP = { leader: true, connected: true, proved: true, stage: 'ready', error: null };

test('a long password of unrelated words will do', () => {
  assert.equal(
    passwordProblem('correct horse battery', { name: 'ada', email: 'ada@example.org' }),
    null,
  );
});

test('a short password is told how much is missing, in characters and not in code units', () => {
  assert.match(passwordProblem('123456789'), /One more/u);
  assert.match(passwordProblem('😀😀😀😀😀'), /5 more/u);
});

test('name, address, repetition and runs are called guessable', () => {
  const who = { name: 'lovelace', email: 'ada.l@example.org' };
  assert.match(passwordProblem('my lovelace 77', who), /user name/u);
  assert.match(passwordProblem('xx ada.l yy 9k', who), /e-mail/u);
  assert.match(passwordProblem('aaaaaaaaaaab'), /guessed/u);
  assert.match(passwordProblem('abcdefghijkl'), /guessed/u);
  assert.match(passwordProblem('0987654321'), /guessed/u);
});

test('a short mailbox is in many good passwords by chance, a longer one is not', () => {
  for (const email of ['', 'e@example.org', 'or@example.org', 'bat@example.org'])
    assert.equal(passwordProblem('correct horse battery', { email }), null);
  assert.match(passwordProblem('correct horse battery', { email: 'batt@example.org' }), /e-mail/u);
});

test('a name follows the rule of the server', () => {
  for (const good of ['ada', 'a.b-c_d', '0ab', 'a'.repeat(32)])
    assert.equal(nameProblem(good), null);
  for (const bad of ['ab', 'Ada', '.ada', 'ad a', 'ädа', 'a'.repeat(33)])
    assert.ok(nameProblem(bad));
});

test('an address needs something before and after the at sign', () => {
  assert.equal(emailProblem('ada@example.org'), null);
  for (const bad of ['', 'ada', '@example.org', 'ada@org', 'a da@example.org'])
    assert.ok(emailProblem(bad));
});

test('links are found and the text stays whole', () => {
  const text = 'See https://example.org/a?b=1. Or (http://x.test/y)!';
  const parts = splitLinks(text);
  assert.equal(parts.map((part) => part.text).join(''), text);
  assert.deepEqual(
    parts.filter((part) => part.href).map((part) => part.href),
    ['https://example.org/a?b=1', 'http://x.test/y'],
  );
});

test('schemes that can run code never become links', () => {
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,x',
    'https://',
    'file:///etc/passwd',
  ]) {
    assert.deepEqual(splitLinks(text), [{ text }]);
  }
});

test('the count near the limit says what is left or too much', () => {
  assert.match(countText(LIMIT - 2048), /2\.0 KB left/u);
  assert.match(countText(LIMIT), /0 B left/u);
  assert.match(countText(LIMIT + 1), /1 B too long/u);
});

test('a failure without words of its own gets honest ones', () => {
  assert.equal(wordsOf({ title: 'a', detail: 'b' }).detail, 'b');
  for (const odd of [new TypeError('x is undefined'), null, { title: 'a' }]) {
    assert.match(wordsOf(odd).detail, /Reload/u);
    assert.doesNotMatch(wordsOf(odd).detail, /undefined/u);
  }
});

test('the last group of a recovery key is compared as people type it', () => {
  const key = 'ABCD-EFGH-2345';
  for (const typed of ['2345', ' 23 45 ', '23-45']) assert.ok(isLastGroup(typed, key));
  assert.ok(isLastGroup('efgh', 'ABCD-EFGH'));
  for (const typed of ['', '234', 'EFGH', '2345 2345']) assert.ok(!isLastGroup(typed, key));
});

test('the saved file holds the whole key, the name and the server', () => {
  const text = fileText({ name: 'ada', key: 'ABCDEFGH2345', host: 'talk.example' });
  for (const part of ['ABCD EFGH 2345', 'ada', 'talk.example']) assert.ok(text.includes(part));
  assert.deepEqual(groupsOf('abcd efgh'), ['ABCD', 'EFGH']);
});

test('the status bar is silent while nothing is wrong, and speaks while something is', () => {
  assert.deepEqual(statusText(UP), { lamp: true, short: 'Connected', bar: null });
  assert.equal(statusText({ ...UP, leader: false, connected: false }).bar, null);
  assert.equal(statusText({ ...UP, proved: false, stage: 'proving' }).lamp, false);
  assert.match(statusText({ ...UP, connected: false, proved: false }).bar.text, /by itself/u);
  assert.equal(statusText({ ...UP, connected: false, stage: 'connecting' }).bar, null);
  const error = { title: 'No store', detail: 'Free some space' };
  assert.equal(statusText({ ...UP, error }).bar.severity, 'danger');
});

test('a page can encrypt where the browser says so and has the means, and nowhere else', () => {
  const crypto = { subtle: {} };
  assert.ok(canEncrypt({ isSecureContext: true, crypto }));
  for (const scope of [
    { isSecureContext: false, crypto },
    { isSecureContext: true, crypto: {} },
    { isSecureContext: true },
  ])
    assert.ok(!canEncrypt(scope));
});
