import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.utils.functional import Promise

from shortener.accounts.actors import Actor, Via
from shortener.accounts.keys import create_api_key
from shortener.accounts.models import AuditEvent, Member, User, Workspace
from shortener.accounts.workspaces import create_workspace
from shortener.infra.models import SiteSettings
from shortener.links.domains import default_domain
from shortener.links.models import Domain, Tag
from shortener.links.services import create_link, report_link
from shortener.links.signals import domains_changed
from tests.web.reading import Read

pytestmark = pytest.mark.django_db
MODELS = [model for model in admin.site._registry if model.__module__.startswith("shortener")]
LISTS = [model for model in MODELS if model is not SiteSettings]  # which is one row
PASSWORD = "correct horse battery"


@pytest.fixture
def domains_told(django_capture_on_commit_callbacks):
    """How often the redirect engine was told of domains while `do()` ran."""

    def count(do):
        told = []
        receiver = lambda **_: told.append(True)  # noqa: E731
        domains_changed.connect(receiver)
        with django_capture_on_commit_callbacks(execute=True):
            do()
        domains_changed.disconnect(receiver)
        return len(told)

    return count


def test_it_has_the_same_door_as_everything_else(client):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2F"


def test_it_is_for_staff(signed_in):
    assert signed_in.get("/admin/", follow=True).status_code == 403


@pytest.mark.parametrize("model", LISTS)
def test_every_list_and_search_works(staff, make_link, api_key, model):
    make_link(tags=["a"])
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    assert staff.get(address).status_code == 200
    assert staff.get(address, {"q": "a"}).status_code == 200


@pytest.mark.parametrize("model", LISTS)
def test_every_row_opens(staff, make_link, api_key, model):
    report_link(make_link(tags=["a"]), "spam")
    row = model._default_manager.first()
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}/change/"
    assert staff.get(address).status_code == 200


class TestUsers:
    def test_are_made_with_an_address_and_have_a_workspace(self, staff):
        sent = {"email": "New@Example.org", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
        assert staff.post("/admin/accounts/user/add/", sent).status_code == 302
        user = User.objects.get(email="new@example.org")
        assert user.check_password(PASSWORD)
        assert user.workspaces.count() == 1

    def test_nobody_has_two_accounts(self, staff, owner):
        sent = {"email": owner.email.upper(), "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
        assert Read(staff.post("/admin/accounts/user/add/", sent)).field("email")["error"]

    def test_can_be_switched_off(self, staff, owner):
        sent = {"email": owner.email, "first_name": "", "last_name": ""}
        assert staff.post(f"/admin/accounts/user/{owner.pk}/change/", sent).status_code == 302
        owner.refresh_from_db()
        assert not owner.is_active
        assert owner.check_password(PASSWORD)

    def test_are_deleted_with_their_own_workspace(self, staff, owner, make_link, workspace):
        link = make_link()
        assert staff.post(f"/admin/accounts/user/{owner.pk}/delete/", {"post": "yes"}).status_code == 302
        link.refresh_from_db()
        workspace.refresh_from_db()
        assert not User.objects.filter(pk=owner.pk).exists()
        assert link.deleted_at
        assert workspace.deleted_at

    def test_several_are_deleted_at_once(self, staff, owner, stranger):
        sent = {"action": "delete_selected", "_selected_action": [owner.pk, stranger.pk], "post": "yes"}
        staff.post("/admin/accounts/user/", sent)
        assert not User.objects.filter(is_staff=False).exists()
        assert not Workspace.objects.filter(kind="personal", deleted_at=None, memberships=None).exists()

    def test_those_that_a_team_depends_on_stay(self, staff, owner):
        create_workspace(name="Press office", owner=owner, by=Actor(Via.FORM, owner))
        page = Read(staff.get(f"/admin/accounts/user/{owner.pk}/delete/"))
        assert "Nobody else owns Press office." in page.text
        staff.post(f"/admin/accounts/user/{owner.pk}/delete/", {"post": "yes"})
        assert User.objects.filter(pk=owner.pk).exists()


def test_members_are_added_to_a_workspace(staff, stranger):
    workspace = Workspace.objects.create(slug="team", name="Team")
    sent = {
        "slug": "team", "name": "Team", "kind": "team", "plan": "standard", "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0",
        "memberships-0-user": str(stranger.pk), "memberships-0-role": "viewer",
    }  # fmt: skip
    assert staff.post(f"/admin/accounts/workspace/{workspace.pk}/change/", sent).status_code == 302
    assert Member.objects.get(workspace=workspace).role == Member.Role.VIEWER


class TestDomains:
    def test_the_redirect_engine_is_told_of_a_new_one(self, staff, domains_told):
        sent = {"host": "go.example.org", "default_status": "302"}
        assert domains_told(lambda: staff.post("/admin/links/domain/add/", sent)) == 1
        assert Domain.objects.filter(host="go.example.org").exists()

    def test_and_of_one_that_goes(self, staff, domains_told):
        domain = Domain.objects.create(host="go.example.org")
        assert domains_told(lambda: staff.post(f"/admin/links/domain/{domain.pk}/delete/", {"post": "yes"})) == 1

    def test_the_default_one_keeps_its_name_and_stays(self, staff):
        domain = default_domain()
        sent = {"host": "other.example.org", "default_status": "301"}
        staff.post(f"/admin/links/domain/{domain.pk}/change/", sent)
        assert (default_domain().host, default_domain().default_status) == (domain.host, 301)
        assert staff.post(f"/admin/links/domain/{domain.pk}/delete/", {"post": "yes"}).status_code == 403


class TestKeys:
    def test_show_nothing_secret(self, staff, workspace):
        key, secret = create_api_key(workspace=workspace, name="ci")
        html = Read(staff.get(f"/admin/accounts/apikey/{key.pk}/change/")).html
        assert secret not in html
        assert bytes(key.digest).hex() not in html

    def test_are_not_made_here(self, staff):
        assert staff.get("/admin/accounts/apikey/add/").status_code == 403

    def test_can_be_revoked(self, staff, api_key):
        key, _ = api_key
        sent = {"name": "ci", "revoked_at": "2026-01-01T00:00"}
        assert staff.post(f"/admin/accounts/apikey/{key.pk}/change/", sent).status_code == 302
        key.refresh_from_db()
        assert key.revoked_at


def test_every_column_and_field_has_a_text_that_is_translated():
    pages = [admin.site._registry[model] for model in MODELS]
    pages += [inline for page in pages for inline in page.get_inline_instances(None)]
    bare = {
        f"{page.model.__name__}.{name}"
        for page in pages
        for name in names_on(page)
        if name in {field.name for field in page.model._meta.get_fields()}
        and not isinstance(page.model._meta.get_field(name).verbose_name, Promise)
    }
    assert bare == {"Domain.robots"}  # is a name
    assert all(isinstance(model._meta.verbose_name, Promise) for model in MODELS)


def names_on(page):
    yield from flatten_fieldsets(page.fieldsets or ((None, {"fields": page.fields or ()}),))
    yield from (*page.readonly_fields, *getattr(page, "list_display", ()), *getattr(page, "history", ()))


def test_a_workspace_is_closed_and_its_slugs_stay_taken(staff, owner):
    team = create_workspace(name="Press office", owner=owner, by=Actor(Via.FORM, owner))
    link = create_link(workspace=team, by=Actor(Via.FORM, owner), url="https://example.com/", slug="taken")
    path = f"/admin/accounts/workspace/{team.pk}/delete/"
    assert "Links: 1" in Read(staff.get(path)).text
    staff.post(path, {"post": "yes"})
    team.refresh_from_db()
    link.refresh_from_db()
    assert team.deleted_at
    assert link.deleted_at


def test_personal_workspaces_are_not_deleted_alone(staff, workspace):
    assert staff.post(f"/admin/accounts/workspace/{workspace.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Workspace.objects.filter(pk=workspace.pk, deleted_at=None).exists()


def test_the_page_that_deletes_a_tag_counts_its_links(staff, make_link):
    links = [make_link(tags=["one"]) for _ in range(3)]
    tag = Tag.objects.get()
    path = f"/admin/links/tag/{tag.pk}/delete/"
    page = Read(staff.get(path))
    assert "Links: 3" in page.text
    assert links[0].slug not in page.text
    staff.post(path, {"post": "yes"})
    assert not Tag.objects.exists()
    assert AuditEvent.objects.filter(action="tag.deleted").exists()
