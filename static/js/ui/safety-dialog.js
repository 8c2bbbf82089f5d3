// Owns the window in which two people compare their safety number.

import { openDialog } from './dialog.js';
import { button, h, icon } from './dom.js';
import { dateTime } from './format.js';
import { drawQr } from './qr.js';
import { showGroups } from './safety.js';

/** Opens the comparison; `setVerified(true)` is called when the person decides. A mark stays: devices keep the newest. */
export async function openSafetyDialog({ peer, safetyNumber }, setVerified) {
  const numbers = h('div', { class: 'number number--large' });
  showGroups(numbers, safetyNumber.groups);
  const act = !peer.verifiedAt && button('I compared it: mark as verified', () => decide());
  const decide = () => {
    setVerified(true);
    opened.close();
  };
  const body = [
    h('p', {
      text: `Ask ${peer.name} to open the conversation with you, then the session inspector (the gauge button above the messages), and to choose Compare. Read the twelve groups to each other: face to face, or in a call in which you know the voice.`,
    }),
    numbers,
    await drawQr(safetyNumber.qrText, `The safety number of you and ${peer.name} as a QR code`),
    h('p', {
      class: 'panel__text',
      text: 'Side by side, any QR reader that shows text does it too: read the codes on both screens, and the two texts must be equal.',
    }),
    h('p', {
      class: 'panel__text',
      text: 'All equal: nobody sits between you. Different: do not mark it. Somebody may be reading along, so tell each other by another way.',
    }),
    h(
      'div',
      { class: 'dialog__actions' },
      peer.verifiedAt &&
        h('p', { class: 'compared' }, icon('verified'), `Marked on ${dateTime(peer.verifiedAt)}`),
      act,
    ),
  ];
  const opened = openDialog(`Safety number with ${peer.name}`, body);
  return opened.closed;
}
