"""The page that shows the API's description, which a library brings."""

from playwright.sync_api import expect


def test_the_description_can_be_read_without_other_hosts(open_page):
    page = open_page("/api/v1/docs")
    expect(page.get_by_text("/api/v1/links", exact=True).first).to_be_visible()
