"""`kill -9` at any moment: whatever was acknowledged is there, in order, once.

Proves nothing about power cuts: for those, see the pragmas in test_store_sqlite. A failure prints
the seed of its moments; KILL_SEED sets it, and what the machine does in between stays chance.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from store.base import Store
from store.sqlite import SqliteStore
from tests.faults.store_appender import LANES, conversation, entry

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 6


def dice_of_this_run() -> random.Random:
    """pytest shows what is printed when the test fails."""
    seed = int(os.environ.get("KILL_SEED") or random.randrange(2**32))
    print(f"KILL_SEED={seed}")  # noqa: T201 - whoever replays a failure needs it
    return random.Random(seed)


def run_and_kill(folder: Path, seconds: float, wait_for_first: bool) -> dict[int, int]:
    """The highest number of each lane that was acknowledged before the kill."""
    command = [sys.executable, "-m", "tests.faults.store_appender", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline() if wait_for_first else b""
        time.sleep(seconds)
        assert process.poll() is None, "it ended by itself"
        process.kill()
        rest = process.stdout.read()
    lines = (first + rest).decode().splitlines(keepends=True)
    highest = dict.fromkeys(range(LANES), 0)
    for line in lines:
        if line.endswith("\n"):
            lane, n = line.split()
            assert int(n) > highest[int(lane)]
            highest[int(lane)] = int(n)
    return highest


def all_entries(store: Store, lane: int) -> list[int]:
    """The numbers in the store, after checking that each entry is what was sent under it."""
    numbers: list[int] = []
    while page := store.entries(conversation(lane), len(numbers), 500):
        assert page == [entry(lane, one.n) for one in page]
        numbers += [one.n for one in page]
    return numbers


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    dice = dice_of_this_run()
    acknowledged = dict.fromkeys(range(LANES), 0)
    for _ in range(ROUNDS):
        highest = run_and_kill(tmp_path / "data", dice.uniform(0, 0.25), wait_for_first=True)
        for lane, n in highest.items():
            acknowledged[lane] = max(acknowledged[lane], n)
        store = SqliteStore(tmp_path / "data")
        for lane, n in acknowledged.items():
            found = all_entries(store, lane)
            assert found == list(range(1, len(found) + 1))
            assert len(found) >= n
        store.close()
    assert sum(acknowledged.values()) > ROUNDS, "nothing was acknowledged, so nothing was tested"


def test_a_kill_while_the_file_is_made(tmp_path: Path) -> None:
    """Wherever creation was cut off, the next start finishes it."""
    dice = dice_of_this_run()
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        command = [sys.executable, "-m", "tests.faults.store_appender", str(folder)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            while not folder.exists():
                time.sleep(0.0005)
            time.sleep(dice.uniform(0, 0.02))
            process.kill()
        store = SqliteStore(folder)
        assert store.secret("works", b"yes") == b"yes"
        store.close()
