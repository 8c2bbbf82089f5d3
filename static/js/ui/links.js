// Owns finding web addresses in a message. Pure. Only http and https become links: other schemes can run code.

const ADDRESS = /https?:\/\/[^\s<>"']+/giu;
const TRAILING = /[.,;:!?)\]}]+$/u;

/** Parts in order, each {text} or {text, href}; together they are the text, unchanged. */
export function splitLinks(text) {
  const parts = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, '');
    if (!isAddress(address)) continue;
    if (match.index > done) parts.push({ text: text.slice(done, match.index) });
    parts.push({ text: address, href: address });
    done = match.index + address.length;
  }
  if (done < text.length) parts.push({ text: text.slice(done) });
  return parts;
}

function isAddress(text) {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}
