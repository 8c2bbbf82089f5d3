// Shows that the runner of these tests cannot succeed by running nothing.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const RUNNER = fileURLToPath(new URL('../../tools/js_tests.mjs', import.meta.url));

function runFolder(context, files) {
  const folder = mkdtempSync(join(tmpdir(), 'runner-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  // Inside a test node tells its children to report to the parent; this child is a program of its own.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  return spawnSync(process.execPath, [RUNNER, folder], { encoding: 'utf8', env });
}

const passing = "import { test } from 'node:test';\ntest('a', () => {});\n";
const failing = "import { test } from 'node:test';\ntest('a', () => { throw new Error('b'); });\n";
const suite = "import { describe } from 'node:test';\ndescribe('a', () => {});\n";

test('tests that pass succeed', (context) => {
  const result = runFolder(context, { 'a.test.js': passing });
  assert.equal(result.status, 0, result.stderr + result.stdout);
  assert.match(result.stdout, /pass 1/);
});

test('one test that fails fails the run', (context) => {
  assert.equal(runFolder(context, { 'a.test.js': passing, 'b.test.js': failing }).status, 1);
});

test('a folder without test files fails', (context) => {
  const result = runFolder(context, { 'a.js': passing });
  assert.equal(result.status, 1);
  assert.match(result.stderr, /holds no \*\.test\.js file/);
});

test('a file that runs no test fails', (context) => {
  const result = runFolder(context, { 'a.test.js': passing, 'b.test.js': 'export {};\n' });
  assert.equal(result.status, 1);
  assert.match(result.stderr, /b\.test\.js: ran no test/);
});

test('a file with nothing but an empty suite fails', (context) => {
  const result = runFolder(context, { 'a.test.js': suite });
  assert.equal(result.status, 1);
  assert.match(result.stderr, /a\.test\.js: ran no test/);
});

test('a file that cannot be loaded fails', (context) => {
  assert.equal(runFolder(context, { 'a.test.js': "import './gone.js';\n" }).status, 1);
});
