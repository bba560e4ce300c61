"""The geometry of charts. All numbers are whole, so that no locale can put a comma into an SVG attribute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shortener.clicks.stats import Point, Slice

SLOT = 100  # width of an interval
BAR = 74  # width of its bar
HEIGHT = 1000
MOST_LINES = 4
MOST_LABELS = 7
STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Line:
    """A horizontal line of the scale."""

    value: int
    y: int


@dataclass(frozen=True)
class Label:
    """What is written below an interval. `x`: thousandths of the chart's width; `is_minor`: left out where it is
    narrow."""

    start: datetime
    x: int
    is_minor: bool

    @property
    def percent(self) -> str:
        """`x`, as SVG takes it."""
        return f"{self.x // 10}.{self.x % 10}%"

    @property
    def anchor(self) -> str:
        """Which end of the text is at `x`: nothing may stick out."""
        return "start" if self.x < 60 else "end" if self.x > 940 else "middle"


@dataclass(frozen=True)
class TimeChart:
    """Clicks and visitors by interval, drawn in a box of `width` by `height`; the drawings are path data."""

    count: int  # intervals
    clicks: str  # bars
    visitors: str  # their lower parts: nobody visits without clicking
    bots: str  # a line
    previous: str  # a line: clicks of the period before
    lines: list[Line]  # from the top down
    labels: list[Label]
    width: int
    height: int = HEIGHT
    slot: int = SLOT


@dataclass(frozen=True)
class Share:
    """One line of a breakdown: `percent` of all clicks, and `width` percent of the longest bar."""

    value: str
    clicks: int
    percent: int
    width: int


def time_chart(
    series: Sequence[Point], *, previous: Sequence[Point] | None = None, bots: bool = False, shown: int | None = None
) -> TimeChart:
    """The chart of `series`, which has at least one point, of which the first `shown` have begun. `previous` are points
    to compare with, one by one; with `bots`, they are drawn too."""
    done = series[:shown]
    before = (previous or ())[: len(series)]
    drawn = [*(p.clicks for p in done), *(p.clicks for p in before), *(p.bots for p in done if bots)]
    most = max(drawn, default=0)
    step = _step(most)
    top = step * max(1, -(-most // step))
    return TimeChart(
        count=len(series),
        clicks=_bars([point.clicks for point in done], top),
        visitors=_bars([min(point.visitors, point.clicks) for point in done], top),
        bots=_line([point.bots for point in done], top) if bots else "",
        previous=_line([point.clicks for point in before], top),
        lines=[Line(value, HEIGHT - HEIGHT * value // top) for value in range(top, -1, -step)],
        labels=_labels(series),
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


def spark_line(values: Sequence[int]) -> str:
    """The path of a line through `values`, in a box of SLOT for each of them by HEIGHT."""
    return _line(values, max(values, default=0) or 1)


def _bars(values: Sequence[int], top: int) -> str:
    left = (SLOT - BAR) // 2
    return "".join(
        f"M{number * SLOT + left} {HEIGHT}V{HEIGHT - max(HEIGHT * value // top, 1)}h{BAR}V{HEIGHT}z"
        for number, value in enumerate(values)
        if value
    )


def _line(values: Sequence[int], top: int) -> str:
    """Through the middle of the intervals; a single value has one to itself."""
    if len(values) == 1:
        return f"M0 {HEIGHT - HEIGHT * values[0] // top}H{SLOT}"
    points = (f"{number * SLOT + SLOT // 2} {HEIGHT - HEIGHT * value // top}" for number, value in enumerate(values))
    return "M" + "L".join(points) if values else ""


def _labels(series: Sequence[Point]) -> list[Label]:
    """Evenly spread ones, from the first interval on."""
    every = -(-len(series) // MOST_LABELS)
    numbers = range(0, len(series), every)
    return [
        Label(series[number].start, (1000 * number + 500) // len(series), is_minor=bool(place % 2))
        for place, number in enumerate(numbers)
    ]


def _step(most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, … of which MOST_LINES reach up to `most`."""
    magnitude = 1
    while True:
        for step in STEPS:
            if step * magnitude * MOST_LINES >= most:
                return step * magnitude
        magnitude *= 10
