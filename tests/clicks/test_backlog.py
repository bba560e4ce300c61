"""What waits, as the health page, the metrics and the admin site tell it."""

import pytest
import redis

from shortener.clicks import backlog as backlog_module
from shortener.clicks.backlog import Backlog, backlog
from shortener.clicks.spool import Spool
from shortener.clicks.streams import FIELD, STREAM, stream_names
from shortener.infra.metrics import exposition
from shortener.infra.stores import redis_client
from tests.clicks.writing import click, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def empty(stores, settings, tmp_path):
    settings.SPOOL_DIR, settings.METRICS_DIR = tmp_path / "spool", tmp_path / "metrics"


def refuse(*_):
    raise redis.ConnectionError("away")


def metrics(tmp_path):
    text = exposition(tmp_path / "metrics").decode()
    return {line.split()[0]: float(line.split()[1]) for line in text.splitlines() if not line.startswith("#")}


def test_nothing_waits():
    now = backlog()
    assert (now.batches, now.seconds, now.spooled, now.is_late) == (0, 0.0, 0, False)


def test_batches_of_all_streams_wait_and_the_oldest_says_how_long(settings):
    settings.CLICK_STREAMS = 3
    send(click(), stream=stream_names(3)[2])
    redis_client().xadd(STREAM, {FIELD: b"old"}, id="1000-0")  # in 1970
    now = backlog()
    assert now.batches == 2
    assert now.seconds > 1_000_000
    assert now.is_late


def test_what_lies_on_the_disk_counts(settings, tmp_path):
    settings.SPOOL_LIMIT = 1000
    spool = Spool(settings.SPOOL_DIR)
    spool.append(b"x" * 392)
    assert (backlog().spooled, backlog().is_late) == (400, False)
    spool.append(b"x" * 392)
    assert backlog().is_late
    spool.close()


def test_while_redis_is_away_it_is_late_and_unknown(monkeypatch):
    monkeypatch.setattr(backlog_module, "waiting", refuse)
    assert backlog() == Backlog(None, None, 0, backlog().spool_limit)
    assert backlog().is_late


def test_health_tells_of_it_and_stays_ready(client):
    send(click())
    answer = client.get("/health/ready")
    report = answer.json()["clicks"]
    assert (answer.status_code, report["status"], report["batches_waiting"], report["spooled_bytes"]) == (
        200,
        "pass",
        1,
        0,
    )
    redis_client().delete(STREAM)
    redis_client().xadd(STREAM, {FIELD: b"old"}, id="1000-0")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["clicks"]["status"]) == (200, "warn")


def test_metrics_tell_of_it(tmp_path, ingest):
    redis_client().xadd(STREAM, {FIELD: b"nonsense"})
    ingest()
    send(click())
    found = metrics(tmp_path)
    assert found["shortener_stream_batches"] == found["shortener_dead_batches"] == 1
    assert 0 <= found["shortener_ingest_lag_seconds"] < 60
    assert found["shortener_redis_up"] == found["shortener_postgres_up"] == 1
    assert found["shortener_spool_bytes"] == 0 < found["shortener_spool_limit_bytes"]


def test_metrics_are_there_without_redis_and_without_postgresql(tmp_path, monkeypatch):
    from django.db import OperationalError

    def fail():
        raise OperationalError("away")

    monkeypatch.setattr(backlog_module, "waiting", refuse)
    monkeypatch.setattr(backlog_module, "dead_batches", fail)
    found = metrics(tmp_path)
    assert found["shortener_redis_up"] == found["shortener_postgres_up"] == 0
    assert "shortener_stream_batches" not in found
    assert "shortener_dead_batches" not in found
