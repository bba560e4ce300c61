"""Writes a chunk of rows in the caller's transaction. Which names are taken, the unique index has the last word."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.links.drafts import Draft
from shortener.links.errors import LinkError
from shortener.links.making import make_links
from shortener.links.models import Folder, Link, LinkUse
from shortener.links.transfer.rows import Row
from shortener.links.transfer.seen import Key, Seen

TAKEN = ("skip", "rename", "fail")  # what may become of a row whose name is taken


@dataclass(frozen=True)
class RowProblem:
    """A row that is not imported. `outcome`: `skipped` or `failed`."""

    row: int
    field: str
    message: str
    outcome: str = "failed"


@dataclass
class Outcome:
    """What became of a chunk: how many links there are now, and the rows that are none, with all their mistakes."""

    created: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def rows_that(self, outcome: str) -> int:
        """How many rows were `skipped` or `failed`."""
        return len({problem.row for problem in self.problems if problem.outcome == outcome})


def write(workspace: Workspace, rows: Sequence[Row], *, by: Actor, taken: str) -> Outcome:
    """Make a link of each of `rows`, except where its name is taken and `taken` says otherwise. Raises `Conflict` when
    somebody else fills the workspace at the same moment."""
    outcome, planned = decide(workspace, rows, taken=taken)
    folders = _folders(workspace, [row.folder for row in planned])
    while planned:
        drafts = [_draft(row, folders) for row in planned]
        made = list(zip(planned, make_links(workspace, drafts, by), strict=True))
        there = [(row, link) for row, link in made if isinstance(link, Link)]
        LinkUse.objects.bulk_create(
            [LinkUse(link=link, used=row.clicks_used) for row, link in there if row.clicks_used]
        )
        # Somebody has taken a name since we looked.
        late = [(row, error) for row, error in made if isinstance(error, LinkError)]
        outcome.created -= len(late)
        planned = [row for row, error in late if taken == "rename" and "external_id" not in error.errors]
        outcome.created += len(planned)
        outcome.problems += [_told(row, error, taken) for row, error in late if row not in planned]
        for row in planned:
            row.slug = ""
    return outcome


def decide(
    workspace: Workspace, rows: Sequence[Row], *, taken: str, seen: Seen | None = None
) -> tuple[Outcome, list[Row]]:
    """What `write` would do, and the rows that it would make links of. `seen` knows the names of rows before these,
    which a dry run has not written."""
    outcome = Outcome()
    planned: list[Row] = []
    names = {(row.domain.pk, row.slug) for row in rows if row.slug}
    used = _taken(names) | (seen.add(names) if seen else set())
    own = _own_ids(workspace, rows)
    room = _room(workspace, seen)
    for row in rows:
        problem = _problem(row, used, own, taken)
        if problem is None and room is not None and len(planned) >= room:
            words = _("The workspace is full: it may have %(most)d links.") % {"most": workspace.link_limit}
            problem = RowProblem(row.number, "url", words)
        if problem:
            outcome.problems.append(problem)
            continue
        if (row.domain.pk, row.slug) in used:
            row.slug = ""  # renamed
        used.add((row.domain.pk, row.slug))
        own.add(row.columns["external_id"])
        planned.append(row)
    outcome.created = len(planned)
    if seen:
        seen.links += len(planned)
    return outcome, planned


def _problem(row: Row, used: set[Key], own: set[str], taken: str) -> RowProblem | None:
    """Why `row` cannot be a link; None when it can."""
    outcome = "skipped" if taken == "skip" else "failed"
    external_id = row.columns["external_id"]
    if external_id and external_id in own:
        words = _("A link of yours has the ID “%(id)s” already.") % {"id": external_id}
        return RowProblem(row.number, "external_id", words, outcome)
    if row.slug and (row.domain.pk, row.slug) in used and taken != "rename":
        words = _("“%(slug)s” is taken.") % {"slug": row.slug}
        return RowProblem(row.number, "slug", words, outcome)
    return None


def _taken(names: Iterable[Key]) -> set[Key]:
    """Those of `names` that belong to links, also to deleted ones."""
    by_domain: dict[int, list[str]] = {}
    for domain, slug in names:
        by_domain.setdefault(domain, []).append(slug)
    return {
        (domain, slug)
        for domain, listed in by_domain.items()
        for slug in Link.objects.filter(domain=domain, slug__in=listed).values_list("slug", flat=True)
    }


def _own_ids(workspace: Workspace, rows: Sequence[Row]) -> set[str]:
    listed = [row.columns["external_id"] for row in rows if row.columns["external_id"]]
    found = Link.objects.filter(workspace=workspace, deleted_at=None, external_id__in=listed)
    return set(found.values_list("external_id", flat=True)) if listed else set()


def _room(workspace: Workspace, seen: Seen | None) -> int | None:
    """How many links the workspace may still get; None for any number."""
    if workspace.link_limit is None:
        return None
    there = Link.objects.filter(workspace=workspace, deleted_at=None).count()
    return max(0, workspace.link_limit - there - (seen.links if seen else 0))


def _draft(row: Row, folders: Mapping[str, int]) -> Draft:
    return Draft(row.domain, row.slug, {**row.columns, "folder_id": folders.get(row.folder.lower())}, row.tags)


def _told(row: Row, error: LinkError, taken: str) -> RowProblem:
    field, messages = next(iter(error.errors.items()))
    return RowProblem(row.number, field, messages[0], "skipped" if taken == "skip" else "failed")


def _folders(workspace: Workspace, names: Iterable[str]) -> Mapping[str, int]:
    """IDs of the workspace's folders by name in small letters, made where they are missing."""
    wanted = {name.lower(): name for name in names if name}
    if not wanted:
        return {}
    missing = [Folder(workspace=workspace, name=name) for name in wanted.values()]
    Folder.objects.bulk_create(missing, ignore_conflicts=True)
    return {folder.name.lower(): folder.pk for folder in Folder.objects.filter(workspace=workspace)}
