from datetime import date, timedelta

import pytest

from shortener.clicks.models import DailySalt
from shortener.clicks.visitors import Salts
from shortener.infra.stores import autonomous_connection

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
