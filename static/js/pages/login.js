// Owns the login page: by password, or by recovery key at #recovery.

import { logIn, logInWithRecovery } from '../state/account.js';
import { installForm } from '../ui/form.js';
import { groupsOf } from '../ui/recovery-key.js';
import { installReveal } from '../ui/reveal.js';
import { Stages } from '../ui/stages.js';
import { installThemeSwitch } from '../ui/theme.js';
import { rememberRecovery } from '../ui/told.js';

const part = (id) => document.getElementById(id);
const stages = new Stages(part('stages'));
const KEY_GROUPS = 14;

async function enter(work) {
  part('stages').hidden = false;
  try {
    await work((progress) => stages.set(progress));
    location.replace(document.body.dataset.next);
  } catch (problem) {
    part('stages').hidden = true;
    stages.reset();
    throw problem;
  }
}

function showForm() {
  const recovery = location.hash === '#recovery';
  part('password-form').hidden = recovery;
  part('recovery-form').hidden = !recovery;
  part('login-title').textContent = recovery ? 'Log in with your recovery key' : 'Log in';
}

const needed = (words) => (value) => (value.trim() ? null : words);

function keyProblem(value) {
  const groups = groupsOf(value);
  if (groups.length === KEY_GROUPS && groups.at(-1).length === 4) return null;
  return `A recovery key has ${KEY_GROUPS} groups of four; here are ${groups.join('').length} of its ${KEY_GROUPS * 4} characters.`;
}

installThemeSwitch();
installReveal();
installForm(part('password-form'), {
  checks: {
    login: needed('Type your user name or your e-mail address.'),
    password: needed('Type your password.'),
  },
  work: ({ login, password }) =>
    enter((progress) => logIn({ login: login.trim(), password }, progress)),
  problems: part('password-form').querySelector('[data-problem]'),
});
installForm(part('recovery-form'), {
  checks: {
    'recovery-login': needed('Type your user name or your e-mail address.'),
    'recovery-key': keyProblem,
  },
  work: (values) =>
    enter(async (progress) => {
      await logInWithRecovery(
        { login: values['recovery-login'].trim(), recoveryKeyText: values['recovery-key'] },
        progress,
      );
      rememberRecovery();
    }),
  problems: part('recovery-form').querySelector('[data-problem]'),
});
addEventListener('hashchange', showForm);
showForm();
