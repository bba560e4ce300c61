"""Statistics, from the rollups alone: a page costs the same for ten clicks and for ten million."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Sum

from shortener.clicks.models import DailyClicks, Dimension, DimensionClicks, LinkTotal

TOP = 10  # values shown of each dimension
COUNTED = ("clicks", "visitors", "bots", "others")
_SUMS = {f"sum_{name}": Sum(name) for name in COUNTED}  # over the slots of the writers


@dataclass(frozen=True)
class Totals:
    """Clicks of people, unique visitors (summed over days), bots, and other requests (prefetches, HEAD)."""

    clicks: int = 0
    visitors: int = 0
    bots: int = 0
    others: int = 0


@dataclass(frozen=True)
class Point:
    """One day (UTC) of a series."""

    day: date
    clicks: int = 0
    visitors: int = 0
    bots: int = 0


@dataclass(frozen=True)
class Slice:
    """One value of a dimension; the empty value is "unknown"."""

    value: str
    clicks: int


@dataclass(frozen=True)
class LinkStats:
    """Everything the stats page of a link shows."""

    totals: Totals
    series: list[Point]
    dimensions: dict[str, list[Slice]]


def link_stats(link_id: int, *, days: int = 30, today: date | None = None) -> LinkStats:
    """Statistics of the last `days` days (UTC), today included; the series has a point for each of them."""
    today = today or datetime.now(UTC).date()
    first = today - timedelta(days - 1)
    by_day = _daily(link_id, first, today)
    every_day = [first + timedelta(offset) for offset in range(days)]
    series = [
        Point(day, counts.clicks, counts.visitors, counts.bots)
        for day, counts in ((day, by_day.get(day, Totals())) for day in every_day)
    ]
    totals = Totals(*(sum(getattr(day, name) for day in by_day.values()) for name in COUNTED))
    return LinkStats(totals, series, _dimensions(link_id, first, today))


def totals_of(link_ids: Iterable[int]) -> dict[int, Totals]:
    """All-time totals by link ID, in one query; zeros for links that were never followed."""
    ids = list(link_ids)
    rows = LinkTotal.objects.filter(link_id__in=ids).values("link_id").annotate(**_SUMS)
    found = {row["link_id"]: _totals(row) for row in rows}
    return {number: found.get(number, Totals()) for number in ids}


def _daily(link_id: int, first: date, last: date) -> dict[date, Totals]:
    rows = DailyClicks.objects.filter(link_id=link_id, day__range=(first, last)).values("day").annotate(**_SUMS)
    return {row["day"]: _totals(row) for row in rows}


def _totals(row: Mapping[str, Any]) -> Totals:
    return Totals(*(row[f"sum_{name}"] for name in COUNTED))


def _dimensions(link_id: int, first: date, last: date) -> dict[str, list[Slice]]:
    rows = (
        DimensionClicks.objects.filter(link_id=link_id, day__range=(first, last))
        .values("dimension", "value")
        .annotate(total=Sum("clicks"))
        .order_by("-total", "value")
    )
    slices: defaultdict[int, list[Slice]] = defaultdict(list)
    for row in rows:
        if len(slices[row["dimension"]]) < TOP:
            slices[row["dimension"]].append(Slice(row["value"], row["total"]))
    return {dimension.label: slices[dimension] for dimension in Dimension}
