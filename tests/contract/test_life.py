"""Opening, closing, and what is on disk."""

from __future__ import annotations

import pytest

from errors import StoreError
from store.base import Store
from tests.contract.conftest import Opener
from tests.contract.records import ANN, TALK, account, account_parts, commit, message


def test_what_was_written_is_there_after_closing(talk: Store, open_store: Opener) -> None:
    talk.append_commit(commit(1, 1))
    assert talk.append([message(2, 1)]) == [True]
    before = talk.conversation(TALK)
    talk.close()
    again = open_store()
    assert again.account_by_name("ann") == account(ANN)
    assert again.conversation(TALK) == before
    assert again.entries(TALK, 1, 10) == [message(2, 1)]


def test_one_process_sees_what_another_wrote(talk: Store, open_store: Opener) -> None:
    other = open_store()
    assert other.conversation(TALK) is not None
    talk.append_commit(commit(1, 1))
    assert other.append([message(1, 1)]) == [False]
    assert other.append([message(2, 1)]) == [True]
    assert talk.entries(TALK, 1, 10) == [message(2, 1)]


def test_ping_answers(store: Store) -> None:
    store.ping()


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    for use in (
        store.ping,
        lambda: store.account_by_id(ANN),
        lambda: store.create_account(*account_parts(ANN)),
        lambda: store.append([message(1, 1)]),
    ):
        with pytest.raises(StoreError):
            use()
