from datetime import UTC, date, datetime

import pytest

from shortener.clicks.models import DailyClicks, Dimension, DimensionClicks, LinkTotal
from shortener.clicks.stats import Point, Slice, Totals, link_stats, totals_of

pytestmark = pytest.mark.django_db
TODAY = date(2027, 3, 10)


def day(number, slot=0, **counts):
    DailyClicks.objects.create(link_id=1, day=date(2027, 3, number), slot=slot, **counts)


def test_a_series_has_every_day_and_the_slots_summed():
    day(10, slot=0, clicks=3, visitors=2, bots=1)
    day(10, slot=1, clicks=4, visitors=1)
    day(8, clicks=5)
    day(7, clicks=100)
    stats = link_stats(1, days=3, today=TODAY)
    assert stats.series == [Point(date(2027, 3, 8), 5), Point(date(2027, 3, 9)), Point(TODAY, 7, 3, 1)]
    assert stats.totals == Totals(clicks=12, visitors=3, bots=1)


def test_a_link_that_nobody_followed_has_zeros():
    stats = link_stats(9, days=30, today=TODAY)
    assert stats.totals == Totals()
    assert len(stats.series) == 30
    assert set(stats.dimensions) == {"referrers", "countries", "browsers", "os", "devices", "languages"}


def test_dimensions_show_the_most_frequent_values_first():
    for number, (value, clicks) in enumerate([("a", 1), ("b", 5), *((f"x{n}", 2) for n in range(20))]):
        DimensionClicks.objects.create(
            link_id=1, dimension=Dimension.COUNTRY, day=TODAY, value=value, slot=number % 3, clicks=clicks
        )
    countries = link_stats(1, days=1, today=TODAY).dimensions["countries"]
    assert countries[:2] == [Slice("b", 5), Slice("x0", 2)]
    assert len(countries) == 10


def test_totals_of_many_links_take_one_query(django_assert_num_queries):
    for link in (1, 2):
        for slot in (0, 1):
            LinkTotal.objects.create(link_id=link, slot=slot, clicks=link, last_clicked_at=datetime.now(UTC))
    with django_assert_num_queries(1):
        assert totals_of([1, 2, 3]) == {1: Totals(2), 2: Totals(4), 3: Totals()}


def test_a_page_costs_the_same_number_of_queries_for_any_history(django_assert_num_queries):
    for number in range(1, 11):
        day(number, clicks=number)
    with django_assert_num_queries(2):
        link_stats(1, days=400, today=TODAY)
