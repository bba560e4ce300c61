import pytest
from playwright.sync_api import Page, expect

from shortener.accounts.models import User
from tests.browser.accessible import assert_accessible, assert_light

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guide(open_page, transactional_db, workspace):
    """Opens the style guide as an administrator."""
    User.objects.create_superuser("staff@example.org", "correct horse battery")

    def open_(**options) -> Page:
        page = open_page("/accounts/login/?next=/app/styleguide", reduced_motion="reduce", **options)
        page.get_by_label("Email").fill("staff@example.org")
        page.get_by_label("Password", exact=True).fill("correct horse battery")
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", name="Style guide")).to_be_visible()
        return page

    return open_


def ground(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


LIGHT, DARK = "rgb(251, 252, 251)", "rgb(14, 20, 18)"


def test_it_is_accessible_and_light(guide):
    page = guide()
    assert_light(page)
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 700})
    assert_accessible(page)


def test_light_or_dark_is_chosen_and_remembered(guide):
    page = guide(color_scheme="light")
    assert ground(page) == LIGHT
    page.get_by_label("Appearance").click()
    with page.expect_response("**/app/theme"):
        page.get_by_role("button", name="Dark").click()
    assert ground(page) == DARK
    page.reload()
    assert ground(page) == DARK
    page.get_by_label("Appearance").click()
    with page.expect_response("**/app/theme"):
        page.get_by_role("button", name="As the system").click()
    assert ground(page) == LIGHT
    page.reload()
    assert ground(page) == LIGHT


def test_light_or_dark_without_scripts(guide):
    page = guide(color_scheme="light", java_script_enabled=False)
    page.get_by_label("Appearance").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.get_by_role("heading", name="Style guide")).to_be_visible()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_menus_and_dialogs_work_from_the_keyboard(guide):
    page = guide()
    menu = page.get_by_text("Menu", exact=True)
    menu.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Chosen")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Chosen")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Delete it?")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Delete it?")).to_be_hidden()
    expect(page.get_by_role("button", name="Dialog")).to_be_focused()
