// Owns how the JavaScript tests run: every tests/js/**/*.test.js, by node's own runner.
// A file that ran no test fails, and so does a folder without files: silence is not success.
//
//   node tools/js_tests.mjs [folder]

import { readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = resolve(process.argv[2] ?? join(ROOT, 'tests', 'js'));

async function testFiles() {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith('.test.js'))
    .sort()
    .map((name) => join(folder, name));
}

// The runner reports a file that has no test as one test with the file's name.
const isTest = ({ name, details }, files) => details.type !== 'suite' && !files.includes(name);

async function runTests(files) {
  const counts = new Map(files.map((file) => [file, 0]));
  let failed = 0;
  const stream = run({ files, concurrency: true });
  const count = (event) => {
    if (isTest(event, files)) counts.set(event.file, (counts.get(event.file) ?? 0) + 1);
  };
  stream.on('test:pass', count);
  stream.on('test:fail', (event) => {
    failed += 1;
    count(event);
  });
  stream.compose(new spec()).pipe(process.stdout);
  await finished(stream);
  return { failed, silent: files.filter((file) => counts.get(file) === 0) };
}

const files = await testFiles();
const { failed, silent } = await runTests(files);
for (const file of silent) console.error(`${relative(ROOT, file)}: ran no test`);
if (files.length === 0) console.error(`${relative(ROOT, folder)}: holds no *.test.js file`);
process.exitCode = failed > 0 || silent.length > 0 || files.length === 0 ? 1 : 0;
