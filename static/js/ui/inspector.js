// Owns the session inspector: what is true of this session right now, in readings. It computes nothing about the
// session and hides nothing; it shows what it is given.

import { createCommitView } from './commit-view.js';
import { h, icon, setAttribute, setText } from './dom.js';
import { createEpochDial } from './epoch-dial.js';
import { count, dateTime, duration, grouped } from './format.js';
import { showList } from './keyed.js';
import { modeName } from './mode.js';
import { createRateChart } from './rate-chart.js';
import { createReadings } from './readings.js';
import { createSafetyPanel } from './safety.js';

export class Inspector {
  #panels;

  /** `compare()` opens the safety number. */
  constructor({ compare }) {
    this.#panels = [
      createEpochPanel(),
      createSafetyPanel({ compare }),
      createCounterPanel(),
      createRatePanel(),
      createDevicePanel(),
      createTranscriptPanel(),
      createCommitView(),
    ];
    const panels = this.#panels.map((panel) => panel.element);
    this.element = h('div', { class: 'inspector' }, panels);
  }

  update(inspection, now) {
    for (const panel of this.#panels) panel.update(inspection, now);
  }
}

function panelOf(title, ...content) {
  return h('section', { class: 'panel' }, h('h3', { class: 'panel__title', text: title }), content);
}

function createEpochPanel() {
  const dial = createEpochDial();
  const used = h('dd');
  const age = h('dd');
  const mode = h('p', { class: 'panel__text' });
  const key = h(
    'dl',
    { class: 'dial-key' },
    h('div', {}, h('dt', { text: 'Messages' }), used),
    h('div', {}, h('dt', { class: 'dial-key__age', text: 'Age' }), age),
  );
  return {
    element: panelOf('Key exchange', mode, h('div', { class: 'dial-row' }, dial.element, key)),
    update(inspection, now) {
      const span = inspection.epochStartedAt ? now - inspection.epochStartedAt : 0;
      dial.update({ ...inspection, age: span });
      setText(
        mode,
        inspection.epoch
          ? modeName(inspection.mode)
          : `${modeName(inspection.mode)}. The first message begins the first epoch.`,
      );
      setText(used, `${inspection.epochMessages} of ${inspection.epochLimit}`);
      setText(age, inspection.epoch ? `${duration(span)} of 24 h` : 'not begun');
    },
  };
}

function createCounterPanel() {
  const readings = createReadings();
  return {
    element: panelOf('Integrity', readings.element),
    update({ counters }) {
      const alarm = (value) => ({ value: String(value), alarm: value > 0 });
      readings.update([
        ['Sent', { value: String(counters.sent) }],
        ['Received and verified', { value: String(counters.received) }],
        ['Replays refused', alarm(counters.replaysRefused)],
        ['Tampered, refused', alarm(counters.tamperRefused)],
        ['Unable to decrypt', alarm(counters.undecryptable)],
      ]);
    },
  };
}

function createRatePanel() {
  const chart = createRateChart();
  const uptime = createReadings();
  return {
    element: panelOf('Activity', chart.element, uptime.element),
    update({ rate, connectedSince }, now) {
      chart.update(rate);
      uptime.update([
        [
          'Connected for',
          { value: connectedSince ? duration(now - connectedSince) : 'not connected' },
        ],
      ]);
    },
  };
}

function createDevicePanel() {
  const list = h('ul');
  const summary = h('p', { class: 'panel__text' });
  return {
    element: panelOf('Devices in this session', summary, list),
    update({ devices }) {
      setText(
        summary,
        `Messages are readable on ${count(devices.length, 'device', 'devices')} and nowhere else.`,
      );
      showList(list, devices, { key: (device) => device.deviceId, create: createDevice });
    },
  };
}

function createDevice(device) {
  const owner = device.mine ? 'You' : device.name;
  const words = device.thisDevice ? `${owner}, this browser` : owner;
  return h(
    'li',
    { class: 'device' },
    icon('device'),
    h(
      'div',
      {},
      h('p', { class: 'device__name', text: words }),
      h('p', { class: 'quiet', text: `Added ${dateTime(device.addedAt)}` }),
      h('code', { class: 'print', text: grouped(device.fingerprint) }),
    ),
  );
}

function createTranscriptPanel() {
  const readings = createReadings();
  const head = h('code', { class: 'print' });
  return {
    element: panelOf('Transcript', readings.element, head),
    update({ n, head: value, firstLoadedAt }) {
      readings.update([
        ['Entries', { value: String(n) }],
        ['Known here since', { value: firstLoadedAt ? dateTime(firstLoadedAt) : 'nothing yet' }],
        ['Newest head', { value: '' }],
      ]);
      setText(head, grouped(value ?? ''));
      setAttribute(head, 'hidden', !value);
    },
  };
}
