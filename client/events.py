"""What goes into a session from the transcript, what comes out of it, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from client.trust import Trust
from crypto.envelope import Header, Payload
from crypto.errors import LocalFault, RemoteFault


@dataclass(frozen=True, slots=True)
class Delivered:
    """An entry as the server gave it. `sealed` is this device's part of a commit, if it has one."""

    n: int
    received_at: int
    kind: int
    sender: bytes
    raw: bytes
    sealed: bytes | None = None


@dataclass(frozen=True, slots=True)
class World:
    """What a session is judged against: trust, this device's clock, what its person agreed to.

    `agreed` holds hashes of restart commits; `qkd_keys` the fetched keys by their id.
    """

    trust: Trust
    now: int
    agreed: frozenset[bytes] = frozenset()
    qkd_keys: Mapping[bytes, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A payload that verified; `again` if the same message was shown before."""

    n: int
    received_at: int
    sender: bytes
    device: bytes
    header: Header
    payload: Payload
    again: bool


@dataclass(frozen=True, slots=True)
class Own:
    """Something that this device sent stands in the transcript now."""

    n: int
    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class EpochOpened:
    """A commit was accepted. `readable` is false where this device is not (yet) part of it."""

    n: int
    epoch: int
    committer: bytes
    device: bytes
    restart: bool
    readable: bool
    reading_only: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry without effect. `attack`: an honest server with honest members never causes it."""

    n: int
    kind: int
    code: str
    attack: bool


@dataclass(frozen=True, slots=True)
class Stopped:
    """A contradiction: the session does nothing any more, and says so."""

    n: int
    code: str


Event = Message | Own | EpochOpened | Refused | Stopped


class NotReadable(LocalFault):
    """The entry belongs to an epoch that this device is not part of, or no longer keeps."""


class Late(RemoteFault):
    """A message of a closed epoch, too late or from a device that is no longer there."""


class Misplaced(RemoteFault):
    """A commit that does not continue the accepted one, or an envelope that fits no commit."""


class ForgedSender(RemoteFault):
    """The server's label and the authenticated sender differ."""


class Rewound(RemoteFault):
    """A number or a `seen` that goes back within what one device sent."""


class Broken(LocalFault):
    """An earlier commit could not be taken; only a restart leads on."""


class NotAgreed(LocalFault):
    """The person has not agreed to a weaker mode, so nothing is built on it."""


class OutOfOrder(Exception):
    """The entry is not the next one: fetch what is missing. Nothing was changed."""


class NeedLists(Exception):
    """Device lists must be fetched (and verified) before this entry can be judged."""

    def __init__(self, wanted: list[tuple[bytes, int]]) -> None:
        super().__init__("device lists are missing")
        self.wanted = wanted


class Held(Exception):
    """The person has to decide before this entry is taken. Nothing was changed.

    `reason` is "identity_changed" (`subject`: the user id) or "restart" (`subject`: the hash of
    the commit).
    """

    def __init__(self, reason: str, subject: bytes) -> None:
        super().__init__(reason)
        self.reason = reason
        self.subject = subject
