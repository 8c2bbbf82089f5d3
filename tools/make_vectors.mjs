// Writes tests/vectors/javascript.json: `node tools/make_vectors.mjs`. What is in it and how it is
// checked: tests/vectors/README.md. Nothing in it is random, so writing it again changes no byte.

import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { negative as ofPeople } from '../tests/js/crypto/sections/negative_people.js';
import { negative as ofSessions } from '../tests/js/crypto/sections/negative_sessions.js';
import { sections as people } from '../tests/js/crypto/sections/people.js';
import { sections as primitives } from '../tests/js/crypto/sections/primitives.js';
import { sections as sessions } from '../tests/js/crypto/sections/sessions.js';
import { sections as vaults } from '../tests/js/crypto/sections/vaults.js';
import { fileText, toJson } from '../tests/js/crypto/vector_file.js';

const TARGET = new URL('../tests/vectors/javascript.json', import.meta.url);
const LOCK = new URL('../static/vendor/lock.json', import.meta.url);

function library() {
  const { packages } = JSON.parse(readFileSync(LOCK, 'utf8')).modules['noble.js'];
  return Object.entries(packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

/** @returns {Promise<string>} the whole file */
export async function buildText() {
  const sections = {
    ...(await primitives()),
    ...people(),
    ...(await sessions()),
    ...(await vaults()),
    negative: [...(await ofPeople()), ...(await ofSessions())],
  };
  return fileText('tools/make_vectors.mjs', library(), toJson(sections));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const text = await buildText();
  writeFileSync(TARGET, text);
  console.log(`javascript.json: ${text.length} bytes`);
}
