// Owns moving between messages with the arrow keys: one of them is in the tab order at a time, so that Tab leaves the list.

const MOVES = {
  ArrowUp: -1,
  ArrowDown: 1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** `selector` finds the members of `list`; Enter and Space on a member call `onUse(member)`. */
export function installRoving(list, selector, onUse) {
  const members = () => [...list.querySelectorAll(selector)];
  const settle = (member) => {
    for (const other of list.querySelectorAll(`${selector}[tabindex="0"]`)) other.tabIndex = -1;
    member.tabIndex = 0;
  };
  list.addEventListener('focusin', (event) => {
    // A button inside a message keeps its own place in the order and does not move the list's.
    if (event.target.matches(selector)) settle(event.target);
  });
  list.addEventListener('keydown', (event) => {
    if (event.target.matches(selector)) onKey(event, members(), onUse);
  });
  return { refresh: () => keepOneReachable(members(), settle) };
}

function onKey(event, members, onUse) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key in MOVES) moveFocus(event, members);
  else if (event.key === 'Enter' || event.key === ' ') onUse(event.target);
  else return;
  event.preventDefault();
}

function moveFocus(event, members) {
  const place = members.indexOf(event.target) + MOVES[event.key];
  members[Math.max(0, Math.min(members.length - 1, place))]?.focus();
}

/** The newest is where a person wants to begin. */
function keepOneReachable(members, settle) {
  if (members.length && !members.some((member) => member.tabIndex === 0)) settle(members.at(-1));
}
