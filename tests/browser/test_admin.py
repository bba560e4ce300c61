import pytest
from playwright.sync_api import expect

from shortener.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_administrator_makes_a_link(open_page, transactional_db, workspace):
    User.objects.create_superuser("staff@example.org", "correct horse battery")
    page = open_page("/admin/links/link/add/")
    page.get_by_label("Email").fill("staff@example.org")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Destination").fill("nonsense://x")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Addresses that begin with nonsense:")).to_be_visible()
    page.get_by_label("Destination").fill("https://example.com/from-the-admin")
    page.locator("#select2-id_workspace-container").click()
    page.get_by_role("option", name="owner@example.org").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert workspace.links.get().destination == "https://example.com/from-the-admin"
