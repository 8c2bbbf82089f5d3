"""Events reach everybody who asked, in order, whatever one listener does."""

from __future__ import annotations

import pytest

from services.events import DeviceListChanged, Events, SessionsEnded

USER = bytes(16)


def test_each_kind_has_its_own_listeners_in_order() -> None:
    events, heard = Events(), []
    events.subscribe(SessionsEnded, lambda event: heard.append(("first", event)))
    events.subscribe(SessionsEnded, lambda event: heard.append(("second", event)))
    events.subscribe(DeviceListChanged, lambda event: heard.append(("list", event)))
    ended, changed = SessionsEnded(USER, (bytes(16),)), DeviceListChanged(USER, 2)
    events.publish(ended)
    events.publish(changed)
    assert heard == [("first", ended), ("second", ended), ("list", changed)]


def test_a_listener_that_fails_is_logged_and_silences_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    events, heard = Events(), []

    def fail(_: SessionsEnded) -> None:
        raise ValueError

    events.subscribe(SessionsEnded, fail)
    events.subscribe(SessionsEnded, heard.append)
    events.publish(SessionsEnded(USER, ()))
    assert heard == [SessionsEnded(USER, ())]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
