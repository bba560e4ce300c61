"""Writes new links, one or a thousand at once, in one statement.

The unique indexes decide who gets a name: rows that meet one are left out by `ON CONFLICT DO NOTHING`, so that nothing
has to be rolled back to go on. Rows travel as one JSON document, which costs the same for every number of columns.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.infra.errors import Conflict
from shortener.links import ids, slugs
from shortener.links.drafts import Draft
from shortener.links.errors import LinkError
from shortener.links.models import Link, Tag
from shortener.links.signals import links_changed

_defaults = {name: value for name, value in vars(Link()).items() if not name.startswith("_")}
_columns = list(_defaults)

# The notes make sure that Redis hears of every link, even if this process dies.
INSERT = f"""
WITH made AS (
    INSERT INTO links_link ({", ".join(_columns)})
    SELECT {", ".join(_columns)} FROM json_populate_recordset(NULL::links_link, %s::json)
    ON CONFLICT DO NOTHING RETURNING id, domain_id, slug
), noted AS (INSERT INTO links_publication (domain_id, slug) SELECT domain_id, slug FROM made)
SELECT id FROM made
"""  # noqa: S608  names of columns
MAKE_TAGS = """
INSERT INTO links_tag (workspace_id, name) SELECT %s, name FROM unnest(%s::text[]) AS name
ON CONFLICT (workspace_id, lower(name)) DO NOTHING
"""
FIND_TAGS = "SELECT id, name FROM links_tag WHERE workspace_id = %s AND lower(name) = ANY(%s::text[])"
ADD_TAGS = """
INSERT INTO links_link_tags (link_id, tag_id) SELECT * FROM unnest(%s::bigint[], %s::bigint[])
ON CONFLICT DO NOTHING
"""


def make_links(workspace: Workspace, drafts: Sequence[Draft], by: Actor) -> list[Link | LinkError]:
    """Insert links as `drafts` say, within the caller's transaction; for each the link, or what stands in its way.
    Raises `Conflict` when `workspace` has no room for them. Redirects hear of them after the commit."""
    check_room(workspace, len(drafts))
    now = timezone.now()
    links = [_link(workspace, draft, by, now) for draft in drafts]
    problems = _insert(links, drafts)
    made = {place: link for place, link in enumerate(links) if place not in problems}
    tag_links([(link, drafts[place].tags) for place, link in made.items()], workspace)
    publish(made.values())
    return [problems.get(place) or link for place, link in enumerate(links)]


def check_room(workspace: Workspace, count: int) -> None:
    """Raise `Conflict` when `workspace` may not have `count` links more. Holds its row until the transaction ends, so
    that two at once do not take the same room."""
    if workspace.link_limit is None:
        return
    limit = Workspace.objects.select_for_update(no_key=True).values_list("link_limit", flat=True).get(pk=workspace.pk)
    there_are = Link.objects.filter(workspace=workspace, deleted_at=None).order_by()[: (limit or 0) + 1].count()
    if limit is not None and there_are + count > limit:
        words = _("This workspace has %(have)d of %(most)d links: there is no room for %(more)d more.")
        raise Conflict("link_limit", words % {"have": there_are, "most": limit, "more": count})


def publish(links: Iterable[Link]) -> None:
    """Tell the redirect engine, once the changes are committed."""
    keys = [(link.domain_id, link.slug) for link in links]
    if keys:
        transaction.on_commit(lambda: links_changed.send(Link, keys=keys))


def tag_links(wanted: Iterable[tuple[Link, Sequence[str]]], workspace: Workspace) -> None:
    """Add tags to links (compared without case, made where they do not exist yet)."""
    pairs = list(wanted)
    tags = tags_named({name for _link, names in pairs for name in names}, workspace)
    if tags:
        rows = [(link.pk, tags[name.lower()].pk) for link, names in pairs for name in names]
        with connection.cursor() as cursor:
            cursor.execute(ADD_TAGS, [[link for link, _tag in rows], [tag for _link, tag in rows]])
    for link, names in pairs:
        remember_tags(link, [tags[name.lower()] for name in names])


def tags_named(names: Iterable[str], workspace: Workspace) -> dict[str, Tag]:
    """The tags of `workspace` with these names, by their names in lower case; made where they do not exist yet."""
    # In the order of their names: two that make the same tags wait for each other, and never in a circle.
    wanted = dict(sorted((name.lower(), name) for name in names))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(MAKE_TAGS, [workspace.pk, list(wanted.values())])
        cursor.execute(FIND_TAGS, [workspace.pk, list(wanted)])
        return {name.lower(): Tag(id=number, workspace=workspace, name=name) for number, name in cursor.fetchall()}


def remember_tags(link: Link, tags: list[Tag]) -> None:
    """Let `link.tags.all()` be `tags`, as if they had been fetched with it."""
    link.__dict__.setdefault("_prefetched_objects_cache", {})["tags"] = _Fetched(tags)


class _Fetched(list[Tag]):
    """What `prefetch_related` leaves, as far as it is asked."""

    def all(self) -> list[Tag]:
        return self


def _link(workspace: Workspace, draft: Draft, by: Actor, now: datetime) -> Link:
    """What `Link(…)` makes, in a third of the time: a thousand of them are noticed."""
    columns = {
        **_defaults, "rules": [], "utm": {}, "created_at": now, "updated_at": now, "slug": draft.slug,
        "created_via": str(by.via), **draft.columns,
    }  # fmt: skip
    link = Link.from_db("default", _columns, [columns[name] for name in _columns])
    for name, related in (("created_by", by.user), ("created_with", by.api_key)):
        setattr(link, name, related)
    link.workspace, link.domain = workspace, draft.domain
    return link


def _insert(links: Sequence[Link], drafts: Sequence[Draft]) -> dict[int, LinkError]:
    """Insert `links` under the next free IDs; by place, what stands in the way of those that could not be. A generated
    slug that is taken (by a chosen one, or by a link of a restored backup) costs an ID."""
    problems: dict[int, LinkError] = {}
    waiting = dict(enumerate(zip(links, drafts, strict=True)))
    while waiting:
        _name(waiting.values())
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [_rows(link for link, _draft in waiting.values())])
            made = {number for (number,) in cursor.fetchall()}
        waiting = {place: pair for place, pair in waiting.items() if pair[0].pk not in made}
        if waiting:
            problems |= _what_is_taken(waiting)
            waiting = {place: pair for place, pair in waiting.items() if place not in problems}
    return problems


def _name(pairs: Iterable[tuple[Link, Draft]]) -> None:
    """Give links their IDs, and the slugs that follow from them."""
    unnamed = list(pairs)
    while unnamed:
        for (link, draft), number in zip(unnamed, ids.take(len(unnamed)), strict=True):
            link.id = number
            link.slug = draft.slug or slugs.generated_slug(number, draft.domain) or ""
        unnamed = [pair for pair in unnamed if not pair[0].slug]  # its letters spelt a reserved word


def _what_is_taken(refused: Mapping[int, tuple[Link, Draft]]) -> dict[int, LinkError]:
    """Of links that were left out, by place: which of the names that somebody chose belongs to another."""
    links = [link for link, _draft in refused.values()]
    workspace = links[0].workspace_id
    names = [link.external_id for link in links if link.external_id]
    there = Link.objects.filter(workspace=workspace, external_id__in=names, deleted_at=None) if names else None
    external_ids = set(there.values_list("external_id", flat=True)) if there is not None else set()
    chosen = [draft.slug for _link, draft in refused.values() if draft.slug]
    taken = set(Link.objects.filter(slug__in=chosen).values_list("domain_id", "slug")) if chosen else set()
    problems: dict[int, LinkError] = {}
    for place, (link, draft) in refused.items():
        errors: dict[str, list[str]] = {}
        if link.external_id in external_ids:
            errors["external_id"] = [_("Another link has this external ID already.")]
        if (link.domain_id, draft.slug) in taken:
            errors["slug"] = [_("“%(slug)s” is taken. Choose another name.") % {"slug": draft.slug}]
        if errors:
            problems[place] = LinkError(errors)
    return problems


def _rows(links: Iterable[Link]) -> str:
    return _encode([{name: link.__dict__[name] for name in _columns} for link in links]).decode()


_encode = msgspec.json.Encoder(enc_hook=str).encode
