"""What statistics say: the numbers of a subject in a period, as pages and API are given them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from shortener.clicks.models import Dimension, Scope
from shortener.clicks.periods import Period

COUNTED = ("clicks", "visitors", "bots", "others")

Filters = Mapping[Dimension, Collection[str]]
Span = tuple[datetime, datetime]  # of time, without its end


class StatsTooWide(Exception):
    """Filters over so many clicks take too long: ask for a shorter time."""


class Subject(NamedTuple):
    """Whose clicks: those of one link, or of all links of a domain, a workspace or the site (ID 0)."""

    scope: Scope
    scope_id: int


@dataclass(frozen=True)
class Totals:
    """Clicks of people, unique visitors (summed over days), bots, and other requests (prefetches, HEAD)."""

    clicks: int = 0
    visitors: int = 0
    bots: int = 0
    others: int = 0


@dataclass(frozen=True)
class Point:
    """One interval of a series. `start` is in the zone of the period; the first may begin before the period does, and
    has no more than what lies within it."""

    start: datetime
    clicks: int = 0
    visitors: int = 0
    bots: int = 0
    others: int = 0

    @property
    def day(self) -> date:
        """The day on which it begins."""
        return self.start.date()


@dataclass(frozen=True)
class Slice:
    """One value of a dimension; the empty value is "unknown"."""

    value: str
    clicks: int


@dataclass(frozen=True)
class Counted:
    """Totals, and the series that they are the sum of."""

    totals: Totals
    series: list[Point]


@dataclass(frozen=True)
class Stats(Counted):
    """Everything about a subject in a period. `dimensions`: the most frequent values, by the dimension's label;
    `is_rounded`: they are those of whole days (UTC), for there was too much to look at, or it is kept no more."""

    period: Period
    dimensions: dict[str, list[Slice]] = field(default_factory=dict)
    is_rounded: bool = False
    previous: Counted | None = None
