import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shortener.clicks import breakdowns, filters, series
from shortener.clicks.models import Click, DailyClicks, Dimension, DimensionClicks, LinkTotal, Scope
from shortener.clicks.periods import period_of
from shortener.clicks.stats import Slice, StatsTooWide, Subject, Totals, link_stats, stats, totals_of
from tests.clicks.writing import FIREFOX, GOOGLE, IPHONE, click, send

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2027, 3, 10, 12, tzinfo=UTC)
TODAY = NOW.date()


def day(number, slot=0, **counts):
    DailyClicks.objects.create(scope=0, scope_id=1, day=date(2027, 3, number), slot=slot, **counts)


def test_a_series_has_every_day_and_the_slots_summed():
    day(10, slot=0, clicks=3, visitors=2, bots=1)
    day(10, slot=1, clicks=4, visitors=1)
    day(8, clicks=5)
    day(7, clicks=100)
    found = link_stats(1, days=3, now=NOW)
    assert [(p.day.day, p.clicks, p.visitors, p.bots) for p in found.series] == [
        (8, 5, 0, 0),
        (9, 0, 0, 0),
        (10, 7, 3, 1),
    ]
    assert found.totals == Totals(clicks=12, visitors=3, bots=1)


def test_a_link_that_nobody_followed_has_zeros():
    found = link_stats(9, days=30, now=NOW)
    assert found.totals == Totals()
    assert len(found.series) == 30
    assert set(found.dimensions) == {d.label for d in Dimension} - {"links"}


def test_dimensions_show_the_most_frequent_values_first_and_what_is_unknown():
    day(10, clicks=50)
    for number, (value, clicks) in enumerate([("a", 1), ("b", 5), *((f"x{n}", 2) for n in range(20))]):
        DimensionClicks.objects.create(
            scope=0, scope_id=1, dimension=Dimension.COUNTRY, day=TODAY, value=value, slot=number % 3, clicks=clicks
        )
    countries = link_stats(1, days=1, now=NOW).dimensions["countries"]
    assert countries[:3] == [Slice("b", 5), Slice("", 4), Slice("x0", 2)]
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
        link_stats(1, days=400, now=NOW)


# --- Against the raw clicks: whatever is asked, the rollups say what counting would. ---------------------------------

START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=12)
COUNTRIES = (b"DE", b"IN", b"NP", b"US", None)
REFERRERS = (b"", b"https://www.google.de/", b"https://t.co/x", b"https://news.example/")
QUERIES = (None, b"utm_source=mail&utm_campaign=spring", b"qr=1", b"utm_source=poster&x=1")
DESTINATIONS = (None, "https://example.com/b", "https://example.com/c")


@pytest.fixture
def history(stores, ingest, make_link, settings):
    """Two links, and 600 clicks of all kinds over twelve days."""
    settings.TRUSTED_PROXIES = ["203.0.113.0/24"]
    links = [make_link(), make_link()]
    chance = random.Random(3)
    moments = [START + timedelta(seconds=chance.randrange(12 * 86400)) for _ in range(600)]
    events = [
        click(
            link=chance.choice(links).pk, at=at, method=chance.choice(["GET"] * 9 + ["HEAD"]), peer="203.0.113.9",
            agent=chance.choice([FIREFOX, IPHONE, GOOGLE]), referrer=chance.choice(REFERRERS),
            country=chance.choice(COUNTRIES), query=chance.choice(QUERIES), destination=chance.choice(DESTINATIONS),
        )
        for at in moments
    ]  # fmt: skip
    for start in range(0, len(events), 50):
        send(*events[start : start + 50])
    # As if they had come in when they were made: yesterday's salt is the oldest that is given out.
    ingest()
    return links


def rows_in(subject, period, **equal):
    column = {Scope.LINK: "link_id", Scope.DOMAIN: "domain_id", Scope.WORKSPACE: "workspace_id"}.get(subject.scope)
    rows = Click.objects.filter(clicked_at__gte=period.start, clicked_at__lt=period.end, **equal)
    return list(rows.filter(**{column: subject.scope_id}) if column else rows)


def subjects(link):
    return [
        Subject(Scope.LINK, link.pk), Subject(Scope.DOMAIN, link.domain_id), Subject(Scope.WORKSPACE, link.workspace_id),
        Subject(Scope.SITE, 0),
    ]  # fmt: skip


ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"]


@pytest.mark.parametrize("zone", ZONES)
def test_every_number_is_what_counting_the_clicks_gives(history, zone):
    first = START.date()
    chance = random.Random(zone)
    for interval in ("hour", "day", "week", "month"):
        start = first + timedelta(chance.randrange(5))
        end = start + timedelta(chance.randrange(7))
        period = period_of(start=start, end=end, interval=interval, time_zone=zone)
        for subject in subjects(history[0]):
            found = stats(subject, period, top=100)
            rows = rows_in(subject, period)
            people = [row for row in rows if row.kind == 0]
            assert found.totals.clicks == len(people)
            assert found.totals.bots == sum(row.kind == 1 for row in rows)
            assert found.totals.others == sum(row.kind > 1 for row in rows)
            assert sum(point.clicks for point in found.series) == len(people)
            for dimension in ("country", "browser", "referrer", "source", "utm_source", "destination", "channel"):
                label = Dimension[dimension.upper()].label
                counted = Counter(getattr(row, dimension) for row in people)
                assert {part.value: part.clicks for part in found.dimensions[label]} == counted, (label, subject)


@pytest.mark.parametrize("zone", ZONES)
def test_each_interval_has_its_clicks(history, zone):
    where = ZoneInfo(zone)
    subject = Subject(Scope.WORKSPACE, history[0].workspace_id)
    names = {"hour": "%Y-%m-%d %H", "day": "%Y-%m-%d", "week": "%G-%V", "month": "%Y-%m"}
    for interval, name in names.items():
        period = period_of(start=START.date(), end=START.date() + timedelta(9), interval=interval, time_zone=zone)
        counted = Counter(row.clicked_at.astimezone(where).strftime(name) for row in rows_in(subject, period, kind=0))
        found = stats(subject, period).series
        assert {point.start.strftime(name): point.clicks for point in found if point.clicks} == counted


def test_filters_may_be_combined_and_agree_with_the_clicks(history):
    period = period_of(start=START.date(), end=START.date() + timedelta(12), time_zone="Asia/Kolkata")
    for subject in subjects(history[0]):
        filters = {Dimension.COUNTRY: ["DE", ""], Dimension.BROWSER: ["Firefox"], Dimension.CHANNEL: [""]}
        found = stats(subject, period, filters=filters)
        rows = [
            row
            for row in rows_in(subject, period)
            if row.country in ("DE", "") and row.browser == "Firefox" and not row.channel
        ]
        people = [row for row in rows if row.kind == 0]
        assert 0 < found.totals.clicks == len(people)
        assert found.totals.others == sum(row.kind > 1 for row in rows)
        assert {p.value: p.clicks for p in found.dimensions["utm_sources"]} == Counter(r.utm_source for r in people)
        assert {part.value for part in found.dimensions["browsers"]} == {"Firefox"}


def test_a_workspace_is_broken_down_by_its_links(history):
    period = period_of(start=START.date(), end=START.date() + timedelta(12))
    subject = Subject(Scope.WORKSPACE, history[0].workspace_id)
    counted = Counter(str(row.link_id) for row in rows_in(subject, period, kind=0))
    found = stats(subject, period)
    assert {part.value: part.clicks for part in found.dimensions["links"]} == counted
    one = str(history[0].pk)
    assert stats(subject, period, filters={Dimension.LINK: [one]}).totals.clicks == counted[one]


def test_the_period_before_is_counted_beside(history):
    subject = Subject(Scope.LINK, history[0].pk)
    later = period_of(start=START.date() + timedelta(6), end=START.date() + timedelta(11), time_zone="Europe/Berlin")
    earlier = period_of(start=START.date(), end=START.date() + timedelta(5), time_zone="Europe/Berlin")
    assert stats(subject, later, compare=True).previous.totals == stats(subject, earlier).totals


def test_edges_that_are_too_busy_are_counted_by_whole_days(history, monkeypatch):
    monkeypatch.setattr(breakdowns, "EDGE_LIMIT", 0)
    period = period_of(start=START.date() + timedelta(2), end=START.date() + timedelta(4), time_zone="Asia/Kolkata")
    whole = period_of(start=START.date() + timedelta(1), end=START.date() + timedelta(4))
    subject = Subject(Scope.SITE, 0)
    assert stats(subject, period).dimensions == stats(subject, whole).dimensions
    assert stats(subject, period).is_rounded
    assert not stats(subject, whole).is_rounded
    assert stats(subject, period).totals.clicks == len(rows_in(subject, period, kind=0))


def test_filters_over_too_much_are_refused(history, monkeypatch):
    monkeypatch.setattr(filters, "FILTER_TIMEOUT", 1)
    monkeypatch.setattr(series, "FROM_CLICKS", "SELECT pg_sleep(5), 1, 1, 1, 1")
    period = period_of(start=START.date())
    with pytest.raises(StatsTooWide):
        stats(Subject(Scope.SITE, 0), period, filters={Dimension.COUNTRY: ["DE"]})


def test_visitors_are_those_of_each_link_and_day(stores, ingest, make_link):
    link = make_link()
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    send(click(link.pk, at=midnight - timedelta(minutes=5)), click(link.pk, at=midnight), click(link.pk, at=midnight))
    send(click(link.pk, at=midnight), click(link.pk, at=midnight - timedelta(minutes=5), agent=IPHONE))
    ingest()
    period = period_of(days=3, interval="day", now=now)
    for subject in subjects(link):
        found = stats(subject, period)
        assert [point.visitors for point in found.series] == [0, 2, 1]
        assert stats(subject, period, filters={Dimension.DEVICE: ["desktop"]}).totals.visitors == 2
