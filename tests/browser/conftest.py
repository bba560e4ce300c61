"""Chromium, driven by Playwright, in front of a real HTTP server."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
PATIENCE = 15_000  # milliseconds: a busy machine is not a failure
STATUS = "the server responded with a status of "
# What the console says of a page that shows a form's mistakes, or what somebody else has saved meanwhile.
MISTAKES = (f"{STATUS}422", f"{STATUS}409")


class Browsing:
    """Pages of one site, each in a browser profile of its own; notes errors on their consoles, and requests to hosts
    that are not theirs."""

    def __init__(self, browser: Browser, site: str) -> None:
        self._browser, self._site = browser, site
        self._contexts: list[BrowserContext] = []
        self._complaints: list[tuple[str, str]] = []  # what, and the address that it is about
        self._pages: set[str] = set()  # addresses: their own status is what they show

    def open(self, path: str = "/", *, leads_to: str = "", **options: Any) -> Page:
        """A page in a new profile. `leads_to`: the one other site that it may go to; `options`: of the profile."""
        context = self._browser.new_context(base_url=self._site, **options)
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        page = context.new_page()
        self._watch(page, (f"{self._site}/", "data:", *([leads_to] if leads_to else [])))
        page.goto(path)
        return page

    def end(self) -> None:
        """Close all of them; there must have been nothing to note."""
        for context in self._contexts:
            context.close()
        assert [what for what, about in self._complaints if not (STATUS in what and about in self._pages)] == []

    def _watch(self, page: Page, known: tuple[str, ...]) -> None:
        def watch(sent: Request) -> None:
            if sent.is_navigation_request():
                self._pages.add(sent.url)
            if not sent.url.startswith(known):
                self._complaints.append((sent.url, sent.url))

        def listen(said: ConsoleMessage) -> None:
            if said.type in {"error", "warning"} and not any(mistake in said.text for mistake in MISTAKES):
                self._complaints.append((said.text, said.location["url"]))

        page.on("console", listen)
        page.on("pageerror", lambda error: self._complaints.append((str(error), "")))
        page.on("request", watch)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One per module: while it runs, its event loop keeps other tests from having one."""
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is not there: install chromium, or set CHROMIUM"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    expect.set_options(timeout=PATIENCE)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Django sees that loop too
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, live_server: Any, redis_empty: Any) -> Iterator[Callable[..., Page]]:
    """Opens a page of our site in a new browser profile (see `Browsing`)."""
    browsing = Browsing(browser, live_server.url)
    yield browsing.open
    browsing.end()
