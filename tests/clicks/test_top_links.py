"""The most followed links, found without adding all of them up: whatever is found is what adding up gives."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from shortener.clicks import top_links as module
from shortener.clicks.figures import Slice, Subject
from shortener.clicks.models import DailyClicks, Dimension, DimensionClicks, Scope
from shortener.clicks.top_links import MOST, depths, top_links
from tests.clicks.writing import click, send

pytestmark = pytest.mark.django_db
TEAM = Subject(Scope.WORKSPACE, 5)
FIRST = date(2031, 5, 1)


def keep(counted: dict[tuple[date, int], Counter[int]]) -> None:
    """Rollups of the workspace: by day and slot of the writer, the clicks of links."""
    scope = {"scope": TEAM.scope, "scope_id": TEAM.scope_id}
    DailyClicks.objects.bulk_create(
        DailyClicks(**scope, day=day, slot=slot, clicks=clicks.total()) for (day, slot), clicks in counted.items()
    )
    DimensionClicks.objects.bulk_create(
        DimensionClicks(**scope, day=day, slot=slot, dimension=Dimension.LINK, value=str(link), clicks=number)
        for (day, slot), clicks in counted.items()
        for link, number in clicks.items()
    )


def added_up(counted, top, days=(FIRST, date.max)):
    total = sum((clicks for (day, _slot), clicks in counted.items() if days[0] <= day < days[1]), Counter())
    ranked = sorted(total.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return [Slice(str(link), clicks) for link, clicks in ranked[:top]]


def history(seed: int, *, exponent: float) -> dict[tuple[date, int], Counter[int]]:
    """Three writers, twenty days, two hundred links, of which some are followed far more than others."""
    chance = random.Random(seed)
    weights = [(rank + 1) ** -exponent for rank in range(200)]
    return {
        (FIRST + timedelta(day), slot): Counter(chance.choices(range(1, 201), weights, k=chance.randrange(400)))
        for day in range(20)
        for slot in (0, 1, -2)
    }


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("top", [1, 9, 51])
@pytest.mark.parametrize("read", [lambda top: (2 * top,), lambda top: (1, top, 3 * top), lambda top: (200,)])
def test_what_is_found_is_what_adding_up_gives(exponent, top, read, monkeypatch):
    monkeypatch.setattr(module, "depths", lambda _days, top, _most: read(top))
    counted = history(top, exponent=exponent)
    keep(counted)
    for days in ((FIRST, FIRST + timedelta(20)), (FIRST + timedelta(3), FIRST + timedelta(4))):
        found = top_links(TEAM, days, [], top)
        assert found is None or found == added_up(counted, top, days)


def test_links_of_which_some_lead_are_found_by_reading_few(monkeypatch):
    monkeypatch.setattr(module, "READ", 10)
    counted = history(1, exponent=1.5)
    keep(counted)
    assert top_links(TEAM, (FIRST, FIRST + timedelta(20)), [], 5) == added_up(counted, 5)


def test_one_that_never_leads_a_day_is_found_in_the_sum(monkeypatch):
    monkeypatch.setattr(module, "READ", 2)
    counted = {
        (FIRST + timedelta(day), 0): Counter({10 + day: 30, 30 + day: 29, 1: 28, 50 + day: 2}) for day in range(9)
    }
    keep(counted)
    assert top_links(TEAM, (FIRST, FIRST + timedelta(9)), [], 1) == [Slice("1", 252)]


def test_more_is_read_where_little_does_not_tell(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(module, "FIRST_READ", 0)
    # Those after the first three are as good as each other: until all are read, one that was not could be the fourth.
    keep({(FIRST, 0): Counter({1: 90, 2: 80, 3: 70} | dict.fromkeys(range(10, 50), 5))})
    days = (FIRST, FIRST + timedelta(1))
    with django_assert_num_queries(1):
        assert top_links(TEAM, days, [], 3) == [Slice("1", 90), Slice("2", 80), Slice("3", 70)]
    with django_assert_num_queries(2):  # all of them are read
        assert top_links(TEAM, days, [], 4)[3] == Slice("10", 5)


def test_a_long_time_is_read_less_deep_at_first():
    assert depths(1, 9, 68) == depths(30, 9, 68) == (68,)
    assert depths(90, 9, 68) == (55, 68)
    assert depths(365, 9, 68) == depths(3_650, 9, 68) == (27, 68)


def test_nothing_is_said_where_nothing_is_known(monkeypatch):
    monkeypatch.setattr(module, "READ", 0)
    keep({(FIRST, slot): Counter(dict.fromkeys(range(1, 100), 5)) for slot in range(4)})
    assert top_links(TEAM, (FIRST, FIRST + timedelta(1)), [], 9) is None
    assert top_links(TEAM, (FIRST, FIRST + timedelta(1)), [], MOST + 1) is None


def test_clicks_beside_the_days_count(stores, make_link, ingest):
    link, now = make_link(), datetime.now(UTC)
    send(click(link.pk, at=now), click(link.pk, at=now))
    ingest()
    subject = Subject(Scope.WORKSPACE, link.workspace_id)
    edges = [(now - timedelta(hours=1), now + timedelta(hours=1))]
    assert top_links(subject, (FIRST, FIRST), edges, 3) == [Slice(str(link.pk), 2)]


def test_there_may_be_none():
    assert top_links(TEAM, (FIRST, FIRST + timedelta(1)), [], 9) == []
