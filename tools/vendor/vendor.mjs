// Owns static/vendor/: third-party code enters the product here and nowhere else.
// `build` writes the folder from node_modules; `check` builds again into memory and refuses any
// difference, so that what browsers run is exactly what the pinned packages contain.
// It must not know what the modules are used for.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, version as esbuildVersion } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const ENTRIES = join(ROOT, 'tools', 'vendor', 'entries');
const VENDOR = join(ROOT, 'static', 'vendor');
const REBUILD = 'npm ci --ignore-scripts && npm run vendor';

const BUNDLED = ['argon2.js', 'noble.js', 'qrcode.js'];

// Taken as its authors publish it rather than bundled again, so that a reader can compare it with the
// package. `contains` are the packages which its authors put into it: their licences travel along.
const PUBLISHED = {
  'socket.io.js': {
    file: 'node_modules/socket.io-client/dist/socket.io.esm.min.js',
    source: 'socket.io-client',
    contains: [
      '@socket.io/component-emitter',
      'engine.io-client',
      'engine.io-parser',
      'socket.io-client',
      'socket.io-parser',
    ],
  },
};

const sha384 = (bytes) => `sha384-${createHash('sha384').update(bytes).digest('base64')}`;
const byName = ([a], [b]) => (a < b ? -1 : 1);
const uniqueSorted = (names) => [...new Set(names)].sort();

async function installedVersion(name) {
  const manifest = await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return JSON.parse(manifest).version;
}

const versionsOf = async (names) =>
  Object.fromEntries(await Promise.all(names.map(async (n) => [n, await installedVersion(n)])));

// An input of nothing but type imports contributes no byte and hence no licence.
function packagesIn(inputs) {
  const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const names = used.map(([path]) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]);
  return uniqueSorted(names.filter((name) => name !== undefined));
}

async function bundle(name) {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(ENTRIES, name)],
    bundle: true,
    charset: 'utf8',
    format: 'esm',
    legalComments: 'none', // every licence is in LICENSES.txt, and the banner points there
    metafile: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    write: false,
    outfile: name,
  });
  const [{ inputs }] = Object.values(result.metafile.outputs);
  return { code: result.outputFiles[0].text, packages: await versionsOf(packagesIn(inputs)) };
}

async function bundledModule(name) {
  const { code, packages } = await bundle(name);
  const sources = Object.entries(packages).map((pair) => pair.join(' '));
  const banner = `/*! ${sources.join(', ')}; MIT, see LICENSES.txt */\n`;
  return { bytes: Buffer.from(banner + code), packages, licences: Object.keys(packages) };
}

async function publishedModule({ file, source, contains }) {
  const text = await readFile(join(ROOT, file), 'utf8');
  // Browsers would ask our server for a map that we do not serve.
  const bytes = Buffer.from(text.replace(/\/\/# sourceMappingURL=.*\n?$/, ''));
  return { bytes, packages: await versionsOf([source]), licences: contains };
}

async function exportsOf(bytes) {
  const module = await import(`data:text/javascript;base64,${bytes.toString('base64')}`);
  return Object.keys(module).sort();
}

async function licenceOf(name) {
  const text = await readFile(join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8');
  const title = `${name} ${await installedVersion(name)}`;
  return `${title}\n${'-'.repeat(title.length)}\n\n${text.trim()}\n`;
}

async function allModules() {
  const bundled = BUNDLED.map(async (name) => [name, await bundledModule(name)]);
  const published = Object.entries(PUBLISHED).map(async ([name, spec]) => [
    name,
    await publishedModule(spec),
  ]);
  return (await Promise.all([...bundled, ...published])).sort(byName);
}

async function lockEntry([name, { bytes, packages }]) {
  const size = bytes.length;
  return [name, { packages, size, sha384: sha384(bytes), exports: await exportsOf(bytes) }];
}

async function lockFile(modules) {
  const entries = Object.fromEntries(await Promise.all(modules.map(lockEntry)));
  const lock = {
    format: 1,
    rebuild: REBUILD,
    bundler: `esbuild ${esbuildVersion}`,
    modules: entries,
  };
  return Buffer.from(`${JSON.stringify(lock, null, 2)}\n`);
}

async function licencesFile(modules) {
  const names = uniqueSorted(modules.flatMap(([, { licences }]) => licences));
  const head = 'Licences of the third-party code in this folder\n\n';
  return Buffer.from(head + (await Promise.all(names.map(licenceOf))).join('\n'));
}

/** Everything that static/vendor/ holds, as [name, bytes] pairs. */
export async function wantedFiles() {
  const modules = await allModules();
  return [
    ...modules.map(([name, { bytes }]) => [name, bytes]),
    ['lock.json', await lockFile(modules)],
    ['LICENSES.txt', await licencesFile(modules)],
  ];
}

/** What is wrong with `folder`, one line each; nothing when it is byte for byte what we build. */
export async function differences(folder, wanted) {
  const present = await readdir(folder);
  const names = wanted.map(([name]) => name);
  const strangers = present.filter((name) => !names.includes(name));
  const compared = wanted.map(async ([name, bytes]) => {
    if (!present.includes(name)) return `${name} is missing`;
    return bytes.equals(await readFile(join(folder, name))) ? null : `${name} differs`;
  });
  const wrong = (await Promise.all(compared)).filter((line) => line !== null);
  return [...wrong, ...strangers.map((name) => `${name} does not come from any package`)];
}

async function buildCommand() {
  await mkdir(VENDOR, { recursive: true });
  const files = await wantedFiles();
  await Promise.all(files.map(([name, bytes]) => writeFile(join(VENDOR, name), bytes)));
  console.log(`static/vendor: wrote ${files.length} files`);
}

async function checkCommand(folder = VENDOR) {
  const wanted = await wantedFiles();
  const wrong = await differences(folder, wanted);
  for (const line of wrong) console.error(`static/vendor: ${line}`);
  if (wrong.length > 0) throw new Error(`run "${REBUILD}" and look at what changed`);
  console.log(`static/vendor: ${wanted.length} files rebuilt, every byte the same`);
}

const COMMANDS = { build: buildCommand, check: checkCommand };

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [name, folder] = process.argv.slice(2);
  const command = COMMANDS[name];
  if (command === undefined) throw new Error('usage: vendor.mjs build | check [folder]');
  await command(folder).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
