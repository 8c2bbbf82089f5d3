// Owns the words for the state of the connection. Pure.

import { sentence } from './format.js';

const STAGES = Object.freeze({
  proving: 'Proving this device to the server',
  syncing: 'Fetching what happened meanwhile',
});

/** {lamp, short, bar}: `bar` is null while nothing needs saying, else {severity, text}. */
export function statusText(status) {
  if (status.error)
    return {
      lamp: false,
      short: status.error.title,
      bar: { severity: 'danger', text: `${sentence(status.error.title)} ${status.error.detail}` },
    };
  if (!status.leader) return { lamp: true, short: 'Through another tab', bar: null };
  if (status.connected && status.proved) return { lamp: true, short: 'Connected', bar: null };
  if (status.connected)
    return { lamp: false, short: STAGES[status.stage] ?? STAGES.proving, bar: null };
  return { lamp: false, short: 'Not connected', bar: offline(status) };
}

function offline(status) {
  if (status.stage === 'opening' || status.stage === 'connecting') return null;
  return {
    severity: 'attention',
    text: 'No connection to the server. What you write waits in this browser and goes out by itself.',
  };
}
