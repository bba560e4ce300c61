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
    empty, half, full = time_chart(series(0, 50, 100)).bars
    assert (empty.clicks_height, half.clicks_height, full.clicks_height) == (0, HEIGHT // 2, HEIGHT)
    assert (full.clicks_y, full.visitors_height) == (0, HEIGHT // 2)


def test_the_first_the_middle_and_the_last_day_are_written_below():
    assert [day.day for day in time_chart(series(*range(7))).days] == [1, 4, 7]


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=90))
def test_nothing_is_drawn_outside(clicks):
    chart = time_chart(series(*clicks))
    assert 2 <= len(chart.lines) <= 5
    assert all(0 <= line.y <= HEIGHT for line in chart.lines)
    assert all(0 <= bar.visitors_height <= bar.clicks_height <= HEIGHT for bar in chart.bars)
    assert all(bar.x >= 0 and bar.x + chart.bar <= chart.width for bar in chart.bars)


def test_shares_are_of_all_clicks_and_bars_of_the_longest():
    first, second = shares([Slice("a", 60), Slice("b", 30)], total=120)
    assert (first.percent, first.width) == (50, 100)
    assert (second.percent, second.width) == (25, 50)


def test_a_small_share_is_still_seen():
    assert shares([Slice("a", 10_000), Slice("b", 1)], total=10_001)[1].width == 1


def test_nothing_has_no_shares():
    assert shares([], total=0) == []
