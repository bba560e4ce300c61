import csv
import io
import re
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.test import Client

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import AuditEvent, Member, User, Workspace
from shortener.accounts.workspaces import create_workspace
from shortener.clicks.usage import usage
from shortener.links.models import Link
from shortener.links.services import create_link
from tests.web.reading import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]


@pytest.fixture
def team(owner):
    return create_workspace(name="Press office", owner=owner, by=Actor(Via.FORM, owner))


def browser_of(user, workspace):
    browser = Client()
    browser.force_login(user)
    browser.post("/app/workspaces/switch", {"workspace": workspace.slug})
    return browser


@pytest.fixture
def cast(team, owner):
    """Browsers by role, each at work in the team's workspace."""
    browsers = {"owner": browser_of(owner, team)}
    for role in ("admin", "member", "viewer"):
        user = User.objects.create_user(f"{role}@example.org", "x")
        Member.objects.create(workspace=team, user=user, role=role)
        browsers[role] = browser_of(user, team)
    return browsers


def seat(team, role):
    return team.memberships.get(role=role)


# --- Who may open what: viewer, member, admin, owner -----------------------------------------------------------------

PAGES = {
    "/app/": "vmao", "/app/settings/": "vmao", "/app/settings/members/": "vmao", "/app/settings/usage/": "vmao",
    "/app/settings/audit/": "ao", "/app/settings/audit.csv": "ao", "/app/settings/danger/": "o",
    "/app/settings/domains/": "vmao", "/app/settings/labels/": "vmao",
    "/app/settings/keys/": "ao", "/app/settings/keys/new": "ao",
    "/app/settings/account/": "vmao", "/app/workspaces/": "vmao",
}  # fmt: skip
ROLES = {"v": "viewer", "m": "member", "a": "admin", "o": "owner"}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_and_every_role(cast, page):
    opened = {letter for letter, role in ROLES.items() if cast[role].get(page).status_code == 200}
    assert opened == set(PAGES[page])
    assert all(cast[ROLES[letter]].get(page).status_code == 403 for letter in set(ROLES) - opened)


@pytest.mark.parametrize("page", PAGES)
def test_strangers_are_asked_to_sign_in(client, page):
    assert client.get(page).url.startswith("/accounts/login/")


DEEDS = {
    "/app/settings/": ("ao", {"name": "Other", "slug": "other"}),
    "/app/settings/members/": ("ao", {"email": "new@example.org", "role": "viewer"}),
    "/app/settings/members/{viewer}/role": ("ao", {"role": "member"}),
    "/app/settings/members/{viewer}/remove": ("ao", {}),
    "/app/settings/invitations/{invitation}/revoke": ("ao", {}),
    "/app/settings/domains/": ("ao", {"host": "go.example.org"}),
    "/app/settings/labels/tags/": ("mao", {"name": "press"}),
    "/app/settings/labels/folders/": ("mao", {"name": "Spring"}),
    "/app/settings/labels/templates/": ("mao", {"name": "Mail", "values": "source=newsletter"}),
    "/app/settings/danger/transfer": ("o", {"member": "{viewer}"}),
    "/app/settings/danger/delete": ("o", {"words": "press-office"}),
}


@pytest.mark.parametrize("role", ROLES.values())
@pytest.mark.parametrize("path", DEEDS)
def test_every_deed_and_every_role(cast, team, role, path):
    cast["owner"].post("/app/settings/members/", {"email": "waiting@example.org", "role": "viewer"})
    names = {"viewer": seat(team, "viewer").public_id, "invitation": team.invitations.get().public_id}
    may, sent = DEEDS[path]
    before = AuditEvent.objects.count()
    answer = cast[role].post(path.format(**names), {key: text.format(**names) for key, text in sent.items()})
    done = AuditEvent.objects.count() > before
    assert (answer.status_code, done) == ((302, True) if role[0] in may else (403, False))


def test_who_belongs_elsewhere_finds_nobody(cast, team, stranger):
    other = create_workspace(name="Other", owner=stranger, by=Actor(Via.FORM, stranger))
    browser = browser_of(stranger, other)
    victim = seat(team, "viewer")
    for deed in ("role", "remove"):
        path = f"/app/settings/members/{victim.public_id}/{deed}"
        assert browser.post(path, {"role": "member"}).status_code == 404
    victim.refresh_from_db()
    assert victim.role == "viewer"


# --- Workspaces ------------------------------------------------------------------------------------------------------


def test_making_a_workspace_leads_to_inviting(signed_in):
    answer = signed_in.post("/app/workspaces/new", {"name": "Press office"}, follow=True)
    assert "Invite somebody" in Read(answer).text
    assert Workspace.objects.filter(slug="press-office").exists()


def test_switching_changes_what_is_listed(signed_in, team, owner, make_link):
    create_link(workspace=team, url="https://example.com/", slug="of-the-team", by=Actor(Via.FORM, owner))
    make_link(slug="of-mine")
    assert Read(signed_in.get("/app/")).listed == ["of-mine"]
    signed_in.post("/app/workspaces/switch", {"workspace": "press-office"})
    assert Read(signed_in.get("/app/")).listed == ["of-the-team"]


def test_nobody_switches_to_what_is_not_theirs(intruder, team):
    assert intruder.post("/app/workspaces/switch", {"workspace": team.slug}).status_code == 404


def test_switching_leads_nowhere_else(signed_in, team):
    sent = {"workspace": team.slug, "next": "https://evil.example/"}
    assert signed_in.post("/app/workspaces/switch", sent).url == "/app/"


def test_who_was_removed_is_back_in_their_own(cast, team):
    seat(team, "viewer").delete()
    assert cast["viewer"].get("/app/settings/").context["workspace"].kind == "personal"


def test_a_personal_workspace_is_opened_to_a_team(signed_in, workspace):
    assert "yours alone" in Read(signed_in.get("/app/settings/members/")).text
    answer = signed_in.post("/app/settings/team", follow=True)
    assert "Invite somebody" in Read(answer).text
    workspace.refresh_from_db()
    assert workspace.kind == "team"


def test_a_taken_short_name_is_told_at_its_field(cast, workspace):
    answer = cast["owner"].post("/app/settings/", {"name": "x", "slug": workspace.slug})
    assert "is taken" in Read(answer).field("slug")["error"]


# --- Members ---------------------------------------------------------------------------------------------------------


def test_an_invitation_goes_out_by_mail(cast):
    answer = cast["admin"].post("/app/settings/members/", {"email": "new@example.org", "role": "viewer"}, follow=True)
    assert "under way" in Read(answer).text
    assert re.search(r"/invitations/[\w-]{43}/", mail.outbox[0].body)
    assert "admin@example.org invites you to the workspace “Press office”" in mail.outbox[0].body


def test_an_invitation_to_somebody_unknown_is_in_the_language_of_the_site(cast, settings):
    settings.LANGUAGE_CODE = "de"
    cast["admin"].post("/app/settings/members/", {"email": "new@example.org", "role": "viewer"})
    assert "admin@example.org lädt Sie in den Arbeitsbereich „Press office“" in mail.outbox[0].body


def test_without_a_mail_server_the_link_is_shown_once(cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    answer = cast["owner"].post("/app/settings/members/", {"email": "new@example.org", "role": "viewer"})
    assert re.search(r"/invitations/[\w-]{43}/", Read(answer).text)
    assert answer["Cache-Control"] == "no-store"
    assert "/invitations/" not in Read(cast["owner"].get("/app/settings/members/")).text


def test_an_admin_is_not_offered_to_make_owners(cast):
    page = Read(cast["admin"].get("/app/settings/members/"))
    assert not page.all("option", value="owner")
    answer = cast["admin"].post("/app/settings/members/", {"email": "new@example.org", "role": "owner"})
    assert "cannot give this role" in Read(answer).text


def test_addresses_of_the_invited_are_not_shown_to_viewers(cast):
    cast["owner"].post("/app/settings/members/", {"email": "new@example.org", "role": "viewer"})
    assert "new@example.org" not in Read(cast["viewer"].get("/app/settings/members/")).text


def test_leaving(cast, team):
    answer = cast["viewer"].post("/app/settings/members/leave", follow=True)
    assert "You have left Press office" in Read(answer).text
    assert not team.memberships.filter(role="viewer").exists()


def test_the_last_owner_is_told_why_not(cast, team):
    answer = cast["owner"].post("/app/settings/members/leave", follow=True)
    assert "needs an owner" in Read(answer).text
    assert team.memberships.filter(role="owner").exists()


def test_sending_again_says_when_it_is_too_soon(cast, team):
    cast["owner"].post("/app/settings/members/", {"email": "new@example.org", "role": "viewer"})
    path = f"/app/settings/invitations/{team.invitations.get().public_id}/resend"
    assert "in a minute" in Read(cast["owner"].post(path, follow=True)).text


def test_the_number_of_queries_does_not_grow_with_the_members(cast, team, django_assert_max_num_queries):
    for number in range(20):
        user = User.objects.create_user(f"m{number}@example.org", "x")
        Member.objects.create(workspace=team, user=user, role="member")
    with django_assert_max_num_queries(15):
        cast["owner"].get("/app/settings/members/")


# --- Transfer and deletion -------------------------------------------------------------------------------------------


def test_deleting_needs_the_short_name_and_takes_the_links_along(cast, team, owner):
    link = create_link(workspace=team, url="https://example.com/", by=Actor(Via.FORM, owner))
    assert "1 link stops working" in Read(cast["owner"].get("/app/settings/danger/")).text
    assert cast["owner"].post("/app/settings/danger/delete", {"words": "yes"}).status_code == 422
    answer = cast["owner"].post("/app/settings/danger/delete", {"words": "press-office"}, follow=True)
    assert "Press office is deleted, with 1 link" in Read(answer).text
    assert Link.objects.get(pk=link.pk).deleted_at
    assert "Press office" not in Read(cast["viewer"].get("/app/")).text


def test_transferring(cast, team):
    heir = seat(team, "member")
    cast["owner"].post("/app/settings/danger/transfer", {"member": heir.public_id})
    heir.refresh_from_db()
    assert heir.role == "owner"
    assert cast["owner"].get("/app/settings/danger/").status_code == 403


# --- Audit log -------------------------------------------------------------------------------------------------------


def test_the_audit_log_is_filtered(cast, team, owner):
    create_link(workspace=team, url="https://example.com/", slug="one", by=Actor(Via.FORM, owner))
    cast["admin"].post("/app/settings/members/", {"email": "new@example.org", "role": "viewer"})
    page = Read(cast["admin"].get("/app/settings/audit/"))
    assert "Made the link" in page.text
    assert "Invited somebody" in page.text
    only = Read(cast["admin"].get("/app/settings/audit/", {"action": "invitation", "actor": "admin@"}))
    assert "Made the link" not in only.text
    assert "new@example.org" in only.text


@pytest.mark.parametrize(
    "query", ["since=nonsense", "before=x", "before=99999999999999999999", "action=%00", "actor=%00"]
)
def test_nonsense_in_the_filters_does_no_harm(cast, query):
    assert cast["owner"].get(f"/app/settings/audit/?{query}").status_code == 200


def test_the_audit_log_has_pages(cast, team, owner):
    AuditEvent.objects.bulk_create(
        AuditEvent(workspace=team, via="form", action="link.updated", target_name=f"t{number:03}")
        for number in range(60)
    )
    first = Read(cast["owner"].get("/app/settings/audit/"))
    [older] = [link["href"] for link in first.all("a") if "before=" in link["href"]]
    second = Read(cast["owner"].get(f"/app/settings/audit/{older}"))
    assert "t059" in first.text
    assert "t000" not in first.text
    assert "t000" in second.text


def test_the_csv_is_harmless_in_spreadsheets(cast, team):
    AuditEvent.objects.create(workspace=team, via="form", action="link.updated", target_name="=HYPERLINK(1)")
    text = b"".join(cast["owner"].get("/app/settings/audit.csv").streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["target"] == "'=HYPERLINK(1)"
    assert {row["action"] for row in rows} == {"link.updated", "workspace.created"}


def test_the_audit_log_of_others_stays_theirs(cast, team, owner, make_link):
    make_link(slug="private")
    text = b"".join(cast["owner"].get("/app/settings/audit.csv").streaming_content).decode()
    assert "private" not in text


def test_usage(cast, team, owner):
    create_link(workspace=team, url="https://example.com/", by=Actor(Via.FORM, owner))
    Workspace.objects.filter(pk=team.pk).update(link_limit=10)
    assert "Links 1 of 10" in Read(cast["viewer"].get("/app/settings/usage/")).text


def test_the_month_of_the_clicks_is_the_one_they_are_counted_in_whatever_the_zone(cast, monkeypatch):
    march = datetime(2030, 3, 15, tzinfo=UTC)
    monkeypatch.setattr("shortener.web.views.settings.workspace.usage", lambda team: usage(team, now=march))
    cast["viewer"].cookies["zone"] = "America/Los_Angeles"
    assert "Clicks in March 2030" in Read(cast["viewer"].get("/app/settings/usage/")).text
