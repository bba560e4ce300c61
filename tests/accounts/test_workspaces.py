import pytest

from shortener.accounts.actors import Actor, Via
from shortener.accounts.errors import AccountError, NotFound
from shortener.accounts.keys import authenticate_api_key, create_api_key
from shortener.accounts.models import AuditEvent, Member, Workspace
from shortener.accounts.queries import left_without_owner, membership, memberships_of
from shortener.accounts.services import personal_workspace, public_workspace
from shortener.accounts.workspaces import (
    close,
    create_workspace,
    make_team,
    transfer_workspace,
    update_workspace,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(owner):
    return Actor(Via.FORM, owner)


@pytest.fixture
def team(owner, by):
    return create_workspace(name="Press office", owner=owner, by=by)


def seat(workspace, user, role):
    return Member.objects.create(workspace=workspace, user=user, role=role)


def messages(error):
    return {field: " ".join(found) for field, found in error.value.errors.items()}


def test_a_workspace_belongs_to_its_maker_and_is_called_after_its_name(team, owner):
    assert (team.slug, team.kind) == ("press-office", Workspace.Kind.TEAM)
    assert membership(owner, "press-office").role == Member.Role.OWNER
    assert AuditEvent.objects.get(action="workspace.created").workspace == team


def test_two_of_the_same_name_have_different_slugs(team, owner, by):
    assert create_workspace(name="Press office", owner=owner, by=by).slug.startswith("press-office-")


def test_all_mistakes_are_told_at_once(team, owner, by):
    with pytest.raises(AccountError) as error:
        create_workspace(name=" ", slug="No spaces", owner=owner, by=by)
    assert set(messages(error)) == {"name", "slug"}


@pytest.mark.parametrize("slug", ["ab", "-abc", "abc-", "a--b", "über-uns", "deleted-5", "x" * 65, "a\x00bc"])
def test_a_slug_that_would_not_do_is_refused(team, by, slug):
    with pytest.raises(AccountError) as error:
        update_workspace(team, changes={"slug": slug}, by=by)
    assert set(messages(error)) == {"slug"}


def test_a_taken_slug_is_refused_and_nothing_changes(team, owner, by):
    with pytest.raises(AccountError) as error:
        update_workspace(team, changes={"name": "Other", "slug": personal_workspace(owner).slug}, by=by)
    assert "is taken" in messages(error)["slug"]
    team.refresh_from_db()
    assert team.name == "Press office"


def test_changes_are_noted(team, by):
    update_workspace(team, changes={"name": "Press", "slug": "press-office"}, by=by)
    assert AuditEvent.objects.get(action="workspace.updated").changes == {"name": ["Press office", "Press"]}


def test_other_fields_cannot_be_changed(team, by):
    with pytest.raises(AccountError) as error:
        update_workspace(team, changes={"member_limit": 5}, by=by)
    assert set(messages(error)) == {"member_limit"}


def test_a_personal_workspace_becomes_a_teams_and_its_owner_gets_another(workspace, owner, by):
    make_team(workspace, by=by)
    assert personal_workspace(owner) != workspace
    assert [seat.workspace.kind for seat in memberships_of(owner)] == ["personal", "team"]


def test_transferring_makes_an_owner_and_an_admin(team, owner, stranger, by):
    heir = seat(team, stranger, Member.Role.VIEWER)
    transfer_workspace(team, to=heir, by=by)
    assert dict(team.memberships.values_list("user__email", "role")) == {owner.email: "admin", stranger.email: "owner"}
    assert AuditEvent.objects.get(action="workspace.transferred").changes == {"owner": [owner.email, stranger.email]}


def test_a_workspace_is_not_transferred_to_oneself_or_to_strangers(team, owner, stranger, by):
    for member in (membership(owner, team.slug), memberships_of(stranger).first()):
        with pytest.raises(AccountError):
            transfer_workspace(team, to=member, by=by)


def test_a_personal_workspace_is_not_transferred(workspace, stranger, by):
    with pytest.raises(AccountError):
        transfer_workspace(workspace, to=seat(workspace, stranger, Member.Role.MEMBER), by=by)


def test_closing_takes_everybodys_access_away_and_frees_the_slug(team, owner, by):
    _, secret = create_api_key(workspace=team, name="x", author=owner)
    close(team, by=by)
    assert authenticate_api_key(secret) is None
    with pytest.raises(NotFound):
        membership(owner, "press-office")
    assert create_workspace(name="x", slug="press-office", owner=owner, by=by).slug == "press-office"
    assert AuditEvent.objects.get(action="workspace.deleted").workspace == team


def test_what_is_closed_cannot_be_changed(team, by):
    close(team, by=by)
    with pytest.raises(NotFound):
        update_workspace(team, changes={"name": "x"}, by=by)


@pytest.mark.parametrize("which", ["personal", "public"])
def test_some_workspaces_are_not_closed(workspace, by, which):
    with pytest.raises(AccountError):
        close(workspace if which == "personal" else public_workspace(), by=by)


def test_who_would_leave_a_workspace_without_an_owner(team, owner, stranger):
    assert list(left_without_owner(owner)) == [team]
    seat(team, stranger, Member.Role.OWNER)
    assert list(left_without_owner(owner)) == []
