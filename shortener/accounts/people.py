"""A person's account: what they say about themselves, all that is kept about them, and its end."""

import zoneinfo
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import Actor
from shortener.accounts.errors import FieldErrors
from shortener.accounts.models import ApiKey, AuditEvent, Invitation, Member, User
from shortener.accounts.queries import events_about, left_without_owner

NAME_LIMIT = 150  # characters


def update_profile(user: User, *, name: str, time_zone: str, language: str, by: Actor) -> User:
    """Change what somebody says about themselves; an empty zone or language is the browser's. Raises `AccountError`."""
    errors = FieldErrors()
    name = " ".join(name.split())
    if len(name) > NAME_LIMIT or not name.isprintable():
        errors.add("name", _("A name has at most %(limit)s characters.") % {"limit": NAME_LIMIT})
    if time_zone and time_zone not in zoneinfo.available_timezones():
        errors.add("time_zone", _("Choose a time zone of the list."))
    if language and language not in dict(settings.LANGUAGES):
        errors.add("language", _("Choose a language of the list."))
    errors.raise_if_any()
    wanted = {"first_name": name, "last_name": "", "time_zone": time_zone, "language": language}
    if user.get_full_name() == name:  # an admin may have entered two parts
        wanted |= {"first_name": user.first_name, "last_name": user.last_name}
    changed = {field: (getattr(user, field), new) for field, new in wanted.items() if getattr(user, field) != new}
    if changed:
        with transaction.atomic():
            for field, (_old, new) in changed.items():
                setattr(user, field, new)
            user.save(update_fields=list(changed))
            audit.record(by, "user.updated", workspace=None, target_name=user.email, changes=changed)
    return user


def check_deletable(user: User) -> None:
    """Raises `AccountError` when `user` is the only owner of a team's workspace, or the last administrator."""
    errors = FieldErrors()
    if alone := list(left_without_owner(user)):
        names = ", ".join(workspace.name for workspace in alone)
        errors.add("", _("Nobody else owns %(names)s. Transfer or delete them first.") % {"names": names})
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        errors.add("", _("There is no other administrator of this site. Make somebody else one first."))
    errors.raise_if_any()


def delete_user(user: User, *, by: Actor) -> None:
    """Remove the row and what hangs on it: sessions, second factors, addresses, memberships. Whoever calls this has
    seen to the personal workspace (`links.workspaces.delete_account`)."""
    with transaction.atomic():
        audit.record(by, "user.deleted", workspace=None, target_name=user.email)
        Invitation.objects.filter(email__iexact=user.email).delete()
        user.delete()


def revoke_keys_of(user: User) -> None:
    """The keys that `user` made end with the account: without an author they would have no limit but their scopes."""
    ApiKey.objects.filter(created_by=user, revoked_at=None).update(revoked_at=timezone.now())


def everything_about(user: User) -> dict[str, Any]:
    """All that this part of the house keeps about `user`, as JSON takes it: profile, addresses, memberships, keys,
    invitations, second factors (what and when, no secrets), sessions, other sign-ins, and what they have done."""
    return {
        "profile": _profile(user),
        "email_addresses": _rows(user, "emailaddress_set", "email", "verified", "primary"),
        "workspaces": [_seat(seat) for seat in user.memberships.select_related("workspace").order_by("id")],
        "api_keys": [_key(key) for key in ApiKey.objects.filter(created_by=user).order_by("id")],
        "invitations": [_invitation(row) for row in _invitations(user)],
        "second_factors": _rows(user, "authenticator_set", "type", "created_at", "last_used_at"),
        "sessions": _rows(user, "usersession_set", "ip", "user_agent", "created_at", "last_seen_at"),
        "sign_in_accounts": _rows(user, "socialaccount_set", "provider", "uid", "extra_data", "date_joined"),
        "audit_trail": [_event(event) for event in events_about(user)],
    }


def _invitations(user: User) -> Iterable[Invitation]:
    return Invitation.objects.filter(email__iexact=user.email).select_related("workspace").order_by("id")


def _profile(user: User) -> dict[str, Any]:
    return {
        "email": user.email, "name": user.get_full_name(), "time_zone": user.time_zone, "language": user.language,
        "joined": _text(user.date_joined), "last_signed_in": _text(user.last_login), "is_staff": user.is_staff,
    }  # fmt: skip


def _seat(seat: Member) -> dict[str, Any]:
    workspace = seat.workspace
    return {"name": workspace.name, "slug": workspace.slug, "role": seat.role, "since": _text(seat.created_at)}


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "name": key.name, "prefix": f"sk_{key.prefix}", "scopes": key.scopes, "created": _text(key.created_at),
        "last_used": _text(key.last_used_at), "expires": _text(key.expires_at), "revoked": _text(key.revoked_at),
    }  # fmt: skip


def _invitation(row: Invitation) -> dict[str, Any]:
    return {
        "workspace": row.workspace.name, "role": row.role, "sent": _text(row.created_at),
        "accepted": _text(row.accepted_at),
    }  # fmt: skip


def _event(event: AuditEvent) -> dict[str, Any]:
    return {
        "at": _text(event.at), "action": event.action, "target": event.target_name, "via": event.via,
        "workspace": event.workspace.name if event.workspace else "", "changes": event.changes,
    }  # fmt: skip


def _rows(user: User, relation: str, *fields: str) -> list[dict[str, Any]]:
    """Of rows that point at `user` under the name `relation`, these fields."""
    rows = getattr(user, relation).order_by("pk").values(*fields)
    return [
        {field: _text(value) if isinstance(value, datetime) else value for field, value in row.items()} for row in rows
    ]


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
