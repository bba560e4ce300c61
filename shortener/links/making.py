"""Writes new links, one or a thousand at once, in one statement.

The unique indexes decide who gets a name: rows that meet one are left out by `ON CONFLICT DO NOTHING`, so that nothing
has to be rolled back to go on. Rows travel as JSON, what all of them have in common once: of 36 columns, a thousand
links mostly differ in three. The statement writes all that belongs to them, so that a single link needs no transaction
around it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext

import msgspec
from django.db import connection, transaction
from django.db.models.base import ModelState
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.infra.errors import Conflict
from shortener.infra.postgres.preparing import preparing_cursor
from shortener.links import ids, slugs
from shortener.links.drafts import Draft
from shortener.links.errors import LinkError
from shortener.links.models import Link, Tag
from shortener.links.signals import links_changed

_defaults = {name: value for name, value in vars(Link()).items() if not name.startswith("_")}
_columns = list(_defaults)

# Notes make sure that Redis hears of every link, even if this process dies; an event needs a link to tell of.
INSERT = f"""
WITH made AS (
    INSERT INTO links_link ({", ".join(_columns)})
    SELECT {", ".join(_columns)}
    FROM json_populate_recordset(json_populate_record(NULL::links_link, %s::json), %s::json)
    ON CONFLICT DO NOTHING RETURNING id, domain_id, slug
), noted AS (
    INSERT INTO links_publication (domain_id, slug) SELECT domain_id, slug FROM made RETURNING id, domain_id, slug
), told AS ({audit.INSERT} WHERE EXISTS (SELECT FROM made))
SELECT made.id, noted.id FROM made JOIN noted USING (domain_id, slug)
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


def make_link(workspace: Workspace, draft: Draft, by: Actor) -> Link:
    """Insert a link as `draft` says, and its event in the audit trail. Raises `LinkError` when a name is taken, and
    `Conflict` when `workspace` has no room for it. Redirects hear of it after the commit."""

    def told(links: Iterable[Link]) -> str:
        return audit.events(
            by, "link.created", [(link.public_id, str(link), {}) for link in links], workspace=workspace
        )

    is_one_statement = not draft.tags and workspace.link_limit is None
    with nullcontext() if is_one_statement else transaction.atomic():
        [made] = _make(workspace, [draft], by, told)
        if isinstance(made, LinkError):
            raise made
    return made


def make_links(workspace: Workspace, drafts: Sequence[Draft], by: Actor) -> list[Link | LinkError]:
    """Insert links as `drafts` say, within the caller's transaction; for each the link, or what stands in its way. The
    caller notes in the audit trail what it did. Raises `Conflict` when `workspace` has no room for them. Redirects hear
    of them after the commit."""
    return _make(workspace, drafts, by, lambda _links: audit.NO_EVENTS)


def _make(
    workspace: Workspace, drafts: Sequence[Draft], by: Actor, told: Callable[[Iterable[Link]], str]
) -> list[Link | LinkError]:
    """The same. `told`: what `audit.INSERT` takes, of links that are about to be inserted."""
    check_room(workspace, len(drafts))
    links = _links(workspace, drafts, by)
    problems, notes = _insert(links, drafts, told)
    made = {place: link for place, link in enumerate(links) if place not in problems}
    tag_links([(link, drafts[place].tags) for place, link in made.items()], workspace)
    publish(list(made.values()), notes)
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


def publish(links: Sequence[Link], notes: Sequence[int] | None = None) -> None:
    """Tell the redirect engine, once the changes are committed. `notes`: of links that have just been made, which are
    as they are here, the IDs of the notes that say so."""
    keys = [(link.domain_id, link.slug) for link in links]
    made = {} if notes is None else {"made": links, "notes": notes}
    if keys:
        transaction.on_commit(lambda: links_changed.send(Link, keys=keys, **made))


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


def _links(workspace: Workspace, drafts: Iterable[Draft], by: Actor) -> list[Link]:
    """What `Link(…)` makes of each draft, in a fraction of the time: a thousand of them are noticed. Columns and
    related objects are put where Django keeps them, past the descriptors of the fields."""
    now = timezone.now()
    related = {"workspace": workspace, "created_by": by.user, "created_with": by.api_key}
    columns = _defaults | {
        "created_at": now, "updated_at": now, "created_via": str(by.via), "workspace_id": workspace.pk,
        "created_by_id": by.user and by.user.pk, "created_with_id": by.api_key and by.api_key.pk,
    }  # fmt: skip
    links = []
    for draft in drafts:
        state = ModelState()
        state.db, state.adding = "default", False
        state.fields_cache = {**related, "domain": draft.domain}
        link = Link.__new__(Link)
        link.__dict__ = {
            **columns, "_state": state, "slug": draft.slug, "domain_id": draft.domain.pk, "rules": [], "utm": {},
            **draft.columns,
        }  # fmt: skip
        links.append(link)
    return links


def _insert(
    links: Sequence[Link], drafts: Sequence[Draft], told: Callable[[Iterable[Link]], str]
) -> tuple[dict[int, LinkError], list[int]]:
    """Insert `links` under the next free IDs; by place, what stands in the way of those that could not be, and the IDs
    of the notes of the others. A generated slug that is taken (by a chosen one, or by a link of a restored backup)
    costs an ID."""
    problems: dict[int, LinkError] = {}
    notes: list[int] = []
    waiting = dict(enumerate(zip(links, drafts, strict=True)))
    while waiting:
        _name(waiting.values())
        trying = [link for link, _draft in waiting.values()]
        with preparing_cursor() as cursor:
            cursor.execute(INSERT, [*_rows(trying), told(trying)])
            made = dict(cursor.fetchall())
        notes += made.values()
        waiting = {place: pair for place, pair in waiting.items() if pair[0].pk not in made}
        if waiting:
            problems |= _what_is_taken(waiting)
            waiting = {place: pair for place, pair in waiting.items() if place not in problems}
    return problems, notes


def _name(pairs: Iterable[tuple[Link, Draft]]) -> None:
    """Give links their IDs, and the slugs that follow from them."""
    unnamed = list(pairs)
    while unnamed:
        for (link, draft), number in zip(unnamed, ids.take(len(unnamed)), strict=True):
            link.id = number
            link.__dict__.pop("public_id", None)  # of a number that it could not have
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


def _rows(links: Iterable[Link]) -> tuple[str, str]:
    """What `INSERT` takes: the columns that are the same in all `links`, and for each link the others."""
    rows = [link.__dict__ for link in links]
    own = [name for name in _columns if (values := [row[name] for row in rows]).count(values[0]) < len(values)]
    common = {name: rows[0][name] for name in _columns if name not in own}
    return _encode(common).decode(), _encode([{name: row[name] for name in own} for row in rows]).decode()


_encode = msgspec.json.Encoder(enc_hook=str).encode
