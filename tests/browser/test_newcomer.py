"""From the first visit to the statistics of a link with rules."""

import re

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from shortener.links.models import Link
from tests.browser.accessible import assert_accessible
from tests.browser.test_accounts import PASSWORD
from tests.browser.test_link_page import IPHONE, LAPTOP, followed

pytestmark = pytest.mark.django_db(transaction=True)


def sign_up(page: Page, email: str) -> None:
    """Until the address is confirmed by what the mail says."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Confirm your e-mail address")).to_be_visible()
    [path] = re.findall(r"http://[^/]+(/accounts/confirm-email/\S+)", mail.outbox[0].body)
    page.goto(path)
    page.get_by_role("button", name="Yes, confirm").click()
    expect(page.get_by_role("heading", name="Links", exact=True)).to_be_visible()


def test_a_newcomer_makes_a_link_with_rules_tries_them_and_filters_its_clicks(open_page, stores, settings, ingest):
    settings.SIGNUP, settings.ACCOUNT_EMAIL_VERIFICATION = "open", "mandatory"
    page = open_page("/", reduced_motion="reduce")
    page.get_by_role("link", name="Create an account").click()
    sign_up(page, "new@example.org")

    page.get_by_label("Long address").fill("https://example.com/everybody")
    page.get_by_role("button", name="Shorten").click()
    page.get_by_role("region", name="Your short link").get_by_role("link", name="Edit").click()
    page.get_by_role("link", name="Rules", exact=True).click()
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_label("Destination 1 of rule 1").fill("https://example.com/phone")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_role("group", name="Condition 1 of rule 1").get_by_label("iPhone and iPad").check()
    result = page.get_by_role("group", name="What happens")
    for device, leads_to in (("ios", "https://example.com/phone"), ("android", "https://example.com/everybody")):
        page.get_by_label("Device", exact=True).select_option(device)
        page.get_by_role("button", name="Try", exact=True).click()
        expect(result).to_contain_text(leads_to)
    assert_accessible(page)
    page.get_by_role("button", name="Save rules").click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    slug = Link.objects.get().slug
    assert followed(IPHONE, slug) == "https://example.com/phone"
    assert followed(LAPTOP, slug) == "https://example.com/everybody"
    ingest()
    page.get_by_role("navigation", name="Pages of this link").get_by_role("link", name="Statistics").click()
    clicks = page.locator("[data-total=clicks]")
    expect(clicks).to_have_text("2")
    page.get_by_role("link", name="Systems").click()
    page.get_by_role("link", name="iOS").click()
    expect(page.get_by_role("link", name="Remove the filter Operating systems: iOS")).to_be_visible()
    expect(clicks).to_have_text("1")
