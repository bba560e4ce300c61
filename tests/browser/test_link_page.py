"""The pages of a link: rules that are written, tried, followed and taken back; two people; what is typed is not lost."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from shortener.accounts.actors import Actor, Via
from shortener.links.models import Link
from shortener.links.services import create_link, update_link
from tests.redirects.running import running

pytestmark = pytest.mark.django_db(transaction=True)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1"
)
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def link(stores, workspace, owner):
    by = Actor(Via.FORM, owner)
    return create_link(workspace=workspace, by=by, url="https://example.com/page", slug="journey", title="First title")


@pytest.fixture
def enter(open_page, owner, link):
    """Opens a page of the link as its owner."""

    def enter(tab: str = "", **options) -> Page:
        browser = Client()
        browser.force_login(owner)
        page = open_page("/static/web/logo.svg", reduced_motion="reduce", **options)
        cookie = {"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": urljoin(page.url, "/")}
        page.context.add_cookies([cookie])
        page.goto(f"/app/links/{link.public_id}/{tab}")
        return page

    return enter


def followed(user_agent: str, slug: str = "journey") -> str:
    """Where the redirect path sends this browser."""

    async def ask() -> str:
        async with running() as site:
            return (await site.get(f"/{slug}", headers={"User-Agent": user_agent})).headers["Location"]

    with ThreadPoolExecutor(1) as pool:  # this thread's event loop is Playwright's
        return pool.submit(lambda: asyncio.run(ask())).result()


def test_rules_are_written_moved_tried_followed_and_taken_back(enter):
    page = enter("rules")
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_label("Destination 1 of rule 1").fill("https://example.com/everybody")
    page.get_by_role("button", name="Add a rule").click()
    expect(page.get_by_label("Destination 1 of rule 2")).to_be_focused()
    page.get_by_label("Destination 1 of rule 2").fill("https://example.com/phone")
    page.get_by_role("button", name="Add a condition").nth(1).click()
    page.get_by_role("group", name="Condition 1 of rule 2").get_by_label("iPhone and iPad").check()

    result = page.get_by_role("group", name="What happens")
    page.get_by_label("Device", exact=True).select_option("ios")
    page.get_by_role("button", name="Try", exact=True).click()
    expect(result).to_contain_text("https://example.com/everybody")
    page.get_by_label("Destination 1 of rule 2").press("Alt+ArrowUp")
    expect(page.get_by_role("button", name="Move rule 1 down")).to_be_focused()
    page.get_by_role("button", name="Try", exact=True).click()
    expect(result).to_contain_text("https://example.com/phone")
    expect(result).to_contain_text("Rule 2 Holds, but another decides before it")
    page.get_by_role("button", name="Save rules").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert (followed(IPHONE), followed(LAPTOP)) == ("https://example.com/phone", "https://example.com/everybody")

    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("Device: iPhone and iPad → https://example.com/phone")).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Restored: Rules.")).to_be_visible()
    assert followed(IPHONE) == "https://example.com/page"


def test_nothing_that_was_typed_is_lost(enter, link):
    page = enter("edit")
    page.get_by_label("Title", exact=True).fill("Mine")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="History").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Mine")
    assert asked == ["beforeunload"]

    update_link(link, changes={"title": "Theirs"})
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Theirs: Theirs")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert Link.objects.get().title == "Mine"


def test_a_preview_follows_what_is_typed(enter):
    page = enter("edit")
    page.get_by_text("Preview in chats and networks").click()
    page.get_by_label("Title of previews").fill("Come in")
    page.get_by_label("Picture of previews").fill("https://images.example.com/door.png")
    expect(page.get_by_role("figure")).to_contain_text("Come in")
    expect(page.get_by_role("figure")).to_contain_text("images.example.com")


def test_a_code_follows_its_form_and_is_downloaded(enter):
    page = enter("qr")
    before = page.get_by_alt_text("QR code").get_attribute("src")
    page.get_by_label("Colour", exact=True).fill("#0b6b4a")
    expect(page.get_by_alt_text("QR code")).not_to_have_attribute("src", before or "")
    with page.expect_download() as started:
        page.get_by_role("button", name="PNG").click()
    assert started.value.suggested_filename == "journey.png"
    page.get_by_label("Colour", exact=True).fill("#eeeeee")
    expect(page.get_by_text("These colours are too much alike to scan.")).to_be_visible()


def test_without_scripts_rules_are_written_too(enter):
    page = enter("rules", java_script_enabled=False)
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Kind of condition 1 of rule 1").select_option("country")
    page.get_by_role("button", name="Show its fields").click()
    page.get_by_label("Countries").fill("DE")
    page.get_by_label("Destination 1 of rule 1").fill("https://example.com/de")
    page.get_by_role("button", name="Save rules").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert Link.objects.get().rules[0]["conditions"] == [{"type": "country", "values": ["de"]}]
