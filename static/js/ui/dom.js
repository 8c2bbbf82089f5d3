// Owns how elements are made. Text goes in as text nodes alone, so nothing that a person or a server wrote
// can become markup. It must not know what the elements are for.

const SVG = 'http://www.w3.org/2000/svg';
const SPRITE = new URL('../../img/sprite.svg', import.meta.url).href;

/** An element; `text` sets its text, `on` maps event names to listeners, `false` and `null` leave an attribute out. */
export function h(name, props = {}, ...children) {
  return fill(document.createElement(name), props, children);
}

export function s(name, props = {}, ...children) {
  return fill(document.createElementNS(SVG, name), props, children);
}

export function icon(name, extra = '') {
  const picture = s('svg', { class: `icon ${extra}`.trim(), 'aria-hidden': 'true' });
  picture.append(s('use', { href: `${SPRITE}#i-${name}` }));
  return picture;
}

export function iconButton(name, label, onClick, extra = '') {
  const props = {
    type: 'button',
    class: `icon-button ${extra}`.trim(),
    'aria-label': label,
    title: label,
  };
  return h('button', { ...props, on: { click: onClick } }, icon(name));
}

export function button(label, onClick, extra = '') {
  const props = { type: 'button', class: `button ${extra}`.trim(), text: label };
  return h('button', { ...props, on: { click: onClick } });
}

export function unseen(text) {
  return h('span', { class: 'unseen', text });
}

/** Sets the text only where it differs: a screen reader repeats what is written again. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) setProp(element, name, value);
  for (const child of children.flat()) if (child !== null && child !== false) element.append(child);
  return element;
}

function setProp(element, name, value) {
  if (name === 'text') element.textContent = value;
  else if (name === 'on')
    for (const [event, listener] of Object.entries(value))
      element.addEventListener(event, listener);
  else if (value === true) element.setAttribute(name, '');
  else if (value !== false && value !== null && value !== undefined)
    element.setAttribute(name, value);
}
