"""A link's history: what the audit trail says of it, and how an earlier version comes back.

An event says what each field was before and after. What a link was right after an event is therefore what it is now,
less all that came later; restoring that is a change like any other, and itself an event.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from shortener.accounts.actors import SYSTEM, Actor
from shortener.accounts.models import AuditEvent, User
from shortener.infra import public_id
from shortener.links.errors import LinkChanged, LinkNotFound
from shortener.links.fields import FIELDS
from shortener.links.models import Link
from shortener.links.services import update_link

RESTORED = "link.reverted"  # what the audit trail calls it
FIELD_OF = {**{column: name for name, (column, _check) in FIELDS.items()}, "folder_id": "folder", "tags": "tags"}
SECRETS = frozenset({"password"})  # their values are nowhere but in the link
MOMENTS = frozenset({"active_from", "active_until"})


@dataclass(frozen=True)
class Restored:
    """`link` as it is now. `fields`: those that were changed back; `secrets`: those that could not be, because the
    audit trail never had their values."""

    link: Link
    fields: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)


def history_of(link: Link) -> QuerySet[AuditEvent]:
    """Everything that was done to `link`, newest first."""
    events = AuditEvent.objects.filter(target_id=link.public_id, workspace=link.workspace)
    return events.select_related("api_key", "impersonator").order_by("-at", "-id")


def tombstone_of(user: User, link_id: str) -> Link:
    """The deleted link with this public ID, if `user` might see it were it there. Raises `LinkNotFound`."""
    number = public_id.decode("link", link_id)
    theirs = Link.objects.filter(workspace__in=user.workspaces.all(), deleted_at__isnull=False)
    link = theirs.filter(pk=number).select_related("domain", "workspace").first() if number is not None else None
    if link is None:
        raise LinkNotFound(link_id)
    return link


def restore_version(link: Link, event: AuditEvent, by: Actor = SYSTEM) -> Restored:
    """Give the fields of `link` the values that they had right after `event`, one of its own. Whether it is disabled or
    deleted stays as it is. Raises `LinkError` when a value is not allowed any more; then nothing was changed."""
    while True:
        link = Link.objects.select_related("domain", "workspace").get(pk=link.pk)
        later = _later(link, event)
        secrets = sorted(SECRETS & later.keys())
        changes = {name: value for name, value in later.items() if name not in SECRETS and _now(link, name) != value}
        if not changes:
            return Restored(link, [], secrets)
        try:
            changed = update_link(link, changes=changes, by=by, if_version=link.version, action=RESTORED)
        except LinkChanged:
            continue  # look again at what there is to restore
        return Restored(changed, sorted(changes), secrets)


def _later(link: Link, event: AuditEvent) -> dict[str, Any]:
    """By field, what those that were changed after `event` had been before that."""
    events = AuditEvent.objects.filter(target_id=link.public_id, workspace=link.workspace)
    newer = events.filter(at__gte=event.at).exclude(at=event.at, id__lte=event.id).order_by("at", "id")
    return _first_values(newer.values_list("changes", flat=True).iterator())


def _first_values(changes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for change in changes:
        for column, (before, _after) in change.items():
            if name := FIELD_OF.get(column):
                found.setdefault(name, _value(name, before))
    return found


def _value(name: str, kept: Any) -> Any:
    """What the service takes for a field whose value the audit trail keeps as `kept`."""
    if name == "archived":
        return kept is not None
    if name == "folder":
        return kept and public_id.encode("folder", kept)
    return datetime.fromisoformat(kept) if name in MOMENTS and kept else kept


def _now(link: Link, name: str) -> Any:
    if name == "tags":
        return sorted(tag.name for tag in link.tags.all())
    if name == "folder":
        return link.folder and link.folder.public_id
    value = getattr(link, FIELDS[name][0])
    return value is not None if name == "archived" else value
