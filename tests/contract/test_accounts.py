"""Accounts and the server's secrets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from errors import StoreError, Taken
from store.base import Store
from tests.contract.conftest import Opener
from tests.contract.records import (
    ANN,
    BOB,
    CAROL,
    NOBODY,
    PARTS,
    account,
    account_parts,
    device_list,
    digest,
    session,
)


def test_an_account_is_found_by_id_name_and_email(store: Store) -> None:
    made, vault, first_list, first_session = account_parts(ANN)
    store.create_account(made, vault, first_list, first_session)
    assert store.account_by_id(ANN) == made
    assert store.account_by_name("ann") == made
    assert store.account_by_email(made.email_index) == made


def test_an_account_comes_with_vault_list_and_session(store: Store) -> None:
    made, vault, first_list, first_session = account_parts(ANN)
    store.create_account(made, vault, first_list, first_session)
    for part in PARTS:
        found = store.vault_part(ANN, part)
        assert found is not None
        assert (found.version, found.box) == (1, vault[part])
    assert store.device_list(ANN) == first_list
    assert store.session_by_token(first_session.token_hash, 0) == first_session


def test_a_stranger_is_nobody(town: Store) -> None:
    assert town.account_by_id(NOBODY) is None
    assert town.account_by_name("nobody") is None
    assert town.account_by_name("ANN") is None
    assert town.account_by_email(digest("nobody@example.org")) is None


@pytest.mark.parametrize(
    ("user_id", "name", "email"),
    [
        (ANN, "anna", "anna@example.org"),
        (NOBODY, "ann", "anna@example.org"),
        (NOBODY, "anna", "ann@example.org"),
    ],
    ids=["id", "name", "e-mail"],
)
def test_what_is_used_is_taken_and_changes_nothing(
    town: Store, user_id: bytes, name: str, email: str
) -> None:
    made = account(user_id, name, email)
    vault = dict.fromkeys(PARTS, b"intruder")
    first_list = replace(device_list(user_id), raw=b"intruder")
    fresh = session(user_id, "intruder")
    with pytest.raises(Taken):
        town.create_account(made, vault, first_list, fresh)
    assert town.account_by_id(ANN) == account(ANN)
    assert town.account_by_name("anna") is None
    assert town.account_by_id(NOBODY) is None
    assert town.session_by_token(fresh.token_hash, 0) is None
    assert town.device_list(ANN) == device_list(ANN)
    book = town.vault_part(ANN, "book")
    assert book is not None
    assert book.box != b"intruder"


def test_a_failure_in_the_last_step_leaves_nothing(town: Store) -> None:
    made, vault, first_list, good_session = account_parts(NOBODY, "dora")
    used = replace(good_session, session_id=session(ANN, f"first {ANN.hex()}").session_id)
    with pytest.raises(StoreError):
        town.create_account(made, vault, first_list, used)
    assert town.account_by_id(NOBODY) is None
    assert town.account_by_name("dora") is None
    assert town.account_by_email(made.email_index) is None
    assert town.vault_part(NOBODY, "book") is None
    assert town.device_list(NOBODY) is None
    assert town.sessions_of(NOBODY, 0) == []
    town.create_account(made, vault, first_list, good_session)
    assert town.account_by_id(NOBODY) == made


def test_names_of_many(town: Store) -> None:
    assert town.names([BOB, NOBODY, ANN]) == {ANN: "ann", BOB: "bob"}
    assert town.names([]) == {}
    crowd = [digest(str(i))[:16] for i in range(2000)]
    assert town.names([*crowd, CAROL]) == {CAROL: "carol"}


def test_a_secret_is_stored_once(store: Store, open_store: Opener) -> None:
    assert store.secret("seal", b"first") == b"first"
    assert store.secret("seal", b"second") == b"first"
    assert store.secret("decoys", b"third") == b"third"
    assert open_store().secret("seal", b"fourth") == b"first"
