import io
from datetime import UTC, datetime, timedelta

from rich.console import Console

from shortener.cli.charts import breakdown, columns, eighth, grouped, stats_view
from shortener.client import Point, Slice, Stats, Totals


def drawn(thing) -> str:
    console = Console(width=80, file=io.StringIO())
    console.print(thing)
    return console.file.getvalue()


def points(*clicks):
    start = datetime(2027, 1, 1, tzinfo=UTC)
    return [Point(start=start + timedelta(day), clicks=count) for day, count in enumerate(clicks)]


def test_the_highest_column_fills_the_chart_and_none_stays_empty():
    text = drawn(columns(points(8, 0, 4), 80, height=2))
    top, bottom, dates = text.splitlines()
    assert (top.split("┤")[1].rstrip(), bottom.split("┤")[1].rstrip()) == ("█████", "█████       █████")
    assert dates.split() == ["2027-01-01", "2027-01-03"]


def test_a_single_click_among_many_is_seen():
    assert eighth(1, 1_000_000, 0, 8) == "▁"
    assert eighth(0, 10, 0, 8) == " "


def test_more_points_than_fit_are_summed_up():
    assert grouped([1] * 10, 4) == ([3, 3, 3, 1], 3)


def test_nothing_is_said_in_words():
    assert "No clicks" in drawn(columns(points(0, 0), 80))
    assert "Nothing" in drawn(columns([], 80))


def test_values_are_shown_as_they_are():
    text = drawn(breakdown("Referrers", [Slice(value="[red]x", clicks=3), Slice(value="", clicks=1)]))
    assert "[red]x" in text
    assert "unknown" in text


def test_what_is_empty_is_called_what_it_means():
    stats = Stats(
        totals=Totals(clicks=1), series=points(1), dimensions={"channels": [Slice(value="", clicks=1)], "other": []}
    )
    text = drawn(stats_view(stats, "Title", 80))
    assert "1 click " in text
    assert "link  ███" in text
