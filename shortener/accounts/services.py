"""Writes to users, workspaces and API keys."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.text import slugify

from shortener.accounts.models import ApiKey, Member, User, Workspace
from shortener.accounts.policy import SCOPES

LAST_USED_STEP = timedelta(minutes=1)  # `last_used_at` is written at most this often


@dataclass(frozen=True)
class AdminCreated:
    """The first admin; `password` is what to print once when it was `generated`."""

    email: str
    password: str
    generated: bool


def personal_workspace(user: User) -> Workspace:
    """The workspace that belongs to `user` alone; made on first use."""
    owned = user.memberships.filter(role=Member.Role.OWNER, workspace__kind=Workspace.Kind.PERSONAL)
    member = owned.select_related("workspace").order_by("id").first()
    return member.workspace if member else _make_personal_workspace(user)


def public_workspace() -> Workspace:
    """The workspace of links that were made without an account; nobody is a member."""
    workspace, _ = Workspace.objects.get_or_create(
        kind=Workspace.Kind.PUBLIC, defaults={"slug": "public", "name": "Public"}
    )
    return workspace


def ensure_admin(*, email: str, password: str | None) -> AdminCreated | None:
    """Create the first admin, with a generated password unless one is given. None when there is an admin already."""
    with transaction.atomic():
        if User.objects.filter(is_superuser=True).exists():
            return None
        chosen = password or secrets.token_urlsafe(12)
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            user = User.objects.create_superuser(email, chosen)
        else:
            user.is_staff = user.is_superuser = True
            user.set_password(chosen)
            user.save()
    return AdminCreated(user.email, chosen, generated=password is None)


def create_api_key(
    *, workspace: Workspace, name: str, author: User | None = None, scopes: Iterable[str] = SCOPES
) -> tuple[ApiKey, str]:
    """A new key of `workspace` and its secret, which is shown once and cannot be read again. Raises `ValueError` for
    a scope that does not exist."""
    wanted = list(scopes)
    if unknown := sorted(set(wanted) - set(SCOPES)):
        raise ValueError(f"no such scope: {', '.join(unknown)} (there are {', '.join(SCOPES)})")
    prefix = secrets.token_hex(4)
    secret = f"sk_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        workspace=workspace, created_by=author, name=name, prefix=prefix, digest=_digest(secret), scopes=wanted
    )
    return key, secret


def authenticate_api_key(secret: str) -> ApiKey | None:
    """The key that `secret` belongs to, if it is usable now."""
    parts = secret.split("_", 2)
    if len(parts) != 3 or parts[0] != "sk" or "\x00" in secret:
        return None
    role = Member.objects.filter(
        workspace=OuterRef("workspace"), user=OuterRef("created_by"), user__is_active=True
    ).values("role")
    keys = ApiKey.objects.select_related("workspace", "created_by").annotate(author_role=Subquery(role))
    key = keys.filter(prefix=parts[1]).first()
    now = timezone.now()
    # A prefix that does not exist takes the same comparison, so that the time tells nothing about it.
    if not hmac.compare_digest(bytes(key.digest) if key else bytes(32), _digest(secret)):
        return None
    if key is None or not key.is_usable(now):
        return None
    if key.last_used_at is None or key.last_used_at < now - LAST_USED_STEP:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _make_personal_workspace(user: User) -> Workspace:
    base = slugify(user.email.partition("@")[0])[:48] or "workspace"
    slug = base
    while True:
        try:
            with transaction.atomic():
                workspace = Workspace.objects.create(
                    slug=slug, name=user.get_full_name() or user.email, kind=Workspace.Kind.PERSONAL
                )
                Member.objects.create(workspace=workspace, user=user, role=Member.Role.OWNER)
            return workspace
        except IntegrityError:
            slug = f"{base}-{secrets.token_hex(3)}"  # taken by somebody of the same name
