// Owns the cases of labels, hashes, encryption and signatures that this implementation writes (tests/vectors/README.md).
// Everything follows from names, so the file comes out the same every time.

import * as aead from '../../../../static/js/crypto/aead.js';
import * as kem from '../../../../static/js/crypto/kem.js';
import * as labels from '../../../../static/js/crypto/labels.js';
import * as signatures from '../../../../static/js/crypto/signatures.js';
import { bytes } from '../fixtures.js';

const EMPTY = new Uint8Array(0);
const LENGTHS = [0, 1, 31, 32, 33, 64, 255];
const some = (name) => LENGTHS.map((length) => bytes(`${name} ${length}`, length));

function hashes() {
  const parts = [bytes('part 1', 5), EMPTY, bytes('part 2', 40)];
  return {
    labels: labels.LABELS.map((label) => ({ label, bytes: labels.label(label) })),
    hash: labels.LABELS.map((label) => ({ label, parts, hash: labels.hashWith(label, ...parts) })),
    extract: some('ikm').map((ikm, i) => {
      const salt = some('salt').at(-1 - i);
      return { salt, ikm, key: labels.extract(salt, ikm) };
    }),
    expand: [1, 32, 76, 255].map((length) => {
      const prk = bytes(`prk ${length}`, 32);
      return { prk, label: 'box', parts, length, key: labels.expand(prk, 'box', parts, length) };
    }),
    mac: some('message').map((message) => {
      const key = bytes('mac key', 32);
      return { key, message, mac: labels.mac(key, message) };
    }),
  };
}

async function encryption() {
  const secret = bytes('secret', 32);
  const parts = [bytes('part', 9)];
  const ad = bytes('ad', 21);
  const keys = aead.deriveKeys(secret, 'message', ...parts);
  const seeds = [1, 2, 3].map((i) => bytes(`kem seed ${i}`, 32));
  const sections = { kem_keypair: seeds.map(kem.keypair), kem_seal: [], aead: [], box: [] };
  for (const plaintext of some('plaintext')) {
    const { publicKey } = kem.keypair(secret);
    const random = bytes(`random ${plaintext.length}`, 64);
    const sealed = await kem.seal(publicKey, ad, plaintext, random);
    sections.kem_seal.push({ seed: secret, info: ad, plaintext, sealed });
    const data = await aead.encrypt(keys, ad, plaintext);
    sections.aead.push({ secret, label: 'message', parts, ad, plaintext, data });
    const nonce = bytes(`nonce ${plaintext.length}`, 32);
    const box = await aead.box(secret, nonce, plaintext, ad);
    sections.box.push({ key: secret, nonce, ad, plaintext, box });
  }
  return sections;
}

function signing() {
  const cases = ['device list', 'commit', 'key refresh', 'connect'].map((purpose) => {
    const { privateKey, publicKey } = signatures.keypair(bytes(`signer ${purpose}`, 64));
    const message = bytes(`signed ${purpose}`, 100);
    const signature = signatures.sign(privateKey, purpose, message);
    return { private: privateKey, public: publicKey, purpose, message, signature };
  });
  const short = cases.map(({ signature, ...one }) => {
    const purpose = 'message';
    return {
      ...one,
      purpose,
      signature: signatures.signEd25519(one.private, purpose, one.message),
    };
  });
  return { signature: cases, signature_ed25519: short };
}

export const sections = async () => ({ ...hashes(), ...(await encryption()), ...signing() });
