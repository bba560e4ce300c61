"""What a page of statistics is made of, and the words on it."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy

from shortener.clicks.models import Dimension
from shortener.web.views.stats.asked import CUSTOM
from shortener.web.views.stats.names import Group, Value

MINUS = "\N{MINUS SIGN}"
TITLES = {
    "7": gettext_lazy("The last 7 days"),
    "30": gettext_lazy("The last 30 days"),
    "90": gettext_lazy("The last 90 days"),
    CUSTOM: gettext_lazy("Days of your choice"),
}
INTERVALS = {
    "hour": gettext_lazy("Hours"),
    "day": gettext_lazy("Days"),
    "week": gettext_lazy("Weeks"),
    "month": gettext_lazy("Months"),
}
CHART_TITLES = {
    "hour": gettext_lazy("Clicks and visitors by hour"),
    "day": gettext_lazy("Clicks and visitors by day"),
    "week": gettext_lazy("Clicks and visitors by week"),
    "month": gettext_lazy("Clicks and visitors by month"),
}
# How moments are written in tables and below the chart (see Django's `date` filter).
POINT_FORMATS = {
    "hour": gettext_lazy("D j M, H:i"), "day": gettext_lazy("D j M Y"),
    "week": gettext_lazy("j M Y"), "month": gettext_lazy("F Y"),
}  # fmt: skip
LABEL_FORMATS = {
    "hour": gettext_lazy("D H:i"), "day": gettext_lazy("j M"),
    "week": gettext_lazy("j M"), "month": gettext_lazy("M Y"),
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """A link that asks for something else. `key` is part of its ID, so that it keeps the focus when the page changes
    around it."""

    key: str
    label: str
    url: str
    is_current: bool = False


@dataclass(frozen=True)
class Total:
    """A number over the chart. `change`: percent more or less than `before`, the same of the period before."""

    key: str
    label: str
    value: int
    before: int | None = None

    @property
    def change(self) -> int | None:
        """Percent, rounded; None where there was nothing to compare with."""
        return round(100 * (self.value - self.before) / self.before) if self.before else None

    @property
    def signed(self) -> str:
        """The change with its sign."""
        change = self.change or 0
        return {1: "+", 0: "", -1: MINUS}[(change > 0) - (change < 0)] + number_format(
            abs(change), 0, force_grouping=True
        )


@dataclass(frozen=True)
class Row:
    """A value of a list. `url` filters by it, or does so no more."""

    value: Value
    clicks: int
    percent: int
    width: int
    url: str = ""
    is_on: bool = False


@dataclass(frozen=True)
class Card:
    """Lists that share a card, of which one is shown."""

    group: Group
    dimension: Dimension
    title: str
    tabs: list[Choice]
    rows: list[Row]
    more: Choice | None


@dataclass(frozen=True)
class Chip:
    """A filter that is on; `url` takes it off."""

    title: str
    value: Value
    url: str
