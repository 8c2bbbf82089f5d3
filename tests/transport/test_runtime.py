"""Batcher and ThreadLimit on the real runtime, in a process of their own (see runtime_probe.py)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def seen() -> dict:
    command = [sys.executable, "-W", "ignore", "-m", "tests.transport.runtime_probe"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_every_waiter_gets_its_own_outcome(seen):
    assert seen["batches"]["wrong"] == []
    assert seen["batches"]["items"] == 1000


def test_a_commit_runs_outside_the_loop_which_goes_on(seen):
    assert seen["batches"]["in_loop"] is False
    assert 2 < seen["batches"]["largest"] <= 50
    assert seen["batches"]["ticks"] > 10


def test_hashing_leaves_the_loop_alone_and_waits_in_a_bounded_line(seen):
    assert seen["hashing"]["at_once"] == 1
    assert sorted(seen["hashing"]["outcomes"]) == ["done"] * 3 + ["overloaded"] * 2
    assert seen["hashing"]["again"] == "done"
    assert seen["hashing"]["pause"] < 0.1
    assert seen["hashing"]["fault"] == "its own error"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a priority is the whole process's")
def test_hashing_has_a_lower_priority_and_nobody_else(seen):
    low, usual = seen["hashing"]["priority"]
    assert low == usual + 10
