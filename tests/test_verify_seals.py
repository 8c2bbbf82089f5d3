"""Every seal of a database is checked with every key, and whatever was changed is named."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from crypto import transcript
from services.keys import ServerKeys
from store.sqlite import SqliteStore
from tests.services import town as towns
from tests.services.town import SEAL_KEY, Person, Town
from tools import verify_seals

OTHER = transcript.seal_key(bytes([7]) * 32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path)
    town = Town(store, Person("ann"), Person("bob"))
    town.commit()
    town.messages().accept_batch([town.incoming(seq) for seq in (1, 2)])
    store.close()
    return tmp_path


def change(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / verify_seals.FILE_NAME) as db:
        assert db.execute(statement).rowcount == 1
    db.close()


def test_a_seal_holds_under_any_key_of_the_list_and_under_no_other(folder: Path) -> None:
    assert list(verify_seals.wrong(folder, [SEAL_KEY])) == []
    assert list(verify_seals.wrong(folder, [OTHER, SEAL_KEY])) == []
    assert len(list(verify_seals.wrong(folder, [OTHER]))) == 3


@pytest.mark.parametrize(
    "changes",
    [
        "UPDATE entries SET seal = zeroblob(32) WHERE n = 3",
        "UPDATE entries SET received_at = received_at + 1 WHERE n = 3",
        "UPDATE entries SET raw = CAST(raw || x'00' AS BLOB) WHERE n = 3",
        "UPDATE entries SET raw = x'00' WHERE n = 3",
        "UPDATE entries SET kind = 1 WHERE n = 3",
    ],
)
def test_what_was_changed_is_named(folder: Path, changes: str) -> None:
    change(folder, changes)
    found = list(verify_seals.wrong(folder, [SEAL_KEY]))
    assert found
    assert all(" 3: " in line for line in found)


def test_an_entry_that_is_gone_is_noticed_by_the_one_behind_it(folder: Path) -> None:
    change(folder, "DELETE FROM entries WHERE n = 2")
    (line,) = verify_seals.wrong(folder, [SEAL_KEY])
    assert line.endswith(" 3: the head does not follow")


def test_the_command_uses_the_servers_own_secrets(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLASK_ENV", "development")
    monkeypatch.setenv("CRYPTEXQ_DATA_DIR", str(folder))
    monkeypatch.setenv("CRYPTEXQ_HMAC_SECRET", "new,old")
    assert verify_seals.main([]) == 1
    assert "3 entries do not hold" in capsys.readouterr().out
    old = ServerKeys.derive(["x"], ["old"], []).seal_keys[0]
    monkeypatch.setattr(towns, "SEAL_KEY", transcript.seal_key(old))
    other = folder / "other"
    store = SqliteStore(other)
    Town(store, Person("ann"), Person("bob")).commit()
    store.close()
    assert verify_seals.main([str(other)]) == 0
    assert "0 entries do not hold" in capsys.readouterr().out
