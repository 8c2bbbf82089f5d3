"""The secrets of an epoch: making a commit and processing one's entry. Section 4.2.

Secret data: a server must never import this. Must not know which commits are acceptable (parsing,
`roster` and the caller's state decide that before). The dangers it deals with: a committer who
gives different devices different secrets (the confirmation tag is over H(untagged), and the epoch
secret is bound to it), ML-KEM's silent failure (the same tag), and an entry moved to another
commit, device or key (all are in the HPKE `info`). HPKE randomness is drawn by the library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from crypto import kem, signatures
from crypto.commit import (
    JOINER,
    PURPOSE,
    RESTART,
    SEED,
    Commit,
    Core,
    Ref,
    core_bytes_hash,
    core_hash,
    entry_hash,
    entry_info,
    serialise_core,
    serialise_refs,
    untagged_bytes_hash,
    untagged_hash,
)
from crypto.errors import ArgumentInvalid, KeyMissing, RosterRefused, TagInvalid
from crypto.labels import HASH, ID, KEY, equal, expand, extract, lp, mac, need

QKD_KEY: Final = 32


@dataclass(frozen=True, slots=True)
class Recipient:
    """A device of the new epoch and its newest key. `kind`: commit.SEED or commit.JOINER."""

    device_id: bytes
    key_id: bytes
    public_key: bytes
    kind: int


@dataclass(frozen=True, slots=True)
class EpochSecrets:
    """Three secrets of 32 bytes. Never logged: they are left out of the repr."""

    epoch_secret: bytes = field(repr=False)
    chain_secret: bytes = field(repr=False)
    confirmation: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MadeCommit:
    """Bytes of the commit, the sealed entry [1168] of each device id, the committer's secrets."""

    raw: bytes
    entries: dict[bytes, bytes]
    secrets: EpochSecrets


def make_commit(
    core: Core,
    recipients: Sequence[Recipient],
    previous_chain_secret: bytes | None,
    seed: bytes,
    signing_private: bytes,
    qkd_keys: Sequence[bytes] = (),
) -> MadeCommit:
    """A signed commit. `seed`: 32 fresh random bytes, used for nothing else.

    `previous_chain_secret` is needed unless the commit is a restart, which ignores it; `qkd_keys`
    are those that the core names, in that order. Raises ArgumentInvalid, KeyMissing or KeyRefused.
    """
    joiner = joiner_of(core.kind, seed, previous_chain_secret)
    core_bytes = serialise_core(core)
    bound = core_bytes_hash(core_bytes)
    entries = {r.device_id: _seal_entry(r, seed, joiner, bound) for r in recipients}
    refs = tuple(
        Ref(r.device_id, r.key_id, r.kind, entry_hash(entries[r.device_id]))
        for r in sorted(recipients, key=lambda r: r.device_id)
    )
    untagged = core_bytes + serialise_refs(refs, core)
    digest = untagged_bytes_hash(untagged)
    secrets = epoch_secrets(core, joiner, qkd_keys, digest)
    signed = untagged + mac(secrets.confirmation, digest)
    return MadeCommit(signed + signatures.sign(signing_private, PURPOSE, signed), entries, secrets)


def process_entry(
    commit: Commit,
    device_id: bytes,
    sealed: bytes,
    kem_seed: bytes,
    previous_chain_secret: bytes | None,
    qkd_keys: Sequence[bytes] = (),
) -> EpochSecrets:
    """The secrets for the device that `commit` gives an entry to (section 4.3, steps 6 and 10).

    `kem_seed` is the seed of the key that the ref names. Raises RosterRefused (no ref, another
    key, or a joiner for a device that holds the chain), KeyMissing, FormatError or TagInvalid.
    """
    ref = commit.ref(device_id)
    if ref is None:
        raise RosterRefused("the commit has no entry for this device")
    if kem.keypair(kem_seed).key_id != ref.key_id:
        raise RosterRefused("the entry is sealed to another key")
    if not equal(entry_hash(sealed), ref.entry_hash):
        raise TagInvalid("the entry is not the one that the commit names")
    # Before anything is opened: a device with the chain takes nothing but the seed, or else a
    # committer could lead it past the chain that proves the two agreed on the epoch before.
    if ref.kind == JOINER and previous_chain_secret is not None:
        raise RosterRefused("a joiner was sent to a device that holds the chain")
    info = entry_info(ref.kind, device_id, ref.key_id, core_hash(commit))
    inner = kem.open_sealed(kem_seed, info, sealed)
    joiner = inner
    if ref.kind == SEED:
        joiner = joiner_of(commit.core.kind, inner, previous_chain_secret)
    return verify_joiner(commit, joiner, qkd_keys)


def verify_joiner(commit: Commit, joiner: bytes, qkd_keys: Sequence[bytes]) -> EpochSecrets:
    """The secrets of a commit for a joiner, once its confirmation tag fits. Raises TagInvalid."""
    digest = untagged_hash(commit)
    secrets = epoch_secrets(commit.core, joiner, qkd_keys, digest)
    if not equal(mac(secrets.confirmation, digest), commit.tag):
        raise TagInvalid("the confirmation tag of the commit does not fit")
    return secrets


def joiner_of(kind: int, seed: bytes, previous_chain_secret: bytes | None) -> bytes:
    """`Extract(previous chain secret, LP(seed))`; a restart has an empty salt."""
    need("a seed", seed, KEY)
    if kind == RESTART:
        return extract(b"", lp(seed))
    if previous_chain_secret is None:
        raise KeyMissing("the chain secret of the epoch before is not on this device")
    need("a chain secret", previous_chain_secret, HASH)
    return extract(previous_chain_secret, lp(seed))


def epoch_secrets(
    core: Core, joiner: bytes, qkd_keys: Sequence[bytes], untagged: bytes
) -> EpochSecrets:
    """From a joiner [32], the qkd keys that the core names and H(untagged) [32]."""
    need("a joiner", joiner, HASH)
    need("H(untagged)", untagged, HASH)
    if len(qkd_keys) != len(core.qkd_key_ids):
        raise KeyMissing("a qkd key that the commit names is not on this device")
    for key in qkd_keys:
        need("a qkd key", key, QKD_KEY)
    root = extract(joiner, b"".join(lp(key) for key in qkd_keys))
    secret = expand(root, "epoch", untagged, length=HASH)
    return EpochSecrets(
        secret,
        expand(secret, "chain secret", length=HASH),
        expand(secret, "confirmation", length=HASH),
    )


def sender_chain(epoch_secret: bytes, device_id: bytes) -> bytes:
    """The first chain key [32] of a sending device in this epoch."""
    need("a device id", device_id, ID)
    return expand(epoch_secret, "sender chain", device_id, length=KEY)


def _seal_entry(recipient: Recipient, seed: bytes, joiner: bytes, bound: bytes) -> bytes:
    if kem.key_id(recipient.public_key) != recipient.key_id:
        raise ArgumentInvalid("a recipient's key id is not that of its public key")
    info = entry_info(recipient.kind, recipient.device_id, recipient.key_id, bound)
    return kem.seal(recipient.public_key, info, seed if recipient.kind == SEED else joiner)
