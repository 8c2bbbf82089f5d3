// Owns the one way a list on the page follows a list of values: elements with the same key stay (with focus,
// selection and scroll place), the others come, go and move. It must not know what the rows show.

const shown = new WeakMap();

/** Makes the children of `parent` match `items`. `create(item)` makes an element, `update(element, item)` refreshes it. */
export function showList(parent, items, { key, create, update }) {
  const before = shown.get(parent) ?? new Map();
  const after = new Map();
  for (const item of items) {
    const name = key(item);
    const element = before.get(name) ?? create(item);
    update?.(element, item);
    after.set(name, element);
  }
  for (const [name, element] of before) if (!after.has(name)) element.remove();
  placeInOrder(parent, after.values());
  shown.set(parent, after);
}

/** Backwards, so that rows already in their place are never touched: moving an element would drop its focus. */
function placeInOrder(parent, elements) {
  let next = null;
  for (const element of [...elements].reverse()) {
    if (element.parentNode !== parent || element.nextSibling !== next)
      parent.insertBefore(element, next);
    next = element;
  }
}
