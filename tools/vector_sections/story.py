"""One conversation in four commits, for vectors and tests.

Epoch 1 is alice's laptop and bob's phone; in epoch 2 bob's phone brings in bob's tablet; epoch 3
mixes two qkd keys; epoch 4 is a restart. Everything but the library's own randomness is fixed.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto import commit, epoch, identity, kem, transcript
from crypto.commit import Commit, Core, Member
from crypto.device_list import SignedDeviceList
from tools.vector_sections.cast import NOW, OwnDevice, device, person
from tools.vector_sections.draw import draw

ALICE, BOB = person("alice"), person("bob")
LAPTOP, PHONE, TABLET = device("laptop"), device("phone"), device("tablet")
CONVERSATION = identity.direct_conversation_id(ALICE.user_id, BOB.user_id)


@dataclass(frozen=True)
class Chapter:
    """A commit with everything that its makers and readers know."""

    commit: Commit
    entries: dict[bytes, bytes]
    secrets: epoch.EpochSecrets
    lists: dict[bytes, SignedDeviceList]
    committer: OwnDevice
    seed: bytes
    previous: Chapter | None
    qkd_keys: tuple[bytes, ...]

    @property
    def previous_chain_secret(self) -> bytes | None:
        """What a device of the epoch before puts into this one; nothing in a restart."""
        if self.previous is None or self.commit.core.kind == commit.RESTART:
            return None
        return self.previous.secrets.chain_secret

    def chain_secret_for(self, device_id: bytes) -> bytes | None:
        """The same, for one device: a joiner has none."""
        ref = self.commit.ref(device_id)
        return self.previous_chain_secret if ref and ref.kind == commit.SEED else None


def members(lists: dict[bytes, SignedDeviceList]) -> tuple[Member, ...]:
    """The roster that names these lists."""
    return tuple(
        Member(user, signed.list.identity_hash, signed.list.version, signed.hash)
        for user, signed in sorted(lists.items())
    )


def recipient(owner: OwnDevice, kind: int = commit.SEED) -> epoch.Recipient:
    """A device addressed by its list key."""
    return epoch.Recipient(owner.device_id, owner.kem.key_id, owner.kem.public_key, kind)


def core(
    number: int,
    committer: OwnDevice,
    lists: dict[bytes, SignedDeviceList],
    previous: Chapter | None,
    *,
    kind: int = commit.NORMAL,
    qkd_key_ids: tuple[bytes, ...] = (),
) -> Core:
    """The core of the next commit."""
    user = next(u for u, s in lists.items() if s.list.device(committer.device_id))
    return Core(
        conversation=CONVERSATION,
        epoch=number,
        previous_hash=commit.commit_hash(previous.commit) if previous else commit.NO_HASH,
        mode=commit.QKD if qkd_key_ids else commit.HYBRID,
        kind=kind,
        committer_user=user,
        committer_device=committer.device_id,
        refresh=0,
        created_at=NOW + number * 60_000,
        members=members(lists),
        fresh_key=kem.keypair(draw(f"fresh {number}", 32)).public_key,
        qkd_key_ids=qkd_key_ids,
        seen_n=number - 1,
        seen_head=draw(f"head {number}", 32) if previous else transcript.start(CONVERSATION),
    )


def make(
    value: Core,
    committer: OwnDevice,
    recipients: list[epoch.Recipient],
    lists: dict[bytes, SignedDeviceList],
    previous: Chapter | None,
    qkd_keys: tuple[bytes, ...] = (),
) -> Chapter:
    """Commit."""
    seed = draw(f"seed of epoch {value.epoch}", 32)
    before = previous.secrets.chain_secret if previous else None
    private = committer.signing.private
    made = epoch.make_commit(value, recipients, before, seed, private, qkd_keys)
    parsed = commit.parse_commit(made.raw)
    return Chapter(parsed, made.entries, made.secrets, lists, committer, seed, previous, qkd_keys)


def tell() -> list[Chapter]:
    """The four chapters."""
    first = ALICE.device_list([LAPTOP])
    bob_one = BOB.device_list([PHONE])
    bob_two = BOB.device_list([PHONE, TABLET], bob_one)
    small = {ALICE.user_id: first, BOB.user_id: bob_one}
    large = {ALICE.user_id: first, BOB.user_id: bob_two}

    start = core(1, LAPTOP, small, None, kind=commit.RESTART)
    one = make(start, LAPTOP, [recipient(PHONE)], small, None)

    both = [recipient(TABLET, commit.JOINER), recipient(LAPTOP)]
    two = make(core(2, PHONE, large, one), PHONE, both, large, one)

    ids, keys = (draw("qkd id b", 16), draw("qkd id a", 16)), (draw("qkd 1", 32), draw("qkd 2", 32))
    rest = [recipient(PHONE), recipient(TABLET)]
    three = make(core(3, LAPTOP, large, two, qkd_key_ids=ids), LAPTOP, rest, large, two, keys)

    again = core(4, TABLET, large, three, kind=commit.RESTART)
    others = [recipient(PHONE), recipient(LAPTOP)]
    return [one, two, three, make(again, TABLET, others, large, three)]
