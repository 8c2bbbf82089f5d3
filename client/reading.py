"""Taking an envelope: which chain it belongs to, whether it verifies, and what it says.

Pure. State changes only after the tag (and in larger epochs the signature) has verified, so bytes
that somebody made up cost nothing but the time to refuse them.
"""

from __future__ import annotations

from dataclasses import replace

from client.events import (
    Delivered,
    Event,
    ForgedSender,
    Late,
    Message,
    Misplaced,
    NotReadable,
    Own,
    Rewound,
)
from client.processing import check_seen
from client.session import LATE_MS, Epoch, Me, Session
from crypto import chain, envelope, transcript
from crypto.envelope import Header, Payload
from crypto.errors import Replay

TYPE_OF_KIND = {2: 1, 3: 2}


def take_envelope(session: Session, entry: Delivered, me: Me) -> tuple[Session, Event]:
    """The session after this message or receipt. Raises CryptoError without any effect."""
    parsed = envelope.parse_envelope(entry.raw)
    header = parsed.header
    epoch = _epoch_of(session, header, entry)
    _check_late(session, epoch, header, entry)
    _check_number(session, header)
    if header.device_id == me.device_id:
        return _take_own(session, header, entry)
    message_key, moved_chain = chain.take(epoch.chains[header.device_id], header.seq)
    signer = epoch.peers[header.device_id].signing_public if epoch.signed else None
    payload = envelope.open_envelope(message_key, parsed, signer)
    _check_payload(session, header, payload, entry.n)
    moved = replace(epoch, chains={**epoch.chains, header.device_id: moved_chain})
    return _record(session, moved, header, payload, entry)


def _epoch_of(session: Session, header: Header, entry: Delivered) -> Epoch:
    if header.conversation != session.conversation or TYPE_OF_KIND[entry.kind] != header.type:
        raise Misplaced("another conversation, or a message labelled as a receipt")
    epoch = next((item for item in session.epochs if item.number == header.epoch), None)
    if epoch is None:
        raise NotReadable("an epoch that this device is not part of")
    if header.commit_hash != epoch.commit_hash[:16]:
        raise Misplaced("another commit")
    peer = epoch.peers.get(header.device_id)
    if peer is None or peer.user_id != entry.sender:
        raise ForgedSender("the sender does not own that device")
    return epoch


def _check_late(session: Session, epoch: Epoch, header: Header, entry: Delivered) -> None:
    """After commit n+1, messages of epoch n count for two minutes, from devices of n+1 alone."""
    newest = session.newest
    if newest is None or epoch.number == newest.core.epoch:
        return
    too_old = epoch.number < newest.core.epoch - 1
    gone = header.device_id not in newest.devices()
    if too_old or gone or entry.received_at > session.newest_at + LATE_MS:
        raise Late("the epoch was closed")


def _check_number(session: Session, header: Header) -> None:
    last = session.last_seq.get((header.epoch, header.device_id), 0)
    if header.seq == last:
        raise Replay("message")
    if header.seq < last:
        raise Rewound("message number")


def _take_own(session: Session, header: Header, entry: Delivered) -> tuple[Session, Event]:
    sent = session.sent.get((header.epoch, header.seq))
    if sent != transcript.content_hash(entry.raw):
        raise ForgedSender("a message in our name that we did not send")
    return _count(session, header), Own(entry.n, header.epoch, header.seq)


def _check_payload(session: Session, header: Header, payload: Payload, n: int) -> None:
    check_seen(session, payload.seen_n, payload.seen_head, n)
    if payload.seen_n < session.last_seen.get(header.device_id, 0):
        raise Rewound("seen")


def _record(
    session: Session, epoch: Epoch, header: Header, payload: Payload, entry: Delivered
) -> tuple[Session, Event]:
    epochs = tuple(epoch if item.number == epoch.number else item for item in session.epochs)
    name = (header.device_id, payload.message_id)
    again = name in session.shown
    counted = replace(
        _count(replace(session, epochs=epochs), header),
        last_seen={**session.last_seen, header.device_id: payload.seen_n},
        shown={**session.shown, name: header.epoch},
    )
    event = Message(
        entry.n, entry.received_at, entry.sender, header.device_id, header, payload, again
    )
    return counted, event


def _count(session: Session, header: Header) -> Session:
    numbers = {**session.last_seq, (header.epoch, header.device_id): header.seq}
    added = 1 if header.type == envelope.MESSAGE else 0
    epochs = tuple(
        replace(item, messages=item.messages + added) if item.number == header.epoch else item
        for item in session.epochs
    )
    return replace(session, last_seq=numbers, epochs=epochs)
