// Owns the life of a form: it comes alive with the program, checks its fields, and is busy while work runs.

import { fieldProblem, problemNotice, showProblem } from './problem.js';
import { canEncrypt, NEEDS_HTTPS } from './secure.js';

/**
 * `checks` maps a field's id to a function that gives null or a sentence; `work(values)` does the thing.
 * The submit button is dead in the page, so that nothing is ever sent the old way while the program is not there.
 */
export function installForm(form, { checks, work, problems }) {
  if (!canEncrypt()) return closeForm(form, problems);
  const button = form.querySelector('[type="submit"]');
  const inputs = [...form.elements].filter((element) => element.id in checks);
  for (const input of inputs) input.addEventListener('input', () => recheck(input, inputs, checks));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problems.replaceChildren();
    if (button.disabled || !complete(inputs, checks)) return;
    await whileBusy(form, () =>
      work(valuesOf(inputs)).catch((problem) => showProblem(problems, problem)),
    );
  });
  button.disabled = false;
}

function closeForm(form, problems) {
  for (const control of form.elements) control.disabled = true;
  problems.replaceChildren(problemNotice(NEEDS_HTTPS));
}

export function valuesOf(inputs) {
  return Object.fromEntries(inputs.map((input) => [input.id, input.value]));
}

/**
 * Nothing is called wrong before the button is pressed: words that appear as a field is left would push the button
 * away under the finger. What was called wrong is looked at again with every key, so that its mending shows at once.
 */
function recheck(input, inputs, checks) {
  if (input.getAttribute('aria-invalid') !== 'true') return;
  fieldProblem(input, checks[input.id](input.value, valuesOf(inputs)));
}

function complete(inputs, checks) {
  const values = valuesOf(inputs);
  for (const input of inputs) fieldProblem(input, checks[input.id](input.value, values));
  const wrong = inputs.find((input) => input.getAttribute('aria-invalid') === 'true');
  wrong?.focus();
  return !wrong;
}

async function whileBusy(form, work) {
  const controls = [...form.elements];
  form.setAttribute('aria-busy', 'true');
  for (const control of controls) control.disabled = true;
  // The failure takes the focus, which only an enabled form may lose without a jump to the top of the page.
  await work();
  for (const control of controls) control.disabled = false;
  form.removeAttribute('aria-busy');
}
