"""Writes a chunk of rows in the caller's transaction. Which names are taken, the unique index has the last word."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.links import ids, slugs
from shortener.links.models import Folder, Link, LinkUse, Publication, Tag
from shortener.links.signals import links_changed
from shortener.links.transfer.rows import Row
from shortener.links.transfer.seen import Key, Seen

TAKEN = ("skip", "rename", "fail")  # what may become of a row whose name is taken
ATTEMPTS = 3  # at a chunk in which somebody else takes a name at the same moment


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
    """Make a link of each of `rows`, except where its name is taken and `taken` says otherwise."""
    for attempt in range(1, ATTEMPTS + 1):
        outcome, links = decide(workspace, rows, taken=taken)
        try:
            with transaction.atomic():
                _insert(workspace, links, by)
            return outcome
        except IntegrityError:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def decide(
    workspace: Workspace, rows: Sequence[Row], *, taken: str, seen: Seen | None = None
) -> tuple[Outcome, list[tuple[Row, Link]]]:
    """What `write` would do, and the links that it would make. `seen` knows the names of rows before these, which a
    dry run has not written."""
    outcome = Outcome()
    links: list[tuple[Row, Link]] = []
    names = {(row.domain.pk, row.slug) for row in rows if row.slug}
    used = _taken(names) | (seen.add(names) if seen else set())
    own = _own_ids(workspace, rows)
    room = _room(workspace, seen)
    for row in rows:
        problem = _problem(row, used, own, taken)
        if problem is None and room is not None and len(links) >= room:
            words = _("The workspace is full: it may have %(most)d links.") % {"most": workspace.link_limit}
            problem = RowProblem(row.number, "url", words)
        if problem:
            outcome.problems.append(problem)
            continue
        if (row.domain.pk, row.slug) in used:
            row.slug = ""  # renamed
        used.add((row.domain.pk, row.slug))
        own.add(row.columns["external_id"])
        links.append((row, Link(workspace=workspace, domain=row.domain, slug=row.slug, **row.columns)))
    outcome.created = len(links)
    if seen:
        seen.links += len(links)
    return outcome, links


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


def _insert(workspace: Workspace, planned: Sequence[tuple[Row, Link]], by: Actor) -> None:
    links = [link for _, link in planned]
    _name(links)
    folders = _folders(workspace, [row.folder for row, _ in planned])
    for row, link in planned:
        link.folder_id = folders.get(row.folder.lower())
        link.created_by, link.created_via = by.user, by.via
    Link.objects.bulk_create(links)
    _tag(workspace, planned)
    used = [LinkUse(link=link, used=row.clicks_used) for row, link in planned if row.clicks_used]
    LinkUse.objects.bulk_create(used)
    keys = [(link.domain_id, link.slug) for link in links]
    Publication.objects.bulk_create([Publication(domain_id=domain, slug=slug) for domain, slug in keys])
    transaction.on_commit(lambda: links_changed.send(Link, keys=keys))


def _name(links: Sequence[Link]) -> None:
    """IDs for all, and slugs for those without: generated ones that are free."""
    for link, number in zip(links, ids.allocate(len(links)), strict=True):
        link.id = number
    nameless = [link for link in links if not link.slug]
    chosen = {(link.domain_id, link.slug) for link in links if link.slug}
    while nameless:
        for link in nameless:
            link.slug = slugs.generated_slug(link.id, link.domain) or ""
        used = _taken((link.domain_id, link.slug) for link in nameless if link.slug)
        nameless = [link for link in nameless if not link.slug or (link.domain_id, link.slug) in used | chosen]
        for link, number in zip(nameless, ids.allocate(len(nameless)), strict=True):
            link.id = number


def _folders(workspace: Workspace, names: Iterable[str]) -> Mapping[str, int]:
    """IDs of the workspace's folders by name in small letters, made where they are missing."""
    wanted = {name.lower(): name for name in names if name}
    if not wanted:
        return {}
    missing = [Folder(workspace=workspace, name=name) for name in wanted.values()]
    Folder.objects.bulk_create(missing, ignore_conflicts=True)
    return {folder.name.lower(): folder.pk for folder in Folder.objects.filter(workspace=workspace)}


def _tag(workspace: Workspace, planned: Sequence[tuple[Row, Link]]) -> None:
    names = {name.lower(): name for row, _ in planned for name in row.tags}
    if not names:
        return
    missing = [Tag(workspace=workspace, name=name) for name in names.values()]
    Tag.objects.bulk_create(missing, ignore_conflicts=True)
    known = {tag.name.lower(): tag.pk for tag in Tag.objects.filter(workspace=workspace)}
    through = Link.tags.through
    pairs = {(link.pk, known[name.lower()]) for row, link in planned for name in row.tags}
    through.objects.bulk_create([through(link_id=link, tag_id=tag) for link, tag in sorted(pairs)])
