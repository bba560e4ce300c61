"""The statistics of a link, as its owner reads them."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessible import assert_accessible, assert_light
from tests.browser.seed import BUSY, seed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stats_page(open_page, transactional_db, owner):
    """Opens the statistics of a busy link as its owner."""
    seed(owner)

    def through_the_door(**options) -> Page:
        page = open_page("/app/", **{"reduced_motion": "reduce", "timezone_id": "UTC", **options})
        page.get_by_label("Email").fill(owner.email)
        page.get_by_label("Password", exact=True).fill("correct horse battery")
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("link", name=f"127.0.0.1:8000/{BUSY}").click()
        expect(page.get_by_role("img", name="Clicks and visitors by day")).to_be_visible()
        return page

    return through_the_door


def test_time_interval_comparison_and_bots_change_in_place(stats_page):
    page = stats_page()
    page.evaluate("window.isTheSame = true")
    page.get_by_role("link", name="90 days").click()
    expect(page.get_by_role("heading", name="The last 90 days")).to_be_visible()
    expect(page.get_by_role("link", name="90 days")).to_be_focused()
    page.get_by_role("link", name="Weeks").click()
    expect(page.get_by_role("img", name="Clicks and visitors by week")).to_be_visible()
    page.get_by_role("switch", name="Bots").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("switch", name="Bots")).to_be_checked()
    page.get_by_role("switch", name="Period before").click()
    expect(page.get_by_role("switch", name="Period before")).not_to_be_checked()
    assert page.url.endswith("/?range=90&interval=week&compare=no&bots=yes")
    assert page.evaluate("window.isTheSame")
    page.go_back()
    expect(page.get_by_role("switch", name="Period before")).to_be_checked()


def test_whoever_is_signed_out_meanwhile_comes_back_after_signing_in(stats_page, owner):
    page = stats_page()
    page.wait_for_load_state()
    page.get_by_role("button", name="Pause").click()  # live clicks, which would be asked for too
    place = page.url
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("link", name="90 days").click()
    page.wait_for_url("**/accounts/login/**")
    page.get_by_label("Email").fill(owner.email)
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(place)
    expect(page.get_by_role("img", name="Clicks and visitors by")).to_be_visible()


def test_the_script_bears_that_something_else_stands_in_the_place_of_statistics(stats_page):
    page = stats_page()
    page.evaluate("""() => {
      document.getElementById("stats").remove();
      document.dispatchEvent(new CustomEvent("htmx:afterSettle", { detail: { boosted: true } }));
    }""")
    expect(page.get_by_role("img", name="Clicks and visitors by")).to_be_hidden()  # errors are looked for at the end


def test_days_and_zone_of_ones_choice(stats_page):
    page = stats_page()
    page.get_by_text("Other", exact=True).click()
    last = page.get_by_role("textbox", name="To").input_value()
    page.get_by_role("textbox", name="From").fill(last)
    page.get_by_role("button", name="Show these days").click()
    expect(page.get_by_role("heading", name="Days of your choice")).to_be_visible()
    expect(page.get_by_role("img", name="Clicks and visitors by hour")).to_be_visible()
    page.get_by_text("Other", exact=True).click()
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Asia/Tokyo")).to_be_visible()


def test_the_chart_is_read_with_arrow_keys(stats_page):
    page = stats_page()
    reader = page.get_by_role("slider", name="Read the chart point by point")
    reader.focus()
    last = reader.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowLeft")
    assert reader.get_attribute("aria-valuenow") == "29"
    assert reader.get_attribute("aria-valuetext") != last
    page.keyboard.press("Home")
    assert reader.get_attribute("aria-valuenow") == "1"
    expect(page.locator(".reader-tip")).to_contain_text("Visitors")
    page.keyboard.press("Escape")
    expect(page.locator(".reader-tip")).to_be_hidden()


def test_a_list_filters(stats_page):
    page = stats_page()
    page.get_by_role("link", name="Languages").click()
    expect(page.get_by_text("German", exact=True)).to_be_visible()
    page.get_by_role("link", name="Germany").click()
    expect(page.get_by_role("link", name="Remove the filter Countries: Germany")).to_be_visible()
    expect(page.get_by_text("No click has all of this")).to_be_visible()  # the seed knows sums only
    page.get_by_role("link", name="Clear filters").first.click()
    expect(page.get_by_role("link", name="Germany")).to_be_visible()


def test_the_browser_s_zone_is_used_from_the_first_page_on(stats_page):
    page = stats_page(timezone_id="Europe/Berlin")
    expect(page.get_by_text("Europe/Berlin")).to_be_visible()


def test_the_chart_is_also_a_table_and_a_picture(stats_page):
    page = stats_page()
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(31)
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Chart (PNG)").click()
    assert download.value.suggested_filename == f"clicks-{BUSY}.png"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_without_scripts_all_of_it_is_links_and_forms(stats_page):
    page = stats_page(java_script_enabled=False)
    expect(page.get_by_text("Germany", exact=True)).to_be_visible()
    page.get_by_role("link", name="7 days").click()
    page.get_by_role("switch", name="Bots").click()
    page.get_by_text("Other", exact=True).click()
    page.get_by_label("Time zone").fill("Mars")
    page.get_by_role("button", name="Use this zone").click()
    expect(page.get_by_text("“Mars” is no time zone")).to_be_visible()
    expect(page.get_by_role("heading", name="The last 7 days")).to_be_visible()


def test_the_links_of_a_workspace_lead_to_their_pages(stats_page):
    page = stats_page()
    page.goto("/app/stats?range=90")
    page.get_by_role("link", name=f"Statistics of 127.0.0.1:8000/{BUSY}").click()
    expect(page.get_by_role("heading", name="The last 90 days")).to_be_visible()


def test_they_are_made_public_for_anybody(stats_page):
    page = stats_page()
    page.get_by_text("Share", exact=True).click()
    page.get_by_role("button", name="Make it public").click()
    page.get_by_text("Public", exact=True).click()
    expect(page.get_by_role("link", name=f"/{BUSY}+stats")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"/{BUSY}+stats")
    expect(page.get_by_text("Public statistics")).to_be_visible()
    page.get_by_role("link", name="7 days").click()
    expect(page.get_by_role("heading", name="The last 7 days")).to_be_visible()


def test_it_is_accessible_and_light(stats_page):
    page = stats_page()
    page.get_by_role("slider").focus()
    page.get_by_text("Other", exact=True).click()
    assert_accessible(page)
    page.goto("/app/stats?bots=yes&country=DE")
    assert_accessible(page)
    page.context.clear_cookies(name="zone")
    page.goto(f"{page.url.split('?')[0]}?range=today")
    assert_accessible(page)
    assert_light(page)


def test_on_a_small_screen_links_are_told_apart(stats_page):
    page = stats_page(viewport={"width": 320, "height": 700})
    page.goto("/app/stats")
    slugs = page.locator(".bar-name bdi > :last-child")
    expect(slugs.first).to_have_text(f"/{BUSY}")
    assert slugs.evaluate_all("(slugs) => slugs.every((slug) => slug.scrollWidth <= slug.parentNode.clientWidth)")
