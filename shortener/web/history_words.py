"""The audit trail in words: who did what, and each field before and after, in the reader's zone and format."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from shortener.accounts.models import AuditEvent, Member, Workspace
from shortener.infra.models import SiteSettings
from shortener.links.destinations import shown_destination
from shortener.links.models import Link, RedirectStatus
from shortener.web.audit_words import ACTIONS, DOORS, FIELDS, target_of
from shortener.web.rule_editor.moments import local_moment
from shortener.web.rule_editor.words import rules_in_words

FIELD_NAMES = {
    "url": "destination",
    "folder": "folder_id",
    "archived": "archived_at",
    "password": "password_hash",
}  # of a service, by column


@dataclass(frozen=True)
class ShownChange:
    """A field, and the lines it had before and has after; none for nothing. A secret has neither."""

    label: str
    before: list[str]
    after: list[str]
    is_secret: bool = False


@dataclass(frozen=True)
class ShownEvent:
    """Something that was done, and to what."""

    id: int
    at: datetime
    who: str
    action: str
    door: str
    target: str
    acting_as: str  # the admin who did it in the name of `who`; empty when it was themselves
    changes: list[ShownChange]


def shown_event(event: AuditEvent, folders: Mapping[int, str]) -> ShownEvent:
    """`event` for people. `folders`: names of the workspace's by number."""
    return ShownEvent(
        id=event.pk,
        at=event.at,
        who=event.actor_name or (_("This site") if event.via == "command" else _("Somebody without an account")),
        action=str(ACTIONS.get(event.action, event.action)),
        door=_door(event),
        target=target_of(event),
        acting_as=event.impersonator.email if event.impersonator else "",
        changes=[_change(column, before, after, folders) for column, (before, after) in event.changes.items()],
    )


def field_labels(names: Iterable[str]) -> str:
    """The fields of these names (as services call them), with commas."""
    return ", ".join(str(FIELDS.get(FIELD_NAMES.get(name, name), name)) for name in names)


def _door(event: AuditEvent) -> str:
    if event.api_key is not None:
        return _("with the key “%(name)s”") % {"name": event.api_key.name}
    return str(DOORS.get(event.via, event.via))


def _change(column: str, before: Any, after: Any, folders: Mapping[int, str]) -> ShownChange:
    label = str(FIELDS.get(column, column))
    if column == "password_hash":
        return ShownChange(label, [], [], is_secret=True)
    if column == "folder_id":
        return ShownChange(label, _folder(before, folders), _folder(after, folders))
    return ShownChange(label, lines_of(column, before), lines_of(column, after))


def _folder(number: int | None, folders: Mapping[int, str]) -> list[str]:
    return [] if number is None else [folders.get(number) or _("a folder that is gone")]


def lines_of(column: str, value: Any) -> list[str]:
    """A value as the audit trail keeps it, in lines for people; none for nothing."""
    if value in (None, "", [], {}):
        return []
    try:
        return WORDS[column](value) if column in WORDS else [_plain(value)]
    except (KeyError, TypeError, ValueError):  # written by a version that kept it otherwise
        return [str(value)]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return number_format(value, decimal_pos=0, force_grouping=True) if isinstance(value, int) else str(value)


def _moment(value: str) -> list[str]:
    return [date_format(local_moment(value), _("j M Y, H:i e"))]


def _address(value: str) -> list[str]:
    return [shown_destination(value)]


def _utm(value: Mapping[str, str]) -> list[str]:
    return [f"{name.removeprefix('utm_')}: {text}" for name, text in value.items()]


WORDS: Mapping[str, Callable[[Any], list[str]]] = {
    "active_from": _moment,
    "active_until": _moment,
    "archived_at": lambda value: [_("since %(moment)s") % {"moment": _moment(value)[0]}],
    "destination": _address,
    "expired_url": _address,
    "card_image": _address,
    "status": lambda value: [str(RedirectStatus(value).label)],
    "forward_query": lambda value: [str(Link.Forward(value).label)],
    "tags": lambda value: [", ".join(value)],
    "utm": _utm,
    "values": _utm,
    "default_status": lambda value: [str(RedirectStatus(value).label)],
    "expires_at": _moment,
    "role": lambda value: [str(Member.Role(value).label)],
    "kind": lambda value: [str(Workspace.Kind(value).label)],
    "signup": lambda value: [str(SiteSettings.Signup(value).label)],
    "links": lambda value: [_plain(len(value) if isinstance(value, list) else value)],
    "rules": lambda value: [str(rule) for rule in rules_in_words(value)],
}
