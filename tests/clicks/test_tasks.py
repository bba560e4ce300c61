"""The periodic jobs: what they do, that they are there, and that a second one does not run beside the first."""

from datetime import UTC, datetime, timedelta

import pytest
from procrastinate.contrib.django import app

from shortener.clicks import geoip, tasks
from shortener.clicks.models import DailySalt
from shortener.clicks.partitions import partition_name
from shortener.infra.stores import autonomous_connection

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = datetime.now(UTC).date()


def is_there(day):
    with autonomous_connection() as connection:
        return connection.execute("SELECT to_regclass(%s)", [partition_name(day)]).fetchone() != (None,)


def test_both_are_done_again_and_again_and_never_beside_themselves():
    periodic = {task.task.name: task for task in app.periodic_registry.periodic_tasks.values()}
    assert {"clicks.tidy", "clicks.update_geoip"} <= set(periodic)
    assert periodic["clicks.tidy"].cron == "3 * * * *"
    for name in ("clicks.tidy", "clicks.update_geoip"):
        assert app.tasks[name].queueing_lock == name


def test_tidying_makes_partitions_and_forgets_salts(stores, settings):
    settings.CLICK_RETENTION_DAYS = 10
    with autonomous_connection() as connection:
        connection.execute(f"CREATE TABLE {partition_name(TODAY - timedelta(20))} (LIKE clicks_click INCLUDING ALL)")
        connection.execute(
            f"ALTER TABLE clicks_click ATTACH PARTITION {partition_name(TODAY - timedelta(20))} "
            f"FOR VALUES FROM ('{TODAY - timedelta(20)} 00:00Z') TO ('{TODAY - timedelta(19)} 00:00Z')"
        )
    DailySalt.objects.create(day=TODAY - timedelta(2), salt=b"s" * 32)
    tasks.tidy(0)
    assert is_there(TODAY + timedelta(3))
    assert not is_there(TODAY - timedelta(20))
    assert not DailySalt.objects.exists()
    tasks.tidy(0)  # twice is harmless


def test_without_a_source_places_are_left_alone(settings, monkeypatch):
    settings.GEOIP_URL = settings.GEOIP_LICENSE_KEY = ""
    monkeypatch.setattr(geoip, "update", lambda *_: 1 / 0)
    tasks.update_geoip(0)


def test_a_download_that_fails_is_a_line_in_the_log(settings, monkeypatch, caplog):
    settings.GEOIP_URL = "https://example.com/places.mmdb"

    def fail(*_):
        raise geoip.DownloadFailed("no route")

    monkeypatch.setattr(geoip, "update", fail)
    tasks.update_geoip(0)
    assert "stay as they are: no route" in caplog.text
