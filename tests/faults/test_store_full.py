"""A full disk: nothing is acknowledged, nothing is lost, and it goes on when there is room.

Three ways to be full, because SQLite reports each differently: a quota on files, a disk that really
is full, and its own limit of pages.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from errors import StorageFull
from store.sqlite import SqliteStore
from tests.contract.records import ANN, BOB, TALK, account_parts, commit, genesis, message

ROOT = Path(__file__).resolve().parents[2]
FILLER = [sys.executable, "-m", "tests.faults.store_filler"]
# A disk of our own, mounted where only this process sees it; no privileges needed where allowed.
PRIVATE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
MOUNT = 'mount -t tmpfs -o "size=$1" none "$2" && shift 2 && exec "$@"'


def report_of(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def assert_survived(report: dict[str, Any]) -> None:
    n = report["acknowledged"]
    assert n > 20, "it was full before there was anything to lose"
    assert report["failure"] == "StorageFull"
    assert set(report["writing"].values()) == {"StorageFull"}
    assert report["while full"] == {"n": n, "whole": True}
    assert report["after a restart"] == {"n": n, "whole": True}
    assert report["stranger"] is False
    assert report["again"] == [True] * 8
    assert report["at the end"] == {"n": n + 8, "whole": True}


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limits on Windows")
def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    assert_survived(report_of([*FILLER, str(tmp_path), "file-limit"]))


def can_mount(folder: Path) -> bool:
    try:
        tried = subprocess.run(
            [*PRIVATE, MOUNT, "sh", "1m", str(folder), "true"], check=False, capture_output=True
        )
    except FileNotFoundError:
        return False
    return tried.returncode == 0


# The log alone fits into the first; in the second it has been folded into the file before.
@pytest.mark.parametrize("size", ["3m", "9m"])
def test_a_disk_that_is_full(tmp_path: Path, size: str) -> None:
    if not can_mount(tmp_path):
        pytest.skip("this system does not let a test mount a small disk")
    command = [*PRIVATE, MOUNT, "sh", size, str(tmp_path), *FILLER, str(tmp_path), "small-disk"]
    assert_survived(report_of(command))


def test_a_file_without_free_pages(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    for person in (ANN, BOB):
        store.create_account(*account_parts(person))
    store.create_conversation(TALK, [ANN, BOB], genesis(TALK), 1000)
    store.append_commit(commit(1, 1))
    before = store.conversation(TALK)
    limit = store._db._writer.execute("PRAGMA max_page_count = 1").fetchall()
    assert limit != [(1,)]  # SQLite answers with the pages there are
    batch = [message(n, n, size=5000) for n in range(2, 20)]
    with pytest.raises(StorageFull):
        store.append(batch)
    with pytest.raises(StorageFull):
        store.put_vault_part(ANN, "book", 2, bytes(100_000))
    assert store.conversation(TALK) == before
    store._db._writer.execute("PRAGMA max_page_count = 1000000").fetchall()
    assert store.append(batch) == [True] * len(batch)
    store.close()
