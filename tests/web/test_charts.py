import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from shortener.clicks.stats import Point, Slice
from shortener.web.charts import HEIGHT, shares, time_chart


def series(*clicks):
    return [
        Point(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(number), count, count // 2)
        for number, count in enumerate(clicks)
    ]


@pytest.mark.parametrize(
    ("most", "scale"),
    [
        (0, [1, 0]),
        (1, [1, 0]),
        (4, [4, 3, 2, 1, 0]),
        (5, [6, 4, 2, 0]),
        (99, [100, 50, 0]),
        (312, [400, 300, 200, 100, 0]),
        (1_000_001, [1_500_000, 1_000_000, 500_000, 0]),
    ],
)
def test_the_scale_has_round_numbers(most, scale):
    assert [line.value for line in time_chart(series(0, most)).lines] == scale


def test_bars_are_as_high_as_their_share_of_the_scale():
    chart = time_chart(series(0, 50, 100))
    assert chart.clicks == "M113 1000V500h74V1000zM213 1000V0h74V1000z"
    assert chart.visitors == "M113 1000V750h74V1000zM213 1000V500h74V1000z"


def test_the_smallest_bar_is_still_seen():
    assert time_chart(series(1, 1_000_000)).clicks.startswith("M13 1000V999h")


def test_intervals_that_have_not_begun_have_no_bars_but_their_place():
    chart = time_chart(series(7, 9, 0), shown=1)
    assert chart.clicks.count("M") == 1
    assert (chart.count, chart.width) == (3, 300)


def test_the_period_before_is_a_line_over_the_same_intervals():
    chart = time_chart(series(2, 4), previous=series(8, 0, 99))
    assert chart.previous == "M50 0L150 1000"
    assert chart.lines[0].value == 8


def test_bots_count_for_the_scale_only_when_they_are_drawn():
    point = Point(datetime(2026, 1, 1, tzinfo=UTC), clicks=1, bots=40)
    assert time_chart([point]).lines[0].value == 1
    drawn = time_chart([point], bots=True)
    assert (drawn.lines[0].value, drawn.bots) == (40, "M0 0H100")


@pytest.mark.parametrize(("count", "days"), [(1, [1]), (7, [1, 2, 3, 4, 5, 6, 7]), (30, [1, 6, 11, 16, 21, 26])])
def test_a_few_intervals_are_written_below(count, days):
    assert [label.start.day for label in time_chart(series(*range(count))).labels] == days


def test_labels_stand_under_the_middle_of_their_bars_and_do_not_stick_out():
    first, *_, last = time_chart(series(1, 2, 3, 4)).labels
    assert (first.percent, first.anchor) == ("12.5%", "middle")
    assert (last.percent, last.anchor) == ("87.5%", "middle")
    labels = time_chart(series(*range(90))).labels
    assert labels[0].anchor == "start"


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=90), st.booleans())
def test_nothing_is_drawn_outside(clicks, bots):
    chart = time_chart(series(*clicks), previous=series(*clicks[::-1]), bots=bots)
    assert 2 <= len(chart.lines) <= 5
    assert all(0 <= line.y <= HEIGHT for line in chart.lines)
    assert all(0 <= label.x <= 1000 for label in chart.labels)
    for path in (chart.clicks, chart.visitors, chart.previous, chart.bots):
        assert all(0 <= int(y) <= HEIGHT for y in re.findall(r"V(\d+)|[ML]\d+ (\d+)", path) for y in y if y)
        assert all(int(x) <= chart.width for x in re.findall(r"[ML](\d+) ", path))


def test_shares_are_of_all_clicks_and_bars_of_the_longest():
    first, second = shares([Slice("a", 60), Slice("b", 30)], total=120)
    assert (first.percent, first.width) == (50, 100)
    assert (second.percent, second.width) == (25, 50)


def test_a_small_share_is_still_seen():
    assert shares([Slice("a", 10_000), Slice("b", 1)], total=10_001)[1].width == 1


def test_nothing_has_no_shares():
    assert shares([], total=0) == []
