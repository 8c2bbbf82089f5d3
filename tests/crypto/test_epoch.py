"""Commits and the secrets of epochs: what is bound to what, and what is not written at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import commit, epoch, roster, signatures
from crypto.commit import Core, Member, Ref, parse_commit
from crypto.errors import ArgumentInvalid, FormatError, KeyMissing, RosterRefused, TagInvalid
from tools.vector_sections import story
from tools.vector_sections.draw import draw
from tools.vector_sections.story import LAPTOP, PHONE, TABLET, Chapter, recipient

CHAPTERS = story.tell()
ONE, TWO, THREE, FOUR = CHAPTERS
OWNERS = (LAPTOP, PHONE, TABLET)


def joined(chapter: Chapter, **changed: object) -> epoch.EpochSecrets:
    """What the laptop gets from a commit of the story."""
    values: dict[str, object] = {
        "commit": chapter.commit,
        "device_id": LAPTOP.device_id,
        "sealed": chapter.entries[LAPTOP.device_id],
        "kem_seed": LAPTOP.kem.seed,
        "previous_chain_secret": chapter.chain_secret_for(LAPTOP.device_id),
    }
    return epoch.process_entry(**(values | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: f"epoch {c.commit.core.epoch}")
def test_every_device_of_an_epoch_gets_its_secrets(chapter: Chapter) -> None:
    roster.verify_roster(
        chapter.commit, chapter.lists, chapter.previous.commit if chapter.previous else None
    )
    for ref in chapter.commit.refs:
        owner = next(d for d in OWNERS if d.device_id == ref.device_id)
        got = epoch.process_entry(
            chapter.commit,
            ref.device_id,
            chapter.entries[ref.device_id],
            owner.kem.seed,
            chapter.chain_secret_for(ref.device_id),
            chapter.qkd_keys,
        )
        assert got == chapter.secrets


def test_a_restart_needs_no_chain_and_ignores_one() -> None:
    assert joined(FOUR, previous_chain_secret=None) == FOUR.secrets
    assert joined(FOUR, previous_chain_secret=THREE.secrets.chain_secret) == FOUR.secrets


def test_secrets_do_not_show_in_text() -> None:
    assert repr(ONE.secrets) == "EpochSecrets()"


def test_sender_chains_differ_by_device_and_epoch() -> None:
    secrets = [chapter.secrets.epoch_secret for chapter in CHAPTERS]
    chains = {epoch.sender_chain(s, d.device_id) for s in secrets for d in OWNERS}
    assert len(chains) == len(secrets) * len(OWNERS)
    with pytest.raises(ArgumentInvalid):
        epoch.sender_chain(secrets[0], bytes(15))


@given(st.data())
def test_every_bit_of_a_commit_is_bound(data: st.DataObject) -> None:
    """A changed bit is refused by the format, the confirmation tag or the signature."""
    raw = TWO.commit.raw
    at, bit = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.integers(0, 7))
    bad = raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
    try:
        parsed = parse_commit(bad)
    except FormatError:
        return
    with pytest.raises(signatures.SignatureInvalid):
        commit.verify_signature(parsed, PHONE.signing.public)
    if at < len(raw) - 3373:
        with pytest.raises((TagInvalid, RosterRefused)):
            joined(TWO, commit=parsed)


def test_a_commit_by_an_insider_who_lies_about_the_roster_is_refused() -> None:
    """The committer signs it and tags it, and seals for another roster: the tag cannot fit."""
    shown = replace(TWO.commit.core, created_at=TWO.commit.core.created_at + 1)
    lie = replace(TWO.commit, core=shown)
    with pytest.raises(TagInvalid):
        joined(TWO, commit=parse_commit(commit.serialise(lie)))


def test_two_different_seeds_for_two_devices_are_found_out() -> None:
    """A committer who splits the group has one tag for two secrets."""
    other = story.make(TWO.commit.core, PHONE, [recipient(LAPTOP)], TWO.lists, ONE)
    sealed = epoch.make_commit(
        TWO.commit.core, [recipient(LAPTOP)], draw("a", 32), draw("b", 32), PHONE.signing.private
    ).entries[LAPTOP.device_id]
    refs = tuple(replace(ref, entry_hash=commit.entry_hash(sealed)) for ref in other.commit.refs)
    split = parse_commit(commit.serialise(replace(other.commit, refs=refs)))
    with pytest.raises(TagInvalid, match="confirmation"):
        joined(TWO, commit=split, sealed=sealed)


def make(core: Core = TWO.commit.core, **changed: object) -> epoch.MadeCommit:
    values: dict[str, object] = {
        "core": core,
        "recipients": [recipient(LAPTOP)],
        "previous_chain_secret": ONE.secrets.chain_secret,
        "seed": draw("seed", 32),
        "signing_private": PHONE.signing.private,
    }
    return epoch.make_commit(**(values | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": bytes(31)},
        {"previous_chain_secret": bytes(31)},
        {"signing_private": bytes(32)},
        {"recipients": [recipient(LAPTOP), recipient(LAPTOP)]},
        {"recipients": [replace(recipient(LAPTOP), key_id=bytes(16))]},
        {"recipients": [replace(recipient(LAPTOP), kind=3)]},
        {"recipients": [recipient(PHONE)]},
        {"recipients": [replace(recipient(LAPTOP), device_id=bytes(15))]},
    ],
)
def test_a_commit_that_could_not_be_read_is_not_made(changed: dict[str, object]) -> None:
    make()
    with pytest.raises(ArgumentInvalid):
        make(**changed)


def test_a_commit_without_its_secrets_is_not_made() -> None:
    with pytest.raises(KeyMissing):
        make(previous_chain_secret=None)
    with pytest.raises(KeyMissing):
        make(THREE.commit.core, recipients=[recipient(TABLET)])
    with pytest.raises(KeyMissing):
        make(qkd_keys=[bytes(32)])
    with pytest.raises(ArgumentInvalid):
        make(THREE.commit.core, recipients=[recipient(TABLET)], qkd_keys=[bytes(32), bytes(31)])


def test_lengths_of_secrets() -> None:
    core = ONE.commit.core
    for wrong in (
        lambda: epoch.epoch_secrets(core, bytes(31), (), bytes(32)),
        lambda: epoch.epoch_secrets(core, bytes(32), (), bytes(31)),
        lambda: epoch.joiner_of(commit.RESTART, bytes(33), None),
        lambda: commit.entry_info(1, bytes(16), bytes(16), bytes(31)),
        lambda: commit.entry_info(1, bytes(15), bytes(16), bytes(32)),
    ):
        with pytest.raises(ArgumentInvalid):
            wrong()


MEMBER = TWO.commit.core.members[0]


@pytest.mark.parametrize(
    "changed",
    [
        {"conversation": bytes(15)},
        {"epoch": 0},
        {"epoch": 1},
        {"epoch": 1 << 32},
        {"previous_hash": bytes(32)},
        {"previous_hash": bytes(33)},
        {"mode": commit.QKD},
        {"mode": 3},
        {"kind": 3},
        {"committer_user": bytes(16)},
        {"committer_device": bytes(15)},
        {"refresh": -1},
        {"created_at": 1 << 53},
        {"members": ()},
        {"members": (MEMBER, MEMBER)},
        {"members": TWO.commit.core.members[::-1]},
        {"members": (replace(MEMBER, list_version=0), TWO.commit.core.members[1])},
        {"members": (replace(MEMBER, list_hash=bytes(31)), TWO.commit.core.members[1])},
        {"fresh_key": bytes(32)},
        {"qkd_key_ids": (bytes(16),)},
        {"mode": commit.QKD, "qkd_key_ids": (bytes(16), bytes(16))},
        {"mode": commit.QKD, "qkd_key_ids": tuple(bytes([i] * 16) for i in range(3))},
        {"mode": commit.QKD, "qkd_key_ids": (bytes(15),)},
        {"seen_n": 1 << 53},
        {"seen_head": bytes(31)},
    ],
)
def test_a_core_that_could_not_be_read_is_not_written(changed: dict[str, object]) -> None:
    with pytest.raises(ArgumentInvalid):
        commit.serialise_core(replace(TWO.commit.core, **changed))  # type: ignore[arg-type]


def test_a_core_has_at_most_256_members() -> None:
    members = [Member(i.to_bytes(16, "big"), bytes(32), 1, bytes(32)) for i in range(257)]
    core = replace(ONE.commit.core, committer_user=members[0].user_id)
    commit.serialise_core(replace(core, members=tuple(members[:256])))
    with pytest.raises(ArgumentInvalid):
        commit.serialise_core(replace(core, members=tuple(members)))


def test_a_commit_has_at_most_1024_refs() -> None:
    refs = [Ref(i.to_bytes(16, "big"), bytes(16), 1, bytes(32)) for i in range(1025)]
    commit.serialise_refs(tuple(refs[:1024]), ONE.commit.core)
    with pytest.raises(ArgumentInvalid):
        commit.serialise_refs(tuple(refs), ONE.commit.core)


def test_a_restart_has_no_joiner() -> None:
    ref = Ref(bytes(16), bytes(16), commit.JOINER, bytes(32))
    commit.serialise_refs((ref,), TWO.commit.core)
    with pytest.raises(ArgumentInvalid):
        commit.serialise_refs((ref,), ONE.commit.core)


def test_an_epoch_of_one_device_has_no_refs() -> None:
    made = make(replace(TWO.commit.core), recipients=[])
    value = parse_commit(made.raw)
    assert value.devices() == {PHONE.device_id}
    assert epoch.verify_joiner(
        value, epoch.joiner_of(1, draw("seed", 32), ONE.secrets.chain_secret), ()
    )
    assert value.ref(LAPTOP.device_id) is None
