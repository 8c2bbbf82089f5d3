"""What the server keeps, logs and carries holds no message, no password and no key.

Every secret is looked for as it is, in base64 at each alignment, in hex, in JSON escapes and in
UTF-16, in every file of the server's folder and in everything that went over the wire (WebSocket
frames unmasked). The same search must find what is there in the open, or it proves nothing.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from client.client import Client
from crypto import vault
from tests.live.conftest import GENEROUS
from tests.live.tap import Tap
from tests.live.test_python_clients import texts
from tests.sockets.site import Site

TEXT = "the heron stands in the cold water at six"
PASSWORD = "Überaus langes Kennwort 42"
EMAIL = "ann.private@example.org"


def shapes(secret: bytes) -> list[bytes]:
    """The ways in which bytes hide in other bytes; base64 without what depends on neighbours."""
    coded = []
    for skip in range(3):
        inner = base64.b64encode(bytes(skip) + secret)[4 if skip else 0 :]
        inner = inner[: len(inner) // 4 * 4 - 4]
        coded += [inner, inner.replace(b"+", b"-").replace(b"/", b"_")]
    return [secret, secret.hex().encode(), *coded]


def text_shapes(secret: str) -> list[bytes]:
    escaped = json.dumps(secret)[1:-1].encode()
    return [*shapes(secret.encode()), escaped, secret.encode("utf-16-le")]


def unmasked(heard: bytes) -> bytes:
    """The payloads of clients' text frames: a mask would hide what was sent in the open."""
    found = []
    for match in re.finditer(rb"\x81([\x80-\xff])", heard):
        length, at = match.group(1)[0] & 0x7F, match.end()
        if length == 126:
            length, at = int.from_bytes(heard[at : at + 2]), at + 2
        mask, data = heard[at : at + 4], heard[at + 4 : at + 4 + length]
        found.append(bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))
    return b"\n".join(found)


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes, dict[str, bytes]]:
    """(files, traffic, secrets by name) of a conversation from sign-up to log-out."""
    folder: Path = tmp_path_factory.mktemp("traces")
    with Site(folder, **GENEROUS) as site, Tap(site.port) as tap:
        ann, bob = Client(tap.origin), Client(tap.origin)
        recovery = ann.sign_up("ann", EMAIL, PASSWORD)
        bob.sign_up("bob", "bob@example.org", PASSWORD + "!")
        chat = ann.start("bob")
        ann.send(chat, TEXT)
        assert texts(bob, 1) == [TEXT]
        with pytest.raises(Exception, match="login_failed"):
            Client(tap.origin).log_in("ann", "wrong " + PASSWORD)
        ann.log_out()
        bob.disconnect()
        files = b"\n".join(
            path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
        )
        secrets = {
            "the recovery key": vault.parse_recovery_key(recovery),
            "a signing key": ann.me.signing_private,
            "a device's X-Wing seed": ann.me.keys[0].seed,
            "the chain secret": ann.chats.all[chat].session.chain_secret or b"",
        }
        return files, bytes(tap.heard) + unmasked(bytes(tap.heard)), secrets


@pytest.mark.parametrize("secret", [TEXT, PASSWORD, "wrong " + PASSWORD])
def test_no_message_and_no_password_is_anywhere(
    traces: tuple[bytes, bytes, dict[str, bytes]], secret: str
) -> None:
    for place in traces[:2]:
        assert not [shape for shape in text_shapes(secret) if shape in place]


def test_no_private_key_is_anywhere(traces: tuple[bytes, bytes, dict[str, bytes]]) -> None:
    files, traffic, secrets = traces
    for name, secret in secrets.items():
        assert len(secret) >= 32
        for place in (files, traffic):
            assert not [shape for shape in shapes(secret) if shape in place], name


def test_the_address_travels_once_and_is_kept_sealed(
    traces: tuple[bytes, bytes, dict[str, bytes]],
) -> None:
    files, traffic, _ = traces
    assert not [shape for shape in text_shapes(EMAIL) if shape in files]
    assert traffic.count(EMAIL.encode()) == 1


def test_the_search_finds_what_is_there_in_the_open(
    traces: tuple[bytes, bytes, dict[str, bytes]],
) -> None:
    files, traffic, _ = traces
    assert b"SQLite format 3" in files
    assert b"ann" in files
    assert b'"message:send"' in traffic, "frames of clients are unmasked"
    assert b"device_list" in traffic


@pytest.mark.parametrize("before", range(3))
def test_every_alignment_of_base64_is_recognised(before: int) -> None:
    hidden = base64.urlsafe_b64encode(b"x" * before + TEXT.encode() + b"behind")
    assert any(shape in hidden for shape in text_shapes(TEXT))
