"""What a page of statistics shows: read once, and made ready for the templates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from shortener.accounts.models import Workspace
from shortener.clicks.models import Dimension
from shortener.clicks.periods import Period
from shortener.clicks.stats import Point, Question, Slice, Stats, StatsTooWide, Subject, Totals, stats
from shortener.web.charts import TimeChart, shares, time_chart
from shortener.web.views.stats.asked import DEFAULT_RANGE, RANGES, Asked
from shortener.web.views.stats.names import NAMES, Group, Names, filter_value
from shortener.web.views.stats.parts import (
    CHART_TITLES,
    INTERVALS,
    LABEL_FORMATS,
    POINT_FORMATS,
    TITLES,
    Card,
    Chip,
    Choice,
    Row,
    Total,
)

LISTED = 8  # values of a list, until one asks for more
MOST_LISTED = 50
AT_ONCE = 100_000  # single clicks that filters look at before the page is there; more take longer than a page may
BUTTONS = ("today", "7", "30", "90", "year", "all")  # ranges that are not behind "Other"


@dataclass(frozen=True)
class Report:
    """All of it. Without `stats`, the clicks were too many to be counted in time; or, if `waiting` says how many they
    are, so many that a page should be there first."""

    asked: Asked
    groups: Sequence[Group]
    stats: Stats | None
    names: Names
    may_filter: bool = True
    waiting: int = 0  # single clicks
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def period(self) -> Period:
        """The time that is shown."""
        return self.asked.period

    @property
    def title(self) -> str:
        """That time, in words."""
        return str(TITLES.get(self.asked.range) or RANGES[self.asked.range])

    @property
    def chart_title(self) -> str:
        """What the chart shows."""
        return str(CHART_TITLES[self.period.interval])

    @property
    def point_format(self) -> str:
        """How an interval is written, in full."""
        return str(POINT_FORMATS[self.period.interval])

    @property
    def label_format(self) -> str:
        """The same below the chart."""
        return "H:i" if self.period.days == 1 else str(LABEL_FORMATS[self.period.interval])

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return self.stats is not None and not any((self.stats.totals.clicks, self.stats.totals.bots))

    # --- Choices ---------------------------------------------------------------------------------------------------

    @property
    def ranges(self) -> list[Choice]:
        """Those at hand."""
        return [self._range(name) for name in BUTTONS]

    @property
    def other_ranges(self) -> list[Choice]:
        """Those one step away."""
        return [self._range(name) for name in RANGES if name not in BUTTONS]

    @property
    def is_other(self) -> bool:
        """Whether the time at hand is one of these, or a custom one."""
        return self.asked.range not in BUTTONS

    @property
    def intervals(self) -> list[Choice]:
        """What the time can be cut into; nothing where there is no choice."""
        names = self.asked.intervals
        found = [
            Choice(f"by-{name}", str(INTERVALS[name]), self.asked.query(interval=name), name == self.period.interval)
            for name in names
        ]
        return found if len(found) > 1 else []

    @property
    def comparing(self) -> Choice:
        """Turns the comparison on or off."""
        on = self.asked.compares
        return Choice("compare", _("Period before"), self.asked.query(compare="no" if on else None), on)

    @property
    def bots(self) -> Choice:
        """The same for bots."""
        on = self.asked.shows_bots
        return Choice("bots", _("Bots"), self.asked.query(bots=None if on else "yes"), on)

    @property
    def chips(self) -> list[Chip]:
        """Filters that are on."""
        if not self.may_filter:
            return []
        named, numbered = self.asked.named_filters, self.asked.filters
        return [
            Chip(
                str(NAMES[dimension].title),
                self.names.of(dimension, value),
                self.asked.toggled(dimension.name.lower(), shown),
            )
            for dimension, values in named.items()
            for shown, value in zip(values, numbered[dimension], strict=True)
        ]

    @property
    def without_filters(self) -> str:
        """The address without them."""
        return self.asked.query(**{dimension.name.lower(): None for dimension in Dimension})

    # --- Numbers ---------------------------------------------------------------------------------------------------

    @property
    def begun(self) -> int:
        """How many intervals have begun: nothing is said about the future."""
        return sum(point.start <= self.now for point in self._series)

    @property
    def totals(self) -> list[Total]:
        """The numbers over the chart; those of the period before count as many intervals as have begun of this one."""
        assert self.stats is not None  # noqa: S101  templates ask only then
        now, before = self.stats.totals, self._before
        labels = {"clicks": _("Clicks"), "visitors": _("Visitors"), "bots": _("Bots")}
        return [
            Total(name, label, getattr(now, name), getattr(before, name) if before else None)
            for name, label in labels.items()
        ]

    @property
    def best(self) -> Point | None:
        """The interval with the most clicks."""
        found = max(self._series, key=lambda point: point.clicks, default=None)
        return found if found is not None and found.clicks else None

    @property
    def chart(self) -> TimeChart:
        """The chart."""
        return time_chart(self._series, previous=self._previous, bots=self.asked.shows_bots, shown=self.begun)

    @property
    def table(self) -> list[tuple[Point, int | None]]:
        """The chart as a table: intervals that have begun, and the clicks of those they are compared with."""
        before = [point.clicks for point in self._previous or ()]
        return [
            (point, before[number] if number < len(before) else None)
            for number, point in enumerate(self._series[: self.begun])
        ]

    @property
    def _series(self) -> list[Point]:
        return self.stats.series if self.stats else []

    @property
    def _previous(self) -> list[Point] | None:
        return self.stats.previous.series if self.stats and self.stats.previous else None

    @property
    def _before(self) -> Totals | None:
        if self.stats is None or self.stats.previous is None:
            return None
        if self.begun == len(self._series):
            return self.stats.previous.totals
        points = self.stats.previous.series[: self.begun]
        return Totals(*(sum(getattr(point, name) for point in points) for name in ("clicks", "visitors", "bots")))

    # --- Lists -----------------------------------------------------------------------------------------------------

    @property
    def cards(self) -> list[Card]:
        """A card for each group of dimensions."""
        return [self._card(group, shown_of(group, self.asked)) for group in self.groups]

    def _card(self, group: Group, dimension: Dimension) -> Card:
        slices = self.stats.dimensions.get(dimension.label, []) if self.stats else []
        name = dimension.name.lower()
        is_long = self.asked.text("more") == name
        listed = slices if is_long else slices[:LISTED]
        more = None
        if is_long:
            more = Choice(f"less-{name}", _("Show fewer"), self.asked.query(more=None))
        elif len(slices) > LISTED:
            more = Choice(f"more-{name}", _("Show more"), self.asked.query(more=name))
        return Card(
            group, dimension, str(NAMES[dimension].title), self._tabs(group), self._rows(dimension, listed), more
        )

    def _tabs(self, group: Group) -> list[Choice]:
        others = [name for name in self.asked.values.get("show", ()) if name not in _names(group)]
        return [
            Choice(
                f"show-{dimension.name.lower()}",
                str(NAMES[dimension].short),
                self.asked.query(show=[*others, dimension.name.lower()], more=None),
                dimension == shown_of(group, self.asked),
            )
            for dimension in group.dimensions
        ]

    def _rows(self, dimension: Dimension, slices: Sequence[Slice]) -> list[Row]:
        on = self.asked.filters.get(dimension, ())
        return [
            Row(
                self.names.of(dimension, share.value),
                share.clicks,
                share.percent,
                share.width,
                self._toggle(dimension, share.value),
                share.value in on,
            )
            for share in shares(slices, self.stats.totals.clicks if self.stats else 0)
        ]

    def _toggle(self, dimension: Dimension, value: str) -> str:
        if not self.may_filter or (dimension == Dimension.LINK and value.startswith("-")):
            return ""
        return self.asked.toggled(dimension.name.lower(), filter_value(dimension, value))

    def _range(self, name: str) -> Choice:
        url = self.asked.query(range=None if name == DEFAULT_RANGE else name, start=None, end=None, interval=None)
        return Choice(f"range-{name}", str(RANGES[name]), url, name == self.asked.range)

    # --- Notes -----------------------------------------------------------------------------------------------------

    @property
    def cut_at(self) -> datetime | None:
        """Filters count single clicks: before this moment there are none any more. None where it makes no
        difference."""
        oldest = self.now - timedelta(settings.CLICK_RETENTION_DAYS)
        return oldest if self.may_filter and self.asked.filters and self.period.start < oldest else None

    @property
    def counts_live(self) -> bool:
        """Whether a click that comes in now adds to the numbers."""
        return self.asked.includes_now and not (self.may_filter and self.asked.filters)


def read(
    subject: Subject,
    asked: Asked,
    groups: Sequence[Group],
    *,
    workspace: Workspace,
    may_filter: bool = True,
    may_wait: bool = False,
    fresh_seconds: int = 0,
) -> Report:
    """The report on `subject`, whose links are of `workspace`; of numbers that were read up to `fresh_seconds` ago.
    With `may_wait`, filters that take longer than a page may are not counted yet."""
    by = [shown_of(group, asked) for group in groups]

    def count() -> Stats | None:
        return _stats(subject, asked, by, question)

    question = None
    if may_filter and asked.filters:
        question = Question(subject, asked.period, asked.filters, asked.compares, by)
    waiting = question.looked_at() if question and may_wait else 0
    if waiting > AT_ONCE:
        chosen = asked.filters.get(Dimension.LINK, ())
        return Report(asked, groups, None, Names.in_workspace(workspace, map(int, chosen)), may_filter, waiting)
    found = cache.get_or_set(_cache_key(subject, asked), count, fresh_seconds) if fresh_seconds else count()
    linked = [part.value for part in (found.dimensions if found else {}).get(Dimension.LINK.label, []) if part.value]
    chosen = asked.filters.get(Dimension.LINK, ()) if may_filter else ()
    names = Names.in_workspace(workspace, map(int, [*linked, *chosen]))
    return Report(asked, groups, found, names, may_filter)


def shown_of(group: Group, asked: Asked) -> Dimension:
    """The dimension of `group` that is shown."""
    wanted = asked.values.get("show", ())
    return next((dimension for dimension in group.dimensions if dimension.name.lower() in wanted), group.dimensions[0])


def _stats(subject: Subject, asked: Asked, by: Sequence[Dimension], question: Question | None) -> Stats | None:
    is_long = asked.text("more") in {dimension.name.lower() for dimension in by}
    try:
        return stats(
            subject,
            asked.period,
            filters=question.filters if question else None,
            compare=asked.compares,
            top=MOST_LISTED if is_long else LISTED + 1,
            by=by,
            question=question,
        )
    except StatsTooWide:
        return None


def _cache_key(subject: Subject, asked: Asked) -> str:
    """Names numbers in the cache: of whom, and of what time and lists."""
    period = asked.period
    parts = (*subject, period.start, period.end, period.interval, period.zone.key, asked.query())
    return f"stats:{sha256(repr(parts).encode()).hexdigest()}"


def _names(group: Group) -> set[str]:
    return {dimension.name.lower() for dimension in group.dimensions}
