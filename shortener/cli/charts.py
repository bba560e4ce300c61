"""Statistics in a terminal: columns by time, bars by value."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from shortener.client import Point, Slice, Stats

EIGHTHS = " ▁▂▃▄▅▆▇█"
HEIGHT = 8  # rows
BAR = 24  # characters
WIDEST = 6  # characters of a column and the gap behind it
TOP = 5  # values of a dimension
EMPTY = {"referrers": "direct or unknown", "channels": "link"}  # what the empty value means
TITLES = {
    "referrers": "Referrers", "countries": "Countries", "browsers": "Browsers", "os": "Systems", "devices": "Devices",
    "channels": "Channels",
}  # fmt: skip


def stats_view(stats: Stats, title: str, width: int) -> RenderableType:
    """All of it; `width` in characters."""
    tables = [
        breakdown(words, stats.dimensions[name], EMPTY.get(name, "unknown"))
        for name, words in TITLES.items()
        if stats.dimensions.get(name)
    ]
    totals = stats.totals
    line = Text.assemble(
        (f"{totals.clicks:,}", "bold green"), _noun(totals.clicks, "click"), "   ",
        (f"{totals.visitors:,}", "bold"), _noun(totals.visitors, "visitor"), "   ",
        (f"{totals.bots:,}", "bold"), " by bots",
    )  # fmt: skip
    return Group(Text(title, "bold"), line, "", columns(stats.series, width), "", *tables)


def _noun(count: int, word: str) -> str:
    return f" {word}" if count == 1 else f" {word}s"


def columns(series: Sequence[Point], width: int, height: int = HEIGHT) -> RenderableType:
    """Clicks by time as columns. More points than fit are summed up in groups."""
    if not series:
        return Text("Nothing in this time.", "dim")
    values, each = grouped([point.clicks for point in series], max(10, width - 10))
    highest = max(values)
    if not highest:
        return Text("No clicks in this time.", "dim")
    wide = max(1, min(WIDEST, (width - 10) // len(values)))
    label = len(f"{highest:,}")
    rows = []
    for row in reversed(range(height)):
        drawn = "".join((eighth(value, highest, row, height) * (wide - 1 or 1)).ljust(wide) for value in values)
        mark = f"{highest:,}" if row == height - 1 else "0" if row == 0 else ""
        rows.append(Text.assemble((mark.rjust(label), "dim"), (" ┤" if mark else " │"), (drawn, "green")))
    first, last = f"{series[0].start:%Y-%m-%d}", f"{series[-1].start:%Y-%m-%d}"
    between = max(1, len(values) * wide - len(first) - len(last))
    rows.append(Text(f"{' ' * (label + 2)}{first}{' ' * between}{last}", "dim"))
    if each > 1:
        rows.append(Text(f"{' ' * (label + 2)}each column is {each} intervals", "dim"))
    return Group(*rows)


def eighth(value: int, highest: int, row: int, height: int) -> str:
    """The character of a column of `value` in `row` (from below), in eighths; whatever is not zero shows."""
    filled = -(-value * height * 8 // highest)
    return EIGHTHS[max(0, min(8, filled - row * 8))]


def grouped(values: Sequence[int], most: int) -> tuple[list[int], int]:
    """At most `most` sums of neighbours, and how many went into each."""
    each = -(-len(values) // most)
    return [sum(values[start : start + each]) for start in range(0, len(values), each)], each


def breakdown(title: str, slices: Sequence[Slice], empty: str = "unknown") -> RenderableType:
    """The most frequent values of a dimension, with bars; `empty` is what the empty value means."""
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False, box=None, padding=(0, 1))
    table.add_column(max_width=30, no_wrap=True)
    table.add_column()
    table.add_column(justify="right")
    highest = max((part.clicks for part in slices), default=0) or 1
    for part in slices[:TOP]:
        bar = "█" * max(1, round(part.clicks / highest * BAR))
        table.add_row(escape(part.value) or f"[dim]{empty}[/]", f"[green]{bar}[/]", f"{part.clicks:,}")
    return table
