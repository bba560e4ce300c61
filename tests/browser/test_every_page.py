"""Every page, in light and dark, wide and narrow, from left to right and from right to left."""

import re
from urllib.parse import urljoin

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page

from config.sign_in import Provider, social_settings
from loadtests.site_map import patterns
from tests.browser.accessible import problems_everywhere
from tests.browser.pages import NO_PAGE, pages
from tests.browser.world import World
from tests.web.test_error_pages import STANDALONE

pytestmark = pytest.mark.django_db(transaction=True)
FOLDED = ("web:link-edit", "web:link-rules", "web:link-qr-code")  # much of these is folded away at first
SHOWN = (200, 401)
UNFOLD = "document.querySelectorAll('main details:not(.menu)').forEach((part) => (part.open = true))"


@pytest.fixture
def world(transactional_db, owner, settings):
    settings.SIGNUP = "open"
    company = Provider(id="company", name="Company", server_url="http://127.0.0.1:9", client_id="x")
    settings.SOCIALACCOUNT_PROVIDERS = social_settings([company])
    return World(owner)


@pytest.fixture
def page(open_page):
    return open_page("/static/web/logo.svg", reduced_motion="reduce")


def come_as(page: Page, session: str) -> None:
    page.context.clear_cookies()
    if session:
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": urljoin(page.url, "/")}])


def test_every_page_is_accessible_and_fits(page, world):
    problems = {}
    for route, name in pages():
        come_as(page, world.session_for(name))
        for path in world.paths(route, name):
            answer = page.goto(path)
            if answer.status not in SHOWN or urljoin(page.url, path) != page.url:
                problems[path] = [f"answers {answer.status} at {page.url}"]
                continue
            if name in FOLDED:
                page.evaluate(UNFOLD)
            if found := problems_everywhere(page):
                problems[path] = found
    assert not problems, "\n".join(f"{path}\n  {'  '.join(found)}" for path, found in problems.items())


def test_every_page_that_only_says_something_is_accessible_and_fits(page):
    for name in STANDALONE:
        said = render_to_string(f"{name}.html")
        page.route(
            "**/said", lambda route, _request, said=said: route.fulfill(body=said, content_type="text/html"), times=1
        )
        page.goto("/said")
        assert problems_everywhere(page) == [], name


def test_each_reason_not_to_look_is_about_an_address_that_exists():
    names = {found.name for found in patterns()}
    assert [
        one for ones in NO_PAGE.values() for one in ones if not any(re.fullmatch(one, name) for name in names)
    ] == []
