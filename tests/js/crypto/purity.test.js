// crypto/ is pure: bytes in, bytes out. Whatever it needs of the world comes as an argument.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const FOLDER = new URL('../../../static/js/crypto/', import.meta.url);
const FILES = readdirSync(FOLDER);
const IMPORT = /from '([^']+)'/g;
const ALLOWED = /^(\.\/[a-z_]+\.js|\.\.\/\.\.\/vendor\/(noble|argon2)\.js)$/;
const WORLD =
  /\b(document|window|navigator|location|fetch|XMLHttpRequest|WebSocket|localStorage|sessionStorage|indexedDB|caches|getRandomValues|randomUUID|randomBytes|Math\.random|Date|performance|setTimeout|setInterval|process\.|console|import\()/;

const withoutComments = (source) =>
  source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
const breaches = (source) => {
  const code = withoutComments(source);
  const foreign = [...code.matchAll(IMPORT)]
    .map(([, path]) => path)
    .filter((path) => !ALLOWED.test(path));
  return [...foreign, ...(code.match(WORLD) ?? [])];
};

test('every module keeps to bytes', () => {
  assert.ok(FILES.length >= 15);
  for (const name of FILES) {
    assert.deepEqual(breaches(readFileSync(new URL(name, FOLDER), 'utf8')), [], name);
  }
});

test('a module that did not would be found', () => {
  for (const planted of [
    "import { save } from '../state/store.js';",
    'const now = Date.now();',
    'crypto.getRandomValues(new Uint8Array(8));',
    "document.title = 'x';",
    "await import('./aead.js');",
  ]) {
    assert.notDeepEqual(breaches(planted), [], planted);
  }
});
