"""The vectors of others, run through our functions.

Our functions add labels that no standard knows, so where a standard's case cannot enter from
outside, it enters at the innermost function of ours (an underscored one), and the labels around it
are checked by our own vectors.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
from cryptography.hazmat.bindings._rust import openssl as rust_openssl
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto import aead, kem, labels, signatures, vault
from crypto.errors import SignatureInvalid, TagInvalid
from tests.crypto import third_party
from tests.crypto.third_party import ROOT, NoVectors, nist

GCM = ROOT / "ciphers" / "AES" / "GCM"
KM = bytes(range(32))


def h(text: str) -> bytes:
    return bytes.fromhex(text)


def ours(case: third_party.Fields) -> bool:
    """GCM as we use it: a nonce of 96 bits and a tag of 128."""
    return (case["ivlen"], case["taglen"]) == ("96", "128")


def test_a_file_without_vectors_is_an_error(tmp_path: Path) -> None:
    empty = tmp_path / "empty.rsp"
    empty.write_text("# nothing\n\n[Keylen = 256]\n")
    with pytest.raises(NoVectors):
        nist(empty)


def test_a_filter_that_keeps_nothing_is_an_error() -> None:
    with pytest.raises(NoVectors):
        nist(ROOT / "KDF" / "rfc-5869-HKDF-SHA256.txt", lambda case: False)
    with pytest.raises(NoVectors):
        third_party.hpke("test-vectors.json", lambda case: False)


def test_the_loader_reads_every_case() -> None:
    assert len(nist(ROOT / "KDF" / "rfc-5869-HKDF-SHA256.txt")) == 3
    assert len(nist(ROOT / "asymmetric" / "MLDSA" / "kat_MLDSA_65_det_pure.rsp")) == 100
    assert len(nist(GCM / "gcmEncryptExtIV256.rsp")) == 7875


def test_aes_256_gcm_encrypts_as_nist_says() -> None:
    for case in nist(GCM / "gcmEncryptExtIV256.rsp", ours):
        keys = aead.Keys(h(case["key"]), KM, h(case["iv"]))
        data = aead.encrypt(keys, h(case["aad"]), h(case["pt"]))
        assert data[:-32] == h(case["ct"]) + h(case["tag"])


def test_aes_256_gcm_decrypts_and_refuses_as_nist_says() -> None:
    """With our outer tag made right, so that it is GCM that accepts or refuses."""
    refused = 0
    for case in nist(GCM / "gcmDecrypt256.rsp", ours):
        keys = aead.Keys(h(case["key"]), KM, h(case["iv"]))
        ad, ct = h(case["aad"]), h(case["ct"]) + h(case["tag"])
        data = ct + labels.mac(KM, labels.lp(ad) + ct)
        if "fail" in case:
            refused += 1
            with pytest.raises(TagInvalid):
                aead.decrypt(keys, ad, data)
        else:
            assert aead.decrypt(keys, ad, data) == h(case["pt"])
    assert refused > 0


def test_hkdf_sha256() -> None:
    for case in nist(ROOT / "KDF" / "rfc-5869-HKDF-SHA256.txt"):
        prk = labels.extract(h(case["salt"]), h(case["ikm"]))
        assert prk == h(case["prk"])
        assert labels.hkdf_expand(prk, h(case["info"]), int(case["l"])) == h(case["okm"])


def test_hmac_sha256() -> None:
    """Extract is HMAC with the salt as key: the keys of RFC 4231 are not of 32 bytes as ours."""
    for case in nist(ROOT / "HMAC" / "rfc-4231-sha256.txt", lambda case: "key" in case):
        assert labels.extract(h(case["key"]), h(case["msg"])) == h(case["md"])


def test_ml_kem_768() -> None:
    """Key pair and both outcomes of decapsulation (FIPS 203 never fails loudly)."""
    for case in nist(ROOT / "asymmetric" / "MLKEM" / "kat_MLKEM_768.rsp")[:200]:
        private, _ = kem._halves(h(case["d"]) + h(case["z"]) + bytes(32))
        assert private.public_key().public_bytes_raw() == h(case["pk"])
        assert private.decapsulate(h(case["ct"])) == h(case["ss"])
        assert private.decapsulate(h(case["ct_n"])) == h(case["ss_n"])


def test_x25519() -> None:
    path = ROOT / "asymmetric" / "X25519" / "rfc7748.txt"
    for case in nist(path, lambda case: "input_u" in case):
        _, private = kem._halves(bytes(64) + h(case["input_scalar"]))
        public = X25519PublicKey.from_public_bytes(h(case["input_u"]))
        assert private.exchange(public) == h(case["output_u"])


def test_ml_dsa_65() -> None:
    """Key pairs and signatures. All cases have a context; ours is empty, which must not verify."""
    for case in nist(ROOT / "asymmetric" / "MLDSA" / "kat_MLDSA_65_det_pure.rsp"):
        pair = signatures.keypair(bytes(32) + h(case["xi"]))
        assert pair.public[32:] == h(case["pk"])
        message, signature = h(case["msg"]), h(case["sm"])[:3309]
        signatures._verify_mldsa(pair.public[32:], message, signature, h(case["ctx"]))
        with pytest.raises(SignatureInvalid):
            signatures._verify_mldsa(pair.public[32:], message, signature)


def test_ed25519() -> None:
    for secret, public, message, signature in third_party.ed25519_sign_input():
        pair = signatures.keypair(secret + bytes(32))
        assert pair.public[:32] == public
        signatures._verify_ed25519(public, message, signature)
        with pytest.raises(SignatureInvalid):
            signatures._verify_ed25519(public, message + b"x", signature)


def test_argon2id() -> None:
    """All that have no secret and no associated data, which we do not use; any lanes."""
    path = ROOT / "KDF" / "argon2id.txt"
    for case in nist(path, lambda case: not {"secret", "ad"} & set(case)):
        params = vault.KdfParams(int(case["memcost"]), int(case["iter"]), int(case["lanes"]))
        out = vault.argon2id(h(case["pass"]), h(case["salt"]), params, int(case["length"]))
        assert out == h(case["output"])


def labeled_extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """RFC 9180, section 4."""
    return labels.extract(salt, b"HPKE-v1" + suite + label + ikm)


def labeled_expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """RFC 9180, section 4."""
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return labels.hkdf_expand(prk, labeled, length)


def key_schedule(suite: bytes, secret: bytes, info: bytes) -> tuple[bytes, bytes]:
    """(key, base nonce) of base mode, RFC 9180, section 5.1."""
    context = b"\x00" + labeled_extract(suite, b"", b"psk_id_hash", b"")
    context += labeled_extract(suite, b"", b"info_hash", info)
    shared = labeled_extract(suite, secret, b"secret", b"")
    key = labeled_expand(suite, shared, b"key", context, 32)
    return key, labeled_expand(suite, shared, b"base_nonce", context, 12)


def x_wing(seed: bytes, enc: bytes) -> bytes:
    """Decapsulation of the X-Wing draft, section 5.4, on our expansion of the seed."""
    mlkem, x25519 = kem._expand(seed)
    one = mlkem.decapsulate(enc[:1088])
    two = x25519.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
    public = x25519.public_key().public_bytes_raw()
    return hashlib.sha3_256(one + two + enc[1088:] + public + b"\\.//^\\").digest()


def pq(case: dict[str, object]) -> bool:
    return (case["mode"], case["kem_id"], case["kdf_id"]) == (0, 0x647A, 1)


def test_hpke_with_x_wing() -> None:
    """The working group has KEM 0x647a with ChaCha20-Poly1305 only, our suite has AES-256-GCM. So:
    our expansion of its seed gives its public key, its shared secret and its key schedule, and
    the library opens its ciphertexts with our key; AES-256-GCM follows in the next two tests."""
    for case in third_party.hpke("hpke-pq-test-vectors.json", pq):
        seed, info, enc = h(case["skRm"]), h(case["info"]), h(case["enc"])
        assert kem.keypair(seed).public_key == h(case["pkRm"])
        assert x_wing(seed, enc) == h(case["shared_secret"])
        suite = h(case["suite_id"])
        assert key_schedule(suite, h(case["shared_secret"]), info) == (
            h(case["key"]),
            h(case["base_nonce"]),
        )
        first = third_party.some(case["encryptions"], "encryptions")[0]
        private = hpke.MLKEM768X25519PrivateKey(*kem._expand(seed))
        chacha = hpke.Suite(kem._KEM, kem._KDF, hpke.AEAD.CHACHA20_POLY1305)
        sealed, aad = enc + h(first["ct"]), h(first["aad"])
        opened = rust_openssl.hpke._decrypt_with_aad(chacha, sealed, private, info, aad)
        assert opened == h(first["pt"])


def rfc9180(case: dict[str, object]) -> bool:
    names = ("mode", "kem_id", "kdf_id", "aead_id")
    return tuple(case[name] for name in names) == (0, 0x20, 1, 2)


def test_hpke_with_our_kdf_and_cipher() -> None:
    """RFC 9180's own case for HKDF-SHA256 and AES-256-GCM, with its KEM X25519."""
    for case in third_party.hpke("test-vectors.json", rfc9180):
        suite = b"HPKE" + bytes.fromhex("002000010002")
        want = (h(case["key"]), h(case["base_nonce"]))
        assert key_schedule(suite, h(case["shared_secret"]), h(case["info"])) == want
        first = third_party.some(case["encryptions"], "encryptions")[0]
        private = X25519PrivateKey.from_private_bytes(h(case["skRm"]))
        ours_ = hpke.Suite(hpke.KEM.X25519, kem._KDF, kem._AEAD)
        sealed, aad = h(case["enc"]) + h(first["ct"]), h(first["aad"])
        opened = rust_openssl.hpke._decrypt_with_aad(ours_, sealed, private, h(case["info"]), aad)
        assert opened == h(first["pt"])


def test_what_we_seal_is_hpke_as_the_vectors_have_it() -> None:
    """The decapsulation and key schedule that the two tests above held to the vectors open what
    `kem.seal` makes: KEM 0x647a, HKDF-SHA256, AES-256-GCM, empty aad, sequence number 0."""
    pair = kem.keypair(bytes(32))
    sealed = kem.seal(pair.public_key, b"info", b"a seed")
    enc, ct = sealed[:1120], sealed[1120:]
    suite = b"HPKE" + bytes.fromhex("647a00010002")
    key, nonce = key_schedule(suite, x_wing(pair.seed, enc), b"info")
    assert AESGCM(key).decrypt(nonce, ct, b"") == b"a seed"


def test_the_outer_tag_is_hmac_sha256() -> None:
    keys = aead.Keys(bytes(32), KM, bytes(12))
    data = aead.encrypt(keys, b"ad", b"text")
    covered = (2).to_bytes(4, "big") + b"ad" + data[:-32]
    assert data[-32:] == hmac.new(KM, covered, hashlib.sha256).digest()
