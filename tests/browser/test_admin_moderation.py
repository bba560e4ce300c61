"""An administrator, a link that was reported, and a visitor, through the whole site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from loadtests.client import Site
from tests.up import Up

pytestmark = pytest.mark.processes
EMAIL, PASSWORD = "admin@example.org", "correct horse battery"


@pytest.fixture
def up(open_dir: Path) -> Iterator[Up]:
    up = Up(open_dir, ADMIN_EMAIL=EMAIL, ADMIN_PASSWORD=PASSWORD, WEB_WORKERS="2")
    up.start()
    yield up
    up.clean_up()


@pytest.fixture
def page(browser: Browser, up: Up) -> Iterator[Page]:
    context = browser.new_context(base_url=up.url)
    yield context.new_page()
    context.close()


def test_a_reported_link_is_switched_off_within_a_second(up, page):
    link = Site(f"127.0.0.1:{up.port}", up.manage("apikey", "create", "test")).create_link("https://example.com/bank")
    for _ in range(20):  # every web process holds it in memory now
        assert up.get(link.path)[0] == 302
    page.goto(f"{link.path}+")
    page.get_by_text("Report this link").click()
    page.get_by_label("It asks for passwords or card numbers").check()
    page.get_by_role("button", name="Report", exact=True).click()

    page.goto("/admin/")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator(".overview").get_by_role("link", name="1", exact=True).click()
    page.locator("input[name=_selected_action]").check()
    page.get_by_label("Action:").select_option(label="Switch the links off …")
    page.get_by_role("button", name="Go").click()
    page.get_by_label("Reason").fill("Phishing")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("1 link is switched off.")).to_be_visible()
    page.wait_for_timeout(1000)  # the second that is promised
    assert {up.get(link.path)[0] for _ in range(20)} == {410}
    page.goto(link.path)
    expect(page.get_by_role("heading", name="This link was switched off")).to_be_visible()
