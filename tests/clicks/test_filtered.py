"""What filters find of days that are over, and of the hours of today that are, is kept: it is always what looking at
every click would find."""

from datetime import UTC, datetime, time, timedelta

import pytest

from shortener.clicks import filtered, filters, top_links
from shortener.clicks.erase import erase_clicks
from shortener.clicks.figures import StatsTooWide
from shortener.clicks.models import AskedFilter, Click, Dimension, FilteredCounts, FilteredValues, Scope
from shortener.clicks.partitions import partition_name
from shortener.clicks.periods import period_of
from shortener.clicks.seeding.history import History, write_history
from shortener.clicks.stats import Question, Subject, stats
from shortener.infra.stores import autonomous_connection
from tests.clicks.writing import click, send

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)
TODAY = NOW.date()
DAYS = 9
SHOWN = (Dimension.LINK, Dimension.COUNTRY, Dimension.REFERRER, Dimension.CITY, Dimension.UTM_CAMPAIGN)
GERMANY = {Dimension.COUNTRY: ["DE"]}
AFTERNOON = datetime.combine(TODAY - timedelta(1), time(14), UTC)  # of a day that all clicks are there of
WANTED = (GERMANY, {Dimension.DEVICE: ["mobile"], Dimension.COUNTRY: ["DE", ""]}, {Dimension.COUNTRY: ["nowhere"]})


@pytest.fixture
def links(stores, make_link, monkeypatch):
    monkeypatch.setattr(filtered, "FEW", 0)
    made = [make_link() for _ in range(6)]
    with autonomous_connection() as connection:
        write_history(connection, History([link.pk for link in made], 3_000, DAYS, NOW))
    yield made
    with autonomous_connection() as connection:
        for age in range(DAYS):
            connection.execute(f"DROP TABLE IF EXISTS {partition_name(TODAY - timedelta(age))}")


def everything(monkeypatch, *args, **options):
    """What looking at each click finds."""
    with monkeypatch.context() as patch:
        patch.setattr(filtered, "FEW", 10**9)
        return stats(*args, **options)


def days(first, last, zone="UTC", interval=""):
    return period_of(
        start=TODAY - timedelta(first), end=TODAY - timedelta(last), interval=interval, time_zone=zone, now=NOW
    )


def test_it_is_what_looking_at_each_click_finds(links, monkeypatch):
    places = ("UTC", "Asia/Kolkata", "America/St_Johns")
    spans = ((3, 0, ""), (5, 2, "hour"), (0, 0, ""), (8, 0, "week"))
    for period in (days(*span[:2], zone, span[2]) for zone in places for span in spans):
        for subject in (Subject(Scope.LINK, links[0].pk), Subject(Scope.WORKSPACE, links[0].workspace_id)):
            for wanted in WANTED:
                asked = {"filters": wanted, "compare": True, "by": SHOWN, "top": 3}
                expected = everything(monkeypatch, subject, period, **asked)
                assert stats(subject, period, **asked) == expected, (subject, period, wanted)
                assert stats(subject, period, **asked) == expected, "from what is kept"
    assert FilteredCounts.objects.exists()
    assert FilteredValues.objects.exists()


@pytest.mark.parametrize("listed", [1, 150])
def test_the_hours_of_today_that_are_over_are_kept(links, monkeypatch, listed):
    monkeypatch.setattr(filtered, "LISTED", listed)
    subject = Subject(Scope.WORKSPACE, links[0].workspace_id)
    for until in (AFTERNOON, AFTERNOON + timedelta(hours=1), AFTERNOON):
        monkeypatch.setattr(Question, "until", until)
        for period in (days(6, 1), days(1, 1), days(1, 1, "Asia/Kolkata"), days(5, 1, "America/St_Johns", "day")):
            for wanted in WANTED:
                asked = {"filters": wanted, "compare": True, "by": SHOWN, "top": 3}
                expected = everything(monkeypatch, subject, period, **asked)
                assert stats(subject, period, **asked) == expected, (until, period, wanted)
                assert stats(subject, period, **asked) == expected, "from what is kept"
    for kept in (FilteredCounts, FilteredValues):
        hours = kept.objects.filter(day=AFTERNOON.date()).values_list("hours", flat=True).distinct()
        assert set(hours) == {14, 15}, "rows of their own, for whoever reads them meanwhile"


def test_clicks_of_those_hours_are_not_looked_at_again(links, monkeypatch):
    subject = Subject(Scope.WORKSPACE, links[0].workspace_id)
    monkeypatch.setattr(Question, "until", AFTERNOON)
    asked = {"filters": GERMANY, "by": SHOWN}
    before = stats(subject, days(3, 1), **asked)
    Click.objects.filter(clicked_at__gte=AFTERNOON.replace(hour=0), clicked_at__lt=AFTERNOON).delete()
    after = stats(subject, days(3, 1), **asked)
    assert after.dimensions == before.dimensions
    assert after.totals.clicks == before.totals.clicks


def test_a_click_that_comes_in_late_counts_on_the_same_day(links, ingest, monkeypatch):
    subject = Subject(Scope.WORKSPACE, links[0].workspace_id)
    monkeypatch.setattr(Question, "until", AFTERNOON)
    asked = {"filters": {Dimension.DEVICE: ["desktop"]}, "by": SHOWN}
    before = stats(subject, days(1, 1), **asked)
    send(click(links[1].pk, at=AFTERNOON - timedelta(hours=2)))
    ingest()
    after = stats(subject, days(1, 1), **asked)
    assert after.totals.clicks == before.totals.clicks + 1
    assert after == everything(monkeypatch, subject, days(1, 1), **asked)


def test_links_that_were_not_listed_are_counted(links, monkeypatch):
    subject = Subject(Scope.WORKSPACE, links[0].workspace_id)
    asked = {"filters": {Dimension.DEVICE: ["desktop"]}, "by": [Dimension.LINK], "top": 3}
    expected = everything(monkeypatch, subject, days(7, 0), **asked)
    assert len(expected.dimensions["links"]) == 3
    for listed in (1, 2, 4):
        monkeypatch.setattr(filtered, "LISTED", listed)
        AskedFilter.objects.all().delete()
        for read in ((listed,), (1, listed), (1, 2, 3)):
            monkeypatch.setattr(top_links, "depths", lambda *_, read=read: read)
            assert stats(subject, days(7, 0), **asked) == expected


def test_only_what_is_not_known_is_looked_at(links):
    subject = Subject(Scope.WORKSPACE, links[0].workspace_id)

    def looked_at(period, by=SHOWN):
        return Question(subject, period, GERMANY, False, by).looked_at()

    assert looked_at(days(4, 1)) > 500
    stats(subject, days(4, 1), filters=GERMANY, by=SHOWN)
    assert looked_at(days(4, 1)) == 0
    assert looked_at(days(4, 1), [Dimension.OS]) > 500
    assert 0 < looked_at(days(5, 1)) < 600  # the day before


def test_a_click_that_comes_in_late_counts(links, ingest, monkeypatch):
    subject = Subject(Scope.WORKSPACE, links[0].workspace_id)
    asked = {"filters": {Dimension.DEVICE: ["desktop"]}, "by": SHOWN}
    before = stats(subject, days(4, 1), **asked)
    send(click(links[1].pk, at=NOW - timedelta(3)))
    ingest()
    after = stats(subject, days(4, 1), **asked)
    assert after.totals.clicks == before.totals.clicks + 1
    assert after == everything(monkeypatch, subject, days(4, 1), **asked)


def test_nothing_is_left_of_a_link_that_is_erased(links, monkeypatch):
    subject = Subject(Scope.WORKSPACE, links[0].workspace_id)
    before = stats(subject, days(4, 1), filters=GERMANY, by=SHOWN)
    erase_clicks(links[0])
    after = stats(subject, days(4, 1), filters=GERMANY, by=SHOWN)
    assert after.totals.clicks < before.totals.clicks
    assert after == everything(monkeypatch, subject, days(4, 1), filters=GERMANY, by=SHOWN)


def test_what_was_found_in_time_stays(links, monkeypatch):
    subject = Subject(Scope.WORKSPACE, links[0].workspace_id)
    monkeypatch.setattr(filtered, "AT_ONCE", 1)  # a day at a time
    asked = {"filters": GERMANY, "compare": False, "by": SHOWN}
    clock = iter(range(0, 100_000, 3))
    with monkeypatch.context() as patch:
        patch.setattr(filtered.time, "monotonic", lambda: next(clock))
        with pytest.raises(StatsTooWide):
            stats(subject, days(6, 1), **asked)
    assert 0 < FilteredCounts.objects.count() < 6
    assert filters.FILTER_TIMEOUT == 10_000
    assert stats(subject, days(6, 1), **asked) == everything(monkeypatch, subject, days(6, 1), **asked)


def test_hours_are_forgotten_when_nobody_can_still_be_reading_them(links, monkeypatch):
    monkeypatch.setattr(Question, "until", AFTERNOON)
    stats(Subject(Scope.LINK, links[0].pk), days(3, 1), filters=GERMANY, by=SHOWN)
    with autonomous_connection() as connection:
        for later, is_kept in ((0, True), (1, True), (2, False)):
            filtered.forget(connection, AFTERNOON.date() + timedelta(later), TODAY - timedelta(DAYS))
            for kept in (FilteredCounts, FilteredValues):
                assert kept.objects.filter(hours=14).exists() is is_kept
                assert kept.objects.filter(hours=filtered.WHOLE).exists()


def test_what_nobody_asks_for_is_forgotten(links):
    subject = Subject(Scope.LINK, links[0].pk)
    stats(subject, days(4, 1), filters=GERMANY, by=SHOWN)
    with autonomous_connection() as connection:
        filtered.forget(connection, TODAY, TODAY - timedelta(3))
        assert FilteredCounts.objects.count() == 3  # of what is left of the clicks
        filtered.forget(connection, TODAY + timedelta(filtered.KEPT_DAYS + 1), TODAY - timedelta(3))
    assert not AskedFilter.objects.exists()
    assert not FilteredCounts.objects.exists()
    assert not FilteredValues.objects.exists()
