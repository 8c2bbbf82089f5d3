// Owns the keys that work everywhere in the talk room.

/** `acts` is {switcher(), help(), move(step)}. On a Mac, Command stands for Control. */
export function installKeys(acts) {
  addEventListener('keydown', (event) => {
    if (document.querySelector('dialog[open]')) return;
    const act = actOf(event, acts);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function actOf(event, { switcher, help, move }) {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === 'k') return switcher;
  if (control && event.key === '/') return help;
  if (event.altKey && event.key === 'ArrowUp') return () => move(-1);
  if (event.altKey && event.key === 'ArrowDown') return () => move(1);
  return null;
}
