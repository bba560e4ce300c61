"""The pictures of README: `make screenshots` draws them again. Not collected by an ordinary test run."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shortener.links.domains import ensure_default_domain
from tests.browser.seed import BUSY, seed

pytestmark = pytest.mark.django_db(transaction=True)
IMAGES = Path(__file__).resolve().parents[2] / "deploy" / "images"
LONG = "https://example.org/press/2026/annual-report/download?utm_source=newsletter&utm_campaign=autumn"


@pytest.fixture(autouse=True)
def host(settings, transactional_db):
    """The name that short links bear in the pictures."""
    settings.ANONYMOUS_LINKS = True
    settings.BASE_URL, settings.DEFAULT_DOMAIN = "https://go.example.org", "go.example.org"
    ensure_default_domain()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_home(open_page, scheme):
    page = open_page(color_scheme=scheme, viewport={"width": 1120, "height": 720})
    page.get_by_label("Long address").fill(LONG)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Your short link")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    _draw(page, "home", scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_links_and_stats(open_page, owner, scheme):
    seed(owner)
    page = open_page("/app/", color_scheme=scheme, viewport={"width": 1120, "height": 700})
    page.get_by_label("Email").fill(owner.email)
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Links", exact=True)).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    _draw(page, "links", scheme)
    page.get_by_role("link", name=BUSY).first.click()
    expect(page.locator("#stats svg").first).to_be_visible()
    page.get_by_role("button", name="Pause").click()  # nobody follows a link here
    page.set_viewport_size({"width": 1120, "height": 1400})
    _draw(page, "stats", scheme)


def _draw(page: Page, name: str, scheme: str, *, full_page: bool = False) -> None:
    suffix = "" if scheme == "light" else f"-{scheme}"
    page.screenshot(path=IMAGES / f"{name}{suffix}.png", full_page=full_page, animations="disabled")
