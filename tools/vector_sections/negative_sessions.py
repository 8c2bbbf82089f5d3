"""Commits, entries and envelopes that parse and must be refused all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crypto import commit, envelope, kem
from crypto.commit import JOINER, Commit, parse_commit
from crypto.device_list import SignedDeviceList
from tools.vector_sections import story
from tools.vector_sections.cast import device
from tools.vector_sections.draw import Case, b64, b64s, draw
from tools.vector_sections.refusal import refusal
from tools.vector_sections.sessions import header
from tools.vector_sections.story import ALICE, BOB, LAPTOP, PHONE, TABLET, Chapter, recipient


def cases() -> Iterator[Case]:
    chapters = story.tell()
    yield from _rosters(chapters[0], chapters[1])
    yield from _entries(chapters)
    yield from _envelopes()


def _rosters(one: Chapter, two: Chapter) -> Iterator[Case]:
    lists = two.lists

    def case(
        name: str,
        value: Commit,
        given: dict[bytes, SignedDeviceList] = lists,
        previous: Commit | None = one.commit,
        error: str = "roster_refused",
    ) -> Case:
        values = {
            "commit": value.raw,
            "lists": b64s([signed.raw for signed in given.values()]),
            "previous": b64(previous.raw if previous else None),
        }
        return refusal("verify_roster", error, f"roster: {name}", **values)

    def second(*recipients: object, **changed: object) -> Commit:
        core = replace(two.commit.core, **changed)  # type: ignore[arg-type]
        return story.make(core, PHONE, list(recipients), lists, one).commit  # type: ignore[arg-type]

    laptop, tablet = recipient(LAPTOP), recipient(TABLET, JOINER)
    stranger = recipient(device("stranger"), JOINER)
    yield case("a device left out", second(laptop))
    yield case("a device that is in no list", second(laptop, tablet, stranger))
    yield case(
        "a joiner for a device of the epoch before", second(recipient(LAPTOP, JOINER), tablet)
    )
    yield case("a seed for a device that was not there", second(laptop, recipient(TABLET)))
    yield case("a seed where nothing is known of the epoch before", two.commit, previous=None)
    yield case("a list missing", two.commit, {ALICE.user_id: lists[ALICE.user_id]})
    yield case("another list than the one named", two.commit, one.lists)
    member = replace(two.commit.core.members[0], list_hash=draw("no list", 32))
    wrong = second(laptop, tablet, members=(member, two.commit.core.members[1]))
    yield case("a list hash that is not the list's", wrong)
    member = replace(two.commit.core.members[0], identity_hash=draw("no identity", 32))
    wrong = second(laptop, tablet, members=(member, two.commit.core.members[1]))
    yield case("an identity hash that is not the list's", wrong)

    revoked = {ALICE.user_id: lists[ALICE.user_id], BOB.user_id: BOB.device_list([TABLET])}
    core = replace(two.commit.core, members=story.members(revoked))
    gone = story.make(core, PHONE, [laptop, tablet], lists, one).commit
    yield case("a committing device that was revoked", gone, revoked)

    borrowed = replace(TABLET, device_id=LAPTOP.device_id)
    doubled = lists | {BOB.user_id: BOB.device_list([PHONE, borrowed])}
    core = replace(two.commit.core, members=story.members(doubled))
    twice = story.make(core, PHONE, [laptop], lists, one).commit
    yield case("a device id in two lists", twice, doubled)

    raw = two.commit.raw
    broken = parse_commit(raw[:-1] + bytes([raw[-1] ^ 1]))
    yield case("a broken signature", broken, error="signature_invalid")


def _entries(chapters: list[Chapter]) -> Iterator[Case]:
    two, three = chapters[1], chapters[2]
    tag_at = len(two.commit.raw) - 3373 - 1
    raw = two.commit.raw
    other_tag = raw[:tag_at] + bytes([raw[tag_at] ^ 1]) + raw[tag_at + 1 :]
    laptop, phone = LAPTOP.device_id, PHONE.device_id
    bad, missing, refused = "tag_invalid", "key_missing", "roster_refused"

    def case(error: str, name: str, chapter: Chapter, who: bytes, **changed: object) -> Case:
        owner = next(d for d in (LAPTOP, PHONE, TABLET) if d.device_id == who)
        values: Case = {
            "commit": chapter.commit.raw,
            "device_id": who,
            "sealed": chapter.entries.get(who, b""),
            "kem_seed": owner.kem.seed,
            "previous_chain_secret": chapter.chain_secret_for(who),
            "qkd_keys": b64s(chapter.qkd_keys),
        }
        return refusal("process_entry", error, f"entry: {name}", **values | changed)

    yield case(refused, "a device that has no entry", two, phone)
    yield case(refused, "the seed of another key", two, laptop, kem_seed=draw("no seed", 32))
    yield case(bad, "another's entry", two, laptop, sealed=two.entries[TABLET.device_id])
    yield case(bad, "an entry of another epoch", two, laptop, sealed=chapters[3].entries[laptop])
    yield case(
        bad, "the right seed, sealed again by somebody else", two, laptop, sealed=_again(two)
    )
    yield case("format_error", "a short entry", two, laptop, sealed=two.entries[laptop][:-1])
    yield case(bad, "another confirmation tag", two, laptop, commit=other_tag)
    yield case(bad, "another chain", two, laptop, previous_chain_secret=draw("no chain", 32))
    yield case(missing, "no chain", two, laptop, previous_chain_secret=None)
    chain = draw("any chain", 32)
    joiner = TABLET.device_id
    yield case(refused, "a joiner with a chain", two, joiner, previous_chain_secret=chain)
    first, second = three.qkd_keys
    yield case(missing, "no qkd key", three, phone, qkd_keys=[])
    yield case(missing, "one qkd key of two", three, phone, qkd_keys=b64s([first]))
    yield case(bad, "qkd keys in another order", three, phone, qkd_keys=b64s([second, first]))
    yield case(bad, "an entry that cannot be opened", *_garbage(two))


def _again(two: Chapter) -> bytes:
    """What any member can make: it opens to the right seed and is not what the commit names."""
    info = commit.entry_info(
        commit.SEED, LAPTOP.device_id, LAPTOP.kem.key_id, commit.core_hash(two.commit)
    )
    return kem.seal(LAPTOP.kem.public_key, info, two.seed)


def _garbage(two: Chapter) -> tuple[Chapter, bytes]:
    """A commit that names the hash of bytes that nobody sealed."""
    junk = draw("junk", 1168)
    refs = tuple(
        replace(ref, entry_hash=commit.entry_hash(junk))
        if ref.device_id == LAPTOP.device_id
        else ref
        for ref in two.commit.refs
    )
    raw = commit.serialise(replace(two.commit, refs=refs))
    entries = two.entries | {LAPTOP.device_id: junk}
    return replace(two, commit=parse_commit(raw), entries=entries), LAPTOP.device_id


def _envelopes() -> Iterator[Case]:
    key, payload = draw("message key", 32), envelope.Payload(draw("id", 16), 1, bytes(32), "text")
    plain = envelope.seal_envelope(key, header(), payload)
    signed = envelope.seal_envelope(key, header(), payload, LAPTOP.signing.private)

    def case(error: str, name: str, **changed: object) -> Case:
        values: Case = {"message_key": key, "envelope": plain, "signing_public": None}
        return refusal("open_envelope", error, f"message: {name}", **values | changed)

    def changed(at: int) -> bytes:
        start = at % len(plain)
        return plain[:start] + bytes([plain[start] ^ 1]) + plain[start + 1 :]

    yield case("tag_invalid", "another key", message_key=draw("no message key", 32))
    yield case("tag_invalid", "another epoch in the header", envelope=changed(21))
    yield case("tag_invalid", "another time in the header", envelope=changed(49))
    yield case("tag_invalid", "another commit in the header", envelope=changed(65))
    yield case("tag_invalid", "a changed ciphertext", envelope=changed(100))
    yield case("tag_invalid", "a changed tag", envelope=changed(-1))
    public, other = LAPTOP.signing.public, PHONE.signing.public
    yield case("format_error", "a missing signature", signing_public=public)
    yield case("format_error", "an unexpected signature", envelope=signed)
    code = "signature_invalid"
    yield case(code, "the signature of another", envelope=signed, signing_public=other)
