import pytest
from django.db import IntegrityError

from shortener.accounts.models import Member, User, Workspace
from shortener.accounts.services import (
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
