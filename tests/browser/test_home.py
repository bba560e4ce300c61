import re

import pytest
from playwright.sync_api import expect

from shortener.links.models import Link
from tests.browser.accessible import assert_accessible, assert_light

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "(({ariaLabel, textContent, name}) => ariaLabel || textContent.trim() || name)(document.activeElement)"
LONG = "https://example.com/a/long/address?with=a&query=1"


@pytest.fixture(autouse=True)
def anybody_may(settings):
    settings.ANONYMOUS_LINKS = True


def short_url() -> str:
    return f"http://127.0.0.1:8000/{Link.objects.get().slug}"


def test_paste_enter_enter_and_the_short_link_is_in_the_clipboard(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    expect(page.get_by_label("Long address")).to_be_focused()
    page.keyboard.insert_text(LONG)
    page.keyboard.press("Enter")
    copy = page.get_by_role("button", name="Copy")
    expect(copy).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_focused()
    assert page.evaluate("navigator.clipboard.readText()") == short_url()


def test_the_result_appears_in_place(open_page):
    page = open_page()
    page.evaluate("window.stillTheSamePage = true")
    page.get_by_label("Long address").fill(LONG)
    page.get_by_role("button", name="Shorten").click()
    result = page.get_by_role("region", name="Your short link")
    expect(result).to_be_visible()
    expect(result.get_by_role("link")).to_have_attribute("href", short_url())
    expect(result.get_by_role("img", name="QR code of the short link")).to_be_visible()
    expect(page.get_by_label("Long address")).to_have_value("")
    assert page.evaluate("window.stillTheSamePage")


def test_the_result_and_the_copying_are_announced(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    announcer = page.locator("[data-announcer]")
    page.get_by_label("Long address").fill(LONG)
    page.keyboard.press("Enter")
    expect(announcer).to_have_text("Your short link is ready.")
    page.get_by_role("button", name="Copy").click()
    expect(announcer).to_have_text("Copied")


def test_copying_works_where_scripts_have_no_clipboard(open_page):
    page = open_page()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.get_by_label("Long address").fill(LONG)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_focused()
    page.get_by_label("Long address").focus()
    page.keyboard.press("Control+V")
    expect(page.get_by_label("Long address")).to_have_value(short_url())


def test_options_that_were_opened_stay_open_beside_a_mistake(open_page):
    page = open_page()
    page.get_by_text("Name, expiry, password").click()
    page.get_by_label("Long address").fill("nonsense://x")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Long address")).to_have_accessible_description(re.compile("only http and https"))
    expect(page.get_by_label("Password")).to_be_visible()
    page.get_by_label("Long address").fill(LONG)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Your short link")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_hidden()


def test_a_mistake_is_shown_next_to_the_field(open_page):
    page = open_page()
    page.get_by_label("Long address").fill("nonsense://x")
    page.keyboard.press("Enter")
    field = page.get_by_label("Long address")
    expect(field).to_have_accessible_description(
        "Addresses that begin with nonsense: cannot be shortened, only http and https."
    )
    expect(field).to_be_focused()
    expect(field).to_have_value("nonsense://x")
    field.fill(LONG)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Your short link")).to_be_visible()
    expect(page.locator(".errors li")).to_have_count(0)


def test_the_button_says_that_it_is_working_and_sends_once(open_page):
    page = open_page()
    sent, held = [], []
    page.route("**/", lambda route: (sent.append(1), held.append(route)))
    page.get_by_label("Long address").fill(LONG)
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Shortening…")
    expect(button).to_have_attribute("aria-busy", "true")
    page.keyboard.press("Enter")
    button.click()
    held[0].continue_()
    expect(page.get_by_role("region", name="Your short link")).to_be_visible()
    assert len(sent) == 1


def test_a_site_that_does_not_answer_is_told(open_page):
    page = open_page()
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('no network')) }")
    page.get_by_label("Long address").fill(LONG)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The site did not answer.")
    expect(page.get_by_role("button", name="Shorten")).not_to_have_attribute("aria-busy", "true")
    expect(page.get_by_label("Long address")).to_have_value(LONG)


def test_a_name_is_looked_up_while_it_is_typed(open_page, make_link):
    make_link(slug="taken")
    page = open_page()
    page.get_by_label("Long address").fill(LONG)
    page.get_by_text("Name, expiry, password").click()
    page.get_by_label("Name").press_sequentially("taken")
    expect(page.get_by_text("“taken” is taken. Choose another name.")).to_be_visible()
    page.get_by_label("Name").press_sequentially("-not")
    expect(page.get_by_text("127.0.0.1:8000/taken-not is free.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Your short link").get_by_role("link", name="taken-not")).to_be_visible()
    page.get_by_text("Name, expiry, password").click()
    page.get_by_label("Name").press_sequentially("taken")
    expect(page.get_by_text("“taken” is taken. Choose another name.")).to_be_visible()


def test_the_code_is_downloaded_and_the_link_shared(open_page):
    page = open_page()
    page.add_init_script("navigator.share = (what) => { window.shared = what.url; return Promise.resolve() }")
    page.reload()
    page.get_by_label("Long address").fill(LONG)
    page.keyboard.press("Enter")
    page.get_by_text("QR code", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as PNG").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    page.get_by_role("button", name="Share").click()
    assert page.evaluate("window.shared") == short_url()


def test_it_is_accessible_and_light(open_page):
    page = open_page(reduced_motion="reduce")
    assert_light(page)
    assert_accessible(page)
    for _ in range(2):
        page.get_by_label("Long address").fill(LONG)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Copy", exact=True)).to_be_focused()
    page.get_by_text("Name, expiry, password").click()
    expect(page.get_by_role("heading", name="Made in this browser")).to_be_visible()
    assert_accessible(page)


def test_it_works_without_scripts(open_page):
    page = open_page(java_script_enabled=False)
    page.get_by_label("Long address").fill(LONG)
    page.get_by_role("button", name="Shorten").click()
    result = page.get_by_role("region", name="Your short link")
    expect(result).to_be_visible()
    expect(result.get_by_role("link")).to_have_attribute("href", short_url())
    expect(result.get_by_role("img", name="QR code of the short link")).to_be_visible()
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()  # it could not do anything


@pytest.mark.parametrize("width", [320, 768, 2560])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out(open_page, width, scheme):
    page = open_page(viewport={"width": width, "height": 700}, color_scheme=scheme)
    page.get_by_label("Long address").fill(f"{LONG}&{'x' * 500}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Your short link")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_everything_in_order(open_page):
    page = open_page()
    page.mouse.click(1, 1)  # the page begins in the field; begin at the top instead
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(NAME))
    assert reached == [
        "Skip to the content",
        "Shortener",
        "Sign in",
        "Create an account",
        "Appearance",
        "url",
        "Shorten",
    ]
