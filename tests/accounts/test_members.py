import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from shortener.accounts.actors import SYSTEM, Actor, Via
from shortener.accounts.errors import AccountError, NotFound
from shortener.accounts.keys import create_api_key
from shortener.accounts.members import accept, change_role, invite, leave, remove, resend, revoke
from shortener.accounts.models import ApiKey, AuditEvent, Invitation, Member, User
from shortener.accounts.queries import get_member, invitation_for, invitations_of
from shortener.accounts.workspaces import create_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(owner):
    return create_workspace(name="Press office", owner=owner, by=Actor(Via.FORM, owner))


@pytest.fixture
def seats(team, owner):
    """A member of each role, by role."""
    made = {"owner": team.memberships.get()}
    for role in ("admin", "member", "viewer"):
        user = User.objects.create_user(f"{role}@example.org", "x")
        made[role] = Member.objects.create(workspace=team, user=user, role=role)
    return made


def by(member):
    return Actor(Via.FORM, member.user)


def test_the_mail_holds_the_link_and_the_table_its_digest_alone(team, owner):
    offer = invite(team, email=" New@Example.org ", role="viewer", by=Actor(Via.FORM, owner))
    [sent] = mail.outbox
    assert sent.to == ["new@example.org"]
    assert offer.secret in sent.body
    assert offer.secret not in str(vars(Invitation.objects.get()))
    assert invitation_for(offer.secret).role == "viewer"


def test_taking_the_seat(team, owner, stranger):
    offer = invite(team, email=stranger.email, role="viewer", by=Actor(Via.FORM, owner))
    member = accept(offer.secret, user=stranger, by=Actor(Via.FORM, stranger))
    assert (member.workspace, member.role) == (team, "viewer")
    with pytest.raises(NotFound):
        accept(offer.secret, user=stranger, by=Actor(Via.FORM, stranger))
    actions = list(AuditEvent.objects.filter(workspace=team).order_by("id").values_list("action", flat=True))
    assert actions == ["workspace.created", "invitation.created", "member.joined"]


def test_the_trail_does_not_hold_the_secret(team, owner):
    offer = invite(team, email="new@example.org", by=Actor(Via.FORM, owner))
    assert not [event for event in AuditEvent.objects.values() if offer.secret in str(event)]


def test_a_seat_is_for_the_one_who_was_invited(team, owner, stranger):
    offer = invite(team, email="new@example.org", by=Actor(Via.FORM, owner))
    with pytest.raises(AccountError, match=r"for new@example\.org"):
        accept(offer.secret, user=stranger, by=Actor(Via.FORM, stranger))
    assert not team.memberships.filter(user=stranger).exists()


def test_a_member_who_takes_an_older_invitation_keeps_their_role(team, owner, stranger):
    offer = invite(team, email=stranger.email, role="viewer", by=Actor(Via.FORM, owner))
    Member.objects.create(workspace=team, user=stranger, role="admin")
    assert accept(offer.secret, user=stranger, by=Actor(Via.FORM, stranger)).role == "admin"


@pytest.mark.parametrize("over", ["expired", "revoked"])
def test_an_invitation_that_is_over_opens_nothing(team, owner, stranger, over):
    offer = invite(team, email=stranger.email, by=Actor(Via.FORM, owner))
    if over == "revoked":
        revoke(offer.invitation, by=Actor(Via.FORM, owner))
    else:
        Invitation.objects.update(expires_at=timezone.now())
    with pytest.raises(NotFound):
        accept(offer.secret, user=stranger, by=Actor(Via.FORM, stranger))


def test_sending_again_makes_another_link(team, owner):
    first = invite(team, email="new@example.org", by=Actor(Via.FORM, owner))
    with pytest.raises(AccountError, match="in a minute"):
        resend(first.invitation, by=Actor(Via.FORM, owner))
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    second = resend(first.invitation, by=Actor(Via.FORM, owner))
    assert re.search(re.escape(second.secret), mail.outbox[1].body)
    assert invitation_for(second.secret).email == "new@example.org"
    with pytest.raises(NotFound):
        invitation_for(first.secret)


@pytest.mark.parametrize(
    ("email", "role", "wrong"),
    [
        ("nobody", "member", "email"),
        ("owner@example.org", "member", "email"),
        ("waiting@example.org", "member", "email"),
        ("new@example.org", "king", "role"),
    ],
)
def test_what_cannot_be_invited(team, owner, email, role, wrong):
    invite(team, email="Waiting@example.org", by=Actor(Via.FORM, owner))
    with pytest.raises(AccountError) as error:
        invite(team, email=email, role=role, by=Actor(Via.FORM, owner))
    assert set(error.value.errors) == {wrong}


def test_an_old_invitation_does_not_stand_in_the_way(team, owner):
    invite(team, email="new@example.org", by=Actor(Via.FORM, owner))
    Invitation.objects.update(expires_at=timezone.now())
    invite(team, email="new@example.org", by=Actor(Via.FORM, owner))
    assert invitations_of(team).count() == 1


def test_the_limit_counts_members_and_those_who_are_asked(team, owner):
    team.member_limit = 2
    team.save()
    invite(team, email="a@example.org", by=Actor(Via.FORM, owner))
    with pytest.raises(AccountError, match="room for 2"):
        invite(team, email="b@example.org", by=Actor(Via.FORM, owner))


def test_a_day_has_a_limit(team, owner, monkeypatch):
    monkeypatch.setattr("shortener.accounts.members.A_DAY", 1)
    invite(team, email="a@example.org", by=Actor(Via.FORM, owner))
    with pytest.raises(AccountError, match="tomorrow"):
        invite(team, email="b@example.org", by=Actor(Via.FORM, owner))


def test_nobody_is_invited_to_a_personal_workspace(workspace, owner):
    with pytest.raises(AccountError, match="team workspace"):
        invite(workspace, email="a@example.org", by=Actor(Via.FORM, owner))


# Who may give which role to whom: by asker, then target, the new roles that are accepted.
MAY_GIVE = {
    "owner": {"admin": {"owner", "admin", "member", "viewer"}, "viewer": {"owner", "admin", "member", "viewer"}},
    "admin": {"owner": set(), "admin": {"admin", "member", "viewer"}, "viewer": {"admin", "member", "viewer"}},
    "member": {"owner": set(), "admin": set(), "viewer": set()},
    "viewer": {"owner": set(), "admin": set(), "viewer": set()},
}


@pytest.mark.parametrize(
    ("asker", "target"), [(asker, target) for asker, targets in MAY_GIVE.items() for target in targets]
)
def test_nobody_gives_or_takes_a_role_above_their_own(seats, asker, target):
    accepted = set()
    for role in Member.Role.values:
        Member.objects.filter(pk=seats[target].pk).update(role=target)
        try:
            change_role(seats[target], role=role, by=by(seats[asker]))
            accepted.add(role)
        except AccountError:
            pass
        Member.objects.filter(pk=seats[asker].pk).update(role=asker)
    assert accepted == MAY_GIVE[asker][target]


def test_an_admin_invites_no_owner(team, seats):
    with pytest.raises(AccountError):
        invite(team, email="new@example.org", role="owner", by=by(seats["admin"]))


def test_an_owners_key_makes_no_owner(team, seats, owner):
    key, _ = create_api_key(workspace=team, name="x", author=owner)
    with pytest.raises(AccountError):
        change_role(seats["viewer"], role="owner", by=Actor(Via.API, owner, key))
    assert change_role(seats["viewer"], role="admin", by=Actor(Via.API, owner, key)).role == "admin"


def test_the_last_owner_stays(seats):
    only = seats["owner"]
    with pytest.raises(AccountError, match="needs an owner"):
        change_role(only, role="viewer", by=by(only))
    with pytest.raises(AccountError, match="needs an owner"):
        leave(only, by=by(only))
    with pytest.raises(AccountError, match="needs an owner"):
        remove(only, by=SYSTEM)


def test_an_owner_leaves_when_there_is_another(seats, team):
    change_role(seats["admin"], role="owner", by=by(seats["owner"]))
    leave(seats["owner"], by=by(seats["owner"]))
    assert [member.user.email for member in team.memberships.filter(role="owner")] == ["admin@example.org"]


def test_who_is_removed_takes_their_keys_along(team, seats):
    create_api_key(workspace=team, name="x", author=seats["member"].user)
    remove(seats["member"], by=by(seats["admin"]))
    assert ApiKey.objects.get().revoked_at
    with pytest.raises(NotFound):
        get_member(team, seats["member"].public_id)
    assert AuditEvent.objects.get(action="member.removed").target_name == "member@example.org"


def test_an_admin_removes_no_owner(seats, team):
    change_role(seats["viewer"], role="owner", by=by(seats["owner"]))
    with pytest.raises(AccountError):
        remove(seats["viewer"], by=by(seats["admin"]))


def test_nobody_leaves_their_personal_workspace(workspace, owner):
    with pytest.raises(AccountError):
        leave(workspace.memberships.get(), by=Actor(Via.FORM, owner))


def test_a_mail_that_is_not_taken_is_said_and_the_invitation_stays(team, owner, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    offer = invite(team, email="new@example.org", by=Actor(Via.FORM, owner))
    assert not offer.is_sent
    assert invitation_for(offer.secret)
