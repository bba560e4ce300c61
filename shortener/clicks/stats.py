"""Statistics. A page costs the same for ten clicks and for ten million: it is read from the rollups.

Series and totals come from quarters of an hour, so that they are exact in every time zone; breakdowns come from days
(UTC), and from the raw clicks of the hours by which a day elsewhere begins earlier or later. Filters need the clicks
themselves, as far back as those are kept, and have a time limit; what they find of a day is kept (`filtered`).
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Sum

from shortener.clicks import filters as filtering
from shortener.clicks.breakdowns import breakdown
from shortener.clicks.figures import COUNTED, Counted, Filters, Point, Slice, Stats, StatsTooWide, Subject, Totals
from shortener.clicks.filtered import NOTHING, Question
from shortener.clicks.models import DailyClicks, Dimension, LinkTotal, Scope
from shortener.clicks.periods import Period, last_days
from shortener.clicks.series import counted, counted_with
from shortener.infra.time_limits import time_limit

TOP = 10  # values shown of each dimension
_SUMS = {f"sum_{name}": Sum(name) for name in COUNTED}  # over the slots of the writers

__all__ = [
    "TOP", "Counted", "Filters", "Point", "Question", "Slice", "Stats", "StatsTooWide", "Subject", "Totals", "busiest",
    "clicks_since", "first_day", "link_stats", "sparklines", "stats", "totals_of",
]  # fmt: skip


def stats(
    subject: Subject,
    period: Period,
    *,
    filters: Filters | None = None,
    compare: bool = False,
    top: int = TOP,
    by: Sequence[Dimension] = tuple(Dimension),
    question: Question | None = None,
) -> Stats:
    """Statistics of `subject` in `period`, of the clicks that have one of the values that `filters` names for each of
    its dimensions; with `compare`, also the counts of the period before. `by`: the dimensions that they are broken
    down by. `question`: the same, if somebody has looked at it already. Raises `StatsTooWide`."""
    question = question or (Question(subject, period, filters, compare, by) if filters else None)
    held = question.answered() if question else NOTHING
    limit = time_limit(filtering.FILTER_TIMEOUT, StatsTooWide()) if filters else nullcontext()
    with limit:
        if filters:
            now, before = counted_with(subject, period, filters, held, compare=compare)
        else:
            now, before = counted(subject, period), counted(subject, period.previous) if compare else None
        dimensions, is_rounded = breakdown(subject, period, filters, held, top, by) if by else ({}, False)
    return Stats(now.totals, now.series, period, dimensions, is_rounded, before)


def link_stats(link_id: int, *, days: int = 30, now: datetime | None = None) -> Stats:
    """Statistics of a link in the last `days` days (UTC), today included."""
    return stats(Subject(Scope.LINK, link_id), last_days(days, now=now))


def first_day(subject: Subject) -> date | None:
    """The day (UTC) of its first click of any kind; None when there is none."""
    days = DailyClicks.objects.filter(scope=subject.scope, scope_id=subject.scope_id)
    return days.order_by("day").values_list("day", flat=True).first()


def busiest(scope: Scope, since: date, top: int = TOP) -> list[tuple[int, int]]:
    """The IDs in `scope` with the most of people's clicks from the day `since` (UTC) on, and how many."""
    found = DailyClicks.objects.filter(scope=scope, day__gte=since).values("scope_id").annotate(sum=Sum("clicks"))
    return [(row["scope_id"], int(row["sum"])) for row in found.filter(sum__gt=0).order_by("-sum", "scope_id")[:top]]


def totals_of(link_ids: Iterable[int]) -> dict[int, Totals]:
    """All-time totals by link ID, in one query; zeros for links that were never followed."""
    ids = list(link_ids)
    rows = LinkTotal.objects.filter(link_id__in=ids).values("link_id").annotate(**_SUMS)
    found = {row["link_id"]: _totals(row) for row in rows}
    return {number: found.get(number, Totals()) for number in ids}


def clicks_since(subject: Subject, day: date) -> int:
    """Clicks of people from `day` (UTC) on."""
    rows = DailyClicks.objects.filter(scope=subject.scope, scope_id=subject.scope_id, day__gte=day)
    return rows.aggregate(sum=Sum("clicks"))["sum"] or 0


def sparklines(link_ids: Iterable[int], days: int = 30, *, now: datetime | None = None) -> dict[int, list[int]]:
    """People's clicks of each of the last `days` days (UTC), today last, by link ID, in one query."""
    ids = list(link_ids)
    today = (now or datetime.now(UTC)).astimezone(UTC).date()
    first = today - timedelta(days - 1)
    lines = {number: [0] * days for number in ids}
    found = DailyClicks.objects.filter(scope=Scope.LINK, scope_id__in=ids, day__gte=first, day__lte=today)
    for number, day, clicks in found.values_list("scope_id", "day", "clicks"):
        lines[number][(day - first).days] += clicks  # of each writer's slot
    return lines


def _totals(row: Mapping[str, Any]) -> Totals:
    return Totals(*(row[f"sum_{name}"] for name in COUNTED))
