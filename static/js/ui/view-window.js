// Owns which part of a long thread is in the page: at most MOST messages, so that a year of talk scrolls like a day. Pure.
// A view is {start, end} over the loaded messages, oldest first; end is exclusive.

export const MOST = 240;
export const STEP = 60;

export const newest = (total) => ({ start: Math.max(0, total - MOST), end: total });

export const atNewest = (view, total) => view.end >= total;

/** What was loaded before the view moves it along, so that it shows the same messages. */
export const shifted = (view, added) => ({ start: view.start + added, end: view.end + added });

export function towardsOlder(view) {
  const start = Math.max(0, view.start - STEP);
  return { start, end: Math.min(view.end, start + MOST) };
}

export function towardsNewer(view, total) {
  const end = Math.min(total, view.end + STEP);
  return { start: Math.max(view.start, end - MOST), end };
}

/**
 * The newest page joins what was loaded, replacing what it knows anew; null without a common message, for then there
 * may be a gap between them, and a thread must never look whole with a gap in it. What the page has from before the
 * loaded part is left out, so that places in the loaded part stay what they were.
 */
export function merge(loaded, page) {
  const inPage = new Set(page.map((message) => message.key));
  const cut = loaded.findIndex((message) => inPage.has(message.key));
  if (cut === -1) return loaded.length ? null : page;
  const common = page.findIndex((message) => message.key === loaded[cut].key);
  return [...loaded.slice(0, cut), ...page.slice(common)];
}
