import json

import pytest
from django.db import connection
from django.utils import timezone

from shortener.accounts.actors import Actor, Via
from shortener.accounts.errors import AccountError
from shortener.accounts.keys import authenticate_api_key, create_api_key
from shortener.accounts.models import AuditEvent, Member, User
from shortener.accounts.workspaces import create_workspace
from shortener.clicks.usage import usage
from shortener.infra.errors import Conflict
from shortener.links import tasks
from shortener.links.domain_services import add_domain
from shortener.links.errors import LinkError
from shortener.links.models import Domain, Folder, Link, Publication
from shortener.links.services import create_link
from shortener.links.signals import links_changed
from shortener.links.workspaces import delete_account, delete_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(owner):
    return Actor(Via.FORM, owner)


@pytest.fixture
def team(owner, by):
    return create_workspace(name="Press office", owner=owner, by=by)


@pytest.fixture
def told():
    """The keys that the redirect engine was told of."""
    heard = []

    def listen(keys, **_):
        heard.extend(keys)

    links_changed.connect(listen)
    yield heard
    links_changed.disconnect(listen)


def test_links_must_be_confirmed(team, by):
    create_link(workspace=team, url="https://example.com/", by=by)
    with pytest.raises(AccountError, match="1 link would stop"):
        delete_workspace(team, by=by)
    assert Link.objects.get().deleted_at is None
    assert team.memberships.exists()


def test_links_become_tombstones_that_are_published(team, by, told, django_capture_on_commit_callbacks):
    link = create_link(workspace=team, url="https://example.com/", slug="kept", by=by)
    Publication.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_workspace(team, by=by, confirmed=True) == 1
    buried = Link.objects.get()
    assert buried.deleted_at
    assert buried.version == link.version + 1
    assert told == [(link.domain_id, "kept")]
    with pytest.raises(LinkError, match="taken"):
        create_link(workspace=by.user.memberships.get().workspace, url="https://example.com/", slug="kept", by=by)


def test_each_tombstone_leaves_a_note_for_when_redis_is_away(team, by):
    create_link(workspace=team, url="https://example.com/", slug="kept", by=by)
    Publication.objects.all().delete()
    delete_workspace(team, by=by, confirmed=True)
    assert Publication.objects.get().slug == "kept"


def test_the_links_of_others_stay(team, by, make_link):
    other = make_link()
    delete_workspace(team, by=by, confirmed=True)
    other.refresh_from_db()
    assert (other.deleted_at, other.version) == (None, 1)


def test_what_was_in_it_goes_and_domains_with_tombstones_stay(team, by):
    Folder.objects.create(workspace=team, name="x")
    for host in ("empty.example", "used.example"):
        Domain.objects.create(host=host, workspace=team, verified_at=timezone.now())
    create_link(workspace=team, url="https://example.com/", domain="used.example", by=by)
    delete_workspace(team, by=by, confirmed=True)
    assert not Folder.objects.exists()
    assert set(Domain.objects.filter(workspace=team).values_list("host", flat=True)) == {"used.example"}


def test_a_domain_that_was_left_is_proved_by_the_next_and_its_slugs_stay_taken(team, owner, by):
    Domain.objects.create(host="go.example.org", workspace=team, verified_at=timezone.now())
    create_link(workspace=team, url="https://example.com/", domain="go.example.org", slug="news", by=by)
    other = create_workspace(name="Newsroom", owner=owner, by=by)
    with pytest.raises(Conflict):
        add_domain(other, host="go.example.org", by=by)
    delete_workspace(team, by=by, confirmed=True)
    domain = add_domain(other, host="go.example.org", by=by)
    assert (domain.workspace, domain.verified_at) == (other, None)
    Domain.objects.filter(pk=domain.pk).update(verified_at=timezone.now())
    with pytest.raises(LinkError, match="taken"):
        create_link(workspace=other, url="https://example.com/", domain="go.example.org", slug="news", by=by)


def test_deleting_an_account_takes_the_personal_links_along(owner, by, make_link, workspace):
    link = make_link()
    delete_account(owner, by=by)
    assert not User.objects.exists()
    link.refresh_from_db()
    workspace.refresh_from_db()
    assert link.deleted_at
    assert workspace.deleted_at
    assert AuditEvent.objects.get(action="user.deleted").actor_name == "owner@example.org"


def test_an_account_that_a_team_depends_on_stays(owner, by, team):
    with pytest.raises(AccountError, match="Nobody else owns Press office"):
        delete_account(owner, by=by)
    assert User.objects.filter(pk=owner.pk).exists()


def test_links_made_for_a_team_stay_with_it(owner, by, team, stranger):
    Member.objects.create(workspace=team, user=stranger, role=Member.Role.OWNER)
    link = create_link(workspace=team, url="https://example.com/", by=by)
    delete_account(owner, by=by)
    link.refresh_from_db()
    assert (link.deleted_at, link.created_by) == (None, None)


def test_the_last_administrator_stays(db):
    admin = User.objects.create_superuser("admin@example.org", "x")
    with pytest.raises(AccountError, match="no other administrator"):
        delete_account(admin, by=Actor(Via.FORM, admin))


def test_however_an_account_ends_its_keys_end_with_it(team, stranger):
    Member.objects.create(workspace=team, user=stranger, role=Member.Role.MEMBER)
    _, secret = create_api_key(workspace=team, name="x", author=stranger)
    stranger.delete()
    assert authenticate_api_key(secret) is None


def test_usage(team, by):
    create_link(workspace=team, url="https://example.com/", by=by)
    team.link_limit = 5
    used = usage(team)
    assert (used.links, used.link_limit, used.members, used.member_limit, used.clicks) == (1, 5, 1, None, 0)


def test_a_link_that_came_in_while_its_workspace_was_closed_is_buried(owner, by, team):
    waiting = "SELECT args FROM procrastinate_jobs WHERE task_name = 'links.bury_late' AND scheduled_at > now()"
    late = create_link(workspace=team, url="https://example.com/", by=by)
    delete_workspace(team, by=by, confirmed=True)
    Link.objects.filter(pk=late.pk).update(deleted_at=None)  # as if it had been made a moment later
    with connection.cursor() as cursor:
        cursor.execute(waiting)
        assert [json.loads(args) for (args,) in cursor.fetchall()] == [{"workspace_id": team.pk}]
    tasks.bury_late(workspace_id=team.pk)
    late.refresh_from_db()
    assert late.deleted_at


def test_an_open_workspace_is_not_buried(team, by):
    link = create_link(workspace=team, url="https://example.com/", by=by)
    tasks.bury_late(workspace_id=team.pk)
    link.refresh_from_db()
    assert link.deleted_at is None
