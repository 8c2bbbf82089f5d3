"""Vault parts: compare and swap, five versions."""

from __future__ import annotations

import pytest

from errors import Conflict
from store.base import Store, VaultPart
from tests.contract.records import ANN, BOB, NOBODY


def test_the_next_version_replaces_the_newest(town: Store) -> None:
    town.put_vault_part(ANN, "book", 2, b"second")
    assert town.vault_part(ANN, "book") == VaultPart(2, b"second")
    assert town.vault_part(ANN, "identity") == VaultPart(1, b"ann identity 1")
    assert town.vault_part(BOB, "book") == VaultPart(1, b"bob book 1")


@pytest.mark.parametrize("version", [0, 1, 2, 4])
def test_any_other_version_is_a_conflict(town: Store, version: int) -> None:
    town.put_vault_part(ANN, "book", 2, b"second")
    with pytest.raises(Conflict):
        town.put_vault_part(ANN, "book", version, b"other")
    assert town.vault_part(ANN, "book") == VaultPart(2, b"second")


@pytest.mark.parametrize(("user_id", "part"), [(NOBODY, "book"), (ANN, "attic")])
def test_a_part_that_never_was_is_a_conflict(town: Store, user_id: bytes, part: str) -> None:
    assert town.vault_part(user_id, part) is None
    for version in (0, 1, 2):
        with pytest.raises(Conflict):
            town.put_vault_part(user_id, part, version, b"box")
    assert town.vault_part(user_id, part) is None


def test_versions_go_on_beyond_the_five_that_are_kept(town: Store) -> None:
    for version in range(2, 13):
        town.put_vault_part(ANN, "book", version, b"book %d" % version)
    assert town.vault_part(ANN, "book") == VaultPart(12, b"book 12")
    with pytest.raises(Conflict):
        town.put_vault_part(ANN, "book", 2, b"again")
