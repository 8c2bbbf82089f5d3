import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageLabel, previewText, stateOf } from '../../../static/js/ui/states.js';

const KNOWN = ['queued', 'sending', 'stored', 'delivered', 'read', 'failed', 'unreadable'];

test('every state that has a picture has words of its own', () => {
  const states = KNOWN.map((state) => stateOf({ state }));
  assert.ok(states.every(({ icon, label }) => icon && label));
  assert.equal(new Set(states.map(({ label }) => label)).size, KNOWN.length);
});

test('stored, delivered and read differ by picture, not by colour alone', () => {
  const icons = ['stored', 'delivered', 'read', 'failed', 'queued'].map(
    (state) => stateOf({ state }).icon,
  );
  assert.equal(new Set(icons).size, icons.length);
});

test('a state that nobody knows is not passed off as a good one', () => {
  assert.match(stateOf({ state: 'teleported' }).label, /unknown/iu);
});

test('a label says who, when, what and the state of one’s own', () => {
  const own = { mine: true, text: 'Done', state: 'delivered' };
  assert.equal(messageLabel(own, 'You', '14:02'), 'You, 14:02: Done. Delivered.');
  const theirs = { mine: false, text: 'Really?', state: 'received' };
  assert.equal(messageLabel(theirs, 'ines', '14:03'), 'ines, 14:03: Really?');
});

test('a label does not double the full stop of a text', () => {
  const own = { mine: true, text: 'Done.', state: 'read' };
  assert.equal(messageLabel(own, 'You', '14:02'), 'You, 14:02: Done. Read.');
});

test('an ellipsis in a text stays as it was written', () => {
  const own = { mine: true, text: 'Well...', state: 'read' };
  assert.equal(messageLabel(own, 'You', '14:02'), 'You, 14:02: Well... Read.');
});

test('what cannot be decrypted says so in its label', () => {
  const message = { mine: false, text: null, state: 'unreadable' };
  assert.equal(messageLabel(message, 'ines', '9:00'), 'ines, 9:00: Unable to decrypt.');
});

test('a preview says whose words it shows', () => {
  assert.equal(previewText(null), 'No message yet');
  assert.equal(previewText({ text: 'Hello', mine: true }), 'You: Hello');
  assert.equal(previewText({ text: 'Hello', mine: false }), 'Hello');
});
