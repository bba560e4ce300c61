from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from shortener.clicks.models import Click, DailyClicks, DailySalt
from shortener.clicks.visitors import Salts, visitor_hash
from shortener.infra.stores import autonomous_connection
from tests.clicks.writing import click, send

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2027, 3, 1)
DAY = timedelta(1)


@pytest.fixture
def postgres():
    with autonomous_connection() as connection:
        yield connection


def test_all_workers_share_the_salt_of_a_day(postgres):
    salt = Salts(postgres).of(TODAY, TODAY)
    assert len(salt) == 32
    assert Salts(postgres).of(TODAY, TODAY) == salt


def test_days_have_different_salts(postgres):
    salts = Salts(postgres)
    assert salts.of(TODAY, TODAY) != salts.of(TODAY - DAY, TODAY)


def test_a_day_that_is_over_gets_no_salt_again(postgres):
    assert Salts(postgres).of(TODAY - 2 * DAY, TODAY) is None
    assert not DailySalt.objects.exists()


def test_old_salts_are_destroyed(postgres):
    salts = Salts(postgres)
    salts.of(TODAY, TODAY)
    assert salts.destroy_old(TODAY + DAY) == 0  # clicks of yesterday evening may still arrive
    assert salts.destroy_old(TODAY + 2 * DAY) == 1
    assert salts.of(TODAY, TODAY + 2 * DAY) is None


def test_workers_that_start_at_once_agree(stores):
    def salt(_):
        with autonomous_connection() as connection:
            return Salts(connection).of(TODAY, TODAY)

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(salt, range(8)))) == 1
    assert DailySalt.objects.count() == 1


def test_a_worker_that_runs_on_over_midnight_takes_the_next_salt(postgres):
    salts = Salts(postgres)
    before = salts.of(TODAY, TODAY)
    after = salts.of(TODAY + DAY, TODAY + DAY)
    assert before != after
    assert salts.of(TODAY, TODAY + DAY) == before  # a click from before midnight that comes in after it


def test_a_worker_does_not_remember_what_was_destroyed(postgres):
    salts = Salts(postgres)
    salts.of(TODAY, TODAY)
    with autonomous_connection() as elsewhere:
        Salts(elsewhere).destroy_old(TODAY + 2 * DAY)
    salts.of(TODAY + 2 * DAY, TODAY + 2 * DAY)  # its own next day is when it forgets
    assert TODAY not in salts._known
    assert salts.of(TODAY, TODAY + 2 * DAY) is None


def test_a_wrong_clock_makes_no_salts_ahead(postgres):
    assert Salts(postgres).of(TODAY + DAY, TODAY) is not None  # clocks differ by a little
    assert Salts(postgres).of(TODAY + 2 * DAY, TODAY) is None


# --- Through the worker ----------------------------------------------------------------------------------------------

MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
SECOND = timedelta(seconds=1)


def visitors(link=1):
    return dict(DailyClicks.objects.filter(scope=0, scope_id=link).values_list("day", "visitors"))


def test_the_same_visitor_is_another_after_midnight_utc(stores, ingest):
    send(click(at=MIDNIGHT - SECOND), click(at=MIDNIGHT), click(at=MIDNIGHT + SECOND))
    ingest()
    assert visitors() == {(MIDNIGHT - SECOND).date(): 1, MIDNIGHT.date(): 1}
    first, second, third = (bytes(row.visitor) for row in Click.objects.order_by("clicked_at"))
    assert first != second == third


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu"])
def test_days_are_those_of_utc_wherever_the_database_thinks_it_is(stores, ingest, zone):
    """Statistics are shown in any zone; what is one visitor does not depend on who looks, nor from where."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        database = cursor.fetchone()[0]
        cursor.execute(f"ALTER DATABASE \"{database}\" SET timezone TO '{zone}'")
    try:
        send(click(at=MIDNIGHT - SECOND), click(at=MIDNIGHT), click(at=MIDNIGHT + timedelta(hours=9)))
        ingest()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{database}" RESET timezone')
    assert visitors() == {(MIDNIGHT - SECOND).date(): 1, MIDNIGHT.date(): 1}


def test_a_click_that_comes_after_its_salt_is_gone_counts_without_a_visitor(stores, ingest):
    late = MIDNIGHT - 3 * DAY
    send(click(at=late), click(at=late))
    ingest()
    assert visitors() == {late.date(): 0}
    assert set(Click.objects.values_list("visitor", flat=True)) == {None}
    assert DailyClicks.objects.get(scope=0).clicks == 2
    assert not DailySalt.objects.filter(day=late.date()).exists()


def test_hashes_of_two_installations_have_nothing_in_common():
    assert visitor_hash(b"a" * 32, "203.0.113.9", "Firefox") != visitor_hash(b"b" * 32, "203.0.113.9", "Firefox")
    assert len(visitor_hash(b"a" * 32, "203.0.113.9", "Firefox")) == 16


@pytest.mark.parametrize("header", ["do_not_track", "global_privacy_control"])
def test_who_does_not_want_to_be_tracked_is_no_visitor(stores, ingest, header):
    fields = [*click()]
    fields[{"do_not_track": 10, "global_privacy_control": 11}[header]] = b"1"
    send(tuple(fields))
    ingest()
    assert visitors() == {MIDNIGHT.date(): 0}
    assert Click.objects.get().visitor is None
