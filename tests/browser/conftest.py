"""Chromium, driven by Playwright, in front of a real HTTP server."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
PATIENCE = 15_000  # milliseconds: a busy machine is not a failure
# What the console says of a page that shows a form's mistakes, or what somebody else has saved meanwhile.
MISTAKES = ("the server responded with a status of 422", "the server responded with a status of 409")


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
    """Opens a page of our site in a new browser profile. In the end there must be no error on the console and no
    request to another host."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def watch(page: Page) -> None:
        page.on("console", lambda said: complaints.append(said.text) if _complains(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda sent: None if _ours(sent.url, live_server.url) else complaints.append(sent.url))

    def open_(path: str = "/", **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        watch(page)
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def _complains(said: ConsoleMessage) -> bool:
    return said.type in {"error", "warning"} and not any(mistake in said.text for mistake in MISTAKES)


def _ours(url: str, site: str) -> bool:
    return url.startswith((f"{site}/", "data:"))
