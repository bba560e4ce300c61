"""Who may do what in a workspace. Pages and API ask here and nowhere else.

An action is named like the scope of an API key that allows it, `RESOURCE:read` or `RESOURCE:write`; a few are for
people alone. A key may do what it has scopes for, and never more than the member who made it.
"""

from collections.abc import Iterable, Mapping

from shortener.accounts.models import ApiKey, Member, User, Workspace

Role = Member.Role

VIEWER = frozenset({
    "links:read", "stats:read", "clicks:read", "tags:read", "folders:read", "domains:read", "templates:read",
    "workspace:read", "members:read",
})  # fmt: skip
MEMBER = VIEWER | {"links:write", "tags:write", "folders:write", "templates:write", "imports:read", "imports:write"}
ADMIN = MEMBER | {
    "clicks:write", "domains:write", "webhooks:read", "webhooks:write", "keys:read", "keys:write", "members:write",
    "workspace:write", "audit:read",
}  # fmt: skip
# What no key may do, whatever its scopes.
PERSONAL = frozenset({"workspace:transfer", "workspace:delete"})
OWNER = ADMIN | PERSONAL

ALLOWED: Mapping[str, frozenset[str]] = {
    Role.VIEWER: VIEWER,
    Role.MEMBER: MEMBER,
    Role.ADMIN: ADMIN,
    Role.OWNER: OWNER,
}
ACTIONS = OWNER
# What may be said about a new link by somebody without an account, where such links are made at all.
ANONYMOUS_FIELDS = frozenset({"url", "slug", "lasts", "password"})
SCOPES = tuple(sorted(OWNER - PERSONAL))


def role_allows(role: str, action: str) -> bool:
    """Whether a member with `role` may do `action`."""
    return action in ALLOWED.get(role, frozenset())


def role_in(user: User, workspace: Workspace) -> str:
    """The role of `user` in `workspace`; empty when there is none, or the account is closed."""
    if not user.is_active:
        return ""
    return Member.objects.filter(user=user, workspace=workspace).values_list("role", flat=True).first() or ""


def user_may(user: User, workspace: Workspace, action: str) -> bool:
    """Whether `user` may do `action` in `workspace`."""
    return role_allows(role_in(user, workspace), action)


def key_may(key: ApiKey, action: str) -> bool:
    """Whether `key` may do `action` in its workspace. A key that was made by a command belongs to no member."""
    if action not in key.scopes or action in PERSONAL:
        return False
    if key.created_by is None:
        return True
    if hasattr(key, "author_role"):  # found together with the key
        return role_allows(key.author_role or "", action)
    return user_may(key.created_by, key.workspace, action)


def grantable(role: str) -> Iterable[str]:
    """The scopes that a member with `role` may give to a key."""
    return [scope for scope in SCOPES if role_allows(role, scope)]


def assignable(role: str) -> tuple[str, ...]:
    """The roles that a member with `role` may give to others and take from them: none above their own."""
    if not role_allows(role, "members:write"):
        return ()
    return tuple(Role.values) if role == Role.OWNER else (Role.ADMIN, Role.MEMBER, Role.VIEWER)
