"""Runs in a process of its own, on the real runtime: writes what test_runtime.py checks."""

import eventlet

eventlet.monkey_patch()

import hashlib  # noqa: E402
import itertools  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402

from services.refusals import Overloaded  # noqa: E402
from tests.transport.serve import RUNTIME  # noqa: E402
from web.runtime import ThreadLimit  # noqa: E402
from web.transport.batcher import Batcher  # noqa: E402


def batches() -> dict:
    """A hundred tasks of ten items each, while a commit takes 2 ms in a native thread."""
    main, threads, sizes, wrong, ticks = threading.get_native_id(), set(), [], [], []

    def commit(items: list) -> list:
        threads.add(threading.get_native_id())
        sizes.append(len(items))
        native_sleep(0.002)
        return [ValueError(item) if item[1] == 7 else item for item in items]

    made = Batcher(commit, RUNTIME.run_in_thread, RUNTIME.spawn, largest=50)

    def client(name: int) -> None:
        mine = [(name, number) for number in range(10)]
        wrong.extend(item for item in mine if outcome(made, item) != (item, item[1] == 7))

    ticking = eventlet.spawn(tick, ticks)
    for task in [eventlet.spawn(client, name) for name in range(100)]:
        task.wait()
    ticking.kill()
    return {
        "wrong": wrong,
        "items": sum(sizes),
        "largest": max(sizes),
        "in_loop": main in threads,
        "ticks": len(ticks),
    }


def outcome(made: Batcher, item: tuple) -> tuple:
    """What a waiter was told, and whether as an error."""
    try:
        return made.call(item, RUNTIME.event), False
    except ValueError as refused:
        return refused.args[0], True


def tick(ticks: list) -> None:
    while True:
        ticks.append(time.monotonic())
        eventlet.sleep(0.001)


def native_sleep(seconds: float) -> None:
    eventlet.patcher.original("time").sleep(seconds)


def hashing() -> dict:
    """Hash login keys while a task ticks: how many at once, and the longest pause of the task."""
    running, most, ticks = [0], [0], []

    def hash_it() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        hashlib.pbkdf2_hmac("sha256", b"key", b"salt", 300_000)
        running[0] -= 1

    limit = ThreadLimit(RUNTIME, threads=1, waiting=2)
    ticking = eventlet.spawn(tick, ticks)
    tasks = [eventlet.spawn(attempt, limit, hash_it) for _ in range(5)]
    outcomes = [task.wait() for task in tasks]
    ticking.kill()
    return {
        "at_once": most[0],
        "outcomes": outcomes,
        "again": attempt(limit, hash_it),
        "pause": max(after - before for before, after in itertools.pairwise(ticks)),
        "fault": attempt(limit, fail),
        "priority": [limit(priority), RUNTIME.run_in_thread(priority)],
    }


def priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def fail() -> None:
    raise LookupError


def attempt(limit: ThreadLimit, work) -> str:
    try:
        limit(work)
    except Overloaded:
        return "overloaded"
    except LookupError:
        return "its own error"
    return "done"


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"batches": batches(), "hashing": hashing()}))
