"""Journeys through the whole site as it runs: web processes, redirects, the click worker."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from loadtests.client import Site
from tests.browser.conftest import Browsing
from tests.servers import wait_until
from tests.up import Up, standing

pytestmark = pytest.mark.processes
EMAIL, PASSWORD = "admin@example.org", "correct horse battery"
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"  # "Headless" is a bot
PROMISED = 1.0  # seconds until a link that is switched off is off everywhere


class Destination(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        icon = "<link rel=icon href=data:,>"
        self.wfile.write(f"<!doctype html><title>There</title>{icon}<h1>You are there</h1>".encode())

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def destination() -> Iterator[str]:
    """Another site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Destination)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://localhost:{server.server_port}/there"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """The site, in two web processes."""
    with standing(ADMIN_EMAIL=EMAIL, ADMIN_PASSWORD=PASSWORD, WEB_WORKERS="2") as up:
        yield up


@pytest.fixture(scope="module")
def site(up: Up) -> Site:
    """The same, for programs."""
    return Site(f"127.0.0.1:{up.port}", up.manage("apikey", "create", "test"))


@pytest.fixture
def open_site(browser: Browser, up: Up) -> Iterator[Callable[..., Page]]:
    """Opens a page of the site in a new browser profile (see `Browsing`)."""
    browsing = Browsing(browser, up.url)
    yield browsing.open
    browsing.end()


def sign_in(page: Page) -> None:
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_an_address_is_pasted_its_short_link_copied_and_followed_and_the_click_appears(up, open_site, destination):
    page = open_site("/accounts/login/?next=/", permissions=["clipboard-read", "clipboard-write"])
    sign_in(page)
    expect(page.get_by_label("Long address")).to_be_focused()
    page.keyboard.insert_text(destination)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    short_url = page.evaluate("navigator.clipboard.readText()")

    page.get_by_role("region", name="Your short link").get_by_role("link", name="Statistics").click()
    page.get_by_role("link", name="Today").click()
    live = page.get_by_role("region", name="Live")
    expect(live).to_contain_text("clicks appear here as they happen")
    clicks = page.locator("[data-total=clicks]")
    expect(clicks).to_have_text("0")
    visitor = open_site(short_url, leads_to=destination, user_agent=PERSON)
    expect(visitor.get_by_role("heading", name="You are there")).to_be_visible()
    expect(clicks).to_have_text("1")
    expect(live.get_by_role("listitem")).to_have_count(1)
    page.reload()
    expect(clicks).to_have_text("1")  # the same as the database has
    expect(page.get_by_role("img", name="Clicks and visitors by hour")).to_be_visible()

    expect(live).to_contain_text("clicks appear here as they happen")
    live.get_by_role("button", name="Pause").click()
    expect(live).to_contain_text("Paused")
    visitor.goto(short_url)
    live.get_by_role("button", name="Resume").click()
    expect(live).to_contain_text("clicks appear here as they happen")
    visitor.goto(short_url)
    expect(live.get_by_role("listitem")).to_have_count(1)  # what was missed while paused, a reload shows
    page.goto("/app/stats?range=today")
    expect(live).to_contain_text("clicks appear here as they happen")
    before = int(clicks.get_attribute("data-value") or 0)  # those of other links too
    visitor.goto(short_url)
    expect(clicks).to_have_text(f"{before + 1}")


def test_a_reported_link_is_switched_off_within_a_second(up, site, open_site, destination):
    link = site.create_link(destination)
    for _ in range(20):  # every web process holds it in memory now
        assert up.get(link.path)[0] == 302
    visitor = open_site(f"{link.path}+")
    visitor.get_by_text("Report this link").click()
    visitor.get_by_label("It asks for passwords or card numbers").check()
    visitor.get_by_role("button", name="Report", exact=True).click()

    page = open_site("/admin/")
    sign_in(page)
    page.locator(".overview").get_by_role("link", name="1", exact=True).click()
    page.locator("input[name=_selected_action]").check()
    page.get_by_label("Action:").select_option(label="Switch the links off …")
    page.get_by_role("button", name="Go").click()
    page.get_by_label("Reason").fill("Phishing")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("1 link is switched off.")).to_be_visible()
    time.sleep(PROMISED)
    assert {up.get(link.path)[0] for _ in range(20)} == {410}
    visitor.goto(link.path)
    expect(visitor.get_by_role("heading", name="This link was switched off")).to_be_visible()


def test_passwords_and_notices_lead_to_the_destination_and_count(site, open_site, destination):
    locked = site.create_link(destination, password="open sesame")
    page = open_site(locked.path, leads_to=destination, user_agent=PERSON)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_label("Password")).to_have_accessible_description("This is not the password.")
    assert site.clicks(locked) == 0
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="You are there")).to_be_visible()
    page.goto(locked.path)  # once more: the pass holds
    expect(page.get_by_role("heading", name="You are there")).to_be_visible()

    noticed = site.create_link(destination, notice=True)
    page.goto(noticed.path)
    expect(page.get_by_role("heading", name="You are going to localhost")).to_be_visible()
    page.get_by_role("button", name="Wait").click()
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("heading", name="You are there")).to_be_visible()

    wait_until(lambda: (site.clicks(locked), site.clicks(noticed)) == (2, 1), what="the counting of the clicks")
    page.goto(f"{noticed.path}+")
    expect(page.get_by_text(destination)).to_be_visible()
