"""Writes to users and workspaces."""

import secrets
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from shortener.accounts.models import Member, User, Workspace


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
        # Whoever sets up the site says that this is the address: there may be no mail to prove it by yet.
        EmailAddress.objects.update_or_create(email=user.email, user=user, defaults={"verified": True, "primary": True})
    return AdminCreated(user.email, chosen, generated=password is None)


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
