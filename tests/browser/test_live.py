"""Clicks that appear on an open page: over real HTTP, from the redirect to the screen."""

import shutil
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from loadtests.client import Site
from tests.up import Up

pytestmark = pytest.mark.processes
EMAIL, PASSWORD = "admin@example.org", "correct horse battery"


@pytest.fixture
def up():
    directory = Path(tempfile.mkdtemp(prefix="shortener-test-"))
    directory.chmod(0o755)
    up = Up(directory, ADMIN_EMAIL=EMAIL, ADMIN_PASSWORD=PASSWORD)
    up.start()
    yield up
    up.clean_up()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def page(browser, up):
    """The owner's, without an error on its console."""
    complaints = []
    context = browser.new_context(base_url=up.url)
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def test_a_click_appears_on_the_open_page_and_is_counted(up, page):
    site = Site(f"127.0.0.1:{up.port}", up.manage("apikey", "create", "live"))
    link = site.create_link("https://example.com/page")
    page.goto(f"/app/links/{link.id}/?range=today")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    live = page.get_by_role("region", name="Live")
    expect(live).to_contain_text("clicks appear here as they happen")
    clicks = page.locator("[data-total=clicks]")
    expect(clicks).to_have_text("0")
    assert site.follow(link.path) == 302
    expect(clicks).to_have_text("1")
    expect(live.get_by_role("listitem")).to_have_count(1)
    page.reload()
    expect(clicks).to_have_text("1")  # the same as the database has
    expect(page.get_by_role("img", name="Clicks and visitors by hour")).to_be_visible()
    expect(live).to_contain_text("clicks appear here as they happen")
    live.get_by_role("button", name="Pause").click()
    expect(live).to_contain_text("Paused")
    assert site.follow(link.path) == 302
    live.get_by_role("button", name="Resume").click()
    expect(live).to_contain_text("clicks appear here as they happen")
    assert site.follow(link.path) == 302
    expect(live.get_by_role("listitem")).to_have_count(1)  # what was missed while paused, a reload shows
    page.goto("/app/stats?range=today")
    expect(clicks).to_have_text("3")
    expect(live).to_contain_text("clicks appear here as they happen")
    assert site.follow(link.path) == 302
    expect(clicks).to_have_text("4")
