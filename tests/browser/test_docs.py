"""The page that shows the API's description, which a library draws in our frame."""

import pytest
from playwright.sync_api import expect

from tests.api.document import current


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_operation_can_be_read_with_its_examples_without_other_hosts(open_page, scheme):
    page = open_page("/api/v1/docs", color_scheme=scheme, viewport={"width": 360, "height": 800})
    expect(page.locator(".opblock")).to_have_count(len(current().operations))
    dark = page.evaluate("getComputedStyle(document.querySelector('.swagger-ui .opblock-summary-path')).color")
    assert (int(dark.removeprefix("rgb(").partition(",")[0]) > 128) == (scheme == "dark")
    operation = page.locator("#operations-Links-createLink")
    operation.get_by_role("button").first.click()
    expect(operation.get_by_text('"https://example.com/page"').first).to_be_visible()
    expect(operation.get_by_text("The first request is still under way").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
