import pytest

from shortener.accounts.keys import authenticate_api_key, create_api_key
from shortener.accounts.models import Member
from shortener.accounts.policy import ACTIONS, ALLOWED, PERSONAL, SCOPES, grantable, key_may, role_allows, user_may

# Who may do what, written out: v(iewer), m(ember), a(dmin), o(wner).
TABLE = {
    "links:read": "vmao", "links:write": "mao", "stats:read": "vmao", "clicks:read": "vmao", "clicks:write": "ao",
    "tags:read": "vmao", "tags:write": "mao", "folders:read": "vmao", "folders:write": "mao", "templates:read": "vmao",
    "templates:write": "mao", "imports:read": "mao", "imports:write": "mao", "domains:read": "vmao",
    "domains:write": "ao", "webhooks:read": "ao", "webhooks:write": "ao", "keys:read": "ao", "keys:write": "ao",
    "members:read": "vmao", "members:write": "ao", "workspace:read": "vmao", "workspace:write": "ao",
    "workspace:transfer": "o", "workspace:delete": "o", "audit:read": "ao",
}  # fmt: skip


def test_the_table_names_every_action():
    assert set(TABLE) == ACTIONS


@pytest.mark.parametrize("role", Member.Role.values)
@pytest.mark.parametrize("action", TABLE)
def test_every_role_and_every_action(role, action):
    assert role_allows(role, action) == (role[0] in TABLE[action])


def test_nobody_else_may_do_anything():
    assert not any(role_allows(role, action) for role in ("", "superuser") for action in ACTIONS)
    assert set(ALLOWED) == set(Member.Role.values)


@pytest.mark.django_db
def test_members_may_and_strangers_and_closed_accounts_may_not(workspace, owner, stranger):
    assert user_may(owner, workspace, "workspace:delete")
    assert not user_may(stranger, workspace, "links:read")
    owner.is_active = False
    assert not user_may(owner, workspace, "links:read")


@pytest.mark.django_db
def test_a_key_may_what_its_scopes_and_its_author_may(workspace, owner, stranger):
    Member.objects.create(workspace=workspace, user=stranger, role=Member.Role.VIEWER)
    _, secret = create_api_key(workspace=workspace, name="all", author=stranger)
    key = authenticate_api_key(secret)
    assert key_may(key, "links:read")
    assert not key_may(key, "links:write")
    Member.objects.filter(user=stranger).update(role=Member.Role.MEMBER)
    assert key_may(authenticate_api_key(secret), "links:write")
    Member.objects.filter(user=stranger, workspace=workspace).delete()
    assert not key_may(authenticate_api_key(secret), "links:read")


@pytest.mark.django_db
def test_a_key_without_an_author_has_its_scopes_alone(workspace):
    key, _ = create_api_key(workspace=workspace, name="script", scopes=["links:read"])
    assert key_may(key, "links:read")
    assert not key_may(key, "links:write")
    assert not any(action in SCOPES or key_may(key, action) for action in PERSONAL)


def test_what_can_be_granted_is_what_one_may():
    assert set(grantable("viewer")) == {action for action, roles in TABLE.items() if "v" in roles}
    assert set(grantable("owner")) == set(SCOPES)
