"""Paging through links by cursor: the hundredth page costs what the first one costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.db.models import Q, QuerySet

from shortener.links.errors import LinkNotFound
from shortener.links.filters import is_led_by_a_tag
from shortener.links.models import Link
from shortener.links.queries import pick

PAGE_SIZE = 25  # links

Order = Literal["newest", "oldest", "changed", "clicks"]
ORDERS: Mapping[Order, str] = {
    "newest": "-created_at",
    "oldest": "created_at",
    "changed": "-updated_at",
    "clicks": "-ranked_clicks",
}


@dataclass(frozen=True)
class Page:
    """Links of one page, and the public IDs that its neighbours begin from; empty where there is none."""

    links: list[Link]
    newer_than: str
    older_than: str


def page_of(
    links: QuerySet[Link],
    everything: QuerySet[Link],
    *,
    after: str = "",
    before: str = "",
    order: Order = "newest",
) -> Page:
    """The page of `links` in `order` that comes after the link `after`, or ends before the link `before`, which are
    looked up in `everything` (a search need not contain them); the first page when there is neither. For the order by
    clicks both are `ranked`."""
    ordered = _Ordered(links, ORDERS[order])
    if before and (cursor := _cursor(everything, before)):
        found = list(ordered.before(cursor)[: PAGE_SIZE + 1])
        shown = found[:PAGE_SIZE][::-1]
        return Page(
            shown,
            newer_than=shown[0].public_id if len(found) > PAGE_SIZE else "",
            older_than=shown[-1].public_id if shown else "",
        )
    cursor = _cursor(everything, after) if after else None
    found = list((ordered.after(cursor) if cursor else ordered.all())[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Page(
        shown,
        newer_than=shown[0].public_id if cursor and shown else "",
        older_than=shown[-1].public_id if len(found) > PAGE_SIZE else "",
    )


class _Ordered:
    """Links by a column and, where that is the same, by their number, both up or (`-column`) both down."""

    def __init__(self, links: QuerySet[Link], order: str) -> None:
        self._links, self._value, self._down = links, order.lstrip("-"), order.startswith("-")
        self._column, self._number = self._value, "id"
        if self._value == "ranked_clicks":
            self._number = "ranked_number"
        elif is_led_by_a_tag(links):  # rows of a tag know the times: one of its indexes leads
            self._column, self._number = f"tagged_{self._value}", "tagged_number"

    def all(self) -> QuerySet[Link]:
        return self._sorted(down=self._down)

    def after(self, cursor: Link) -> QuerySet[Link]:
        return self._sorted(down=self._down).filter(self._beyond(cursor, "lt" if self._down else "gt"))

    def before(self, cursor: Link) -> QuerySet[Link]:
        """Those before it, the nearest first."""
        return self._sorted(down=not self._down).filter(self._beyond(cursor, "gt" if self._down else "lt"))

    def _sorted(self, *, down: bool) -> QuerySet[Link]:
        return self._links.order_by(*(f"{'-' * down}{column}" for column in (self._column, self._number)))

    def _beyond(self, cursor: Link, way: str) -> Q:
        value = getattr(cursor, self._value)
        # The first condition says nothing new: it is what an index on the column is entered by.
        return Q(**{f"{self._column}__{way}e": value}) & (
            Q(**{f"{self._column}__{way}": value}) | Q(**{self._column: value, f"{self._number}__{way}": cursor.pk})
        )


def _cursor(links: QuerySet[Link], link_id: str) -> Link | None:
    try:
        return pick(links, link_id)
    except LinkNotFound:
        return None  # deleted in the meantime: start again at the top
