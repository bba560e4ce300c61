"""Raw clicks that have certain values: what a filter is in SQL, and how long it may take."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from shortener.clicks.figures import Filters, Span
from shortener.clicks.models import Dimension, Scope

FILTER_TIMEOUT = 10_000  # milliseconds for a query over raw clicks

SCOPE_COLUMNS = {
    Scope.LINK: "click.link_id",
    Scope.DOMAIN: "click.domain_id",
    Scope.WORKSPACE: "click.workspace_id",
    Scope.SITE: "(0 * click.kind)",  # always the ID of the site
}
LOCATED = "CASE WHEN {0} <> '' AND click.country <> '' THEN {0} || ', ' || click.country ELSE {0} END"
COLUMNS = {
    Dimension.REFERRER: "click.referrer",
    Dimension.COUNTRY: "click.country",
    Dimension.BROWSER: "click.browser",
    Dimension.OS: "click.os",
    Dimension.DEVICE: "click.device",
    Dimension.LANGUAGE: "click.language",
    Dimension.SOURCE: "click.source",
    Dimension.REGION: LOCATED.format("click.region"),
    Dimension.CITY: LOCATED.format("click.city"),
    Dimension.UTM_SOURCE: "click.utm_source",
    Dimension.UTM_MEDIUM: "click.utm_medium",
    Dimension.UTM_CAMPAIGN: "click.utm_campaign",
    Dimension.UTM_TERM: "click.utm_term",
    Dimension.UTM_CONTENT: "click.utm_content",
    Dimension.DESTINATION: "click.destination",
    Dimension.CHANNEL: "click.channel",
    Dimension.LINK: "click.link_id::text",
}


def filter_sql(filters: Filters) -> tuple[str, dict[str, Any]]:
    """A condition on `click`, and the values in it."""
    conditions = ["true"]
    values: dict[str, Any] = {}
    for dimension, wanted in filters.items():
        name = f"filter{dimension.value}"
        if dimension == Dimension.LINK:
            conditions.append(f"click.link_id = ANY(%({name})s::bigint[])")
            values[name] = [int(value) for value in wanted]
        else:
            conditions.append(f"{COLUMNS[dimension]} = ANY(%({name})s::text[])")
            values[name] = sorted(wanted)
    return " AND ".join(conditions), values


def within(spans: Sequence[Span]) -> tuple[str, dict[str, datetime]]:
    """The condition that a click lies in one of `spans`, and the values in it."""
    parts = [f"click.clicked_at >= %(from{n})s AND click.clicked_at < %(to{n})s" for n in range(len(spans))]
    values = {f"from{n}": start for n, (start, _end) in enumerate(spans)}
    return " OR ".join(parts) or "false", values | {f"to{n}": end for n, (_start, end) in enumerate(spans)}


def grouped_columns(by: Sequence[Dimension]) -> dict[str, str]:
    """All dimensions in one pass: each of the grouping sets that are one of the columns `names` leaves that one
    not null, and `numbers` says by their mask which dimension it is."""
    masks = {2 ** len(by) - 1 - 2**place: dimension.value for place, dimension in enumerate(reversed(by))}
    return {
        "names": ", ".join(f"v{dimension.value}" for dimension in by),
        "numbers": " ".join(f"WHEN {mask} THEN {number}" for mask, number in masks.items()),
        "columns": ", ".join(f"{COLUMNS[dimension]} AS v{dimension.value}" for dimension in by),
    }


def rows_of(query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
