// Stands in for state/account.js in the tests of the pages' look: it walks through the stages and derives nothing.
// `globalThis.fake` chooses: {hold: 'identity'} stays at a stage, {refuse: {title, detail}} fails.

const STAGES = ['deriving', 'identity', 'uploading', 'device', 'done'];
const KEY = 'K7QW-2MXA-PLDE-5RTN-ZC4H-YB6F-JUVO-3SIG-QA7W-XM2E-PLTR-N5ZC-H4YB-F6JU';

const fake = () => globalThis.fake ?? {};

async function walk(onProgress) {
  for (const stage of STAGES) {
    if (fake().refuse && stage === 'uploading') throw fake().refuse;
    onProgress({ stage, fraction: stage === 'deriving' ? 0.6 : 0.4 });
    if (fake().hold === stage) await new Promise(() => undefined);
  }
}

export async function signUp({ name }, onProgress) {
  await walk(onProgress);
  return { userId: 'dXNlci1hZGEtMDAwMDAwMDA', name, recoveryKeyText: KEY };
}

export async function logIn({ login }, onProgress) {
  await walk(onProgress);
  return { userId: 'dXNlci1hZGEtMDAwMDAwMDA', name: login, newDevice: false };
}

export const logInWithRecovery = ({ login }, onProgress) => logIn({ login }, onProgress);

export async function logOut() {
  await Promise.resolve();
}
