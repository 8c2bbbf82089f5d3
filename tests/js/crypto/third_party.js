// Owns finding and reading the vectors of the PyPI package cryptography_vectors, which the Python
// tests install. PYTHON names an interpreter that has it. Not finding it is a failure, never a skip.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex } from './fixtures.js';

const LOCATE = 'import cryptography_vectors as v; print(v.__path__[0])';

function locate() {
  const python = process.env.PYTHON ?? 'python3';
  try {
    return execFileSync(python, ['-c', LOCATE], { encoding: 'utf8' }).trim();
  } catch (cause) {
    const help = `install requirements-dev.txt, or set PYTHON to the interpreter that has it`;
    throw new Error(`${python} has no package cryptography_vectors: ${help}`, { cause });
  }
}

const FOLDER = locate();

export const readText = (...path) => readFileSync(join(FOLDER, ...path), 'utf8');

/**
 * The records of a file in the style of NIST: lines `name = value`, a new record at each `count`,
 * lines `[name = value]` for all records after them, a lone word such as FAIL.
 * @returns {Object<string, string>[]} names in lower case
 */
export function readRecords(...path) {
  const records = [];
  let section = {};
  for (const line of readText(...path).split('\n')) {
    const [, bracket, name, value] = line.match(/^(\[?)\s*(\w+)\s*=\s*(.*?)\]?\s*$/) ?? [];
    if (name === undefined) markRecord(records, line.trim());
    else if (bracket) section = { ...section, [name.toLowerCase()]: value };
    else if (name.toLowerCase() === 'count') records.push({ ...section });
    else records.at(-1)[name.toLowerCase()] = value;
  }
  return records;
}

function markRecord(records, word) {
  if (/^[A-Z]+$/.test(word)) records.at(-1)[word.toLowerCase()] = true;
}

export const unhex = (text) => fromHex(text ?? '');
