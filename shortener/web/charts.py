"""The geometry of charts. All numbers are whole, so that no locale can put a comma into an SVG attribute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shortener.clicks.stats import Point, Slice

SLOT = 100  # width of a day
BAR = 74  # width of its bar
HEIGHT = 1000
MOST_LINES = 4
STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Bar:
    """One day: clicks are the whole bar, visitors its lower part (nobody visits without clicking)."""

    day: date
    clicks: int
    visitors: int
    slot_x: int
    x: int
    clicks_height: int
    visitors_height: int

    @property
    def clicks_y(self) -> int:
        """Upper edge of the bar."""
        return HEIGHT - self.clicks_height

    @property
    def visitors_y(self) -> int:
        """Upper edge of its lower part."""
        return HEIGHT - self.visitors_height


@dataclass(frozen=True)
class Line:
    """A horizontal line of the scale."""

    value: int
    y: int


@dataclass(frozen=True)
class TimeChart:
    """Clicks and visitors by day, drawn in a box of `width` by `height`."""

    bars: list[Bar]
    lines: list[Line]  # from the top down
    width: int
    height: int = HEIGHT
    slot: int = SLOT
    bar: int = BAR

    @property
    def days(self) -> list[date]:
        """The days written below: first, middle, last."""
        days = [bar.day for bar in self.bars]
        return [days[0], days[len(days) // 2], days[-1]]


@dataclass(frozen=True)
class Share:
    """One line of a breakdown: `percent` of all clicks, and `width` percent of the longest bar."""

    value: str
    clicks: int
    percent: int
    width: int


def time_chart(series: Sequence[Point]) -> TimeChart:
    """The chart of `series`, which has at least one day."""
    step = _step(max(point.clicks for point in series))
    top = step * max(1, -(-max(point.clicks for point in series) // step))
    values = range(top, -1, -step)
    return TimeChart(
        bars=[_bar(number, point, top) for number, point in enumerate(series)],
        lines=[Line(value, HEIGHT - HEIGHT * value // top) for value in values],
        width=SLOT * len(series),
    )


def shares(slices: Sequence[Slice], total: int) -> list[Share]:
    """`slices` (largest first) with their share of `total` clicks."""
    longest = max((part.clicks for part in slices), default=0) or 1
    return [
        Share(
            part.value,
            part.clicks,
            percent=round(100 * part.clicks / (total or part.clicks or 1)),
            width=max(1, 100 * part.clicks // longest),
        )
        for part in slices
    ]


def _bar(number: int, point: Point, top: int) -> Bar:
    left = number * SLOT
    return Bar(
        day=point.day,
        clicks=point.clicks,
        visitors=point.visitors,
        slot_x=left,
        x=left + (SLOT - BAR) // 2,
        clicks_height=HEIGHT * point.clicks // top,
        visitors_height=HEIGHT * min(point.visitors, point.clicks) // top,
    )


def _step(most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, … of which MOST_LINES reach up to `most`."""
    magnitude = 1
    while True:
        for step in STEPS:
            if step * magnitude * MOST_LINES >= most:
                return step * magnitude
        magnitude *= 10
