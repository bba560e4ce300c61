"""Links as a file, in parts: memory does not grow with their number. An import of it makes the same links."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec
from django.db.models import Q, QuerySet

from shortener.infra import csv_files
from shortener.links.listed import ListedLink, listed
from shortener.links.models import Folder, Link

Format = Literal["csv", "json", "ndjson"]
CONTENT_TYPES: Mapping[str, str] = {
    "csv": csv_files.CONTENT_TYPE, "json": "application/json", "ndjson": "application/x-ndjson",
}  # fmt: skip
ROWS = 1000  # read, and written, at once

SAME = (
    "slug", "title", "created_at", "status", "active_from", "active_until", "click_limit", "expired_url",
    "archived_at", "external_id", "forward_query", "forward_path", "rules", "notice", "public_stats", "ios_url",
    "android_url", "card_title", "card_description", "card_image", "disabled_at", "disabled_reason",
)  # fmt: skip
FIELDS = ("domain", "url", "tags", "folder", "clicks", "clicks_used", "utm", "has_password", *SAME, "password_hash")


class Counted(Protocol):
    """What was counted of a link here."""

    @property
    def clicks(self) -> int:
        """Of people, from its beginning."""


Totals = Callable[[Iterable[int]], Mapping[int, Counted]]


def export(links: QuerySet[Link], format_: Format, totals: Totals, *, with_hashes: bool = False) -> Iterator[bytes]:
    """The file, oldest link first. `totals`: what was counted of links (`clicks.stats.totals_of`). `with_hashes` adds
    the hashes of passwords: for whoever runs the site."""
    fields = FIELDS if with_hashes else FIELDS[:-1]
    if format_ == "csv":
        yield csv_files.as_csv([fields])
        for part in _parts(links, totals, with_hashes=with_hashes):
            yield csv_files.as_csv([_cell(name, record[name]) for name in fields] for record in part)
        return
    before, between, after = (b"[\n", b",\n", b"\n]\n") if format_ == "json" else (b"", b"\n", b"")
    yield before
    first = True
    for part in _parts(links, totals, with_hashes=with_hashes):
        yield (b"" if first else between) + between.join(_encode(record) for record in part)
        first = False
    yield after or (b"" if first else b"\n")


def record_of(link: ListedLink, folder: str, counted: int, *, with_hashes: bool = False) -> dict[str, Any]:
    """`link` as an import reads it."""
    columns = vars(link)
    record = {
        "domain": link.host,
        "url": link.destination,
        "tags": sorted(link.names),
        "folder": folder,
        "clicks": columns["imported_clicks"] + counted,
        "clicks_used": link.used or 0,
        "utm": {name.removeprefix("utm_"): value for name, value in link.utm.items()},
        "has_password": bool(link.password_hash),
        **{name: columns[name] for name in SAME},
    }
    return record | {"password_hash": link.password_hash} if with_hashes else record


def _parts(links: QuerySet[Link], totals: Totals, *, with_hashes: bool) -> Iterator[list[dict[str, Any]]]:
    ordered = links.order_by("created_at", "id")
    folders: dict[int | None, str] = {}  # names by number
    last: ListedLink | None = None
    while found := listed((_behind(ordered, last) if last else ordered)[:ROWS], "created_at"):
        counted = totals([link.pk for link in found])
        unknown = {link.folder_id for link in found if link.folder_id} - folders.keys()
        folders |= Folder.objects.filter(pk__in=unknown).values_list("pk", "name")
        yield [
            record_of(link, folders.get(link.folder_id, ""), counted[link.pk].clicks, with_hashes=with_hashes)
            for link in found
        ]
        last = found[-1]


def _behind(links: QuerySet[Link], last: ListedLink) -> QuerySet[Link]:
    # The first condition is for the index: it begins there.
    later = Q(created_at__gt=last.place) | Q(created_at=last.place, pk__gt=last.pk)
    return links.filter(Q(created_at__gte=last.place) & later)


def _cell(name: str, value: Any) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if name == "tags":
        return ", ".join(value)
    if isinstance(value, list | dict):
        return _encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else str(value)


_encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode
