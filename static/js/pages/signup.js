// Owns the sign-up page: form, stages, recovery key, then the talk room.

import { signUp } from '../state/account.js';
import { emailProblem, nameProblem, passwordProblem } from '../ui/advice.js';
import { installForm } from '../ui/form.js';
import { showRecoveryKey } from '../ui/recovery-key.js';
import { installReveal } from '../ui/reveal.js';
import { Stages } from '../ui/stages.js';
import { installThemeSwitch } from '../ui/theme.js';

const part = (id) => document.getElementById(id);
const stages = new Stages(part('signup'));

async function create({ name, email, password }) {
  showRunning(true);
  try {
    const made = await signUp({ name: tidy(name), email: email.trim(), password }, (progress) =>
      stages.set(progress),
    );
    finish(made);
  } catch (problem) {
    stages.reset();
    throw problem;
  } finally {
    showRunning(false);
  }
}

/** On a phone the stages take the place of the form, so their title says that they run. */
function showRunning(running) {
  part('signup').classList.toggle('account--running', running);
  part('stages-title').textContent = running
    ? 'What your browser does now'
    : 'What your browser does then';
  if (running) scrollTo(0, 0);
}

function finish({ name, recoveryKeyText }) {
  addEventListener('beforeunload', warn);
  part('signup').hidden = true;
  document.title = 'Your recovery key · CryptexQ';
  scrollTo(0, 0);
  showRecoveryKey(part('recovery'), { name, key: recoveryKeyText, host: location.host }, () => {
    removeEventListener('beforeunload', warn);
    location.replace(document.body.dataset.next);
  });
}

/** The key is nowhere else: leaving by mistake would lose it. */
function warn(event) {
  event.preventDefault();
}

const tidy = (name) => name.trim().toLowerCase();

installThemeSwitch();
installReveal();
installForm(part('signup-form'), {
  checks: {
    name: (value) => nameProblem(tidy(value)),
    email: (value) => emailProblem(value.trim()),
    password: (value, { name, email }) =>
      passwordProblem(value, { name: tidy(name), email: email.trim() }),
  },
  work: create,
  problems: part('problem'),
});
