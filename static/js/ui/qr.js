// Owns drawing a QR code as one path of unit squares. The encoder is loaded when the first code is drawn.

import { s } from './dom.js';

export async function drawQr(text, label) {
  const { encode } = await import('../../vendor/qrcode.js');
  const { data, size } = encode(text, { ecc: 'M', border: 0 });
  const picture = s('svg', {
    class: 'qr',
    viewBox: `0 0 ${size} ${size}`,
    role: 'img',
    'aria-label': label,
    'shape-rendering': 'crispEdges',
  });
  picture.append(s('path', { d: pathOf(data) }));
  return picture;
}

/** Neighbouring dark squares of a line become one stroke: a tenth of the path, and no hairlines between squares. */
export function pathOf(rows) {
  return rows
    .flatMap((row, y) => runsOf(row).map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`))
    .join('');
}

function runsOf(row) {
  const runs = [];
  for (const [x, dark] of row.entries()) {
    if (!dark) continue;
    if (row[x - 1]) runs.at(-1)[1] += 1;
    else runs.push([x, 1]);
  }
  return runs;
}
