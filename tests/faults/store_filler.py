"""A program that fills its disk, looks around, gets room and goes on: `store_filler FOLDER HOW`.

HOW is `file-limit` (no file may grow beyond a size, as with a quota) or `small-disk` (FOLDER is on
a disk of a few megabytes, where a ballast file waits to be removed). Prints what it saw as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from errors import CryptexqError
from store.base import Store
from store.sqlite import SqliteStore
from tests.contract.records import (
    ANN,
    BOB,
    TALK,
    account_parts,
    commit,
    genesis,
    message,
)

BATCH = 8
FILE_LIMIT = 700_000
BALLAST = 1_000_000


def outcome(step: Callable[[], Any]) -> str:
    try:
        step()
    except CryptexqError as error:
        return type(error).__name__
    return "ok"


def fill(store: Store) -> tuple[int, str]:
    """Append until it fails: the last acknowledged number, and how it failed."""
    n = 1
    while n < 10_000:
        batch = [message(n + i, n + i, size=2000) for i in range(1, 1 + BATCH)]
        try:
            answers = store.append(batch)
        except CryptexqError as error:
            return n, type(error).__name__
        if not all(answers):
            return n, "refused"
        n += BATCH
    return n, "never full"


def look_around(store: Store) -> dict[str, Any]:
    state = store.conversation(TALK)
    numbers = [entry.n for entry in store.entries(TALK, 0, 100_000)]
    return {"n": state.n if state else None, "whole": numbers == list(range(1, len(numbers) + 1))}


def try_writing(store: Store, n: int) -> dict[str, str]:
    # Large, so that none of them fits into what little room may be left.
    much = b"x" * 400_000
    stranger = account_parts(b"stranger" * 2, "stranger")
    parts = (stranger[0], {"book": much}, stranger[2], stranger[3])
    return {
        "append": outcome(lambda: store.append([message(n + 1, n + 1, size=400_000)])),
        "commit": outcome(lambda: store.append_commit(big_commit(n + 1, much))),
        "vault": outcome(lambda: store.put_vault_part(ANN, "book", 2, much)),
        "account": outcome(lambda: store.create_account(*parts)),
    }


def big_commit(n: int, much: bytes) -> Any:
    made = commit(n, 2)
    return type(made)(made.entry, made.epoch, dict.fromkeys(made.sealed, much))


def limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def main(folder: Path, how: str) -> dict[str, Any]:
    ballast = folder / "ballast"
    store = SqliteStore(folder / "data")
    for person in (ANN, BOB):
        store.create_account(*account_parts(person))
    store.create_conversation(TALK, [ANN, BOB], genesis(TALK), 1000)
    store.append_commit(commit(1, 1))
    if how == "small-disk":
        ballast.write_bytes(bytes(BALLAST))
    else:
        limit_files(FILE_LIMIT)
    n, failure = fill(store)
    report: dict[str, Any] = {"acknowledged": n, "failure": failure}
    report["writing"] = try_writing(store, n)
    report["while full"] = look_around(store)
    store.close()
    store = SqliteStore(folder / "data")
    report["after a restart"] = look_around(store)
    if how == "small-disk":
        ballast.unlink()
    else:
        limit_files(resource.RLIM_INFINITY)
    again = [message(n + i, n + i, size=2000) for i in range(1, 1 + BATCH)]
    report["again"] = store.append(again)
    report["stranger"] = store.account_by_name("stranger") is not None
    store.close()
    store = SqliteStore(folder / "data")
    report["at the end"] = look_around(store)
    store.close()
    return report


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
