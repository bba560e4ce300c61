"""Paging through links by cursor: the hundredth page costs what the first one costs."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from shortener.links.errors import LinkNotFound
from shortener.links.models import Link
from shortener.links.queries import pick

PAGE_SIZE = 25  # links


@dataclass(frozen=True)
class Page:
    """Links of one page, and the public IDs that its neighbours begin from; empty where there is none."""

    links: list[Link]
    newer_than: str
    older_than: str


def page_of(links: QuerySet[Link], everything: QuerySet[Link], *, after: str = "", before: str = "") -> Page:
    """The page of `links` (newest first) that is older than the link `after`, or newer than the link `before`, which
    are looked up in `everything` (a search need not contain them); the first page when there is neither."""
    if before and (cursor := _cursor(everything, before)):
        return _newer(links, cursor)
    cursor = _cursor(everything, after) if after else None
    found = list((_older_than(links, cursor) if cursor else links)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Page(
        shown,
        newer_than=shown[0].public_id if cursor and shown else "",
        older_than=shown[-1].public_id if len(found) > PAGE_SIZE else "",
    )


def _newer(links: QuerySet[Link], cursor: Link) -> Page:
    newer = Q(created_at__gt=cursor.created_at) | Q(created_at=cursor.created_at, pk__gt=cursor.pk)
    found = list(links.filter(newer).order_by("created_at", "id")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE][::-1]
    return Page(
        shown,
        newer_than=shown[0].public_id if len(found) > PAGE_SIZE else "",
        older_than=shown[-1].public_id if shown else "",
    )


def _older_than(links: QuerySet[Link], cursor: Link) -> QuerySet[Link]:
    return links.filter(Q(created_at__lt=cursor.created_at) | Q(created_at=cursor.created_at, pk__lt=cursor.pk))


def _cursor(links: QuerySet[Link], link_id: str) -> Link | None:
    try:
        return pick(links, link_id)
    except LinkNotFound:
        return None  # deleted in the meantime: start again at the top
