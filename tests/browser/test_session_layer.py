"""Two people in real browsers, by the session layer: nothing is lost, doubled or out of order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.people import Human, Room, until

pytestmark = pytest.mark.browser
Newcomer = Callable[[str], Human]
Pair = tuple[Human, Room, Human, Room, str]


@pytest.fixture
def pair(newcomer: Newcomer) -> Pair:
    """Ann and Ben, signed up, both in the talk room, with an empty conversation."""
    ann, ben = newcomer("ann"), newcomer("ben")
    ann.sign_up()
    ben.sign_up()
    hers, his = ann.open().ready(), ben.open().ready()
    talk = hers.start(ben)
    until(lambda: his.call("conversations"), "his side of the conversation")
    return ann, hers, ben, his, talk


def test_two_people_talk_and_see_what_became_of_their_messages(pair: Pair) -> None:
    _, hers, _, his, talk = pair
    hers.call("send", talk, "hello")
    his.reads(talk, "hello")
    until(lambda: hers.state_of(talk, "hello") == "delivered", "delivered")
    assert his.conversation(talk)["unread"] == 1
    his.call("markRead", talk)
    until(lambda: hers.state_of(talk, "hello") == "read", "read")
    assert his.conversation(talk)["unread"] == 0
    his.call("send", talk, "hello yourself")
    hers.reads(talk, "hello", "hello yourself")


def test_a_reload_loses_nothing(pair: Pair) -> None:
    ann, hers, _, his, talk = pair
    hers.call("send", talk, "before")
    his.reads(talk, "before")
    hers.close()
    his.call("send", talk, "while you were away")
    again = ann.open().ready().reads(talk, "before", "while you were away")
    again.call("send", talk, "after")
    his.reads(talk, "before", "while you were away", "after")


def test_what_was_written_offline_goes_out_in_order_and_once(pair: Pair) -> None:
    ann, hers, _, his, talk = pair
    hers.call("send", talk, "first")
    his.reads(talk, "first")
    ann.context.set_offline(True)
    for i in range(3):
        hers.call("send", talk, f"offline {i}")
    hers.reads(talk, "first", "offline 0", "offline 1", "offline 2")
    assert hers.state_of(talk, "offline 2") in {"queued", "sending"}
    hers.close()
    ann.context.set_offline(False)
    ann.open().ready()
    his.reads(talk, "first", "offline 0", "offline 1", "offline 2")


def test_messages_wait_for_somebody_who_is_away(pair: Pair) -> None:
    _, hers, ben, his, talk = pair
    his.close()
    texts = [f"message {i}" for i in range(60)]
    for text in texts:
        hers.call("send", talk, text)
    until(lambda: hers.state_of(talk, texts[-1]) == "stored", "all stored")
    again = ben.open().ready().reads(talk, *texts)
    assert again.conversation(talk)["epoch"] == 2, "an epoch carries 50 messages"
    assert again.conversation(talk)["unread"] == 60


def test_a_second_tab_shows_the_same_and_takes_over(pair: Pair) -> None:
    ann, hers, _, his, talk = pair
    second = ann.open()
    until(lambda: second.status()["stage"] == "ready", "news from the tab that leads")
    assert hers.status()["leader"]
    assert not second.status()["leader"]
    second.call("send", talk, "from the second tab")
    his.reads(talk, "from the second tab")
    his.call("send", talk, "an answer")
    second.reads(talk, "from the second tab", "an answer")
    assert second.call("inspect", talk)["counters"]["sent"] == 1
    hers.close()
    until(lambda: second.status()["leader"], "the second tab leads")
    second.ready().call("send", talk, "and on it goes")
    his.reads(talk, "from the second tab", "an answer", "and on it goes")


def test_two_devices_on_each_side_read_everything_from_where_they_joined(pair: Pair) -> None:
    ann, hers, ben, his, talk = pair
    hers.call("send", talk, "one to one")
    his.reads(talk, "one to one")
    rooms = []
    for human in (ann, ben):
        context = human.new_browser()
        assert human.log_in(context)["newDevice"]
        rooms.append(human.open(context).ready())
    for room in rooms:
        until(lambda room=room: room.conversation(talk)["blocked"] is None, "let in")
    rooms[0].call("send", talk, "from her second device")
    for room in (hers, his):
        room.reads(talk, "one to one", "from her second device")
    rooms[1].reads(talk, "from her second device").call("send", talk, "from his second device")
    for room in rooms:
        room.reads(talk, "from her second device", "from his second device")
    hers.reads(talk, "one to one", "from her second device", "from his second device")
    assert len(hers.call("inspect", talk)["devices"]) == 4
    for room in (hers, his, *rooms):
        assert room.call("inspect", talk)["counters"]["tamperRefused"] == 0
    hers.alert("own_list_grew")


def test_evicted_storage_is_noticed_and_the_browser_comes_back_as_a_new_device(pair: Pair) -> None:
    ann, hers, _, his, talk = pair
    hers.call("send", talk, "before")
    his.reads(talk, "before")
    user_id = hers.page.evaluate("document.body.dataset.userId")
    hers.close()
    page = ann.page()
    page.goto(f"{ann.url}/")
    page.evaluate(
        """name => new Promise((done) => {
            indexedDB.deleteDatabase(name).onsuccess = done;
        })""",
        f"cryptexq-{user_id}",
    )
    page.close()
    lost = ann.open()
    heard = until(lambda: lost.page.evaluate("heard"), "that the keys are gone")
    assert heard[0][1]["code"] == "device_missing"
    lost.close()
    assert ann.log_in(ann.context)["newDevice"]
    again = ann.open().ready()
    again.alert("new_device")
    until(lambda: again.conversation(talk)["blocked"] is None, "let in")
    his.call("send", talk, "welcome back")
    again.reads(talk, "welcome back")
    kinds = [row["notice"]["kind"] for row in again.rows(talk) if row["notice"]]
    assert kinds[0] == "joined"


def test_a_recovery_key_opens_the_account_like_the_password(pair: Pair) -> None:
    ann, hers, _, _, talk = pair
    context = ann.new_browser()
    assert ann.log_in(context, recovery_key=ann.recovery_key.lower().replace("-", " "))["newDevice"]
    room = ann.open(context).ready()
    until(lambda: room.conversation(talk)["epoch"] or not room.conversation(talk)["blocked"], "in")
    hers.call("send", talk, "to my other browser")
    room.reads(talk, "to my other browser")
    assert room.state_of(talk, "to my other browser") == "stored"


def test_nobody_left_to_let_a_device_in_so_its_person_starts_afresh(pair: Pair) -> None:
    ann, hers, ben, his, talk = pair
    hers.call("send", talk, "before")
    his.reads(talk, "before")
    hers.close()
    his.close()
    context = ann.new_browser()
    ann.log_in(context)
    alone = ann.open(context).ready()
    waiting = until(lambda: alone.conversation(talk)["blocked"], "waiting")
    assert waiting["code"] == "waiting"
    alert = alone.alert("waiting")
    alone.call("act", alert["id"], "restart")
    until(lambda: alone.conversation(talk)["blocked"] is None, "started afresh")
    alone.call("send", talk, "afresh")
    asked = ben.open().ready()
    until(lambda: (asked.conversation(talk)["blocked"] or {}).get("code") == "restart", "asked")
    asked.call("act", asked.alert("restart")["id"], "accept_restart")
    asked.reads(talk, "before", "afresh").call("send", talk, "I agreed")
    alone.reads(talk, "afresh", "I agreed")


def test_the_safety_number_is_the_same_on_both_sides_and_the_mark_travels(pair: Pair) -> None:
    ann, hers, _, his, talk = pair
    theirs = until(lambda: safety_number(his, talk), "his half")
    assert len(theirs["groups"]) == 12
    assert safety_number(hers, talk) == theirs
    hers.call("setVerified", talk, True)
    assert hers.conversation(talk)["peer"]["verified"]
    assert not his.conversation(talk)["peer"]["verified"]
    elsewhere = ann.new_browser()
    ann.log_in(elsewhere)

    def is_marked() -> bool:
        room = ann.open(elsewhere).ready()
        marked = bool(room.conversation(talk)["peer"]["verified"])
        room.close()
        return marked

    until(is_marked, "the mark is in the book")


def safety_number(room: Room, talk: str) -> dict[str, list[str]] | None:
    found = room.call("inspect", talk)["safetyNumber"]
    return found if found["groups"] else None
