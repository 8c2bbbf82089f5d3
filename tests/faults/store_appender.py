"""A program that appends from several threads until it is killed: `store_appender FOLDER`.

Prints one line, `lane n`, for each entry, after the store acknowledged it and never before. Goes on
where the last run ended. Each lane is a conversation of its own, so that batches of all meet.
"""

from __future__ import annotations

import os
import random
import sys
import threading
from pathlib import Path

from store.base import Entry, Store
from store.sqlite import SqliteStore
from tests.contract.records import ANN, BOB, LAPTOP, account_parts, genesis, ident, message

LANES = 4


def conversation(lane: int) -> bytes:
    return ident(f"lane {lane}")


def entry(lane: int, n: int) -> Entry:
    """The same bytes in every run, so that whoever looks later knows what must be there."""
    return message(n, n, conversation=conversation(lane), device=LAPTOP, size=n % 3000)


def prepare(store: Store) -> None:
    for person in (ANN, BOB):
        if store.account_by_id(person) is None:
            store.create_account(*account_parts(person))
    for lane in range(LANES):
        store.create_conversation(conversation(lane), [ANN, BOB], genesis(conversation(lane)), 1000)


def append_for_ever(store: Store, lane: int) -> None:
    state = store.conversation(conversation(lane))
    n = state.n if state else 0
    while True:
        batch = [entry(lane, n + 1 + i) for i in range(random.randint(1, 20))]
        if not all(store.append(batch)):
            os._exit(3)
        n += len(batch)
        lines = "".join(f"{lane} {one.n}\n" for one in batch)
        os.write(1, lines.encode())


if __name__ == "__main__":
    opened = SqliteStore(Path(sys.argv[1]))
    prepare(opened)
    for number in range(LANES):
        threading.Thread(target=append_for_ever, args=(opened, number)).start()
