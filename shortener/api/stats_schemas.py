"""What goes in and out of statistics."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Self

from ninja import Schema
from pydantic import Field

from shortener.api.examples import example
from shortener.clicks.models import Dimension
from shortener.clicks.periods import Interval, Period, period_of
from shortener.clicks.stats import Counted, Filters, Slice, Stats
from shortener.infra import public_id
from shortener.infra.moments import DayOrMoment
from shortener.links.errors import LinkNotFound

Values = Annotated[list[str], Field(max_length=50)]


def _one_of(what: str, example: str) -> Annotated[list[str], Field]:
    words = f"Only clicks with one of these {what}; empty: unknown"
    return Field(default=[], max_length=50, description=words, examples=[[example]])


class PeriodQuery(Schema):
    """Which time."""

    start: Annotated[
        DayOrMoment | None, Field(description="First day, or moment (RFC 3339)", examples=["2027-01-01"])
    ] = None
    end: Annotated[
        DayOrMoment | None,
        Field(description="Last day, or the moment up to which; default: today", examples=["2027-01-31"]),
    ] = None
    days: Annotated[int, Field(ge=1, le=4000, description="Without `start`: days back from the end")] = 30
    interval: Annotated[
        Interval | None, Field(description="What the series is cut into; default: what suits the length")
    ] = None
    time_zone: Annotated[str, Field(description="IANA name", examples=["Europe/Berlin"], max_length=60)] = "UTC"

    def period(self) -> Period:
        """It. Raises `WrongPeriod`."""
        return period_of(
            start=self.start, end=self.end, days=self.days, interval=self.interval or "", time_zone=self.time_zone
        )


class StatsQuery(PeriodQuery):
    """Which time, and which clicks."""

    compare: Annotated[bool, Field(description="Also count the period before")] = False
    top: Annotated[int, Field(ge=1, le=100, description="Values listed of each dimension")] = 10
    referrer: list[str] = _one_of("referring hosts", "news.example.org")
    source: list[str] = _one_of("named sources", "Google")
    country: list[str] = _one_of("countries (ISO 3166-1)", "DE")
    region: list[str] = _one_of("regions", "Berlin")
    city: list[str] = _one_of("cities", "Berlin")
    browser: list[str] = _one_of("browsers", "Firefox")
    os: list[str] = _one_of("operating systems", "Windows")
    device: list[str] = _one_of("kinds of device", "desktop")
    language: list[str] = _one_of("languages", "de")
    utm_source: list[str] = _one_of("campaign sources", "newsletter")
    utm_medium: list[str] = _one_of("campaign media", "mail")
    utm_campaign: list[str] = _one_of("campaigns", "spring")
    utm_term: list[str] = _one_of("campaign terms", "shoes")
    utm_content: list[str] = _one_of("campaign contents", "button")
    destination: list[str] = _one_of("destinations of rules; empty: the link's own", "https://example.com/ios")
    channel: list[str] = _one_of("channels, as `qr`", "qr")

    def filters(self) -> Filters:
        """What was asked for, by dimension."""
        named = {dimension: getattr(self, dimension.name.lower(), None) for dimension in Dimension}
        return {
            dimension: [value.replace("\x00", "") for value in values] for dimension, values in named.items() if values
        }


class WorkspaceStatsQuery(StatsQuery):
    """The same, of many links."""

    domain: Annotated[
        str, Field(description="Only links of this domain", max_length=255, examples=["go.example.org"])
    ] = ""
    link: list[str] = _one_of("links (IDs)", "link_x8Kd9aQ2")

    def filters(self) -> Filters:
        """What was asked for, by dimension. Raises `LinkNotFound` for an ID that cannot be one."""
        numbers = [public_id.decode("link", text) for text in self.link]
        if None in numbers:
            raise LinkNotFound(self.link[numbers.index(None)])
        found = {**super().filters()}
        found.pop(Dimension.LINK, None)
        return found | ({Dimension.LINK: [str(number) for number in numbers]} if numbers else {})


TOTALS = {"clicks": 42, "visitors": 37, "bots": 5, "others": 1}
COUNTED: dict[str, Any] = {"totals": TOTALS, "series": [{"start": "2027-01-01T00:00:00Z", **TOTALS}]}
EXAMPLE: dict[str, Any] = {
    **COUNTED, "start": "2027-01-01T00:00:00Z", "end": "2027-01-02T00:00:00Z", "interval": "day", "time_zone": "UTC",
    "dimensions": {
        **{name: [] for name in Dimension.labels}, "country": [{"value": "DE", "clicks": 42}],
    },
    "dimensions_rounded": False, "previous": None,
}  # fmt: skip


class TotalsOut(Schema):
    """`clicks` are people's; `visitors` are unique by link and day; `others` are prefetches and HEAD requests."""

    clicks: int
    visitors: int
    bots: int
    others: int


class PointOut(Schema):
    """One interval, and when it begins."""

    start: datetime
    clicks: int
    visitors: int
    bots: int
    others: int


class SliceOut(Schema):
    """Clicks with one value of a dimension; the empty value is "unknown"."""

    value: str
    clicks: int


class CountedOut(Schema):
    """Totals, and the series that they are the sum of."""

    totals: TotalsOut
    series: list[PointOut]

    @classmethod
    def of(cls, counted: Counted) -> Self:
        """`counted` as the API shows it."""
        return cls(
            totals=TotalsOut(**asdict(counted.totals)), series=[PointOut(**asdict(point)) for point in counted.series]
        )


class StatsOut(CountedOut):
    """Statistics of the asked period, from `start` up to `end`."""

    model_config = example(EXAMPLE)

    start: datetime
    end: datetime
    interval: Interval
    time_zone: str
    dimensions: dict[str, list[SliceOut]] = Field(description=f"Top values of {', '.join(Dimension.labels)}")
    dimensions_rounded: bool = Field(
        description="Whether `dimensions` are those of whole days (UTC), for the hours by which the period begins or"
        " ends elsewhere had too many clicks, or are not kept any more"
    )
    previous: CountedOut | None = None

    @classmethod
    def of_stats(cls, stats: Stats) -> Self:
        """`stats` as the API shows them."""
        counted, period = CountedOut.of(stats), stats.period
        return cls(
            totals=counted.totals,
            series=counted.series,
            start=period.start.astimezone(period.zone),
            end=period.end.astimezone(period.zone),
            interval=period.interval,
            time_zone=period.zone.key,
            dimensions={name: [_slice(name, part) for part in parts] for name, parts in stats.dimensions.items()},
            dimensions_rounded=stats.is_rounded,
            previous=CountedOut.of(stats.previous) if stats.previous else None,
        )


def _slice(name: str, part: Slice) -> SliceOut:
    is_link = name == Dimension.LINK.label and part.value
    return SliceOut(value=public_id.encode("link", int(part.value)) if is_link else part.value, clicks=part.clicks)
