"""For each section of a vector file, what makes one case right. Schema: tests/vectors/README.md.

A check raises (AssertionError or CryptoError) when the case is wrong. The same checks run on the
file of either language.
"""

from __future__ import annotations

from collections.abc import Callable

from crypto import (
    aead,
    book,
    chain,
    connect,
    device_list,
    identity,
    kem,
    labels,
    refresh,
    signatures,
    transcript,
    vault,
)
from crypto.errors import CryptoError
from crypto.wire import b64_decode
from tests.crypto.vector_file import Case


def d(text: str) -> bytes:
    return b64_decode(text)


def maybe(text: str | None) -> bytes | None:
    return None if text is None else b64_decode(text)


def ds(texts: list[str]) -> list[bytes]:
    return [b64_decode(text) for text in texts]


def _label(c: Case) -> None:
    assert labels.label(c["label"]) == d(c["bytes"])


def _hash(c: Case) -> None:
    assert labels.hash_with(c["label"], *ds(c["parts"])) == d(c["hash"])


def _extract(c: Case) -> None:
    assert labels.extract(d(c["salt"]), d(c["ikm"])) == d(c["key"])


def _expand(c: Case) -> None:
    key = labels.expand(d(c["prk"]), c["label"], *ds(c["parts"]), length=c["length"])
    assert key == d(c["key"])
    assert len(key) == c["length"]


def _mac(c: Case) -> None:
    assert labels.mac(d(c["key"]), d(c["message"])) == d(c["mac"])


def _kem_keypair(c: Case) -> None:
    pair = kem.keypair(d(c["seed"]))
    assert pair.public_key == d(c["public_key"])
    assert pair.key_id == d(c["key_id"])


def _kem_seal(c: Case) -> None:
    assert kem.open_sealed(d(c["seed"]), d(c["info"]), d(c["sealed"])) == d(c["plaintext"])


def _aead(c: Case) -> None:
    keys = aead.derive_keys(d(c["secret"]), c["label"], *ds(c["parts"]))
    assert aead.encrypt(keys, d(c["ad"]), d(c["plaintext"])) == d(c["data"])
    assert aead.decrypt(keys, d(c["ad"]), d(c["data"])) == d(c["plaintext"])


def _box(c: Case) -> None:
    made = aead.box(d(c["key"]), d(c["nonce"]), d(c["plaintext"]), d(c["ad"]))
    assert made == d(c["box"])
    assert aead.open_box(d(c["key"]), d(c["box"]), d(c["ad"])) == d(c["plaintext"])


def _signature(c: Case) -> None:
    pair = signatures.keypair(d(c["private"]))
    signature = d(c["signature"])
    assert pair.public == d(c["public"])
    signatures.verify(pair.public, c["purpose"], d(c["message"]), signature)
    ours = signatures.sign_ed25519(pair.private, c["purpose"], d(c["message"]))
    assert ours == signature[:64]


def _ed25519(c: Case) -> None:
    ours = signatures.sign_ed25519(d(c["private"]), c["purpose"], d(c["message"]))
    assert ours == d(c["signature"])
    signatures.verify_ed25519(d(c["public"]), c["purpose"], d(c["message"]), ours)


def _identity_hash(c: Case) -> None:
    assert identity.identity_hash(d(c["user_id"]), d(c["identity_public"])) == d(c["hash"])


def _direct(c: Case) -> None:
    assert identity.direct_conversation_id(d(c["user_a"]), d(c["user_b"])) == d(c["id"])


def _safety(c: Case) -> None:
    both = (d(c["user_a"]), d(c["hash_a"]), d(c["user_b"]), d(c["hash_b"]))
    assert identity.safety_number(*both) == c["number"]
    assert identity.safety_qr(*both) == c["qr"]


def device_of(c: Case) -> device_list.Device:
    return device_list.Device(
        d(c["device_id"]), d(c["kem_public"]), d(c["signing_public"]), c["added_at"]
    )


def _device_list(c: Case) -> None:
    want, raw = c["list"], d(c["signed"])
    signed = device_list.parse_signed(raw)
    assert signed.list == device_list.DeviceList(
        d(want["user_id"]),
        want["name"],
        d(want["identity_public"]),
        want["version"],
        d(want["previous_hash"]),
        want["issued_at"],
        tuple(device_of(each) for each in want["devices"]),
    )
    assert device_list.serialise(signed.list) + signed.signature == raw
    assert signed.hash == d(c["hash"])
    device_list.verify_signed(signed)
    again = device_list.parse_signed(device_list.sign(signed.list, d(c["identity_private"])))
    assert again.hash == signed.hash


def signed_or_none(text: str | None) -> device_list.SignedDeviceList | None:
    return None if text is None else device_list.parse_signed(d(text))


def _device_list_chain(c: Case) -> None:
    chain_ = [device_list.parse_signed(raw) for raw in ds(c["chain"])]
    newest = device_list.verify_successor(signed_or_none(c["old"]), chain_)
    assert newest.hash == d(c["hash"])


def _refresh(c: Case) -> None:
    want, value = c["refresh"], refresh.parse(d(c["bytes"]))
    refresh.verify(value, d(c["public"]))
    assert refresh.serialise(value) == d(c["bytes"])
    assert (value.user_id, value.device_id) == (d(want["user_id"]), d(want["device_id"]))
    assert (value.number, value.issued_at) == (want["number"], want["issued_at"])
    assert (value.expires_at, value.public_key) == (want["expires_at"], d(want["public_key"]))


def _newest_key(c: Case) -> None:
    last = c["last_commit"]
    newest = refresh.newest_key(
        device_of(c["device"]),
        [refresh.parse(raw) for raw in ds(c["refreshes"])],
        None if last is None else refresh.CommitKey(d(last["public_key"]), last["refresh"]),
    )
    assert newest == (d(c["public_key"]), d(c["key_id"]))


def _connect(c: Case) -> None:
    proof = (d(c["nonce"]), d(c["user_id"]), d(c["device_id"]), c["origin"])
    assert connect.proof_message(*proof) == d(c["message"])
    connect.verify_proof(d(c["public"]), *proof, d(c["signature"]))


def _chain(c: Case) -> None:
    state = chain.SendingChain(d(c["chain_key"]))
    for step in c["steps"]:
        seq, key, state = chain.advance(state)
        got = (seq, key, state.chain_key)
        assert got == (step["seq"], d(step["message_key"]), d(step["chain_key"]))


def _skipped(c: Case) -> None:
    state = chain.ReceivingChain(d(c["chain_key"]))
    for take in c["takes"]:
        key: bytes | None = None
        code: str | None = None
        try:
            key, state = chain.take(state, take["seq"])
        except CryptoError as error:
            code = error.code
        assert (key, code) == (maybe(take["message_key"]), take["error"])


def _transcript(c: Case) -> None:
    head = transcript.start(d(c["conversation"]))
    assert head == d(c["head_0"])
    for e in c["entries"]:
        place = (e["n"], e["received_at"], e["kind"], d(e["sender"]))
        head = transcript.next_head(head, *place, d(e["content_hash"]))
        assert head == d(e["head"])
        if c["seal_key"] is not None:
            key = transcript.seal_key(d(c["seal_key"]))
            assert key.key_id == d(c["seal_key_id"])
            assert transcript.verify_seal([key], head, d(e["tag"]), d(e["seal"])) == key


def _argon2(c: Case) -> None:
    params = vault.KdfParams(c["memory_kib"], c["passes"], c["lanes"])
    master = vault.argon2id(vault.normalise(c["password"]), d(c["salt"]), params)
    assert master == d(c["master"])


def _vault_keys(c: Case) -> None:
    assert vault.login_key(d(c["master"])) == d(c["login_key"])
    assert vault.vault_key(d(c["master"])) == d(c["vault_key"])


def _recovery(c: Case) -> None:
    key = d(c["recovery_key"])
    assert vault.recovery_key_text(key) == c["text"]
    assert vault.parse_recovery_key(c["text"]) == key
    assert vault.parse_recovery_key(c["text"].lower().replace("-", "")) == key
    assert vault.recovery_login_key(key) == d(c["login_key"])
    assert vault.recovery_wrap_key(key) == d(c["wrap_key"])


def _vault_wrap(c: Case) -> None:
    place = (d(c["key"]), c["name"], d(c["user_id"]), c["version"])
    keys = vault.Wrapped(d(c["identity_key"]), d(c["book_key"]))
    assert vault.wrap(*place, keys, d(c["nonce"])) == d(c["box"])
    assert vault.unwrap(*place, d(c["box"])) == keys


def _vault_identity(c: Case) -> None:
    place = (d(c["identity_key"]), d(c["user_id"]), c["version"])
    private = d(c["identity_private"])
    assert vault.seal_identity(*place, private, d(c["nonce"])) == d(c["box"])
    assert vault.open_identity(*place, d(c["box"])) == private


def _vault_book(c: Case) -> None:
    place = (d(c["book_key"]), d(c["user_id"]), c["version"])
    assert vault.seal_book(*place, c["text"], d(c["nonce"])) == d(c["box"])
    assert vault.open_book(*place, d(c["box"])) == c["text"]
    assert book.serialise(book.parse(c["text"])) == c["text"]


def _book_merge(c: Case) -> None:
    merged, conflicts = book.merge(book.parse(c["mine"]), book.parse(c["theirs"]))
    assert book.serialise(merged) == c["merged"]
    assert list(conflicts) == c["conflicts"]


CHECKS: dict[str, Callable[[Case], None]] = {
    "labels": _label,
    "hash": _hash,
    "extract": _extract,
    "expand": _expand,
    "mac": _mac,
    "kem_keypair": _kem_keypair,
    "kem_seal": _kem_seal,
    "aead": _aead,
    "box": _box,
    "signature": _signature,
    "signature_ed25519": _ed25519,
    "identity_hash": _identity_hash,
    "direct_conversation_id": _direct,
    "safety_number": _safety,
    "device_list": _device_list,
    "device_list_chain": _device_list_chain,
    "refresh": _refresh,
    "newest_key": _newest_key,
    "connect": _connect,
    "chain": _chain,
    "skipped": _skipped,
    "transcript": _transcript,
    "argon2": _argon2,
    "vault_keys": _vault_keys,
    "recovery": _recovery,
    "vault_wrap": _vault_wrap,
    "vault_identity": _vault_identity,
    "vault_book": _vault_book,
    "book_merge": _book_merge,
}
