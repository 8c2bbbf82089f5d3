// Owns a table of readings: a name and a value in each row, of which some may be an alarm.

import { h, setText, unseen } from './dom.js';

export function createReadings() {
  const element = h('dl', { class: 'readings' });
  const cells = new Map();
  return {
    element,
    update(rows) {
      for (const [name, reading] of rows) setReading(cellOf(element, cells, name), reading);
    },
  };
}

function cellOf(element, cells, name) {
  if (!cells.has(name)) {
    const value = h('span');
    const cell = h('dd', {}, value);
    cells.set(name, { cell, value });
    element.append(h('dt', { text: name }), cell);
  }
  return cells.get(name);
}

/** An alarm is said in words too: colour alone tells nobody who does not see it. */
function setReading({ cell, value }, { value: text, alarm = false }) {
  setText(value, text);
  if (cell.classList.toggle('reading--alarm', alarm) === Boolean(cell.querySelector('.unseen')))
    return;
  if (alarm) cell.append(unseen(' needs attention'));
  else cell.querySelector('.unseen').remove();
}
