"""Stretches of time that statistics are asked for, cut into intervals of a time zone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from shortener.clicks.rollups import quarter_of

Interval = Literal["hour", "day", "week", "month"]
INTERVALS: tuple[Interval, ...] = ("hour", "day", "week", "month")
MOST_POINTS = 1_500  # of a series: two months of hours, four years of days
FIRST_DAY = date(2000, 1, 1)  # nothing is asked for before it
UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"})
LONGEST_DAYS = {"hour": 3, "day": 92, "week": 400}  # of a period that is cut into these, unless asked for otherwise


class WrongPeriod(Exception):
    """A period that nothing can be said about. `field`: `start`, `end`, `interval` or `time_zone`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True)
class Period:
    """From `start` up to `end` (excluded), both aware and at a quarter of an hour, in the days of `zone`."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    interval: Interval = "day"

    @property
    def days(self) -> int:
        """How many days of the zone it touches."""
        return (self._local_end.date() - self.start.astimezone(self.zone).date()).days + 1

    @property
    def last_day(self) -> date:
        """The last of them."""
        return self._local_end.date()

    @property
    def first_day(self) -> date:
        """The first of them."""
        return self.start.astimezone(self.zone).date()

    @property
    def is_utc_days(self) -> bool:
        """Whether it consists of whole days of UTC, and so do its intervals."""
        whole = all(moment.astimezone(UTC).time() == time(0) for moment in (self.start, self.end))
        return whole and self.zone.key in UTC_NAMES and self.interval != "hour"

    @property
    def previous(self) -> "Period":
        """The period of the same length that ends where this one begins."""
        if self._is_whole_days:
            return replace(self, start=_midnight(self.first_day - timedelta(self.days), self.zone), end=self.start)
        return replace(self, start=self.start - (self.end - self.start), end=self.start)

    def intervals(self) -> list[date | datetime]:
        """What names the intervals: dates of the zone on which they begin, or hours (UTC)."""
        if self.interval == "hour":
            return list(self._hours())
        return list(self._dates())

    def begins(self, key: date | datetime) -> datetime:
        """When the interval of `key` begins, in the zone."""
        return (key if isinstance(key, datetime) else _midnight(key, self.zone)).astimezone(self.zone)

    @property
    def _local_end(self) -> datetime:
        return (self.end - timedelta(microseconds=1)).astimezone(self.zone)

    @property
    def _is_whole_days(self) -> bool:
        return all(moment == _midnight(moment.astimezone(self.zone).date(), self.zone) for moment in self._edges)

    @property
    def _edges(self) -> tuple[datetime, datetime]:
        return self.start, self.end

    def _hours(self) -> Iterator[datetime]:
        local = self.start.astimezone(self.zone)
        hour = (local - timedelta(minutes=local.minute)).astimezone(UTC)
        while hour < self.end:
            yield hour
            hour += timedelta(hours=1)

    def _dates(self) -> Iterator[date]:
        day = _first_of(self.first_day, self.interval)
        while day <= self.last_day:
            yield day
            day = _next(day, self.interval)


def last_days(days: int, zone: ZoneInfo | None = None, now: datetime | None = None) -> Period:
    """The last `days` days of `zone` (UTC), today included to its end."""
    zone = zone or ZoneInfo("UTC")
    today = (now or datetime.now(UTC)).astimezone(zone).date()
    return Period(_midnight(today - timedelta(days - 1), zone), _midnight(today + timedelta(1), zone), zone)


def period_of(
    *,
    start: date | datetime | None = None,
    end: date | datetime | None = None,
    days: int = 30,
    interval: str = "",
    time_zone: str = "UTC",
    now: datetime | None = None,
) -> Period:
    """A period as people ask for it. A date means the whole day in `time_zone`, for `end` as well; a moment is brought
    to its quarter of an hour. Without `start`, `days` count back from the end; without `end` it is today's. Without
    `interval` it is one that suits the length. Raises `WrongPeriod`."""
    zone = zone_of(time_zone)
    latest = _moment(end, zone, is_end=True) if end is not None else last_days(1, zone, now).end
    if start is not None:
        first = _moment(start, zone, is_end=False)
    else:
        local_end = (latest - timedelta(microseconds=1)).astimezone(zone).date()
        first = _midnight(local_end - timedelta(days - 1), zone)
    if first >= latest:
        raise WrongPeriod("end", "The end has to be after the start.")
    if first < _midnight(FIRST_DAY, zone):
        raise WrongPeriod("start", f"Nothing is known before {FIRST_DAY}.")
    period = Period(first, latest, zone, _interval(interval, (latest - first).days))
    if _points(period) > MOST_POINTS:
        longer = " or ".join(INTERVALS[INTERVALS.index(period.interval) + 1 :]) or "a shorter range"
        raise WrongPeriod("interval", f"That would be more than {MOST_POINTS:,} points: use {longer}.")
    return period


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this IANA name. Raises `WrongPeriod`."""
    if name not in zone_names():
        raise WrongPeriod("time_zone", f"{name[:60]!r} is no IANA time zone such as Europe/Berlin.")
    return ZoneInfo(name)


@cache
def zone_names() -> frozenset[str]:
    """All that there are."""
    return frozenset(available_timezones())


def _interval(asked: str, days: int) -> Interval:
    if not asked:
        return next((name for name in INTERVALS if days <= LONGEST_DAYS.get(name, days)), "month")
    for name in INTERVALS:
        if name == asked:
            return name
    raise WrongPeriod("interval", f"Use one of {', '.join(INTERVALS)}.")


def _points(period: Period) -> int:
    length = {"hour": timedelta(hours=1), "day": timedelta(1), "week": timedelta(7), "month": timedelta(28)}
    return (period.end - period.start) // length[period.interval]


def _moment(given: date | datetime, zone: ZoneInfo, *, is_end: bool) -> datetime:
    try:
        if not isinstance(given, datetime):
            return _midnight(given + timedelta(1 if is_end else 0), zone)
        moment = given if given.tzinfo else given.replace(tzinfo=zone)
        moment = moment.astimezone(UTC)
        quarter = quarter_of(moment)
        return quarter if quarter == moment or not is_end else quarter + timedelta(minutes=15)
    except OverflowError as error:
        raise WrongPeriod("end" if is_end else "start", "That is no day of our calendar.") from error


def utc_midnight(day: date) -> datetime:
    """When `day` (UTC) begins."""
    return datetime.combine(day, time(0), UTC)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def _first_of(day: date, interval: Interval) -> date:
    if interval == "week":
        return day - timedelta(day.weekday())
    return day.replace(day=1) if interval == "month" else day


def _next(day: date, interval: Interval) -> date:
    if interval == "month":
        return (day + timedelta(31)).replace(day=1)
    return day + timedelta(7 if interval == "week" else 1)
