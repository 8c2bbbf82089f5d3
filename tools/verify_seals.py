"""Checks every entry of a database: `python -m tools.verify_seals [FOLDER]`.

Owns nothing; reads the secrets that the server reads, and the database without changing it. An
entry is good when its head follows from the ones before it and one of the configured keys made its
seal. Exit code 1 and one line for each that is not.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from config import Config
from crypto import commit, envelope, transcript
from crypto.errors import CryptoError
from crypto.transcript import SealKey
from services.keys import ServerKeys
from store.sqlite.database import FILE_NAME

ENTRIES = """SELECT conversation_id, n, received_at, kind, sender, raw, head, seal
    FROM entries ORDER BY conversation_id, n"""


def wrong(folder: Path, keys: Sequence[SealKey]) -> Iterator[str]:
    """The entries that do not hold, each as conversation, number and reason."""
    place, head = b"", b""
    db = sqlite3.connect(f"{(folder / FILE_NAME).resolve().as_uri()}?mode=ro", uri=True)
    for conversation, n, received_at, kind, sender, raw, stored, seal in db.execute(ENTRIES):
        before = head if conversation == place else transcript.start(conversation)
        place, head = conversation, stored
        try:
            content = transcript.content_hash(raw)
            if transcript.next_head(before, n, received_at, kind, sender, content) != stored:
                yield f"{conversation.hex()} {n}: the head does not follow"
            parse = commit.parse_commit if kind == transcript.COMMIT else envelope.parse_envelope
            transcript.verify_seal(keys, stored, parse(raw).tag, seal)
        except CryptoError as error:
            yield f"{conversation.hex()} {n}: {error}"
    db.close()


def main(arguments: Sequence[str]) -> int:
    config = Config.from_env()
    derived = ServerKeys.derive(config.secret_keys, config.hmac_secrets, config.at_rest_secrets)
    keys = [transcript.seal_key(key) for key in derived.seal_keys]
    found = list(wrong(Path(arguments[0]) if arguments else config.data_dir, keys))
    sys.stdout.write("".join(f"{line}\n" for line in found) + f"{len(found)} entries do not hold\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
