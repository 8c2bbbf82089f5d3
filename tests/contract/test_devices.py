"""Device lists and key refreshes: numbers only rise, one step at a time for lists."""

from __future__ import annotations

from dataclasses import replace

import pytest

from errors import Conflict
from store.base import Store
from tests.contract.records import ANN, BOB, LAPTOP, NOBODY, PHONE, device_list, refresh


def test_lists_are_kept_all_and_the_newest_is_found(town: Store) -> None:
    for version in (2, 3):
        town.put_device_list(device_list(ANN, version))
    assert town.device_list(ANN) == device_list(ANN, 3)
    assert town.device_lists(ANN, 1, 9) == [device_list(ANN, version) for version in (1, 2, 3)]
    assert town.device_lists(ANN, 3, 9) == [device_list(ANN, 3)]
    assert town.device_lists(ANN, 4, 9) == []
    assert town.device_list(BOB) == device_list(BOB, 1)


def test_lists_are_ordered_by_number_not_by_text(town: Store) -> None:
    for version in range(2, 12):
        town.put_device_list(device_list(ANN, version))
    assert [found.version for found in town.device_lists(ANN, 1, 99)] == list(range(1, 12))
    assert town.device_list(ANN) == device_list(ANN, 11)


def test_at_most_so_many_lists_are_read_the_oldest_first(town: Store) -> None:
    for version in range(2, 6):
        town.put_device_list(device_list(ANN, version))
    assert [found.version for found in town.device_lists(ANN, 2, 3)] == [2, 3, 4]
    assert town.device_lists(ANN, 5, 3) == [device_list(ANN, 5)]
    assert town.device_lists(ANN, 1, 0) == []


@pytest.mark.parametrize("version", [0, 1, 2, 4])
def test_a_list_that_is_not_the_next_is_a_conflict(town: Store, version: int) -> None:
    town.put_device_list(device_list(ANN, 2))
    with pytest.raises(Conflict):
        town.put_device_list(replace(device_list(ANN, version), raw=b"other"))
    assert town.device_lists(ANN, 0, 9) == [device_list(ANN, 1), device_list(ANN, 2)]


def test_a_stranger_has_no_list_and_gets_none(town: Store) -> None:
    assert town.device_list(NOBODY) is None
    assert town.device_lists(NOBODY, 0, 9) == []
    with pytest.raises(Conflict):
        town.put_device_list(device_list(NOBODY, 1))
    assert town.device_list(NOBODY) is None


def test_the_newest_refresh_of_each_device(town: Store) -> None:
    town.put_refresh(refresh(ANN, LAPTOP, 1))
    town.put_refresh(refresh(ANN, PHONE, 1))
    town.put_refresh(refresh(ANN, LAPTOP, 5))
    town.put_refresh(refresh(BOB, LAPTOP, 3))
    found = town.refreshes(ANN)
    assert {one.device_id: one for one in found} == {
        LAPTOP: refresh(ANN, LAPTOP, 5),
        PHONE: refresh(ANN, PHONE, 1),
    }
    assert len(found) == 2
    assert town.refreshes(NOBODY) == []


@pytest.mark.parametrize("number", [1, 4, 5])
def test_a_refresh_that_is_not_above_the_newest_is_a_conflict(town: Store, number: int) -> None:
    town.put_refresh(refresh(ANN, LAPTOP, 5))
    with pytest.raises(Conflict):
        town.put_refresh(replace(refresh(ANN, LAPTOP, number), raw=b"other"))
    assert town.refreshes(ANN) == [refresh(ANN, LAPTOP, 5)]
