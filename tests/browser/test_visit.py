"""Links that show a page first, followed in a browser through the whole site to another one."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from loadtests.client import Site
from tests.servers import wait_until
from tests.up import Up

pytestmark = pytest.mark.processes
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"  # "Headless" is a bot


class Destination(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>There</title><h1>You are there</h1>")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def destination() -> Iterator[str]:
    """Another site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Destination)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://localhost:{server.server_port}/there"
    server.shutdown()
    server.server_close()


@pytest.fixture
def up(open_dir: Path) -> Iterator[Up]:
    up = Up(open_dir)
    up.start()
    yield up
    up.clean_up()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(user_agent=PERSON)
    yield context.new_page()
    context.close()


def test_passwords_and_notices_lead_to_the_destination_and_count(up, destination, page):
    site = Site(f"127.0.0.1:{up.port}", up.manage("apikey", "create", "test"))
    locked = site.create_link(destination, password="open sesame")
    page.goto(up.url + locked.path)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_label("Password")).to_have_accessible_description("This is not the password.")
    assert site.clicks(locked) == 0
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="You are there")).to_be_visible()
    page.goto(up.url + locked.path)  # once more: the pass holds
    expect(page.get_by_role("heading", name="You are there")).to_be_visible()

    noticed = site.create_link(destination, notice=True)
    page.goto(up.url + noticed.path)
    expect(page.get_by_role("heading", name="You are going to localhost")).to_be_visible()
    page.get_by_role("button", name="Wait").click()
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("heading", name="You are there")).to_be_visible()

    wait_until(lambda: (site.clicks(locked), site.clicks(noticed)) == (2, 1), what="the counting of the clicks")
    page.goto(up.url + noticed.path + "+")
    expect(page.get_by_text(destination)).to_be_visible()
