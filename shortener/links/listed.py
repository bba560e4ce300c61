"""Links of a list, to be shown: one statement reads all that is said of them, and no models are made.

Making a model of each link, of its domain and of whoever made it, and asking for tags by another statement, took most
of the time of a page.
"""

from datetime import datetime
from typing import Any

import msgspec
import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from shortener.infra.public_id import encode
from shortener.links.models import Link

COLUMNS = (
    "slug", "destination", "status", "title", "created_via", "created_at", "updated_at", "active_from", "active_until",
    "click_limit", "password_hash", "expired_url", "forward_query", "forward_path", "ios_url", "android_url", "notice",
    "card_title", "card_description", "card_image", "folder_id", "external_id", "public_stats", "imported_clicks",
    "archived_at", "disabled_at", "disabled_reason",
)  # fmt: skip
DOCUMENTS = ("rules", "utm")  # JSON
# What is looked up for each link alone is not joined: the planner thinks about joins longer than they take.
ROWS = f"""
SELECT page.pk, page.place_value, {", ".join(f"link.{name}" for name in COLUMNS)},
    {", ".join(f"link.{name}::text" for name in DOCUMENTS)},
    (SELECT host FROM links_domain WHERE id = link.domain_id) AS host,
    (SELECT email FROM accounts_user WHERE id = link.created_by_id) AS creator,
    (SELECT used FROM links_linkuse WHERE link_id = link.id) AS used,
    ARRAY(SELECT name FROM links_link_tags JOIN links_tag ON links_tag.id = tag_id WHERE link_id = link.id) AS names
FROM (SELECT *, row_number() OVER () AS place FROM ({{page}}) AS found (pk, place_value)) AS page
JOIN links_link AS link ON link.id = page.pk ORDER BY page.place
"""  # noqa: S608  names of columns
NAMES = ("pk", "place", *COLUMNS, *DOCUMENTS, "host", "creator", "used", "names")
# psycopg's own, in C; that of Django does the same in Python.
MOMENTS = psycopg.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, psycopg.pq.Format.TEXT)

_decode = msgspec.json.Decoder().decode


class ListedLink:
    """A row of a list: columns of the link under their names, and what is said beside them."""

    pk: int
    place: Any  # the value by which the list is sorted
    slug: str
    destination: str
    active_from: datetime | None
    active_until: datetime | None
    click_limit: int | None
    password_hash: str
    rules: list[Any]
    utm: dict[str, str]
    folder_id: int | None
    archived_at: datetime | None
    disabled_at: datetime | None
    host: str
    creator: str | None  # e-mail address
    used: int | None  # of the click limit
    names: list[str]  # of tags, in no order

    def __init__(self, row: tuple[Any, ...]) -> None:
        kept = self.__dict__
        kept.update(zip(NAMES, row, strict=True))
        for name in DOCUMENTS:
            kept[name] = _decode(kept[name])

    @property
    def public_id(self) -> str:
        """The ID that pages and API show."""
        return encode("link", self.pk)


def listed(links: QuerySet[Link], sorted_by: str) -> list[ListedLink]:
    """The links of a page, `links` in their order, which is that of `sorted_by`."""
    try:
        page, parameters = links.values_list("pk", sorted_by).query.sql_with_params()
    except EmptyResultSet:  # nothing can be among them
        return []
    with connection.cursor() as cursor:
        cursor.cursor.adapters.register_loader("timestamptz", MOMENTS)
        cursor.execute(ROWS.format(page=page), parameters)
        return [ListedLink(row) for row in cursor.fetchall()]
