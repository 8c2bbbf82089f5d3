// Owns the table of what a message can be: its picture and its words. Pure.
// The words are complete on their own, because colour and picture say nothing to a screen reader.

const STATES = Object.freeze({
  queued: { icon: 'clock', label: 'Waiting to be sent', settled: false },
  sending: { icon: 'clock', label: 'Sending', settled: false },
  stored: { icon: 'tick', label: 'Stored by the server, not yet delivered', settled: true },
  delivered: { icon: 'ticks', label: 'Delivered', settled: true },
  read: { icon: 'read', label: 'Read', settled: true },
  failed: { icon: 'failed', label: 'Not sent', settled: false },
  received: { icon: null, label: '', settled: true },
  unreadable: { icon: 'locked', label: 'Unable to decrypt', settled: true },
});

const UNKNOWN = Object.freeze({ icon: 'info', label: 'State unknown', settled: false });

export const stateOf = (message) => STATES[message.state] ?? UNKNOWN;

/** The one label of a message: who, what, when, in which state. */
export function messageLabel(message, sender, time) {
  const words = closed(message.text ?? stateOf(message).label);
  const state = message.mine ? ` ${stateOf(message).label}.` : '';
  return `${sender}, ${time}: ${words}${state}`;
}

/** A stop between text and state, unless the text has its own: read aloud, the two must not run together. */
function closed(text) {
  const words = text.trimEnd();
  return /[.!?\u2026]$/u.test(words) ? words : `${words}.`;
}

/** What the list shows of a conversation's newest message. */
export function previewText(preview) {
  if (!preview) return 'No message yet';
  return preview.mine ? `You: ${preview.text}` : preview.text;
}
