import re

import pytest
from playwright.sync_api import Page, expect

from shortener.links.models import Link
from shortener.links.services import update_link
from shortener.web.paging import PAGE_SIZE
from tests.browser.accessible import assert_accessible, assert_light
from tests.browser.seed import BUSY, seed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sign_in(open_page, transactional_db, owner):
    """Opens the list of links as the owner, who has some."""
    seed(owner)

    def through_the_door(**options) -> Page:
        page = open_page("/app/", **options)
        page.get_by_label("Email").fill(owner.email)
        page.get_by_label("Password", exact=True).fill("correct horse battery")
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", name="Links")).to_be_visible()
        page.wait_for_load_state()  # until then no key is listened to
        return page

    return through_the_door


def test_search_and_tags(sign_in):
    page = sign_in()
    page.get_by_label("Search links").fill("report")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Links").get_by_role("listitem")).to_have_count(1)
    page.get_by_role("link", name="press").click()
    expect(page.get_by_role("link", name="press: remove this filter")).to_be_visible()


def test_a_link_is_made_edited_and_deleted(sign_in):
    page = sign_in()
    page.get_by_label("Long address").fill("https://example.com/new")
    page.get_by_text("Name, title, tags").click()
    page.get_by_label("Name").fill("brand-new")
    page.get_by_role("button", name="Shorten").click()
    page.get_by_role("region", name="Your short link").get_by_role("link", name="Statistics").click()
    page.get_by_role("link", name="Edit").click()
    page.wait_for_url("**/edit")  # all of it, or some parts would stay shut
    page.evaluate("document.querySelectorAll('main details').forEach((part) => (part.open = true))")
    page.get_by_label("Active until").fill("2031-05-06T07:08")
    page.get_by_label("Click limit").fill("0")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Click limit")).to_have_accessible_description(
        "After so many clicks the link stops working. A click limit is a whole number above zero."
    )
    page.get_by_label("Click limit").fill("5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Until 6 May 2031, 07:08 UTC")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status").filter(has_text="brand-new")).to_be_visible()
    expect(page.get_by_role("link", name="brand-new")).to_have_count(0)


def listed(page: Page):
    return page.get_by_role("list", name="Links", exact=True).get_by_role("listitem")


def test_many_are_selected_deleted_and_brought_back(sign_in):
    page = sign_in()
    expect(page.get_by_role("button", name="Archive")).to_be_hidden()
    for slug in ("report", "survey"):
        page.get_by_label(f"Select 127.0.0.1:8000/{slug}").check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.locator("#bulk").get_by_role("button", name="Delete").click()
    expect(listed(page)).to_have_count(6)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 links are back.")).to_be_visible()
    expect(listed(page)).to_have_count(8)


def test_all_are_selected_also_those_of_other_pages(sign_in, make_link):
    for _ in range(PAGE_SIZE):
        make_link()
    page = sign_in()
    page.get_by_label("Select all").check()
    expect(page.get_by_text(f"{PAGE_SIZE} selected")).to_be_visible()
    page.get_by_label("All links", exact=True).check()
    expect(page.get_by_text("All links are selected")).to_be_visible()
    page.get_by_label("All links", exact=True).uncheck()
    expect(page.get_by_text(f"{PAGE_SIZE} selected")).to_be_visible()


def test_two_who_edit_a_row_at_once_lose_nothing(sign_in):
    page = sign_in()
    row = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="127.0.0.1:8000/report"))
    row.get_by_role("link", name="127.0.0.1:8000/report").focus()
    page.keyboard.press("e")
    expect(page.get_by_label("Destination")).to_be_focused()
    update_link(Link.objects.get(slug="report"), changes={"url": "https://example.com/theirs", "title": "Theirs"})
    page.get_by_label("Title").last.fill("Mine")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Theirs: Theirs")
    expect(page.get_by_label("Destination")).to_have_value("https://example.com/theirs")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("https://example.com/theirs")).to_be_visible()
    assert Link.objects.get(slug="report").title == "Mine"


def test_the_list_is_searched_and_edited_without_leaving_it_by_keyboard_alone(sign_in):
    page = sign_in()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("report")
    expect(listed(page)).to_have_count(1)
    page.get_by_role("searchbox").blur()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="127.0.0.1:8000/report")).to_be_focused()
    page.keyboard.press("e")
    expect(page.get_by_label("Destination")).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("nonsense://x")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Destination")).to_have_accessible_description(re.compile("only http and https"))
    page.get_by_label("Destination").fill("https://example.com/elsewhere")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="127.0.0.1:8000/report")).to_be_focused()
    expect(page.get_by_text("https://example.com/elsewhere")).to_be_visible()
    page.keyboard.press("x")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("1 selected")).to_be_hidden()


def test_it_is_accessible_and_light(sign_in):
    page = sign_in(reduced_motion="reduce")
    assert_light(page)
    page.get_by_label("Select 127.0.0.1:8000/report").check()
    page.get_by_text("Filter", exact=True).click()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="127.0.0.1:8000/report").focus()
    page.keyboard.press("e")
    expect(page.get_by_label("Destination")).to_be_focused()
    page.set_viewport_size({"width": 320, "height": 700})
    assert_accessible(page)


def test_signing_out(sign_in):
    page = sign_in()
    page.get_by_label("Account", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("width", [320, 768, 2560])
def test_nothing_sticks_out(sign_in, width):
    page = sign_in(viewport={"width": width, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name=BUSY).click()
    expect(page.get_by_role("img", name="Clicks and visitors by day")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_role("heading", name="Edit link")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
