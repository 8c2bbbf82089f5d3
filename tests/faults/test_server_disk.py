"""A full disk: a clear error, nothing acknowledged, and nothing lost once there is room again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crypto.wire import b64_encode
from tests.sockets.site import Site

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits another process's files")


def test_a_full_disk_refuses_and_is_survived(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        ann, bob = site.friends()
        line, at_bob = ann.proves(), bob.proves()
        site.limit_files(site.largest_file())
        stored, refused, seq = 0, 0, 0
        while refused < 3:
            seq += 1
            answer = line.send(bob, ann.envelope(bob, seq))
            if answer["ok"]:
                stored += 1
                assert refused == 0
                assert stored < 1000, "the limit has no effect"
            else:
                refused += 1
                assert answer["error"]["code"] == "storage_full"
                assert answer["error"]["status"] == 507
        problem = ann.commits(bob)
        assert (problem.status_code, problem.json()["code"]) == (507, "storage_full")
        # Reading goes on, and nobody heard of what was not stored.
        assert len(bob.entries(ann)) == 1 + stored
        assert len(at_bob.seen()) == stored
        site.limit_files(1 << 40)
        answer = line.send(bob, ann.envelope(bob, seq))
        assert (answer["ok"], answer["n"]) == (True, stored + 2)
        assert at_bob.next("entry:new")["n"] == stored + 2
        assert ann.post("/conversations", {"user_id": b64_encode(bob.person.user_id)}).ok
