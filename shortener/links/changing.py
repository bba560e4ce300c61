"""Changes links that are there: what becomes of the columns, the next version, who is told. `services` and `bulk` say
which links, and hold their rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import Actor
from shortener.links.drafts import Lookups, refuse_unknown
from shortener.links.errors import FieldErrors
from shortener.links.fields import FIELDS, check_window, checked_tags, columns_of
from shortener.links.making import publish, remember_tags, tags_named
from shortener.links.models import Link, Publication, Tagged

COLUMNS = ("version", "updated_at", "deleted_at", "folder_id", *(column for column, _check in FIELDS.values()))
UPDATE = f"""
UPDATE links_link AS link SET {", ".join(f"{column} = new.{column}" for column in COLUMNS)}
FROM json_populate_recordset(NULL::links_link, %s::json) AS new WHERE link.id = new.id
"""  # noqa: S608  names of columns


@dataclass
class Change:
    """A link that is about to be saved. `changed`: before and after, by column; `tags`: names that it shall carry, None
    for those that it has."""

    link: Link
    changed: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    tags: list[str] | None = None


def apply(link: Link, changes: Mapping[str, Any], lookups: Lookups) -> Change:
    """Set the fields of `link` that `changes` names, without saving it. Raises `LinkError` naming every wrong one."""
    errors = FieldErrors()
    refuse_unknown(changes, errors)
    columns = columns_of(changes, errors)
    if "folder" in changes:
        columns["folder_id"] = lookups.folder(changes["folder"], errors)
    tags = checked_tags(changes["tags"], errors) if "tags" in changes else None
    if "slug" in changes and changes["slug"] != link.slug:
        errors.add("slug", _("The name of a link cannot be changed. Create another link."))
    if link.archived_at and columns.get("archived_at"):
        columns["archived_at"] = link.archived_at  # the time since when it is stays
    before = {column: getattr(link, column) for column in columns}
    for column, value in columns.items():
        setattr(link, column, value)
    check_window(link.active_from, link.active_until, errors)
    errors.raise_if_any()
    return Change(link, {name: (old, columns[name]) for name, old in before.items() if columns[name] != old}, tags)


def changes_something(change: Change) -> bool:
    """Whether the link is not as it was."""
    if change.changed or change.tags is None:
        return bool(change.changed)
    carried = sorted(tag.name.lower() for tag in change.link.tags.all())
    return carried != sorted(name.lower() for name in change.tags)


def save_all(changes: Sequence[Change], by: Actor, action: str) -> None:
    """Save each link as its next version, with its tags, have it published, and note what `by` did in the audit
    trail. Within a transaction that holds the links' rows; they are of one workspace."""
    now = timezone.now()
    for change in changes:
        change.link.version += 1
        change.link.updated_at = now
    links = [change.link for change in changes]
    rows = [{"id": link.pk, **{column: link.__dict__[column] for column in COLUMNS}} for link in links]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, [_encode(rows).decode()])
    set_tags([change for change in changes if change.tags is not None])
    publish_changed(links)
    noted = [(change.link.public_id, str(change.link), _shown(change.changed)) for change in changes]
    audit.record_all(by, action, noted, workspace=changes[0].link.workspace)


def save_version(link: Link) -> None:
    """Save what was changed of `link` as its next version, and have it published. Within a transaction."""
    link.version += 1
    link.updated_at = timezone.now()
    link.save()
    publish_changed([link])


def publish_changed(links: Sequence[Link]) -> None:
    """Tell the redirect engine, once the changes are committed; notes make sure that it hears of them."""
    Publication.objects.bulk_create(Publication(domain_id=link.domain_id, slug=link.slug) for link in links)
    publish(links)


def set_tags(changes: Sequence[Change]) -> None:
    """Give the links of `changes` their tags and no others; what that changes is noted in them."""
    if not changes:
        return
    workspace = changes[0].link.workspace
    tags = tags_named({name for change in changes for name in change.tags or ()}, workspace)
    before = _tags_of([change.link for change in changes])
    for change in changes:
        wanted = {tag.pk: tag for name in change.tags or () if (tag := tags[name.lower()])}
        carried = before.get(change.link.pk, {})
        Tagged.objects.filter(link=change.link, tag__in=carried.keys() - wanted.keys()).delete()
        Link.tags.through.objects.bulk_create(
            Link.tags.through(link_id=change.link.pk, tag_id=tag) for tag in sorted(wanted.keys() - carried.keys())
        )
        remember_tags(change.link, list(wanted.values()))
        names = sorted(carried.values()), sorted(tag.name for tag in wanted.values())
        if names[0] != names[1]:
            change.changed["tags"] = names


def note(by: Actor, action: str, link: Link, changed: Mapping[str, tuple[Any, Any]] | None = None) -> None:
    """Note what `by` did to `link` in the audit trail, which is the link's history as well. That there is another
    password is said; which one is not."""
    shown = _shown(changed or {})
    audit.record(by, action, workspace=link.workspace, target_id=link.public_id, target_name=str(link), changes=shown)


def _shown(changed: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    return {name: ("", "") if name == "password_hash" else values for name, values in changed.items()}


def _tags_of(links: Iterable[Link]) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = {}
    for link, tag, name in Tagged.objects.filter(link__in=links).values_list("link_id", "tag_id", "tag__name"):
        found.setdefault(link, {})[tag] = name
    return found


_encode = msgspec.json.Encoder(enc_hook=str).encode
