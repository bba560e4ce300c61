from datetime import date, timedelta

import pytest

from shortener.clicks.partitions import ensure_partitions, partition_name
from shortener.infra.stores import autonomous_connection

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2031, 5, 1)  # far from the days other tests use


@pytest.fixture
def postgres(stores):
    with autonomous_connection() as connection:
        yield connection
        connection.execute("TRUNCATE clicks_click")
        for offset in range(-1, 10):
            connection.execute(f"DROP TABLE IF EXISTS {partition_name(DAY + timedelta(offset))}")


def test_days_ahead_are_made_once(postgres):
    assert ensure_partitions(postgres, DAY) == [
        "clicks_click_20310430", "clicks_click_20310501", "clicks_click_20310502", "clicks_click_20310503",
        "clicks_click_20310504",
    ]  # fmt: skip
    assert ensure_partitions(postgres, DAY) == []
    assert ensure_partitions(postgres, DAY + timedelta(1)) == ["clicks_click_20310505"]


def test_clicks_in_the_default_partition_are_in_nobodys_way(postgres):
    postgres.execute(
        "INSERT INTO clicks_click (clicked_at, batch_id, position, link_id, kind) "
        "VALUES (%s, gen_random_uuid(), 0, 1, 0)",
        [DAY],
    )
    assert partition_name(DAY) not in ensure_partitions(postgres, DAY)
    assert postgres.execute("SELECT count(*) FROM clicks_click").fetchone() == (1,)
