"""What a browser keeps, and what it refuses to do: nothing readable on disk, no weak password
protection, no old program on newer data; and what happens to a device that was removed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from client.client import Client
from crypto.wire import b64_decode
from tests.browser.people import MODULE, PASSWORD, Human, Room, until

pytestmark = pytest.mark.browser
Newcomer = Callable[[str], Human]
SECRET = "nobody finds this on the disk"

# Every record as the browser has it on disk, as text; and what is known of the key.
DUMP = """async (name) => {
    const done = (request) => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
    const db = await done(indexedDB.open(name));
    const of = (store) => db.transaction(store).objectStore(store);
    const records = await done(of('records').getAll());
    const text = records.map(({ data }) => new TextDecoder('latin1').decode(data)).join('|');
    const key = await done(of('keys').get('wrap'));
    const exported = await crypto.subtle.exportKey('raw', key).then(() => true, () => false);
    db.close();
    return { count: records.length, fields: Object.keys(records[0]).sort(), text, exported };
}"""
EXCHANGE = """async (name) => {
    const done = (request) => new Promise((resolve) => {
        request.onsuccess = () => resolve(request.result);
    });
    const db = await done(indexedDB.open(name));
    const store = db.transaction('records', 'readwrite').objectStore('records');
    const keys = (await done(store.getAllKeys())).filter(([kind]) => kind === 'message');
    const [one, two] = [await done(store.get(keys.at(-1))), await done(store.get(keys.at(-2)))];
    store.put(one, keys.at(-2));
    await done(store.put(two, keys.at(-1)));
    db.close();
}"""
NEWER = """(name) => new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 99);
    request.onsuccess = () => { request.result.close(); resolve(); };
    request.onerror = () => reject(request.error);
})"""
OPEN_FAILS = f"""async () => {{
    const {{ openMessenger }} = await ({MODULE})('messenger');
    return await openMessenger(document.body.dataset).then(() => null, (error) => error.code);
}}"""


@pytest.fixture
def ann(newcomer: Newcomer) -> Human:
    human = newcomer("ann")
    human.sign_up()
    return human


@pytest.fixture
def talk(ann: Human, newcomer: Newcomer) -> tuple[Room, str]:
    ben = newcomer("ben")
    ben.sign_up()
    room = ann.open().ready()
    conversation = room.start(ben)
    for text in (SECRET, "and this"):
        room.call("send", conversation, text)
    until(lambda: room.state_of(conversation, "and this") == "stored", "stored")
    return room, conversation


def database(page: Page) -> str:
    return "cryptexq-" + str(page.evaluate("document.body.dataset.userId"))


def test_nothing_on_disk_can_be_read_and_the_key_cannot_leave(
    ann: Human, talk: tuple[Room, str]
) -> None:
    room, conversation = talk
    room.call("setDraft", conversation, f"a draft: {SECRET}")
    found = room.page.evaluate(DUMP, database(room.page))
    assert found["count"] > 5
    assert found["fields"] == ["data", "iv", "version"]
    assert found["exported"] is False
    for secret in (SECRET, ann.name, "signingPrivate", "chainSecret"):
        assert secret not in found["text"]
    assert room.call("draft", conversation) == f"a draft: {SECRET}"


def test_a_record_in_the_place_of_another_is_not_read(talk: tuple[Room, str]) -> None:
    room, conversation = talk
    room.page.evaluate(EXCHANGE, database(room.page))
    refused = room.page.evaluate(
        "id => messenger.messages(id).then(() => null, (error) => error.name)", conversation
    )
    assert refused == "OperationError"


def test_an_old_program_does_not_touch_newer_data(ann: Human) -> None:
    page = ann.page()
    page.route(
        "**/js/pages/talk.js",
        lambda route: route.fulfill(body="", content_type="text/javascript"),
    )
    page.goto(f"{ann.url}/talk")
    page.evaluate(NEWER, database(page))
    assert page.evaluate(OPEN_FAILS) == "newer_schema"


@pytest.mark.parametrize(
    "weaker", [{"memory_kib": 1024}, {"passes": 1}, {"lanes": 4}, {"memory_kib": 10_000_000}]
)
def test_unsafe_password_protection_is_refused_before_anything_is_sent(
    ann: Human, weaker: dict[str, int]
) -> None:
    context = ann.new_browser()
    asked: list[str] = []

    def lie(route: Route) -> None:
        honest: dict[str, Any] = {"salt": "A" * 22, "memory_kib": 19456, "passes": 2, "lanes": 1}
        route.fulfill(json={**honest, **weaker})

    context.route("**/api/v1/kdf", lie)
    context.on("request", lambda request: asked.append(request.url))
    refused = ann.log_in_refused(context)
    assert refused["code"] == "parameters_refused"
    assert refused["title"]
    assert refused["detail"]
    assert not any(url.endswith("/sessions") for url in asked)


def test_a_wrong_password_says_so(ann: Human) -> None:
    refused = ann.log_in_refused(ann.new_browser(), password="another password")
    assert refused["code"] == "login_failed"


def test_a_mistyped_recovery_key_says_so_before_anything_is_sent(ann: Human) -> None:
    wrong = ann.recovery_key[:-1] + ("A" if ann.recovery_key[-1] != "A" else "B")
    refused = ann.log_in_refused(ann.new_browser(), recovery_key=wrong)
    assert refused["code"] == "recovery_key_mistyped"


def test_a_removed_device_is_told_and_can_come_back_as_a_new_one(
    ann: Human, talk: tuple[Room, str]
) -> None:
    room, conversation = talk
    device = room.call("inspect", conversation)["devices"]
    own = next(one["deviceId"] for one in device if one["thisDevice"])
    elsewhere = Client(ann.url)
    elsewhere.log_in(ann.name, PASSWORD)
    elsewhere.revoke(b64_decode(own), PASSWORD)
    heard = until(
        lambda: [detail for event, detail in room.page.evaluate("heard") if event == "ended"],
        "the end",
    )
    assert heard[0]["title"]
    elsewhere.disconnect()
    elsewhere.api.close()
    room.close()
    assert ann.log_in(ann.context)["newDevice"]
    again = ann.open().ready()
    assert SECRET in again.texts(conversation), "what this browser could read stays readable"
