"""The checks of sections about commits and messages, and the calls that must be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crypto import (
    aead,
    book,
    commit,
    device_list,
    envelope,
    epoch,
    kem,
    refresh,
    roster,
    signatures,
    vault,
    wire,
)
from crypto.errors import CryptoError
from tests.crypto.vector_checks import d, ds, maybe, signed_or_none
from tests.crypto.vector_file import Case


def _core_of(c: Case) -> commit.Core:
    members = tuple(
        commit.Member(d(m["user_id"]), d(m["identity_hash"]), m["list_version"], d(m["list_hash"]))
        for m in c["members"]
    )
    fields: dict[str, Any] = {k: d(v) if isinstance(v, str) else v for k, v in c.items()}
    fields |= {"members": members, "qkd_key_ids": tuple(ds(c["qkd_key_ids"]))}
    return commit.Core(**fields)


def _commit(c: Case) -> None:
    value = commit.parse_commit(d(c["commit"]))
    assert value.core == _core_of(c["core"])
    assert value.refs == tuple(
        commit.Ref(d(r["device_id"]), d(r["key_id"]), r["kind"], d(r["entry_hash"]))
        for r in c["refs"]
    )
    assert (value.tag, value.signature) == (d(c["tag"]), d(c["signature"]))
    assert commit.serialise(value) == d(c["commit"])
    assert commit.core_hash(value) == d(c["core_hash"])
    assert commit.untagged_hash(value) == d(c["untagged_hash"])
    assert commit.commit_hash(value) == d(c["commit_hash"])
    commit.verify_signature(value, d(c["signing_public"]))
    _secrets(c, value)


def _secrets(c: Case, value: commit.Commit) -> None:
    want = epoch.EpochSecrets(
        d(c["secrets"]["epoch_secret"]),
        d(c["secrets"]["chain_secret"]),
        d(c["secrets"]["confirmation"]),
    )
    qkd = ds(c["qkd_keys"])
    joiner = epoch.joiner_of(value.core.kind, d(c["seed"]), maybe(c["previous_chain_secret"]))
    assert epoch.verify_joiner(value, joiner, qkd) == want
    assert len(c["entries"]) == len(value.refs)
    for e in c["entries"]:
        keys = (d(e["kem_seed"]), maybe(e["previous_chain_secret"]))
        got = epoch.process_entry(value, d(e["device_id"]), d(e["sealed"]), *keys, qkd)
        assert got == want
    chains = {d(s["device_id"]): d(s["chain_key"]) for s in c["sender_chains"]}
    assert chains == {
        device: epoch.sender_chain(want.epoch_secret, device) for device in value.devices()
    }


def _lists_of(texts: list[str]) -> dict[bytes, device_list.SignedDeviceList]:
    parsed = [device_list.parse_signed(raw) for raw in ds(texts)]
    return {signed.list.user_id: signed for signed in parsed}


def _verify_roster(c: Case) -> None:
    previous = maybe(c["previous"])
    roster.verify_roster(
        commit.parse_commit(d(c["commit"])),
        _lists_of(c["lists"]),
        None if previous is None else commit.parse_commit(previous),
    )


def _payload_of(c: Case) -> envelope.Payload:
    body = c["text"]
    if body is None:
        body = tuple(envelope.Receipt(d(r["message_id"]), r["state"]) for r in c["receipts"])
    return envelope.Payload(d(c["message_id"]), c["seen_n"], d(c["seen_head"]), body)


def _envelope(c: Case) -> None:
    h, raw, key = c["header"], d(c["envelope"]), d(c["message_key"])
    header = envelope.Header(
        h["type"],
        d(h["conversation"]),
        h["epoch"],
        d(h["device_id"]),
        h["seq"],
        h["sent_at"],
        d(h["commit_hash"]),
    )
    payload = _payload_of(c["payload"])
    assert envelope.seal_envelope(key, header, payload, maybe(c["signing_private"])) == raw
    parsed = envelope.parse_envelope(raw)
    assert parsed.header == header == envelope.parse_header(raw[:66])
    assert envelope.serialise(parsed) == raw
    assert len(parsed.ciphertext) == c["padded"] + 16
    assert envelope.open_envelope(key, parsed, maybe(c["signing_public"])) == payload


def _op_verify_successor(a: Case) -> object:
    chain = [device_list.parse_signed(raw) for raw in ds(a["chain"])]
    return device_list.verify_successor(signed_or_none(a["old"]), chain)


def _op_process_entry(a: Case) -> object:
    return epoch.process_entry(
        commit.parse_commit(d(a["commit"])),
        d(a["device_id"]),
        d(a["sealed"]),
        d(a["kem_seed"]),
        maybe(a["previous_chain_secret"]),
        ds(a["qkd_keys"]),
    )


def _op_open_envelope(a: Case) -> object:
    parsed = envelope.parse_envelope(d(a["envelope"]))
    return envelope.open_envelope(d(a["message_key"]), parsed, maybe(a["signing_public"]))


def _op_verify(function: Callable[..., None]) -> Callable[[Case], object]:
    return lambda a: function(d(a["public"]), a["purpose"], d(a["message"]), d(a["signature"]))


OPERATIONS: dict[str, Callable[[Case], Any]] = {
    "parse_signed_list": lambda a: device_list.parse_signed(d(a["data"])),
    "parse_refresh": lambda a: refresh.parse(d(a["data"])),
    "parse_commit": lambda a: commit.parse_commit(d(a["data"])),
    "parse_envelope": lambda a: envelope.parse_envelope(d(a["data"])),
    "parse_header": lambda a: envelope.parse_header(d(a["data"])),
    "parse_payload": lambda a: envelope.parse_payload(a["type"], d(a["data"]), bool(a["signed"])),
    "parse_book": lambda a: book.parse(a["text"]),
    "parse_recovery_key": lambda a: vault.parse_recovery_key(a["text"]),
    "b64_decode": lambda a: wire.b64_decode(a["text"]),
    "open_box": lambda a: aead.open_box(d(a["key"]), d(a["box"]), d(a["ad"])),
    "open_sealed": lambda a: kem.open_sealed(d(a["seed"]), d(a["info"]), d(a["sealed"])),
    "seal": lambda a: kem.seal(d(a["public_key"]), d(a["info"]), d(a["plaintext"])),
    "verify_signature": _op_verify(signatures.verify),
    "verify_ed25519": _op_verify(signatures.verify_ed25519),
    "verify_signed_list": lambda a: device_list.verify_signed(
        device_list.parse_signed(d(a["signed"]))
    ),
    "verify_successor": _op_verify_successor,
    "verify_refresh": lambda a: refresh.verify(refresh.parse(d(a["data"])), d(a["public"])),
    "verify_roster": _verify_roster,
    "process_entry": _op_process_entry,
    "open_envelope": _op_open_envelope,
    "check_bounds": lambda a: vault.check_bounds(vault.KdfParams(**a)),
}


def refusal_of(c: Case) -> CryptoError | None:
    """The error that a case of the section `negative` raises, or None."""
    try:
        OPERATIONS[c["op"]](c["args"])
    except CryptoError as error:
        return error
    return None


def _negative(c: Case) -> None:
    error = refusal_of(c)
    got = error.code if error else "nothing was refused"
    assert got == c["error"], f"{c.get('name', c['op'])}: {error}"


SESSION_CHECKS: dict[str, Callable[[Case], None]] = {
    "commit": _commit,
    "roster": _verify_roster,
    "envelope": _envelope,
    "negative": _negative,
}
