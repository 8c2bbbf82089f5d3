// Owns how values become words: times, sizes, counts, initials, fingerprints. Pure: the clock is an argument.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const clockTime = (at) =>
  new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

const DATE_AND_TIME = {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
};

export const dateTime = (at) => new Date(at).toLocaleString([], DATE_AND_TIME);

export const fullTime = (at) =>
  new Date(at).toLocaleString([], { ...DATE_AND_TIME, second: '2-digit' });

/** Calendar days between two moments, as people count them: by midnights, so that summer time does not matter. */
export function daysBetween(earlier, later) {
  const midnight = (at) => new Date(at).setHours(0, 0, 0, 0);
  return Math.round((midnight(later) - midnight(earlier)) / DAY);
}

export function dayLabel(at, now) {
  const days = daysBetween(at, now);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  const year = new Date(at).getFullYear() === new Date(now).getFullYear() ? undefined : 'numeric';
  return new Date(at).toLocaleDateString([], {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year,
  });
}

export function listTime(at, now) {
  if (at === null) return '';
  const days = daysBetween(at, now);
  if (days === 0) return clockTime(at);
  if (days === 1) return 'Yesterday';
  if (days < 7) return new Date(at).toLocaleDateString([], { weekday: 'short' });
  return new Date(at).toLocaleDateString([], { day: 'numeric', month: 'short' });
}

export function duration(milliseconds) {
  const span = Math.max(0, milliseconds);
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) return withRest(span, HOUR, 'h', MINUTE, 'min');
  return withRest(span, DAY, 'd', HOUR, 'h');
}

function withRest(span, unit, name, smaller, smallerName) {
  const rest = Math.floor((span % unit) / smaller);
  return `${Math.floor(span / unit)} ${name}${rest ? ` ${rest} ${smallerName}` : ''}`;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const kilobytes = bytes / 1024;
  return `${kilobytes < 10 ? kilobytes.toFixed(1) : Math.round(kilobytes)} KB`;
}

/** A title as the beginning of a longer line. */
export const sentence = (title) => (/[.!?]$/u.test(title) ? title : `${title}.`);

export const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

export function initials(name) {
  const parts = name.split(/[._\-\s]+/).filter(Boolean);
  const letters = parts.length > 1 ? parts[0][0] + parts[1][0] : name.slice(0, 2);
  return letters.toUpperCase();
}

/** The same person has the same colour everywhere; FNV-1a spreads near-equal names. */
export function hueOf(text) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text))
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % 8;
}

/** Groups of four, which the eye can compare. */
export const grouped = (text, width = 4) =>
  (text.match(new RegExp(`.{1,${width}}`, 'gu')) ?? []).join(' ');

export const utf8Length = (text) => new TextEncoder().encode(text).length;
