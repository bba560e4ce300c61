from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shortener.clicks.housekeeping import forget_batches, forget_visitors
from shortener.clicks.models import Batch, Visitor
from shortener.infra.stores import autonomous_connection

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)
TODAY = NOW.date()


def test_visitors_of_days_without_a_salt_are_forgotten():
    for age in (0, 1, 2):
        Visitor.objects.create(day=TODAY - timedelta(age), link_id=1, visitor=b"x" * 16)
    with autonomous_connection() as connection:
        assert forget_visitors(connection, TODAY) == 1
    assert sorted(Visitor.objects.values_list("day", flat=True)) == [TODAY - timedelta(1), TODAY]


def test_batches_are_remembered_for_two_weeks():
    for age in (0, 13, 16):
        Batch.objects.create(id=uuid4(), clicks=1, received_at=NOW - timedelta(age))
    with autonomous_connection() as connection:
        assert forget_batches(connection, TODAY) == 1
    assert Batch.objects.count() == 2
