"""Holds the Python locks to their promise: exact versions, hashes, no word on where from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall(text(name)))


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_one_version_and_hashes(name: str) -> None:
    packages = re.split(r"^(?=[a-z0-9])", text(name), flags=re.MULTILINE)[1:]
    assert packages
    for package in packages:
        assert re.match(r"[a-z0-9._-]+==\S+ \\\n", package), package
        assert "--hash=sha256:" in package


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_index(name: str) -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", text(name))


def test_tests_run_on_the_versions_of_production() -> None:
    everything = pins("requirements-dev.txt")
    assert pins("requirements.txt").items() <= everything.items()


def test_the_vectors_belong_to_the_library_that_they_test() -> None:
    everything = pins("requirements-dev.txt")
    assert everything["cryptography-vectors"] == everything["cryptography"]


def test_the_server_still_has_the_worker_that_the_procfile_asks_for() -> None:
    assert int(pins("requirements.txt")["gunicorn"].split(".")[0]) < 26
