"""What filters find, day by day: it is kept, so that a filter is counted once for a day and not each time that somebody
looks. Any filters, on any subject with many clicks; what is exact stays exact.

A row of a day says how many clicks the subject had on it by then. A click that comes in late changes that number, in
the transaction that writes it, and the day is counted anew; erasing takes the rows away. Of today, the hours that are
over are kept like a day, each time as rows of their own.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg import Connection

from shortener.clicks import filters as filtering
from shortener.clicks.figures import COUNTED, Filters, Span, StatsTooWide, Subject
from shortener.clicks.filters import SCOPE_COLUMNS, filter_sql, grouped_columns, rows_of, within
from shortener.clicks.models import Dimension, Scope
from shortener.clicks.periods import Period, utc_midnight
from shortener.infra.time_limits import time_limit

FEW = 20_000  # clicks that may as well be looked at each time
AT_ONCE = 1_000_000  # clicks that are looked at in one statement; what that finds stays, whatever comes after
LISTED = 150  # links of a day
WHOLE = 24  # hours of a day that is over
NEVER = datetime.max.replace(tzinfo=UTC)
KEPT_DAYS, KEPT_FILTERS = 31, 200  # since somebody has asked; of a subject

ASK = """
INSERT INTO clicks_askedfilter AS held (scope, scope_id, filters, asked_on)
VALUES (%(scope)s, %(id)s, %(text)s, %(today)s)
ON CONFLICT (scope, scope_id, md5(filters)) DO UPDATE SET asked_on = excluded.asked_on RETURNING id
"""
# How many clicks each day has, the hours of today that are over, and the rest of it (no hours).
SEEN = """
SELECT day, %(whole)s AS hours, sum(clicks + bots + others) AS seen FROM clicks_dailyclicks
WHERE scope = %(scope)s AND scope_id = %(id)s AND day >= %(first)s AND day < least(%(behind)s, %(today)s::date)
GROUP BY day
UNION ALL
SELECT %(today)s, CASE WHEN at < %(until)s THEN %(hours)s ELSE 0 END, sum(clicks + bots + others)
FROM clicks_quarterclicks
WHERE scope = %(scope)s AND scope_id = %(id)s AND at >= %(midnight)s AND %(behind)s > %(today)s::date GROUP BY 2
""".strip()
# Of each of them that has clicks, besides: whether its counts and all dimensions that are wanted are known; and the
# number of the filters, and when somebody asked for them last.
KNOWN = f"""
WITH asked AS MATERIALIZED (
    SELECT id, asked_on FROM clicks_askedfilter
    WHERE scope = %(scope)s AND scope_id = %(id)s AND md5(filters) = md5(%(text)s)
)
SELECT day, hours, seen,
    EXISTS (
        SELECT FROM clicks_filteredcounts AS held JOIN asked ON filter_id = asked.id
        WHERE held.day = daily.day AND held.hours = daily.hours AND held.seen = daily.seen
    ),
    cardinality(%(by)s::smallint[]) = (
        SELECT count(*) FROM clicks_filteredvalues AS held JOIN asked ON filter_id = asked.id
        WHERE dimension = ANY(%(by)s::smallint[]) AND held.day = daily.day AND held.hours = daily.hours
            AND held.seen = daily.seen
    ),
    asked.id, asked.asked_on
FROM ({SEEN}) AS daily LEFT JOIN asked ON true WHERE seen > 0 ORDER BY day
"""  # noqa: S608  the statement above
DAILY = f"daily AS (SELECT * FROM ({SEEN}) AS each WHERE day = ANY(%(days)s::date[]) AND hours > 0)"  # noqa: S608
# A visitor counts where first seen on a day, as in the rollups: spans have to be whole days, but for one that begins at
# the moment `until`, if those who were there before on that day are `{left_out}`.
QUARTERS = """
SELECT day, date_bin('15 min', clicked_at, 'epoch') AS at, count(*) FILTER (WHERE kind = 0) AS clicks,
    count(*) FILTER (WHERE kind = 0 AND visitor IS NOT NULL AND nth = 1 AND is_new) AS visitors,
    count(*) FILTER (WHERE kind = 1) AS bots, count(*) FILTER (WHERE kind > 1) AS others
FROM (
    SELECT click.clicked_at, click.kind, click.visitor, placed.day, {is_new} AS is_new, row_number() OVER (
            PARTITION BY click.link_id, click.kind, click.visitor, placed.day ORDER BY click.clicked_at
        ) AS nth
    FROM clicks_click AS click
    CROSS JOIN LATERAL (SELECT (click.clicked_at AT TIME ZONE 'UTC')::date AS day) AS placed
    {left_out}
    WHERE {scope} = %(id)s AND ({spans}) AND {filters}
) AS picked GROUP BY 1, 2
"""
EVERYBODY = {"left_out": "", "is_new": "true"}
LEFT_OUT = """
LEFT JOIN (
    SELECT DISTINCT click.link_id, click.visitor FROM clicks_click AS click
    WHERE {scope} = %(id)s AND click.clicked_at >= %(midnight)s AND click.clicked_at < %(until)s AND click.kind = 0
        AND {filters}
) AS earlier ON earlier.link_id = click.link_id AND earlier.visitor = click.visitor
    AND click.clicked_at >= %(until)s AND placed.day = %(today)s
""".strip()
_NEXT = ", ".join(f"(sum({name}) OVER up_to)::int AS {name}" for name in COUNTED)
_AGGREGATED = ", ".join(f"array_agg(coalesce({name}, 0) ORDER BY quarter)" for name in COUNTED)
_REPLACED = ", ".join(f"{name} = excluded.{name}" for name in COUNTED)
KEEP_COUNTS = f"""
WITH {DAILY}, counted AS (
    SELECT day, (extract(epoch FROM at)::bigint / 900 %% 96)::int AS quarter, clicks, visitors, bots, others
    FROM ({{quarters}}) AS found
), added AS (
    SELECT daily.*, quarter, {_NEXT} FROM daily CROSS JOIN generate_series(0, 95) AS quarter
    LEFT JOIN counted USING (day, quarter) WINDOW up_to AS (PARTITION BY daily.day ORDER BY quarter)
)
INSERT INTO clicks_filteredcounts (filter_id, day, hours, seen, {", ".join(COUNTED)})
SELECT %(filter)s, day, hours, seen, {_AGGREGATED} FROM added GROUP BY day, hours, seen ORDER BY day
ON CONFLICT (filter_id, day, hours) DO UPDATE SET seen = excluded.seen, {_REPLACED}
"""  # noqa: S608  the names above
KEEP_VALUES = f"""
WITH {DAILY}, counted AS (
    SELECT CASE GROUPING({{names}}) {{numbers}} END AS dimension, day, coalesce({{names}}, '') AS value,
        count(*) AS clicks
    FROM (
        SELECT (click.clicked_at AT TIME ZONE 'UTC')::date AS day, {{columns}} FROM clicks_click AS click
        WHERE {{scope}} = %(id)s AND click.kind = 0 AND ({{spans}}) AND {{filters}}
    ) AS picked GROUP BY day, GROUPING SETS ({{names}})
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY dimension, day ORDER BY clicks DESC, value) AS place FROM counted
)
INSERT INTO clicks_filteredvalues (filter_id, dimension, day, hours, seen, names, clicks, least)
SELECT %(filter)s, wanted.dimension, daily.day, daily.hours, daily.seen,
    coalesce(array_agg(value ORDER BY place) FILTER (WHERE place <= most), '{{{{}}}}'),
    coalesce(array_agg(clicks ORDER BY place) FILTER (WHERE place <= most), '{{{{}}}}'),
    CASE WHEN max(place) > most THEN min(clicks) FILTER (WHERE place <= most) ELSE 0 END
FROM daily CROSS JOIN LATERAL (
    SELECT dimension, CASE WHEN dimension = {Dimension.LINK.value} THEN %(listed)s ELSE 2147483647 END AS most
    FROM unnest(%(by)s::smallint[]) AS each (dimension)
) AS wanted LEFT JOIN ranked ON ranked.day = daily.day AND ranked.dimension = wanted.dimension
GROUP BY wanted.dimension, wanted.most, daily.day, daily.hours, daily.seen
ORDER BY wanted.dimension, daily.day, daily.hours
ON CONFLICT (filter_id, dimension, day, hours) DO UPDATE SET seen = excluded.seen, names = excluded.names,
    clicks = excluded.clicks, least = excluded.least
"""  # noqa: S608  the names above
# Nobody has asked for it for a month, or for very many others since.
FORGET_FILTERS = """
DELETE FROM clicks_askedfilter USING (
    SELECT id, row_number() OVER (PARTITION BY scope, scope_id ORDER BY asked_on DESC, id DESC) AS place
    FROM clicks_askedfilter
) AS ranked
WHERE ranked.id = clicks_askedfilter.id AND (asked_on < %(today)s::date - %(days)s::int OR place > %(most)s)
"""
# And hours of days that are over; those of yesterday may still be read by a page that began before midnight.
FORGET_DAYS = """
DELETE FROM {table} AS held
WHERE day < %(oldest)s OR (hours < %(whole)s AND day < %(today)s::date - 1)
    OR NOT EXISTS (SELECT FROM clicks_askedfilter WHERE id = held.filter_id)
"""
DAYS = ("clicks_filteredcounts", "clicks_filteredvalues")


@dataclass(frozen=True)
class Held:
    """What is known of filters: by their number, the days (UTC) of which the counts are known, and those that lie in
    the period whole, of which the values are known, too; of the last one, which may be today, `until` a moment. Nothing
    of filters that look at few clicks."""

    number: int = 0
    counted: Sequence[date] = field(default=())
    valued: Sequence[date] = field(default=())
    until: datetime = field(default=NEVER)

    @cached_property
    def values(self) -> dict[str, Any]:
        """What statements are given that read rows which `IS_HELD`."""
        return {"filter": self.number, **_moments(self.until)}

    def left_out(self, filters: str, scope: str) -> dict[str, str]:
        """Who is no visitor in `QUARTERS`, in SQL: who was there in the hours that are known of today."""
        if self.until.date() not in self.counted:
            return EVERYBODY
        return {"left_out": LEFT_OUT.format(scope=scope, filters=filters), "is_new": "earlier.link_id IS NULL"}


NOTHING = Held()
IS_HELD = "filter_id = %(filter)s AND hours = CASE WHEN held.day = %(today)s THEN %(hours)s ELSE %(whole)s END"


@dataclass(frozen=True)
class Question:
    """Filters that are asked for, and what for."""

    subject: Subject
    period: Period
    filters: Filters
    compare: bool
    by: Sequence[Dimension]

    @cached_property
    def until(self) -> datetime:
        """The beginning of this hour."""
        return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)

    @cached_property
    def first(self) -> date:
        """The first day that clicks are looked at of."""
        start = (self.period.previous if self.compare else self.period).start.astimezone(UTC).date()
        return max(start, self.until.date() - timedelta(settings.CLICK_RETENTION_DAYS))

    @cached_property
    def counted(self) -> list[date]:
        """Days that are over, and today if hours of it are."""
        return _days(self.first, min(_day_behind(self.period.end), _day_behind(self.until)))

    @cached_property
    def valued(self) -> list[date]:
        """Those of them that lie in the period whole, as far as they are over."""
        first = max(_day_behind(self.period.start), self.first)
        is_open = self.period.end >= self.until
        return _days(first, _day_behind(self.until) if is_open else self.period.end.astimezone(UTC).date())

    @cached_property
    def values(self) -> dict[str, Any]:
        """What statements are given."""
        by = [each.value for each in self.by if each != Dimension.LINK or self.subject.scope != Scope.LINK]
        wanted = {dimension.value: sorted(values) for dimension, values in self.filters.items()}
        return {
            "scope": self.subject.scope.value, "id": self.subject.scope_id, "by": by, "first": self.first,
            "behind": max(self.first, _day_behind(self.period.end)), "text": json.dumps(wanted, sort_keys=True),
            "listed": LISTED, **_moments(self.until),
        }  # fmt: skip

    @cached_property
    def known(self) -> list[tuple[Any, ...]]:
        """The rows of `KNOWN`; read once."""
        return rows_of(KNOWN, self.values)

    def looked_at(self) -> int:
        """How many single clicks have to be looked at: those of days of which the answer is not known yet."""
        start, valued = self.period.start.astimezone(UTC).date(), set(self.valued)
        return sum(
            int(seen)
            for day, _hours, seen, has_counts, has_values, *_asked in self.known
            if not has_counts or (day >= start and not (has_values and day in valued))
        )

    def answered(self) -> Held:
        """What is known. What is not is counted first, and kept. Raises `StatsTooWide` when that takes too long: the
        next time goes on from there."""
        if self.subject.scope == Scope.SITE:  # has clicks on what is no link, which its rollups know nothing of
            return NOTHING
        rows = [row for row in self.known if row[1]]
        if sum(row[2] for row in rows) <= FEW:
            return NOTHING
        number, valued = self._number(*rows[0][5:]), set(self.valued)
        self._keep(
            number,
            [(day, int(seen)) for day, _, seen, has_counts, *_ in rows if not has_counts],
            [(day, int(seen)) for day, _, seen, _, has_values, *_ in rows if day in valued and not has_values],
        )
        return Held(number, self.counted, self.valued, self.until)

    def _number(self, number: int | None, asked_on: date | None) -> int:
        """The number of the filters, which are `number` if somebody has asked for them, the last time on `asked_on`."""
        if number is None or asked_on != self.values["today"]:
            [(number,)] = rows_of(ASK, self.values)
        assert number is not None  # noqa: S101  for mypy
        return number

    def _keep(self, number: int, counts: Sequence[tuple[date, int]], values: Sequence[tuple[date, int]]) -> None:
        until = time.monotonic() + filtering.FILTER_TIMEOUT / 1000
        for days_of_counts, days_of_values in zip_longest(_parts(counts), _parts(values), fillvalue=()):
            if time.monotonic() > until:
                raise StatsTooWide
            with time_limit(filtering.FILTER_TIMEOUT, StatsTooWide()), connection.cursor() as cursor:
                for template, days in ((KEEP_COUNTS, days_of_counts), (KEEP_VALUES, days_of_values)):
                    if days:
                        cursor.execute(*self._statement(template, number, days))

    def _statement(self, template: str, number: int, days: Sequence[date]) -> tuple[str, dict[str, Any]]:
        condition, more = filter_sql(self.filters)
        spans, moments = within(spans_of(days, self.until))
        shared = {"scope": SCOPE_COLUMNS[self.subject.scope], "spans": spans, "filters": condition}
        columns = grouped_columns([Dimension(each) for each in self.values["by"]])
        statement = template.format(quarters=QUARTERS.format(**EVERYBODY, **shared), **columns, **shared)
        return statement, {**self.values, **more, **moments, "filter": number, "days": list(days)}


def forget(writer: Connection, today: date, oldest: date) -> None:
    """Delete what nobody has asked for lately, and days before `oldest`."""
    writer.execute(FORGET_FILTERS.encode(), {"today": today, "days": KEPT_DAYS, "most": KEPT_FILTERS})
    for table in DAYS:
        values = {"oldest": oldest, "today": today, "whole": WHOLE}
        writer.execute(FORGET_DAYS.format(table=table).encode(), values)


def spans_of(days: Sequence[date], until: datetime) -> list[Span]:
    """The spans of time that these days, in their order, are; the last one up to `until` if it ends later."""
    spans: list[Span] = []
    for day in days:
        start = utc_midnight(day)
        if spans and spans[-1][1] == start:
            start = spans.pop()[0]
        spans.append((start, min(utc_midnight(day + timedelta(1)), until)))
    return spans


def without(span: Span, days: Sequence[date], until: datetime) -> list[Span]:
    """What `span` has beside the `days`, of which the last one is taken as far as `until`."""
    found = []
    start, end = span
    for first, behind in spans_of(days, until):
        if start < min(first, end):
            found.append((start, min(first, end)))
        start = max(start, behind)
    return [*found, (start, end)] if start < end else found


def _parts(days: Sequence[tuple[date, int]]) -> Iterator[list[date]]:
    """Days in parts that have about `AT_ONCE` clicks together."""
    part: list[date] = []
    clicks = 0
    for day, seen in days:
        if part and clicks + seen > AT_ONCE:
            yield part
            part, clicks = [], 0
        part.append(day)
        clicks += seen
    if part:
        yield part


def _moments(until: datetime) -> dict[str, Any]:
    """How far today is known: `until` a moment, in the ways that statements say it."""
    today = until.date()
    return {
        "until": until, "today": today, "midnight": utc_midnight(today), "hours": until.hour, "whole": WHOLE,
    }  # fmt: skip


def _days(first: date, behind: date) -> list[date]:
    return [first + timedelta(number) for number in range((behind - first).days)]


def _day_behind(moment: datetime) -> date:
    """The first day (UTC) that begins at `moment` or later."""
    day = moment.astimezone(UTC).date()
    return day if utc_midnight(day) >= moment else day + timedelta(1)
