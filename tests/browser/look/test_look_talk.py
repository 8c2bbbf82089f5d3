"""How the talk room behaves under a person's hands: keys, scrolling, focus, what is said aloud."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.look.looker import INES, PHONE, TABLET, Looker, View, focused

TALK = {"scene": "talk"}
LONG = {"scene": "long"}
MOST_ROWS = 300


def view_top(page: Page) -> float:
    return float(page.evaluate("document.querySelector('.thread__scroll').scrollTop"))


def scroll_to(page: Page, top: int) -> None:
    page.evaluate("top => { document.querySelector('.thread__scroll').scrollTop = top; }", top)
    page.wait_for_timeout(250)


def is_at_bottom(page: Page) -> bool:
    return bool(
        page.evaluate(
            "(() => { const v = document.querySelector('.thread__scroll');"
            " return v.scrollHeight - v.scrollTop - v.clientHeight < 2; })()"
        )
    )


def receive(page: Page, text: str) -> None:
    page.evaluate("text => fakeMessenger.receive(text)", text)


# -- what is said aloud ---------------------------------------------------------------------------


def test_history_is_silent_and_news_are_announced(looker: Looker) -> None:
    page = looker.open(INES, fake=TALK)
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-relevant", "additions")
    expect(log).to_have_attribute("aria-live", "polite")
    page.evaluate(
        """() => {
            globalThis.lives = [];
            const log = document.querySelector('[role=log]');
            new MutationObserver(() => lives.push(log.getAttribute('aria-live')))
                .observe(log, { childList: true });
        }"""
    )
    receive(page, "something new")
    expect(page.locator(".bubble__text", has_text="something new")).to_be_visible()
    assert page.evaluate("lives") == ["polite"]


def test_older_messages_are_not_announced(looker: Looker) -> None:
    page = looker.open(INES, fake=LONG)
    page.evaluate(
        """() => {
            globalThis.lives = new Set();
            const log = document.querySelector('[role=log]');
            new MutationObserver(() => lives.add(log.getAttribute('aria-live')))
                .observe(log, { childList: true });
        }"""
    )
    scroll_to(page, 0)
    assert page.evaluate("[...lives]") == ["off"]


def test_every_message_has_one_label_that_says_everything(looker: Looker) -> None:
    page = looker.open(INES, fake=TALK)
    labels = page.locator(".message").evaluate_all(
        "all => all.map(one => one.getAttribute('aria-label'))"
    )
    assert "You, 13:06: That is what the second key exchange is for. Delivered." in labels
    assert "ines, 18:20: Unable to decrypt." in labels
    assert any("Not sent" in label for label in labels)


def test_markup_in_a_message_is_text_and_links_open_apart(looker: Looker) -> None:
    page = looker.open(INES, fake=TALK)
    receive(page, '<img src=x onerror="document.title=1"> <b>https://example.org/a</b>')
    words = page.locator(".bubble__text").last
    expect(words).to_contain_text("<img src=x")
    assert words.locator("img, b").count() == 0
    link = words.locator("a")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("href", "https://example.org/a")
    assert looker.complaints == []


# -- scrolling ------------------------------------------------------------------------------------


def test_the_page_never_holds_more_than_three_hundred_rows(looker: Looker) -> None:
    page = looker.open(INES, fake=LONG)
    for _ in range(20):
        scroll_to(page, 100)
        assert page.locator(".log__rows > *").count() <= MOST_ROWS
    expect(page.locator(".log__start")).to_be_attached()


def test_the_place_is_kept_while_older_messages_load(looker: Looker) -> None:
    page = looker.open(INES, fake=LONG)
    before = page.evaluate(
        """() => {
            const view = document.querySelector('.thread__scroll');
            view.scrollTop = 300;
            const top = view.getBoundingClientRect().top;
            const row = [...document.querySelectorAll('.message')]
                .find(one => one.getBoundingClientRect().top > top + 50);
            globalThis.kept = row;
            return row.getBoundingClientRect().top;
        }"""
    )
    expect(page.locator(".message")).to_have_count(120)
    page.wait_for_timeout(150)
    after = page.evaluate("kept.getBoundingClientRect().top")
    assert abs(after - before) < 2


def test_news_pull_along_only_at_the_bottom(looker: Looker) -> None:
    page = looker.open(INES, fake=LONG)
    assert is_at_bottom(page)
    receive(page, "one")
    page.wait_for_timeout(150)
    assert is_at_bottom(page)

    scroll_to(page, 1500)
    top = view_top(page)
    receive(page, "two")
    receive(page, "three")
    expect(page.locator(".jump")).to_have_text("2 new messages")
    assert view_top(page) == top

    page.click(".jump")
    page.wait_for_timeout(150)
    assert is_at_bottom(page)
    expect(page.locator(".jump")).to_be_hidden()


def test_a_thread_opened_under_another_view_begins_at_its_newest(looker: Looker) -> None:
    page = looker.open(f"{INES}#session", PHONE, TALK)
    page.get_by_role("button", name="Back to the messages").click()
    expect(page.locator(".composer__input")).to_be_visible()
    page.wait_for_timeout(150)
    assert is_at_bottom(page)


def test_who_is_at_the_bottom_stays_there_when_the_keyboard_opens(looker: Looker) -> None:
    page = looker.open(INES, PHONE, TALK)
    assert is_at_bottom(page)
    page.set_viewport_size({"width": 390, "height": 480})
    page.wait_for_timeout(150)
    assert is_at_bottom(page)


def test_the_new_line_stands_before_what_was_unread_and_in_sight(looker: Looker) -> None:
    page = looker.open(INES, fake={"scene": "long", "unread": 8})
    expect(page.locator(".new-line")).to_be_in_viewport()
    page.fill(".composer__input", "answer")
    page.keyboard.press("Enter")
    expect(page.locator(".new-line")).to_have_count(0)


# -- writing --------------------------------------------------------------------------------------


def test_enter_sends_and_shift_enter_breaks_the_line(looker: Looker) -> None:
    page = looker.open(INES, fake=TALK)
    box = page.locator(".composer__input")
    expect(box).to_be_focused()
    page.keyboard.type("first")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second")
    height = box.bounding_box()
    page.keyboard.press("Enter")
    expect(page.locator(".bubble__text").last).to_have_text("first\nsecond")
    expect(box).to_have_value("")
    shrunk = box.bounding_box()
    assert height is not None
    assert shrunk is not None
    assert height["height"] > shrunk["height"]


def test_the_count_is_in_bytes_and_too_much_cannot_be_sent(looker: Looker) -> None:
    page = looker.open(INES, fake=TALK)
    count, send = (
        page.locator(".composer__count"),
        page.get_by_role("button", name="Send", exact=True),
    )
    page.fill(".composer__input", "x" * 5000)
    expect(count).to_be_hidden()
    page.fill(".composer__input", "€" * 5000)
    expect(count).to_contain_text("left")
    page.fill(".composer__input", "€" * 5462)
    expect(count).to_contain_text("too long")
    expect(send).to_be_disabled()
    rows = page.locator(".message").count()
    page.locator(".composer__input").press("Enter")
    page.wait_for_timeout(100)
    assert page.locator(".message").count() == rows


def test_a_danger_stops_the_writing_and_says_why(looker: Looker) -> None:
    page = looker.open(INES, fake={"scene": "alerts"})
    expect(page.locator(".composer__box")).to_be_hidden()
    expect(page.locator(".composer__blocked")).to_contain_text("until you decide")
    expect(page.get_by_role("alert").first).to_contain_text("Ask them by another way")


def test_what_cannot_be_read_offers_to_ask_for_it_again(looker: Looker) -> None:
    page = looker.open(INES, fake=TALK)
    page.get_by_role("button", name="Ask for it again").click()
    expect(page.locator(".composer__input")).to_have_value(
        "I could not read your message of 18:20 (number 206). Please send it again."
    )


# -- keys and focus -------------------------------------------------------------------------------


def test_the_order_of_focus_goes_from_list_to_messages_to_writing(looker: Looker) -> None:
    page = looker.open(INES, fake=TALK)
    page.locator(".skip").focus()
    order = [focused(page)]
    for _ in range(22):
        page.keyboard.press("Tab")
        order.append(focused(page))
    assert order[0] == "Skip to the content"
    wanted = ["Go to a conversation", "New conversation", "Log out", "Session inspector"]
    places = [order.index(name) for name in wanted]
    assert places == sorted(places)
    messages = [name for name in order if name.startswith(("You, ", "ines, "))]
    assert messages == ["ines, 14:06: Both, and I compared the number."]
    assert order.index("Message ines") > order.index(messages[0])


def test_arrows_move_between_messages_and_enter_opens_the_details(looker: Looker) -> None:
    page = looker.open(INES, fake=TALK)
    page.locator(".message").last.focus()
    page.keyboard.press("ArrowUp")
    assert focused(page).startswith("You, 14:05: Third one")
    page.keyboard.press("Home")
    assert focused(page).startswith("ines, 13:20: Are you still")
    page.keyboard.press("Enter")
    details = page.locator(".details")
    expect(details).to_contain_text("Head")
    expect(details).to_contain_text("padded to 256 B")
    page.keyboard.press("Enter")
    expect(details).to_have_count(0)
    assert page.locator('.message[tabindex="0"]').count() == 1


def test_keys_switch_help_and_close(looker: Looker) -> None:
    page = looker.open(INES, fake=TALK)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("tar")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{looker.origin}/talk/tariq00000000000000000")
    page.keyboard.press("Alt+ArrowUp")
    expect(page).to_have_url(f"{looker.origin}/talk/obergman00000000000000")
    page.keyboard.press("Control+/")
    expect(page.get_by_role("dialog")).to_contain_text("Keys")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_switcher_leads_to_the_writing_even_where_one_is_already(looker: Looker) -> None:
    page = looker.open(INES, fake=TALK)
    page.locator("#inspect").focus()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("ines")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Message ines")).to_be_focused()


def test_the_switcher_says_what_it_did_not_find(looker: Looker) -> None:
    page = looker.open("/talk", fake=TALK)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("zzz")
    expect(page.get_by_role("dialog")).to_contain_text("No conversation with “zzz”")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()


# -- narrow screens -------------------------------------------------------------------------------


def test_on_a_phone_each_view_has_an_address_and_back_works(looker: Looker) -> None:
    page = looker.open("/talk", PHONE, TALK)
    page.get_by_role("link", name="ines").click()
    expect(page).to_have_url(looker.origin + INES)
    expect(page.locator(".composer__input")).to_be_visible()
    expect(page.locator("#list-pane")).to_be_hidden()
    page.click("#inspect")
    expect(page).to_have_url(f"{looker.origin}{INES}#session")
    expect(page.get_by_role("heading", name="Key exchange")).to_be_visible()
    page.go_back()
    expect(page.locator(".composer__input")).to_be_visible()
    page.go_back()
    expect(page.locator("#list-pane")).to_be_visible()


def test_the_arrows_in_the_page_go_back_and_not_forward(looker: Looker) -> None:
    page = looker.open("/talk", PHONE, TALK)
    page.get_by_role("link", name="ines").click()
    page.click("#inspect")
    page.get_by_role("button", name="Back to the messages").click()
    expect(page).to_have_url(looker.origin + INES)
    page.get_by_role("button", name="Back to the conversations").click()
    expect(page).to_have_url(f"{looker.origin}/talk")


def test_a_view_can_be_entered_by_its_address(looker: Looker) -> None:
    page = looker.open(f"{INES}#session", PHONE, TALK)
    expect(page.get_by_role("heading", name="Key exchange")).to_be_visible()
    page.get_by_role("button", name="Back to the messages").click()
    expect(page.locator(".composer__input")).to_be_visible()


def test_on_a_phone_everything_can_be_hit_and_nothing_zooms(looker: Looker) -> None:
    for path in (INES, "/talk", f"{INES}#session", "/signup", "/login"):
        page = looker.open(path, PHONE, TALK)
        small = page.evaluate(
            """() => [...document.querySelectorAll(
                'button, input, textarea, summary, a.row, a.brand')]
                .filter(one => one.checkVisibility() && !one.closest('.bubble'))
                .filter(one => { const box = one.getBoundingClientRect();
                    return box.height < 43.5 || box.width < 43.5; })
                .map(one => one.outerHTML.slice(0, 90))"""
        )
        assert small == []
        sizes = page.evaluate(
            """() => [...document.querySelectorAll('input, textarea')]
                .map(one => parseFloat(getComputedStyle(one).fontSize))"""
        )
        assert all(size >= 16 for size in sizes)


def test_the_corner_of_a_message_is_a_target_larger_than_it_looks(looker: Looker) -> None:
    page = looker.open(INES, PHONE, TALK)
    hit = page.evaluate(
        """() => {
            const meta = [...document.querySelectorAll('.bubble__meta')].at(-1);
            const box = meta.getBoundingClientRect();
            const at = (x, y) => document.elementFromPoint(x, y)?.closest('.bubble__meta') === meta;
            const middle = box.left + box.width / 2;
            return at(middle, box.top - 11) && at(middle, box.bottom + 9);
        }"""
    )
    assert hit


def test_the_drawer_holds_the_focus_and_gives_it_back(looker: Looker) -> None:
    page = looker.open(INES, TABLET, TALK)
    opener = page.get_by_role("button", name="Conversations", exact=True)
    opener.click()
    for _ in range(30):
        page.keyboard.press("Tab")
        inside = page.evaluate(
            "(on => on === document.body || !!on.closest('.drawer'))(document.activeElement)"
        )
        assert inside
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    opener.click()
    page.get_by_role("link", name="tariq").click()
    expect(page.locator(".drawer")).to_have_count(0)
    expect(page.locator(".peer__name")).to_contain_text("tariq")


# -- the rest -------------------------------------------------------------------------------------


def test_a_conversation_is_started_in_hybrid_mode_and_qkd_cannot_be_chosen(looker: Looker) -> None:
    page = looker.open("/talk", fake=TALK)
    page.get_by_role("button", name="New conversation").first.click()
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type("lea-m")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="Hybrid X25519")).to_be_checked()
    expect(page.get_by_role("radio", name="QKD + AES (simulated)")).to_be_disabled()
    expect(page.get_by_role("button", name="Start conversation")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".peer__name")).to_contain_text("lea-m")


def test_a_name_that_cannot_exist_is_not_asked_for(looker: Looker) -> None:
    page = looker.open("/talk", fake=TALK)
    page.evaluate(
        """() => {
            globalThis.asked = [];
            fakeMessenger.findPerson = async (name) => asked.push(name) && null;
        }"""
    )
    page.get_by_role("button", name="New conversation").first.click()
    for name in ("x y!", "lea-n"):
        page.get_by_label("User name").fill(name)
        page.keyboard.press("Enter")
        said = "cannot exist" if name == "x y!" else "Nobody here"
        expect(page.get_by_role("dialog")).to_contain_text(said)
    assert page.evaluate("asked") == ["lea-n"]


def test_nobody_to_talk_to_offers_the_invitation(looker: Looker) -> None:
    page = looker.open("/talk", fake={"scene": "empty"})
    page.get_by_role("button", name="Copy invitation").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"{looker.origin}/signup" in copied
    assert "My name there is ada" in copied


def test_a_draft_shows_in_the_list_and_unread_in_the_title(looker: Looker) -> None:
    page = looker.open("/talk", fake=TALK)
    expect(page.get_by_role("link", name="tariq")).to_contain_text("Draft: Could we move")
    expect(page).to_have_title("(2) CryptexQ")


def test_an_ended_session_leaves_one_way(looker: Looker) -> None:
    page = looker.open(INES, fake=TALK)
    page.evaluate("fakeMessenger.end({title: 'Logged out', detail: 'From another device.'})")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Log in again").click()
    page.wait_for_url("**/login")


def test_the_inspector_can_be_put_away_and_stays_away(looker: Looker) -> None:
    page = looker.open(INES, fake=TALK, own=True)
    page.click("#inspect")
    expect(page.locator("#inspector-pane")).to_be_hidden()
    page.reload()
    expect(page.locator("#head")).to_be_visible()
    expect(page.locator("#inspector-pane")).to_be_hidden()


def test_the_number_to_compare_stands_in_the_same_lines_on_every_screen(looker: Looker) -> None:
    for width in (320, 390, 1440):
        page = looker.open("/talk/obergman00000000000000#session", View(width), TALK)
        page.get_by_role("button", name="Compare").click()
        expect(page.get_by_role("dialog")).to_contain_text("the gauge button above the messages")
        number = page.get_by_role("dialog").locator(".number")
        assert number.evaluate(
            """number => {
                const { left, right } = number.getBoundingClientRect();
                const groups = [...number.children].map((group) => group.getBoundingClientRect());
                const inside = groups.every((at) => at.left >= left && at.right <= right);
                return [new Set(groups.map((at) => at.top)).size, inside];
            }"""
        ) == [3, True]


def test_only_the_number_that_was_compared_gets_the_mark(looker: Looker) -> None:
    page = looker.open("/talk/obergman00000000000000", fake=TALK)
    page.evaluate(
        """() => {
            globalThis.marked = [];
            fakeMessenger.setVerified = async (...all) => marked.push(all);
        }"""
    )
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("button", name="I compared it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_timeout(100)
    assert page.evaluate("marked") == [["obergman00000000000000", True]]

    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".qr")).to_be_visible()
    page.evaluate(
        """() => {
            const { inspect } = fakeMessenger;
            fakeMessenger.inspect = async (id) => {
                const safetyNumber = { groups: ['00000'], qrText: 'another' };
                return { ...(await inspect(id)), safetyNumber };
            };
        }"""
    )
    page.get_by_role("button", name="I compared it").click()
    expect(page.get_by_role("alert")).to_contain_text("changed while you compared")
    assert len(page.evaluate("marked")) == 1
