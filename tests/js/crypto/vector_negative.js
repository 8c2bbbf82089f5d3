// Owns the calls that a case of the section `negative` names: each must fail with the code of its case.

import { openBox } from '../../../static/js/crypto/aead.js';
import { parse as parseBook } from '../../../static/js/crypto/book.js';
import { parseCommit } from '../../../static/js/crypto/commit.js';
import * as deviceList from '../../../static/js/crypto/device_list.js';
import * as envelope from '../../../static/js/crypto/envelope.js';
import { processEntry } from '../../../static/js/crypto/epoch.js';
import * as kem from '../../../static/js/crypto/kem.js';
import * as refresh from '../../../static/js/crypto/refresh.js';
import { verifyRoster } from '../../../static/js/crypto/roster.js';
import { verify, verifyEd25519 } from '../../../static/js/crypto/signatures.js';
import { checkBounds, parseRecoveryKey } from '../../../static/js/crypto/vault.js';
import { fromBase64url } from '../../../static/js/crypto/wire.js';
import { bytes } from './fixtures.js';
import { data } from './vector_file.js';

const signed = (value) => deviceList.parseSigned(data(value));
const commitOrNull = (value) => (value === null ? null : parseCommit(data(value)));

export const NEGATIVE = Object.freeze({
  parse_signed_list: (a) => deviceList.parseSigned(data(a.data)),
  parse_refresh: (a) => refresh.parse(data(a.data)),
  parse_commit: (a) => parseCommit(data(a.data)),
  parse_envelope: (a) => envelope.parseEnvelope(data(a.data)),
  parse_header: (a) => envelope.parseHeader(data(a.data)),
  parse_payload: (a) => envelope.parsePayload(a.type, data(a.data), a.signed === 1),
  parse_book: (a) => parseBook(a.text),
  parse_recovery_key: (a) => parseRecoveryKey(a.text),
  b64_decode: (a) => fromBase64url(a.text),
  open_box: (a) => openBox(data(a.key), data(a.box), data(a.ad)),
  open_sealed: (a) => kem.openSealed(data(a.seed), data(a.info), data(a.sealed)),
  seal: (a) => kem.seal(data(a.public_key), data(a.info), data(a.plaintext), bytes('seal', 64)),
  verify_signature: (a) => verify(data(a.public), a.purpose, data(a.message), data(a.signature)),
  verify_ed25519: (a) =>
    verifyEd25519(data(a.public), a.purpose, data(a.message), data(a.signature)),
  verify_signed_list: (a) => deviceList.verifySigned(signed(a.signed)),
  verify_successor: (a) =>
    deviceList.verifySuccessor(a.old === null ? null : signed(a.old), a.chain.map(signed)),
  verify_refresh: (a) => refresh.verify(refresh.parse(data(a.data)), data(a.public)),
  verify_roster: (a) =>
    verifyRoster(commitOrNull(a.commit), a.lists.map(signed), commitOrNull(a.previous)),
  process_entry: (a) =>
    processEntry(
      commitOrNull(a.commit),
      data(a.device_id),
      data(a.sealed),
      data(a.kem_seed),
      data(a.previous_chain_secret),
      data(a.qkd_keys),
    ),
  open_envelope: (a) =>
    envelope.openEnvelope(
      data(a.message_key),
      envelope.parseEnvelope(data(a.envelope)),
      data(a.signing_public),
    ),
  check_bounds: (a) => checkBounds({ memoryKib: a.memory_kib, passes: a.passes, lanes: a.lanes }),
});
