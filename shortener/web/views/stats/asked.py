"""What somebody wants to see. All of it is in the query of the address, so that a page can be kept and passed on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _, gettext_lazy

from shortener.clicks.models import Dimension
from shortener.clicks.periods import INTERVALS, Interval, Period, WrongPeriod, period_of, zone_of
from shortener.infra import public_id

RANGES = {
    "today": gettext_lazy("Today"),
    "yesterday": gettext_lazy("Yesterday"),
    "7": gettext_lazy("7 days"),
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "month": gettext_lazy("This month"),
    "last-month": gettext_lazy("Last month"),
    "year": gettext_lazy("This year"),
    "all": gettext_lazy("All time"),
}
DEFAULT_RANGE = "30"
CUSTOM = "custom"
# Days from which on, and up to which, an interval makes sense.
SENSIBLE: Mapping[Interval, tuple[int, int]] = {
    "hour": (1, 7),
    "day": (2, 400),
    "week": (15, 2_100),
    "month": (60, 10_000),
}
MOST_VALUES = 50  # of a filter
LONGEST_VALUE = 500  # characters
BY_NAME = {dimension.name.lower(): dimension for dimension in Dimension}
UNFILTERED = ("range", "start", "end", "interval", "zone", "compare", "bots", "show", "more")
PARAMETERS = (*UNFILTERED, "domain", *BY_NAME)


@dataclass(frozen=True)
class Asked:
    """The query of an address, read. `zone` is the reader's own one, unless the query names another; `first`: the day
    of the first click, from which on "all time" counts; `now`: for tests."""

    values: Mapping[str, Sequence[str]]
    own_zone: str = "UTC"
    first: date | None = None
    now: datetime | None = None

    @classmethod
    def of(
        cls,
        query: QueryDict,
        own_zone: str = "UTC",
        first: date | None = None,
        parameters: Sequence[str] = PARAMETERS,
    ) -> "Asked":
        """What `query` says; all but `parameters` are left out."""
        values = {name: _cleaned(query.getlist(name)) for name in parameters if name in query}
        return cls(values, own_zone, first)

    def text(self, name: str) -> str:
        """The last value of a parameter."""
        values = self.values.get(name)
        return values[-1] if values else ""

    # --- Which time ------------------------------------------------------------------------------------------------

    @property
    def range(self) -> str:
        """A key of RANGES, or CUSTOM."""
        if self.text("start") or self.text("end"):
            return CUSTOM
        asked = self.text("range")
        return asked if asked in RANGES else DEFAULT_RANGE

    @cached_property
    def zone(self) -> ZoneInfo:
        """Whose days and hours are shown."""
        for name in (self.text("zone"), self.own_zone):
            try:
                return zone_of(name)
            except WrongPeriod:
                continue
        return ZoneInfo("UTC")

    @property
    def problem(self) -> str:
        """What is wrong with a range or a zone that somebody has typed; empty when nothing is."""
        return self._period_and_problem[1]

    @property
    def period(self) -> Period:
        """The time that is asked for; the default one where that makes no sense."""
        return self._period_and_problem[0]

    @property
    def intervals(self) -> list[Interval]:
        """What the time can sensibly be cut into."""
        return [name for name in INTERVALS if SENSIBLE[name][0] <= self.period.days <= SENSIBLE[name][1]]

    @property
    def today(self) -> date:
        """The day it is in the zone."""
        return (self.now or datetime.now(UTC)).astimezone(self.zone).date()

    @property
    def includes_now(self) -> bool:
        """Whether what happens now would be shown."""
        return self.period.start <= (self.now or datetime.now(UTC)) < self.period.end

    @cached_property
    def _period_and_problem(self) -> tuple[Period, str]:
        problem = ""
        if (named := self.text("zone")) and named != self.zone.key:
            problem = _("“%(zone)s” is no time zone. Write one as Europe/Berlin.") % {"zone": named[:60]}
        try:
            start, end = self._custom() if self.range == CUSTOM else self._preset(self.range)
            return self._cut(start, end), problem
        except WrongPeriod as error:
            return self._cut(*self._preset(DEFAULT_RANGE)), error.message

    def _custom(self) -> tuple[date, date]:
        end = _day(self.text("end"), "end") if self.text("end") else self.today
        start = _day(self.text("start"), "start") if self.text("start") else end
        if start > end:
            raise WrongPeriod("end", _("The last day cannot be before the first."))
        if start > self.today:
            raise WrongPeriod("start", _("That is in the future."))
        return start, min(end, self.today)

    def _preset(self, name: str) -> tuple[date, date]:
        today = self.today
        month = today.replace(day=1)
        return {
            "today": (today, today),
            "yesterday": (today - timedelta(1), today - timedelta(1)),
            "month": (month, today),
            "last-month": ((month - timedelta(1)).replace(day=1), month - timedelta(1)),
            "year": (today.replace(month=1, day=1), today),
            "all": (min(self.first or today, today), today),
        }.get(name) or (today - timedelta(int(name) - 1), today)

    def _cut(self, start: date, end: date) -> Period:
        """The period of these days, cut into the interval that is asked for, or else what suits its length."""
        days, wanted = (end - start).days + 1, self.text("interval")
        sensible = [name for name in INTERVALS if SENSIBLE[name][0] <= days <= SENSIBLE[name][1]]
        interval = wanted if wanted in sensible else ""
        return period_of(start=start, end=end, interval=interval, time_zone=self.zone.key, now=self.now)

    # --- Which clicks ----------------------------------------------------------------------------------------------

    @property
    def compares(self) -> bool:
        """Whether the period before is shown as well. There is none before all time."""
        return self.text("compare") != "no" and self.range != "all"

    @property
    def shows_bots(self) -> bool:
        """Whether bots are part of the chart."""
        return self.text("bots") == "yes"

    @property
    def named_filters(self) -> dict[Dimension, list[str]]:
        """The values that clicks have to have, as the address names them."""
        return {BY_NAME[name]: list(values) for name, values in self.values.items() if name in BY_NAME and values}

    @property
    def filters(self) -> dict[Dimension, list[str]]:
        """The same, as statistics take them: links by number. What is no link's ID is nobody's."""
        found = self.named_filters
        if links := found.get(Dimension.LINK):
            found[Dimension.LINK] = [str(public_id.decode("link", link) or 0) for link in links]
        return found

    # --- Addresses -------------------------------------------------------------------------------------------------

    def query(self, **changes: str | Sequence[str] | None) -> str:
        """A query, with its question mark, that asks for the same but for `changes`; None takes a parameter out."""
        values = {**self.values, **{name: _listed(value) for name, value in changes.items()}}
        pairs = [(name, value) for name in PARAMETERS for value in values.get(name, ())]
        return f"?{urlencode(pairs)}"

    def toggled(self, name: str, value: str) -> str:
        """The query that has `value` among those of the filter `name`, or has it no more."""
        had = list(self.values.get(name, ()))
        return self.query(**{name: [other for other in had if other != value] if value in had else [*had, value]})

    def pairs(self, *without: str) -> list[tuple[str, str]]:
        """Names and values, for the hidden fields of a form that asks for those named in `without` itself."""
        return [(name, value) for name in PARAMETERS if name not in without for value in self.values.get(name, ())]


def _cleaned(values: Sequence[str]) -> list[str]:
    """Values without repetitions, and without what PostgreSQL does not take."""
    return list(dict.fromkeys(value.replace("\x00", "")[:LONGEST_VALUE] for value in values[:MOST_VALUES]))


def _listed(value: str | Sequence[str] | None) -> Sequence[str]:
    if value is None:
        return ()
    return [value] if isinstance(value, str) else value


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongPeriod(field, _("Write days as 2027-01-31.")) from error
