"""Raw clicks as files, streamed: memory does not grow with their number. Nothing in them points to a visitor."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from django.conf import settings

from shortener.clicks.models import Kind
from shortener.infra import csv_files, public_id
from shortener.infra.stores import autonomous_connection

Format = Literal["csv", "ndjson"]
CONTENT_TYPES: dict[Format, str] = {"csv": csv_files.CONTENT_TYPE, "ndjson": "application/x-ndjson"}
ROWS = 2_000  # fetched, and written, at once
KINDS = {Kind.HUMAN: "click", Kind.BOT: "bot", Kind.PREFETCH: "prefetch", Kind.HEAD: "head"}

TEXTS = (
    "referrer", "source", "country", "region", "city", "browser", "os", "device", "language", "utm_source",
    "utm_medium", "utm_campaign", "utm_term", "utm_content", "destination", "channel",
)  # fmt: skip
FIELDS = ("clicked_at", "link_id", "short_url", "kind", *TEXTS)

SELECT = f"""
SELECT click.clicked_at, click.link_id, domain.host, link.slug, click.kind, {", ".join(f"click.{n}" for n in TEXTS)}
FROM clicks_click AS click
LEFT JOIN links_link AS link ON link.id = click.link_id
LEFT JOIN links_domain AS domain ON domain.id = link.domain_id
WHERE {{conditions}} ORDER BY click.clicked_at, click.batch_id, click.position
"""  # noqa: S608  the names above


@dataclass(frozen=True)
class Selection:
    """Which clicks: of a workspace, or of some of its links (by ID), from `start` up to `end` (excluded)."""

    workspace_id: int
    link_ids: Sequence[int] | None = None
    start: datetime | None = None
    end: datetime | None = None


def export(selection: Selection, format_: Format) -> Iterator[bytes]:
    """The file, in parts. Holds a connection of its own until it is read to the end or closed."""
    write = csv_files.as_csv if format_ == "csv" else _ndjson
    if format_ == "csv":
        yield write([FIELDS])
    rows = map(_shown, _rows(selection))
    while part := list(islice(rows, ROWS)):
        yield write(part)


def _rows(selection: Selection) -> Iterator[tuple[Any, ...]]:
    conditions, values = _conditions(selection)
    with (
        autonomous_connection() as connection,
        connection.transaction(),
        connection.cursor(name="export") as cursor,
    ):
        cursor.itersize = ROWS
        cursor.execute(SELECT.format(conditions=" AND ".join(conditions)).encode(), values)
        yield from cursor


def _conditions(selection: Selection) -> tuple[list[str], dict[str, Any]]:
    conditions = ["click.workspace_id = %(workspace)s"]
    values: dict[str, Any] = {"workspace": selection.workspace_id}
    wanted: tuple[tuple[str, str, Any], ...] = (
        ("link_ids", "click.link_id = ANY(%(link_ids)s::bigint[])", selection.link_ids),
        ("start", "click.clicked_at >= %(start)s", selection.start),
        ("end", "click.clicked_at < %(end)s", selection.end),
    )
    for name, condition, value in wanted:
        if value is not None:
            conditions.append(condition)
            values[name] = list(value) if name == "link_ids" else value
    return conditions, values


def _shown(row: tuple[Any, ...]) -> tuple[Any, ...]:
    at, link_id, host, slug, kind, *texts = row
    short_url = f"{urlsplit(settings.BASE_URL).scheme}://{host}/{slug}" if host else ""
    moment = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return (moment, public_id.encode("link", link_id), short_url, KINDS[kind], *texts)


_encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode


def _ndjson(rows: Iterable[Sequence[str]]) -> bytes:
    return b"".join(_encode(dict(zip(FIELDS, row, strict=True))) + b"\n" for row in rows)
