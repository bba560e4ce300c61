"""Changes of a link in words: who did what, and each field before and after, in the reader's zone and format."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from shortener.accounts.models import AuditEvent
from shortener.links.destinations import shown_destination
from shortener.links.models import Link, RedirectStatus
from shortener.web.rule_editor.moments import local_moment
from shortener.web.rule_editor.words import rules_in_words

Label = str | Promise
ACTIONS: Mapping[str, Label] = {
    "link.created": gettext_lazy("Made the link"),
    "link.imported": gettext_lazy("Imported the link"),
    "link.updated": gettext_lazy("Changed it"),
    "link.reverted": gettext_lazy("Restored an earlier version"),
    "link.deleted": gettext_lazy("Deleted it"),
    "link.restored": gettext_lazy("Brought it back"),
    "link.undeleted": gettext_lazy("Brought it back"),
    "link.disabled": gettext_lazy("Switched it off"),
    "link.enabled": gettext_lazy("Switched it on again"),
    "report.closed": gettext_lazy("Closed a report about it"),
    "clicks.erased": gettext_lazy("Erased its clicks"),
}
DOORS: Mapping[str, Label] = {
    "form": gettext_lazy("on the site"),
    "api": gettext_lazy("through the API"),
    "admin": gettext_lazy("in the admin site"),
    "import": gettext_lazy("by an import"),
    "command": gettext_lazy("by a command"),
}
FIELDS: Mapping[str, Label] = {
    "destination": gettext_lazy("Destination"),
    "title": gettext_lazy("Title"),
    "tags": gettext_lazy("Tags"),
    "folder_id": gettext_lazy("Folder"),
    "status": gettext_lazy("Redirect"),
    "active_from": gettext_lazy("Active from"),
    "active_until": gettext_lazy("Active until"),
    "click_limit": gettext_lazy("Click limit"),
    "archived_at": gettext_lazy("Archived"),
    "expired_url": gettext_lazy("Destination afterwards"),
    "forward_query": gettext_lazy("Query parameters"),
    "forward_path": gettext_lazy("Path behind the name"),
    "utm": gettext_lazy("Campaign"),
    "rules": gettext_lazy("Rules"),
    "password_hash": gettext_lazy("Password"),
    "ios_url": gettext_lazy("On iPhone and iPad"),
    "android_url": gettext_lazy("On Android"),
    "notice": gettext_lazy("Notice before the redirect"),
    "card_title": gettext_lazy("Title of previews"),
    "card_description": gettext_lazy("Text of previews"),
    "card_image": gettext_lazy("Picture of previews"),
    "public_stats": gettext_lazy("Public statistics"),
    "external_id": gettext_lazy("External ID"),
    "disabled_reason": gettext_lazy("Reason"),
}
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
    """Something that was done to a link."""

    id: int
    at: datetime
    who: str
    action: str
    door: str
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
    "rules": lambda value: [str(rule) for rule in rules_in_words(value)],
}
