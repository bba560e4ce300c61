import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import User, Workspace
from shortener.accounts.workspaces import NAME_LIMIT, update_workspace
from shortener.links.models import Link
from tests.browser.test_accounts import PASSWORD, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
MIDDLES = (
    "(parts) => parts.map((part) => part.getBoundingClientRect()).map((box) => Math.round(box.y + box.height / 2))"
)
LINES = """(cell) => {
  const text = document.createRange()
  text.selectNodeContents(cell.firstChild)
  return text.getClientRects().length
}"""


def test_a_colleague_is_invited_as_viewer_and_cannot_edit(open_page, transactional_db, owner, settings):
    settings.SIGNUP = "invite"
    page = open_page("/accounts/login/")
    sign_in(page, owner.email)
    page.goto("/app/workspaces/new")
    page.get_by_label("Name").fill("Press office")
    page.get_by_role("button", name="Create workspace").click()
    page.get_by_label("E-mail address").fill("colleague@example.org")
    page.locator("#id_role").select_option("viewer")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_text("the mail to colleague@example.org is under way")).to_be_visible()
    page.goto("/app/")
    page.get_by_label("Long address").fill("https://example.com/news")
    page.get_by_role("button", name="Shorten").click()
    expect(page.get_by_role("region", name="Your short link")).to_be_visible()
    link = Link.objects.get(workspace__slug="press-office")

    [path] = re.findall(r"http://[^/]+(/invitations/\S+)", mail.outbox[0].body)
    theirs = open_page(path)
    theirs.get_by_role("main").get_by_role("link", name="Create an account").click()
    theirs.get_by_label("Email").fill("colleague@example.org")
    theirs.get_by_label("Password", exact=True).fill(PASSWORD)
    theirs.get_by_label("Password (again)").fill(PASSWORD)
    theirs.get_by_role("button", name="Create account").click()
    theirs.get_by_role("button", name="Join").click()
    expect(theirs.get_by_text("Welcome to Press office")).to_be_visible()
    expect(theirs.get_by_role("button", name="Shorten")).to_have_count(0)
    theirs.get_by_role("link", name=f"/{link.slug}").click()
    expect(theirs.get_by_role("navigation", name="Pages of this link").get_by_role("link", name="Edit")).to_have_count(
        0
    )
    refused = theirs.request.get(f"/app/links/{link.public_id}/edit")
    assert (refused.status, "Your role in this workspace does not allow that." in refused.text()) == (403, True)
    theirs.goto("/app/settings/members/")
    expect(theirs.get_by_role("button", name="Invite")).to_have_count(0)


def test_switching_between_workspaces(open_page, transactional_db, owner):
    page = open_page("/accounts/login/")
    sign_in(page, owner.email)
    page.goto("/app/workspaces/new")
    page.get_by_label("Name").fill("Press office")
    page.get_by_role("button", name="Create workspace").click()
    page.get_by_label("Workspace: Press office").click()
    page.get_by_role("button", name=owner.email).click()
    expect(page.get_by_label(f"Workspace: {owner.email}")).to_be_visible()


@pytest.mark.parametrize(("width", "rows"), [(320, 2), (480, 2), (768, 1), (1024, 1), (1440, 1)])
def test_a_long_name_leaves_the_rest_of_the_header_its_place(
    open_page, transactional_db, owner, workspace, width, rows
):
    name = ("Central office for public relations and events of the city of Kiel " * 2)[:NAME_LIMIT].strip()
    Workspace.objects.filter(pk=workspace.pk).update(name=name)
    User.objects.filter(pk=owner.pk).update(language="de")  # its words are longer
    page = open_page("/accounts/login/", viewport={"width": width, "height": 700})
    sign_in(page, owner.email)
    expect(page.get_by_role("link", name="Einstellungen").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    parts = page.locator(".brand img, .workspaces > summary, .site-nav a, .site-tools summary")
    assert len(set(parts.evaluate_all(MIDDLES))) == rows
    page.locator(".workspaces > summary").click()
    entry = page.get_by_role("button", name=name, exact=True)
    expect(entry).to_be_visible()
    assert entry.evaluate("(entry) => entry.getBoundingClientRect().right <= innerWidth")
    assert entry.evaluate("(entry) => entry.firstChild.scrollWidth <= entry.firstChild.clientWidth")


def test_filters_of_the_audit_log_stand_in_line_and_words_are_whole(open_page, transactional_db, owner, workspace):
    owner.email = "somebody@localhost.localdomain"
    owner.save()
    update_workspace(workspace, changes={"name": "Press office"}, by=Actor(Via.FORM, owner))
    page = open_page("/accounts/login/", viewport={"width": 1440, "height": 700})
    sign_in(page, owner.email)
    page.goto("/app/settings/audit/")
    fields = page.locator(".audit-filters").locator("select, input:not([type=hidden]), button")
    assert len(set(fields.evaluate_all(MIDDLES))) == 2  # rows
    assert page.locator(".scroll td:nth-child(2)").first.evaluate(LINES) == 1
