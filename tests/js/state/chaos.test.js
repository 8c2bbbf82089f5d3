// Random histories of a conversation: whatever happens on the way, what was accepted is read. The twin of
// tests/client/test_chaos.py. CHAOS_EXAMPLES sets how many histories; each has a number, so that a failure
// can be repeated.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devicesOf } from '../../../static/js/crypto/commit.js';
import { equalBytes, toBase64url } from '../../../static/js/crypto/wire.js';
import { decode, encode } from '../../../static/js/state/codec.js';
import { EVENT, Held, OutOfOrder } from '../../../static/js/state/events.js';
import { keepSession, restoreSession } from '../../../static/js/state/records.js';
import { currentEpoch } from '../../../static/js/state/session.js';
import { numbers } from '../crypto/fixtures.js';
import { addPhone, couple, revoke } from './town.js';

const EXAMPLES = Number(process.env.CHAOS_EXAMPLES ?? 8);
const STEPS = 30;

class History {
  gone = [];
  spoken = new Map();
  count = 0;

  constructor(seed) {
    this.below = numbers(`chaos ${seed}`);
    const made = couple(1 + this.below(2), 1 + this.below(2));
    this.relay = made.relay;
    this.phones = [...made.hers, ...made.his];
  }

  pick() {
    return this.phones[this.below(this.phones.length)];
  }

  /** Take everything; a person who is asked about a restart agrees. */
  async agree(phone) {
    while (phone.session.n < this.relay.entries.length)
      await this.wake(phone, Number.POSITIVE_INFINITY);
  }

  async wake(phone, some) {
    try {
      await phone.sync(some);
    } catch (error) {
      if (!(error instanceof Held)) throw error;
      phone.agreed = new Set([...phone.agreed, toBase64url(error.subject)]);
    }
  }

  /** A newcomer waits for somebody to let it in; from nothing anybody may begin. */
  canWrite(phone) {
    return phone.session.chainSecret !== null || this.relay.epoch === 0;
  }

  nextText() {
    this.count += 1;
    return `message ${this.count}`;
  }

  add(owner, name) {
    this.phones.push(addPhone(owner, this.relay, `${name} ${this.count}`));
    this.count += 1;
  }

  rules = {
    somebodySpeaks: async () => {
      const phone = this.pick();
      await this.agree(phone);
      if (!this.canWrite(phone)) return;
      const text = this.nextText();
      this.spoken.set(text, await phone.say(text));
    },
    aDeviceWakesUpForAMoment: () => this.wake(this.pick(), 1 + this.below(4)),
    twoCommitAtOnce: async () => {
      const racers = [...new Set([this.pick(), this.pick()])];
      for (const phone of racers) await this.agree(phone);
      const able = racers.filter((phone) => this.canWrite(phone));
      for (const phone of able) await phone.prepare();
      const wins = able.map((phone) => phone.publish()).filter((n) => n !== null);
      assert.equal(wins.length, Math.min(1, able.length));
    },
    aDeviceIsKilledBeforeItSends: async () => {
      const phone = this.pick();
      await this.agree(phone);
      if (this.canWrite(phone) && !phone.due()) await phone.sealed('never left');
    },
    aDeviceIsKilledBeforeTheAnswer: async () => {
      const phone = this.pick();
      await this.agree(phone);
      if (!this.canWrite(phone) || phone.due()) return;
      const text = this.nextText();
      this.spoken.set(text, phone.post(await phone.sealed(text)));
    },
    /** What goes to disk and back is the same session. */
    aTabIsReloaded: () => {
      const phone = this.pick();
      phone.session = restoreSession(decode(encode(keepSession(phone.session))));
    },
    aDeviceIsAdded: () => {
      if (this.phones.length < 5) this.add(this.pick().owner, `device ${this.gone.length}`);
    },
    aDeviceIsRevoked: async () => {
      const phone = this.pick();
      if (this.phones.filter(({ owner }) => owner === phone.owner).length < 2) return;
      await this.agree(phone);
      this.leave(phone);
    },
    /** In the epoch it still knows; the honest server would already refuse most of it. */
    aRevokedDeviceGoesOnTalking: async () => {
      if (this.gone.length === 0) return;
      const phone = this.gone[this.below(this.gone.length)];
      const { newest } = this.relay;
      const out = newest && !devicesOf(newest).some((id) => equalBytes(id, phone.me.deviceId));
      const epoch = currentEpoch(phone.session);
      if (out && epoch && !epoch.readingOnly) phone.post(await phone.sealed(`ghost ${this.count}`));
    },
    aDeviceLosesItsState: () => {
      const phone = this.pick();
      this.leave(phone);
      this.add(phone.owner, 'again');
    },
    nobodyCanGoOnSoSomebodyStartsAfresh: async () => {
      const phone = this.pick();
      await this.agree(phone);
      if (!this.relay.epoch || phone.session.chainSecret !== null) return;
      await phone.prepare({ restart: true });
      phone.publish();
      await this.agree(phone);
    },
    theServerHandsOutTheWrongEntry: async () => {
      const phone = this.pick();
      const entries = this.relay.after(0, phone.me.deviceId);
      const at = (phone.session.n + 2 + this.below(4)) % (entries.length + 1);
      if (at >= entries.length || at === phone.session.n) return;
      const before = phone.session;
      await assert.rejects(phone.receive(entries[at]), OutOfOrder);
      assert.equal(phone.session, before);
    },
    timePasses: () => {
      this.relay.now += (1 + this.below(3000)) * 60_000;
    },
  };

  leave(phone) {
    this.phones.splice(this.phones.indexOf(phone), 1);
    this.gone.push(phone);
    revoke(phone);
  }

  nobodySeesAForkOrAnAttack() {
    for (const event of this.phones.flatMap(({ events }) => events)) {
      assert.notEqual(event.type, EVENT.STOPPED);
      assert.ok(event.type !== EVENT.REFUSED || !event.attack, event.code);
    }
  }

  allAgreeOnTheTranscript() {
    assert.equal(new Set(this.phones.map(({ session }) => toBase64url(session.head))).size, 1);
  }

  /** Every accepted message once, in order, from the first readable one on; no ghosts. */
  eachReadsWhatItMayRead() {
    for (const phone of this.phones) {
      const read = phone.texts.map((text) => this.spoken.get(text));
      assert.deepEqual(
        read,
        [...new Set(read)].sort((a, b) => a - b),
      );
      const refusals = phone.events.filter(({ type }) => type === EVENT.REFUSED);
      const codes = refusals.filter(({ kind }) => kind !== 1).map(({ code }) => code);
      assert.deepEqual(
        codes.filter((code) => code !== 'not_readable' && code !== 'late'),
        [],
      );
      const skipped = new Set(refusals.map(({ n }) => n));
      const mine = (n) => equalBytes(this.relay.entries[n - 1].sender, phone.me.userId);
      for (const n of this.spoken.values())
        assert.ok(read.includes(n) || skipped.has(n) || mine(n));
    }
  }
}

for (let seed = 0; seed < EXAMPLES; seed += 1) {
  test(`history ${seed} loses and invents nothing`, async () => {
    const history = new History(seed);
    const names = Object.keys(history.rules);
    for (let step = 0; step < STEPS; step += 1) {
      await history.rules[names[history.below(names.length)]]();
      history.nobodySeesAForkOrAnAttack();
    }
    for (const phone of history.phones) await history.agree(phone);
    history.allAgreeOnTheTranscript();
    history.eachReadsWhatItMayRead();
  });
}
