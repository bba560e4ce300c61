"""Changes to many links at once: those that are picked in a list, or all that match a search, some hundreds of them in
a transaction. `bulk` changes each as it is told to; here all of them are changed alike, and that can be taken back."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.infra import public_id
from shortener.links.changing import Change, save_all
from shortener.links.errors import FieldErrors, LinkError
from shortener.links.fields import TAGS_PER_LINK, checked_tags
from shortener.links.making import check_room
from shortener.links.models import Folder, Link
from shortener.links.reach import within

CHUNK = 500  # links in a transaction: rows are held, and the redirect engine is told, so many at a time
MOST = 2_000  # links at once
FOLDER_NAME_MAX_LENGTH = 80
UNDOABLE = timedelta(hours=1)
SALT = "undo"

Alter = Callable[[Link], Change | None]  # changes a link, without saving it; None: nothing is to be changed


class Done(NamedTuple):
    """How many links were changed, and what `undo` takes it back with; empty when nothing can be taken back."""

    links: int
    token: str = ""


def picked(workspace: Workspace, link_ids: Iterable[str]) -> list[int]:
    """The links of these public IDs that are there, in `workspace`. Raises `LinkError` for too many."""
    numbers = [number for each in link_ids if (number := public_id.decode("link", each)) is not None]
    _refuse_too_many(len(numbers))
    links = Link.objects.filter(workspace=workspace, deleted_at=None, pk__in=numbers)
    return sorted(links.values_list("pk", flat=True))


def all_of(links: QuerySet[Link]) -> list[int]:
    """All of `links`. Raises `LinkError` for too many."""
    numbers = list(links.order_by().values_list("pk", flat=True)[: MOST + 1])
    _refuse_too_many(len(numbers))
    return sorted(numbers)


def delete_all(workspace: Workspace, numbers: Sequence[int], *, by: Actor) -> Done:
    """Delete these links of `workspace`; they stay as tombstones."""
    now = timezone.now()

    def delete(link: Link) -> Change:
        link.deleted_at = now
        return Change(link)

    return Done(_alter_all(workspace, numbers, delete, by, "link.deleted"), _token("delete", workspace, now))


def archive_all(workspace: Workspace, numbers: Sequence[int], *, by: Actor) -> Done:
    """Put these links of `workspace` aside."""
    now = timezone.now()

    def archive(link: Link) -> Change | None:
        if link.archived_at:
            return None
        link.archived_at = now
        return Change(link, {"archived_at": (None, now)})

    return Done(_alter_all(workspace, numbers, archive, by, "link.updated"), _token("archive", workspace, now))


def bring_back_all(workspace: Workspace, numbers: Sequence[int], *, by: Actor) -> Done:
    """Undo that these links of `workspace` were archived, whenever that was."""
    return Done(_alter_all(workspace, numbers, _brought_back, by, "link.updated"))


def move_all(workspace: Workspace, numbers: Sequence[int], folder: Folder | None, *, by: Actor) -> Done:
    """Put these links of `workspace` into `folder`, or into none."""
    number = folder.pk if folder else None

    def move(link: Link) -> Change | None:
        if link.folder_id == number:
            return None
        before, link.folder_id = link.folder_id, number
        return Change(link, {"folder_id": (before, number)})

    return Done(_alter_all(workspace, numbers, move, by, "link.updated"))


def tag_all(workspace: Workspace, numbers: Sequence[int], names: Iterable[str], *, by: Actor) -> Done:
    """Give these links of `workspace` further tags. Those that would have too many stay as they are. Raises
    `LinkError` for names that cannot be."""
    further = _checked(names)

    def tag(link: Link) -> Change | None:
        had = [tag.name for tag in link.tags.all()]
        new = [name for name in further if name.lower() not in {other.lower() for other in had}]
        fits = len(had) + len(new) <= TAGS_PER_LINK
        return Change(link, tags=[*had, *new]) if new and fits else None

    return Done(_alter_all(workspace, numbers, tag, by, "link.updated"))


def untag_all(workspace: Workspace, numbers: Sequence[int], names: Iterable[str], *, by: Actor) -> Done:
    """Take tags off these links of `workspace`. Raises `LinkError` for names that cannot be."""
    off = {name.lower() for name in _checked(names)}

    def untag(link: Link) -> Change | None:
        had = [tag.name for tag in link.tags.all()]
        kept = [name for name in had if name.lower() not in off]
        return Change(link, tags=kept) if len(kept) < len(had) else None

    return Done(_alter_all(workspace, numbers, untag, by, "link.updated"))


def undo(workspace: Workspace, token: str, *, by: Actor) -> Done:
    """Take back what gave `token`, in `workspace`, less than an hour ago. Raises `LinkError`, and
    `Conflict` when the workspace is full by now."""
    try:
        said = signing.loads(token, salt=SALT, max_age=UNDOABLE)
    except signing.BadSignature as error:
        raise LinkError({"": [_("That was too long ago to take back.")]}) from error
    if said["workspace"] != workspace.pk:
        raise LinkError({"": [_("That was in another workspace. Switch to it first.")]})
    # Those of one deletion bear the same time; whoever brought one back meanwhile has changed it.
    moment = datetime.fromisoformat(said["at"])
    theirs = Link.objects.filter(workspace=workspace).order_by("pk").values_list("pk", flat=True)
    if said["what"] == "archive":
        archived = list(theirs.filter(deleted_at=None, archived_at=moment))
        return Done(_alter_all(workspace, archived, _brought_back, by, "link.updated"))
    deleted = list(theirs.filter(deleted_at=moment))
    check_room(workspace, len(deleted))
    return Done(_alter_all(workspace, deleted, _undeleted, by, "link.restored", deleted=True))


def folder_of(workspace: Workspace, folder_id: str) -> Folder:
    """The folder with this public ID. Raises `LinkError` when `workspace` has none."""
    number = public_id.decode("folder", folder_id)
    folder = Folder.objects.filter(workspace=workspace, pk=number).first() if number is not None else None
    if folder is None:
        raise LinkError({"folder": [_("There is no such folder any more.")]})
    return folder


def folder_named(workspace: Workspace, name: str, *, by: Actor) -> Folder:
    """The folder of this name (compared without case), made where there is none. Raises `LinkError`."""
    name = " ".join(name.replace("\x00", "").split())
    if not 1 <= len(name) <= FOLDER_NAME_MAX_LENGTH:
        words = _("A folder's name has 1 to %(most)d characters.")
        raise LinkError({"folder": [words % {"most": FOLDER_NAME_MAX_LENGTH}]})
    with transaction.atomic():
        folder = Folder.objects.filter(workspace=workspace, name__iexact=name).first()
        if folder is None:
            Folder.objects.bulk_create([Folder(workspace=workspace, name=name)], ignore_conflicts=True)  # a race
            folder = Folder.objects.get(workspace=workspace, name__iexact=name)
            audit.record(by, "folder.created", workspace=workspace, target_id=folder.public_id, target_name=name)
    return folder


def _alter_all(
    workspace: Workspace, numbers: Sequence[int], alter: Alter, by: Actor, action: str, *, deleted: bool = False
) -> int:
    """Let `alter` change each of these links that is there (or, if `deleted`, is not); how many it did change."""
    chunks = (numbers[at : at + CHUNK] for at in range(0, len(numbers), CHUNK))
    return sum(_alter_some(workspace, chunk, alter, by, action, deleted) for chunk in chunks)


def _alter_some(
    workspace: Workspace, numbers: Sequence[int], alter: Alter, by: Actor, action: str, deleted: bool
) -> int:
    with transaction.atomic():
        links = Link.objects.select_for_update(of=("self",)).select_related("domain", "workspace")
        links = links.filter(within(by.api_key), workspace=workspace, pk__in=numbers, deleted_at__isnull=not deleted)
        held = links.prefetch_related("tags").order_by("pk")  # everybody holds rows in one order
        changes = [change for link in held if (change := alter(link)) is not None]
        if changes:
            save_all(changes, by, action)
    return len(changes)


def _token(what: str, workspace: Workspace, moment: datetime) -> str:
    return signing.dumps({"what": what, "workspace": workspace.pk, "at": moment.isoformat()}, salt=SALT)


def _brought_back(link: Link) -> Change | None:
    if link.archived_at is None:
        return None
    before, link.archived_at = link.archived_at, None
    return Change(link, {"archived_at": (before, None)})


def _undeleted(link: Link) -> Change:
    link.deleted_at = None
    same_name = Link.objects.filter(workspace=link.workspace_id, external_id=link.external_id, deleted_at=None)
    if link.external_id and same_name.exists():  # another link has it by now
        link.external_id = ""
    return Change(link)


def _checked(names: Iterable[str]) -> list[str]:
    errors = FieldErrors()
    checked = checked_tags(names, errors)
    if not checked:
        errors.add("tags", _("Enter a tag."))
    errors.raise_if_any()
    return checked


def _refuse_too_many(count: int) -> None:
    if count > MOST:
        words = _("These are more than %(most)s links. Narrow the search, and take them in parts.")
        raise LinkError({"": [words % {"most": f"{MOST:,}"}]})
