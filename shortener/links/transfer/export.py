"""Links as a file, in parts: memory does not grow with their number. An import of it makes the same links."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec
from django.db.models import Q, QuerySet

from shortener.links.models import Link

Format = Literal["csv", "json", "ndjson"]
CONTENT_TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8", "json": "application/json", "ndjson": "application/x-ndjson",
}  # fmt: skip
ROWS = 1000  # read, and written, at once
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets would run

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
        yield _csv([fields])
        for part in _parts(links, totals, with_hashes=with_hashes):
            yield _csv([_cell(name, record[name]) for name in fields] for record in part)
        return
    before, between, after = (b"[\n", b",\n", b"\n]\n") if format_ == "json" else (b"", b"\n", b"")
    yield before
    first = True
    for part in _parts(links, totals, with_hashes=with_hashes):
        yield (b"" if first else between) + between.join(_encode(record) for record in part)
        first = False
    yield after or (b"" if first else b"\n")


def record_of(link: Link, counted: int, *, with_hashes: bool = False) -> dict[str, Any]:
    """`link` as an import reads it."""
    use = getattr(link, "use", None)
    record = {
        "domain": link.domain.host,
        "url": link.destination,
        "tags": sorted(tag.name for tag in link.tags.all()),
        "folder": link.folder.name if link.folder else "",
        "clicks": link.imported_clicks + counted,
        "clicks_used": use.used if use else 0,
        "utm": {name.removeprefix("utm_"): value for name, value in link.utm.items()},
        "has_password": bool(link.password_hash),
        **{name: getattr(link, name) for name in SAME},
    }
    return record | {"password_hash": link.password_hash} if with_hashes else record


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith((*FORMULA, "'")) else text


def unguarded(text: str) -> str:
    """The reverse."""
    return text.removeprefix("'")


def _parts(links: QuerySet[Link], totals: Totals, *, with_hashes: bool) -> Iterator[list[dict[str, Any]]]:
    ordered = links.select_related("folder").order_by("created_at", "id")
    last: Link | None = None
    while True:
        found = list((_behind(ordered, last) if last else ordered)[:ROWS])
        if not found:
            return
        counted = totals([link.pk for link in found])
        yield [record_of(link, counted[link.pk].clicks, with_hashes=with_hashes) for link in found]
        last = found[-1]


def _behind(links: QuerySet[Link], last: Link) -> QuerySet[Link]:
    # The first condition is for the index: it begins there.
    later = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk)
    return links.filter(Q(created_at__gte=last.created_at) & later)


def _cell(name: str, value: Any) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if name == "tags":
        return guarded(", ".join(value))
    if isinstance(value, list | dict):
        return _encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    return guarded(value) if isinstance(value, str) else str(value)


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


_encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode
