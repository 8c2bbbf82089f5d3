// Owns what is said about a new password, a name and an address. Pure.
// No meter: a coloured bar rewards symbols, while length and surprise are what guessing costs.

export const SHORTEST = 10;
/** Fewer letters than this are in many good passwords by chance. */
const SHORTEST_MAILBOX = 4;
const NAME = /^[a-z0-9][a-z0-9._-]{2,31}$/u;

/** null when it will do, else one sentence that says what to change. */
export function passwordProblem(password, { name = '', email = '' } = {}) {
  const length = [...password].length;
  if (length < SHORTEST)
    return `Use at least ${SHORTEST} characters. ${missing(SHORTEST - length)}`;
  const plain = password.toLowerCase();
  if (name.length > 2 && plain.includes(name.toLowerCase()))
    return 'Leave your user name out of it: it is the first thing tried.';
  const mailbox = email.toLowerCase().split('@')[0];
  if (mailbox.length >= SHORTEST_MAILBOX && plain.includes(mailbox))
    return 'Leave your e-mail address out of it: it is among the first things tried.';
  if (new Set(plain).size < 5 || isRun(plain))
    return 'Repeated and neighbouring characters are guessed at once. Try a few unrelated words.';
  return null;
}

const missing = (left) => (left === 1 ? 'One more is needed.' : `${left} more are needed.`);

/** Most characters follow their neighbour in the alphabet or on the keyboard's number row. */
function isRun(text) {
  let steps = 0;
  for (let index = 1; index < text.length; index += 1) {
    if (Math.abs(text.charCodeAt(index) - text.charCodeAt(index - 1)) <= 1) steps += 1;
  }
  return steps >= (text.length - 1) * 0.7;
}

export function nameProblem(name) {
  if (NAME.test(name)) return null;
  if (name.length < 3) return 'A name has at least 3 characters.';
  if (name.length > 32) return 'A name has at most 32 characters.';
  return 'Use small letters, digits, dot, dash and underscore; begin with a letter or a digit.';
}

export function emailProblem(email) {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/u.test(email)
    ? null
    : 'This does not look like an e-mail address, such as ada@example.org.';
}
