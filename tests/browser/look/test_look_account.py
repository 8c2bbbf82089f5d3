"""How sign-up, login and the recovery key behave, and what is said where the program cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.look.looker import DESK, Looker, focused

TAKEN = {"title": "This name is taken", "detail": "Choose another one."}
LAST_GROUP = "F6JU"


def sign_up(page: Page, name: str = "ada") -> None:
    page.fill("#name", name)
    page.fill("#email", "ada@example.org")
    page.fill("#password", "correct horse battery")
    page.keyboard.press("Enter")


def recovery(looker: Looker) -> Page:
    page = looker.open("/signup")
    sign_up(page)
    expect(page.get_by_role("heading", name="Your recovery key")).to_be_focused()
    return page


@pytest.mark.parametrize("path", ["/signup", "/login", "/talk"])
def test_without_the_program_nothing_can_be_sent_and_the_reason_is_said(
    path: str, looker: Looker
) -> None:
    page = looker.context(DESK, java_script_enabled=False).new_page()
    page.goto(looker.origin + path)
    expect(page.get_by_text("This page needs JavaScript")).to_be_visible()
    assert page.locator("form:visible").count() == 0
    assert page.locator("button:visible").count() == 0


@pytest.mark.parametrize("path", ["/signup", "/login"])
def test_a_form_is_dead_until_the_program_is_there(path: str, looker: Looker) -> None:
    context = looker.context(DESK)
    context.route("**/js/pages/*.js", lambda route: route.abort())
    page = context.new_page()
    page.goto(looker.origin + path)
    expect(page.locator("form:visible [type=submit]")).to_be_disabled()
    expect(page.get_by_text("did not arrive")).to_be_visible()
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.locator("[type=password]").fill("a secret of somebody")
    page.keyboard.press("Enter")
    page.wait_for_timeout(150)
    assert sent == []


@pytest.mark.parametrize("path", ["/signup", "/login", "/talk"])
def test_where_browsers_forbid_encryption_the_page_says_so_at_once(
    path: str, looker: Looker
) -> None:
    far = "http://cryptexq.test"
    context = looker.context(DESK, stranger=path != "/talk")
    for cookie in context.cookies(looker.origin):
        context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": far}])
    context.route(
        f"{far}/**",
        lambda route: route.fulfill(
            response=route.fetch(url=route.request.url.replace(far, looker.origin))
        ),
    )
    page = context.new_page()
    page.goto(far + path)
    assert page.evaluate("isSecureContext") is False
    expect(page.get_by_role("alert").first).to_contain_text("needs https, or http://localhost")
    assert page.locator("form:visible :enabled").count() == 0


def test_password_managers_find_what_they_look_for(looker: Looker) -> None:
    page = looker.open("/signup")
    kinds = {
        one: page.get_attribute(one, "autocomplete") for one in ("#name", "#email", "#password")
    }
    assert kinds == {"#name": "username", "#email": "email", "#password": "new-password"}
    page = looker.open("/login")
    assert page.get_attribute("#login", "autocomplete") == "username"
    assert page.get_attribute("#password", "autocomplete") == "current-password"


def test_the_order_of_focus_is_the_order_of_the_page(looker: Looker) -> None:
    page = looker.open("/signup")
    order = []
    for _ in range(9):
        page.keyboard.press("Tab")
        order.append(focused(page))
    assert order[:3] == ["Skip to the content", "CryptexQ", "Log in"]
    assert order[4:] == ["name", "email", "password", "Show the password", "Create account"]


def test_wrong_fields_say_what_to_do_and_take_the_focus(looker: Looker) -> None:
    page = looker.open("/signup")
    page.fill("#name", "Ada Lovelace")
    page.fill("#password", "short")
    page.click("#submit")
    expect(page.locator("#name")).to_be_focused()
    expect(page.locator("#name-problem")).to_contain_text("small letters")
    expect(page.locator("#email-problem")).to_contain_text("ada@example.org")
    expect(page.locator("#password-problem")).to_contain_text("5 more")
    page.fill("#name", "ada")
    expect(page.locator("#name-problem")).to_be_hidden()


def test_a_refusal_is_told_and_leaves_what_was_typed(looker: Looker) -> None:
    page = looker.open("/signup", fake={"refuse": TAKEN})
    sign_up(page)
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("This name is taken")
    expect(notice).to_be_focused()
    expect(page.locator("#name")).to_have_value("ada")
    expect(page.locator("#submit")).to_be_enabled()


def test_progress_is_said_stage_by_stage(looker: Looker) -> None:
    page = looker.open("/signup", fake={"hold": "identity"})
    sign_up(page)
    expect(page.locator("[data-stage-words]")).to_have_text("Makes your identity")
    expect(page.locator('[aria-current="step"]')).to_have_count(1)
    expect(page.locator(".stage--done")).to_have_count(1)
    expect(page.locator("#submit")).to_be_disabled()


def test_a_password_can_be_looked_at_and_is_hidden_when_it_is_sent(looker: Looker) -> None:
    page = looker.open("/signup", fake={"refuse": TAKEN})
    page.get_by_role("button", name="Show the password").click()
    expect(page.locator("#password")).to_have_attribute("type", "text")
    sign_up(page)
    expect(page.locator("#password")).to_have_attribute("type", "password")


def test_the_recovery_key_is_kept_before_the_talk_room_opens(looker: Looker) -> None:
    page = recovery(looker)
    page.fill("#last-group", "AAAA")
    page.keyboard.press("Enter")
    expect(page.locator("#last-group-problem")).to_contain_text("not the last four")
    page.fill("#last-group", LAST_GROUP.lower())
    page.keyboard.press("Enter")
    page.wait_for_url("**/talk")


def test_the_recovery_key_can_be_copied_and_saved(looker: Looker, tmp_path: Path) -> None:
    page = recovery(looker)
    shown = page.locator("#recovery-key span").all_text_contents()
    assert len(shown) == 14
    page.get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == " ".join(shown)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as text file").click()
    assert download.value.suggested_filename == "cryptexq-recovery-ada.txt"
    saved = tmp_path / "key.txt"
    download.value.save_as(saved)
    assert " ".join(shown) in saved.read_text("utf-8")


def test_on_paper_there_is_the_key_and_nothing_to_press(looker: Looker, screenshots: Path) -> None:
    page = recovery(looker)
    page.emulate_media(media="print")
    page.screenshot(path=screenshots / "recovery-key-paper.png")
    expect(page.locator("#recovery-key")).to_be_visible()
    expect(page.locator("#recovery-copy")).to_be_hidden()
    expect(page.locator("#recovery-form")).to_be_hidden()
    expect(page.locator(".bar")).to_be_hidden()


def test_leaving_before_the_key_is_kept_asks_first(looker: Looker) -> None:
    page = recovery(looker)
    asked = []

    def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", stay)
    page.click("body")  # browsers ask only people who touched the page
    page.evaluate("location.assign('/')")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.locator("#recovery-key")).to_be_visible()


def test_the_recovery_login_is_on_the_same_page_and_back_works(looker: Looker) -> None:
    page = looker.open("/login")
    page.get_by_role("link", name="Use your recovery key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in with your recovery key")
    page.fill("#recovery-login", "ada")
    page.fill("#recovery-key", "K7QW-2MXA")
    page.get_by_role("button", name="Log in with the recovery key").click()
    expect(page.locator("#recovery-key-problem")).to_contain_text("8 of its 56")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_a_login_by_recovery_key_says_once_that_the_password_is_unchanged(looker: Looker) -> None:
    page = looker.open("/login#recovery")
    page.fill("#recovery-login", "ada")
    page.fill("#recovery-key", "K7QW" * 14)
    page.get_by_role("button", name="Log in with the recovery key").click()
    page.wait_for_url("**/talk")
    expect(page.get_by_text("Your password is unchanged")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.wait_for_timeout(200)
    expect(page.get_by_text("Your password is unchanged")).to_have_count(0)


def test_a_login_leads_where_the_person_wanted_to_go(looker: Looker) -> None:
    page = looker.open("/login?next=/talk/ines000000000000000000")
    page.fill("#login", "ada")
    page.fill("#password", "correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/talk/ines000000000000000000")


def test_the_choice_of_colours_is_remembered_without_a_flash(looker: Looker) -> None:
    page = looker.open("/login", own=True)
    switch = page.locator("[data-theme-switch]")
    expect(switch).to_have_attribute("aria-label", "Colours follow the system. Change")
    switch.click()
    switch.click()
    expect(switch).to_have_attribute("aria-label", "Dark colours. Change")
    page.reload(wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


@pytest.mark.parametrize("path", ["/", "/login", "/talk/ines000000000000000000"])
def test_forced_colours_keep_everything_in_sight(
    path: str, looker: Looker, screenshots: Path
) -> None:
    page = looker.open(path, fake={"scene": "talk"})
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.wait_for_timeout(100)
    name = path.strip("/").partition("/")[0] or "landing"
    page.screenshot(path=screenshots / f"{name}-forced-colours.png")
    moving = page.evaluate("document.getAnimations().length")
    assert moving == 0
    assert looker.complaints == []


def test_the_first_page_has_one_button_that_knows_who_is_looking(looker: Looker) -> None:
    page = looker.open("/", stranger=True)
    assert page.locator(".button").all_text_contents() == ["Create an account"]
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    page = looker.open("/")
    assert page.locator(".button").all_text_contents() == ["Open the talk room"]
    expect(page.get_by_role("link", name="Log in")).to_have_count(0)
