from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from shortener.accounts.models import ApiKey, Member, User, Workspace
from shortener.accounts.services import (
    authenticate_api_key,
    create_api_key,
    ensure_admin,
    personal_workspace,
    public_workspace,
)

pytestmark = pytest.mark.django_db


def test_a_user_gets_a_personal_workspace(owner):
    [member] = owner.memberships.all()
    assert (member.role, member.workspace.kind) == (Member.Role.OWNER, Workspace.Kind.PERSONAL)
    assert personal_workspace(owner) == member.workspace


def test_users_with_the_same_name_get_different_workspaces():
    slugs = {personal_workspace(User.objects.create_user(f"info@{host}.example", "x")).slug for host in "abc"}
    assert len(slugs) == 3


def test_an_address_has_one_account_whatever_its_case(owner):
    with pytest.raises(IntegrityError):
        User.objects.create(email="Owner@Example.org")


def test_there_is_one_public_workspace_without_members():
    assert public_workspace() == public_workspace()
    assert public_workspace().members.count() == 0


def test_the_first_admin_gets_a_generated_password():
    made = ensure_admin(email="admin@example.org", password=None)
    assert made.generated
    user = User.objects.get()
    assert user.is_superuser
    assert user.check_password(made.password)


def test_a_given_password_is_used():
    made = ensure_admin(email="admin@example.org", password="a password of my own")
    assert not made.generated
    assert User.objects.get().check_password("a password of my own")


def test_there_is_no_second_first_admin():
    ensure_admin(email="admin@example.org", password=None)
    assert ensure_admin(email="other@example.org", password=None) is None
    assert User.objects.count() == 1


def test_an_existing_account_can_become_the_admin(owner):
    ensure_admin(email="OWNER@example.org", password="another password")
    owner.refresh_from_db()
    assert owner.is_superuser
    assert User.objects.count() == 1


def test_a_key_opens_its_workspace_and_is_not_stored(api_key, workspace):
    key, secret = api_key
    assert authenticate_api_key(secret) == key
    assert secret not in str(vars(ApiKey.objects.get()))
    assert bytes(ApiKey.objects.get().digest) != secret.encode()


def test_using_a_key_is_noted(api_key):
    authenticate_api_key(api_key[1])
    assert ApiKey.objects.get().last_used_at is not None


@pytest.mark.parametrize(
    "spoil", [lambda s: s[:-1], lambda s: s + "x", lambda s: s.upper(), lambda s: "", lambda s: "sk_"]
)
def test_another_secret_opens_nothing(api_key, spoil):
    assert authenticate_api_key(spoil(api_key[1])) is None


@pytest.mark.parametrize("secret", ["sk_\x00_x", "sk_" + "a" * 9000 + "_b", "sk_ab_\ud800"])
def test_nonsense_opens_nothing(secret):
    assert authenticate_api_key(secret) is None


@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_a_key_that_is_over_opens_nothing(api_key, field):
    key, secret = api_key
    setattr(key, field, timezone.now() - timedelta(seconds=1))
    key.save()
    assert authenticate_api_key(secret) is None


def test_an_unknown_scope_is_refused(workspace):
    with pytest.raises(ValueError, match="links:fly"):
        create_api_key(workspace=workspace, name="x", scopes=["links:fly"])
