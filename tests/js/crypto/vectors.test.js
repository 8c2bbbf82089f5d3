import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildText } from '../../../tools/make_vectors.mjs';
import { CHECKS, checkSection } from './vector_checks.js';
import { readSections } from './vector_file.js';

for (const name of ['python.json', 'javascript.json']) {
  const sections = readSections(name);

  test(`${name} has every section and no other`, () => {
    assert.deepEqual(Object.keys(sections).sort(), Object.keys(CHECKS).sort());
  });

  for (const [section, check] of Object.entries(CHECKS)) {
    test(`${name}: ${section}`, async () => {
      const cases = sections[section];
      assert.ok(cases?.length > 0, 'no case was read');
      checkSection(section, cases);
      for (const [index, one] of cases.entries()) {
        try {
          await check(one);
        } catch (cause) {
          throw new Error(`case ${index} (${one.name ?? one.op ?? 'no name'}): ${cause.message}`, {
            cause,
          });
        }
      }
    });
  }
}

test('javascript.json is what tools/make_vectors.mjs writes, byte for byte', async () => {
  const url = new URL('../../vectors/javascript.json', import.meta.url);
  assert.equal(await buildText(), readFileSync(url, 'utf8'));
});
