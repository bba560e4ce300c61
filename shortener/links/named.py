"""What tags, folders and campaign templates have in common: a name that is theirs alone within a workspace."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.infra import public_id
from shortener.infra.errors import Conflict, NotFound
from shortener.links.errors import FieldErrors, LinkError
from shortener.links.models import Folder, Link, Tag, Tagged, UtmTemplate

Thing = TypeVar("Thing", Tag, Folder, UtmTemplate)
Check = Callable[[Any], None]  # called with the thing that is locked and about to change; what it raises stops that
MOST = 5_000  # of one kind in a workspace
HOLD_LINKS = """
SELECT count(*) FROM (SELECT FROM links_link WHERE {have_it} ORDER BY id FOR NO KEY UPDATE) AS held
"""
HAVE_IT: Mapping[type[Any], str] = {
    Tag: "id IN (SELECT link_id FROM links_link_tags WHERE tag_id = %s)",
    Folder: "folder_id = %s",
}


@dataclass(frozen=True)
class Kind(Generic[Thing]):
    """One of them: its model, what its IDs and actions begin with, and how long a name may be."""

    model: type[Thing]
    word: str
    name_limit: int


def no_check(_: Any) -> None:
    """Change it, whatever it is by now."""


def things_in(kind: Kind[Thing], workspace: Workspace) -> QuerySet[Thing]:
    """Those of `workspace`, by name."""
    return kind.model._default_manager.filter(workspace=workspace).order_by("name", "pk")  # noqa: SLF001  Django's own


def pick_thing(kind: Kind[Thing], workspace: Workspace, thing_id: str) -> Thing:
    """The one of `workspace` with this public ID. Raises `NotFound`."""
    found = things_in(kind, workspace).filter(pk=public_id.decode(kind.word, thing_id) or 0).first()
    if found is None:
        raise NotFound(thing_id)
    return found


def id_of(kind: Kind[Thing], thing: Thing) -> str:
    """The public ID of `thing`."""
    return public_id.encode(kind.word, thing.pk)


def with_live_links(kind: Kind[Thing], workspace: Workspace, links: QuerySet[Any], key: str) -> QuerySet[Thing]:
    """Those of `workspace` by name, each with its number of `live` links: of all rows in `links` that name it by `key`,
    which an index alone can tell, without those whose link lies in the trash."""
    all_of_them = links.filter(**{key: OuterRef("pk")})
    gone = _in_trash(all_of_them, workspace.pk)
    return things_in(kind, workspace).annotate(live=_number(all_of_them, key) - _number(gone, key))


def _number(rows: QuerySet[Any], key: str) -> Coalesce:
    counted = rows.order_by().values(key).annotate(number=Count("*")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def live_links(thing: Tag | Folder) -> int:
    """How many links have it: as listed, or counted now in the same way (`with_live_links`)."""
    listed: int | None = getattr(thing, "live", None)
    if listed is not None:
        return listed
    of_folder = isinstance(thing, Folder)
    rows: QuerySet[Any] = Link.objects.filter(folder=thing.pk) if of_folder else Tagged.objects.filter(tag=thing.pk)
    return rows.count() - _in_trash(rows, thing.workspace_id).count()


def _in_trash(rows: QuerySet[Any], workspace: int) -> QuerySet[Any]:
    """Those of `rows`, links of `workspace` or rows that name one, whose link has been deleted."""
    link = "" if rows.model is Link else "link__"
    return rows.filter(**{f"{link}workspace": workspace, f"{link}deleted_at__isnull": False})


def checked_name(kind: Kind[Thing], name: str, errors: FieldErrors) -> str:
    """`name` without blanks around it."""
    name = name.strip()
    if not name or len(name) > kind.name_limit:
        errors.add("name", _("A name has 1 to %(most)d characters.") % {"most": kind.name_limit})
    elif not name.isprintable():
        errors.add("name", _("A name has letters, digits and signs that can be read."))
    elif kind.model is Tag and "," in name:
        errors.add("name", _("A tag cannot contain commas."))
    return name


def create_thing(kind: Kind[Thing], workspace: Workspace, *, name: str, by: Actor, **columns: Any) -> Thing:
    """A new one. Raises `LinkError` for a name that is wrong or taken, `Conflict` when there are too many."""
    errors = FieldErrors()
    thing = kind.model(workspace=workspace, name=checked_name(kind, name, errors), **columns)
    errors.raise_if_any()
    if things_in(kind, workspace).count() >= MOST:
        raise Conflict("too_many", _("There are %(most)d already. Delete some first.") % {"most": MOST})
    with transaction.atomic():
        _save(thing, force_insert=True)
        _note(kind, by, "created", thing)
    return thing


def change_thing(
    kind: Kind[Thing], thing: Thing, changes: Mapping[str, Any], *, by: Actor, check: Check = no_check
) -> Thing:
    """Change the columns that are named, the name among them. Raises `LinkError`."""
    with transaction.atomic():
        current = _locked(kind, thing)
        check(current)
        errors = FieldErrors()
        changed = {}
        for column, value in changes.items():
            new = checked_name(kind, value, errors) if column == "name" else value
            if (old := getattr(current, column)) != new:
                changed[column] = (old, new)
                setattr(current, column, new)
        errors.raise_if_any()
        if changed:
            _save(current)
            _note(kind, by, "updated", current, changed)
    return current


def delete_thing(kind: Kind[Thing], thing: Thing, *, by: Actor, check: Check = no_check) -> None:
    """Delete it; links that had it go on without."""
    with transaction.atomic():
        hold_links(thing)
        current = _locked(kind, thing)
        check(current)
        _note(kind, by, "deleted", current)
        current.delete()


def hold_links(thing: Tag | Folder | UtmTemplate) -> None:
    """Hold the links that have it until the transaction ends: links first, in the order of their numbers, and tags and
    folders behind them, as whoever changes links does. So nobody waits in a circle."""
    if have_it := HAVE_IT.get(type(thing)):
        with connection.cursor() as cursor:
            cursor.execute(HOLD_LINKS.format(have_it=have_it), [thing.pk])


def _locked(kind: Kind[Thing], thing: Thing) -> Thing:
    rows = things_in(kind, thing.workspace).select_for_update(of=("self",)).select_related("workspace")
    current = rows.filter(pk=thing.pk).first()
    if current is None:  # deleted in the meantime
        raise NotFound(id_of(kind, thing))
    return current


def _save(thing: Thing, *, force_insert: bool = False) -> None:
    try:
        with transaction.atomic():
            thing.save(force_insert=force_insert)
    except IntegrityError as error:
        raise LinkError(
            {"name": [_("“%(name)s” exists already. Choose another name.") % {"name": thing.name}]}
        ) from error


def _note(
    kind: Kind[Thing], by: Actor, verb: str, thing: Thing, changed: Mapping[str, tuple[Any, Any]] | None = None
) -> None:
    audit.record(
        by, f"{kind.word}.{verb}", workspace=thing.workspace, target_id=id_of(kind, thing), target_name=thing.name,
        changes=changed,
    )  # fmt: skip
