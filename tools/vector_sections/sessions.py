"""Sections for commits, rosters, chains, envelopes and the transcript."""

from __future__ import annotations

from crypto import chain, commit, envelope, epoch, transcript
from crypto.commit import Commit
from crypto.envelope import Header, Payload, Receipt
from crypto.errors import CryptoError
from tools.vector_sections import story
from tools.vector_sections.cast import NOW
from tools.vector_sections.draw import Case, b64, b64s, draw
from tools.vector_sections.story import LAPTOP, PHONE, TABLET, Chapter

OWNERS = {d.device_id: d for d in (LAPTOP, PHONE, TABLET)}


def sections() -> dict[str, list[Case]]:
    chapters = story.tell()
    return {
        "commit": [_commit(chapter) for chapter in chapters],
        "roster": [_roster(chapter) for chapter in chapters],
        "chain": [_chain()],
        "skipped": [_skipped()],
        "envelope": _envelopes(),
        "transcript": [_transcript()],
    }


def _commit(chapter: Chapter) -> Case:
    value, secrets = chapter.commit, chapter.secrets
    return {
        "name": f"epoch {value.core.epoch}",
        "core": _core(value),
        "refs": [_ref(ref) for ref in value.refs],
        "tag": b64(value.tag),
        "signature": b64(value.signature),
        "commit": b64(value.raw),
        "core_hash": b64(commit.core_hash(value)),
        "untagged_hash": b64(commit.untagged_hash(value)),
        "commit_hash": b64(commit.commit_hash(value)),
        "signing_public": b64(chapter.committer.signing.public),
        "seed": b64(chapter.seed),
        "previous_chain_secret": b64(chapter.previous_chain_secret),
        "qkd_keys": b64s(chapter.qkd_keys),
        "entries": [_entry(chapter, ref.device_id) for ref in value.refs],
        "secrets": {
            "epoch_secret": b64(secrets.epoch_secret),
            "chain_secret": b64(secrets.chain_secret),
            "confirmation": b64(secrets.confirmation),
        },
        "sender_chains": [
            {"device_id": b64(d), "chain_key": b64(epoch.sender_chain(secrets.epoch_secret, d))}
            for d in sorted(value.devices())
        ],
    }


def _core(value: Commit) -> Case:
    core = value.core
    return {
        "conversation": b64(core.conversation),
        "epoch": core.epoch,
        "previous_hash": b64(core.previous_hash),
        "mode": core.mode,
        "kind": core.kind,
        "committer_user": b64(core.committer_user),
        "committer_device": b64(core.committer_device),
        "refresh": core.refresh,
        "created_at": core.created_at,
        "members": [
            {
                "user_id": b64(member.user_id),
                "identity_hash": b64(member.identity_hash),
                "list_version": member.list_version,
                "list_hash": b64(member.list_hash),
            }
            for member in core.members
        ],
        "fresh_key": b64(core.fresh_key),
        "qkd_key_ids": b64s(core.qkd_key_ids),
        "seen_n": core.seen_n,
        "seen_head": b64(core.seen_head),
    }


def _ref(ref: commit.Ref) -> Case:
    return {
        "device_id": b64(ref.device_id),
        "key_id": b64(ref.key_id),
        "kind": ref.kind,
        "entry_hash": b64(ref.entry_hash),
    }


def _entry(chapter: Chapter, device_id: bytes) -> Case:
    return {
        "device_id": b64(device_id),
        "kem_seed": b64(OWNERS[device_id].kem.seed),
        "previous_chain_secret": b64(chapter.chain_secret_for(device_id)),
        "sealed": b64(chapter.entries[device_id]),
    }


def _roster(chapter: Chapter) -> Case:
    return {
        "commit": b64(chapter.commit.raw),
        "lists": b64s([signed.raw for signed in chapter.lists.values()]),
        "previous": b64(chapter.previous.commit.raw if chapter.previous else None),
    }


def _chain() -> Case:
    first = draw("chain key", 32)
    state, steps = chain.SendingChain(first), list[Case]()
    for _ in range(5):
        seq, key, state = chain.advance(state)
        step: Case = {"seq": seq, "message_key": b64(key), "chain_key": b64(state.chain_key)}
        steps.append(step)
    return {"chain_key": b64(first), "steps": steps}


def _skipped() -> Case:
    """In order, ahead, late, used twice, too far ahead, and to the last number that is kept."""
    state, takes = chain.ReceivingChain(draw("chain key", 32)), list[Case]()
    for seq in (1, 4, 2, 2, 4, 3, 3, 1006, 1005, 1006, 7, 1008):
        try:
            key, state = chain.take(state, seq)
            takes.append({"seq": seq, "message_key": b64(key), "error": None})
        except CryptoError as error:
            takes.append({"seq": seq, "message_key": None, "error": error.code})
    return {"chain_key": b64(draw("chain key", 32)), "takes": takes}


def _envelopes() -> list[Case]:
    receipts = tuple(Receipt(draw(f"receipt {i}", 16), 1 + i % 2) for i in range(3))
    cases = [_envelope("a receipt", receipts, False), _envelope("signed receipt", receipts, True)]
    cases.append(_envelope("most receipts", _many_receipts(), False))
    cases.append(_envelope("signed text", "I am the one who wrote this.", True))
    cases.append(_envelope("scripts and a byte order mark", "\ufeffמכתב 🐞 ünïcode\u2028", False))
    # 62 bytes stand before the text and 0x80 after it: each fills its padded length exactly.
    fitting = envelope.PADDED[:-1]
    cases += [_envelope(f"fills {size}", "x" * (size - 63), False) for size in fitting]
    cases.append(_envelope("one more than 256 holds", "y" * 194, False))
    cases.append(_envelope("longest text, signed", "z" * envelope.MAX_TEXT, True))
    return cases


def _many_receipts() -> tuple[Receipt, ...]:
    return tuple(Receipt(draw(f"many {i}", 16), 1 + i % 2) for i in range(envelope.MAX_RECEIPTS))


def header(type_: int = envelope.MESSAGE) -> Header:
    """A header of the story's second epoch."""
    start = draw("commit of the header", 16)
    return Header(type_, story.CONVERSATION, 2, LAPTOP.device_id, 7, NOW, start)


def _envelope(name: str, body: str | tuple[Receipt, ...], signed: bool) -> Case:
    payload = Payload(draw(f"message {name}", 16), 12, draw("seen head", 32), body)
    head, key = header(payload.kind), draw(f"message key {name}", 32)
    private = LAPTOP.signing.private if signed else None
    raw = envelope.seal_envelope(key, head, payload, private)
    return {
        "name": name,
        "message_key": b64(key),
        "header": {
            "type": head.type,
            "conversation": b64(head.conversation),
            "epoch": head.epoch,
            "device_id": b64(head.device_id),
            "seq": head.seq,
            "sent_at": head.sent_at,
            "commit_hash": b64(head.commit_hash),
        },
        "payload": _payload(payload),
        "signing_private": b64(private),
        "signing_public": b64(LAPTOP.signing.public if signed else None),
        "padded": len(raw) - 66 - 4 - 16 - 32,
        "envelope": b64(raw),
    }


def _payload(payload: Payload) -> Case:
    receipts = None
    if not isinstance(payload.body, str):
        receipts = [{"message_id": b64(r.message_id), "state": r.state} for r in payload.body]
    return {
        "message_id": b64(payload.message_id),
        "seen_n": payload.seen_n,
        "seen_head": b64(payload.seen_head),
        "text": payload.body if isinstance(payload.body, str) else None,
        "receipts": receipts,
    }


def _transcript() -> Case:
    key, head, entries = transcript.seal_key(draw("seal key", 32)), b"", list[Case]()
    head = transcript.start(story.CONVERSATION)
    for n, kind in enumerate((transcript.COMMIT, transcript.MESSAGE, transcript.RECEIPT), 1):
        sender, tag = story.ALICE.user_id, draw(f"tag {n}", 32)
        content = transcript.content_hash(draw(f"entry {n}", 500))
        head = transcript.next_head(head, n, NOW + n, kind, sender, content)
        entry: Case = {"n": n, "received_at": NOW + n, "kind": kind, "sender": b64(sender)}
        entry |= {"content_hash": b64(content), "head": b64(head), "tag": b64(tag)}
        entries.append(entry | {"seal": b64(transcript.seal(key, head, tag))})
    return {
        "conversation": b64(story.CONVERSATION),
        "head_0": b64(transcript.start(story.CONVERSATION)),
        "seal_key": b64(key.key),
        "seal_key_id": b64(key.key_id),
        "entries": entries,
    }
