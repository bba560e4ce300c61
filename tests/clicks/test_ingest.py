from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from shortener.clicks import ingest as ingest_module, rollups
from shortener.clicks.event import encode_batch
from shortener.clicks.ingest import Ingest
from shortener.clicks.models import Batch, Click, DailyClicks, DeadBatch, HourlyClicks, Kind
from shortener.clicks.recorder import FIELD, STREAM
from shortener.clicks.stats import Slice, link_stats, totals_of
from shortener.infra.stores import autonomous_connection, redis_client

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
GOOGLE = b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def click(link=1, at=NOW, method="GET", peer="203.0.113.9", agent=FIREFOX, referrer=b""):
    return (link, int(at.timestamp() * 1000), method, peer, agent, referrer, b"de", None, None, None, None, None)


def send(*events):
    payload = encode_batch(list(events))
    redis_client().xadd(STREAM, {FIELD: payload})
    return payload


def test_a_click_becomes_a_row_and_numbers(stores, ingest):
    send(click(referrer=b"https://news.example.com/"))
    ingest()
    row = Click.objects.get()
    assert (row.link_id, row.kind, row.browser, row.os, row.referrer) == (1, 0, "Firefox", "Linux", "news.example.com")
    stats = link_stats(1)
    assert (stats.totals.clicks, stats.totals.visitors) == (1, 1)
    assert stats.series[-1].clicks == 1
    assert stats.dimensions["browsers"] == [Slice("Firefox", 1)]
    assert HourlyClicks.objects.get().clicks == 1


def test_kinds_are_counted_apart(stores, ingest):
    send(click(), click(agent=GOOGLE), click(method="HEAD"), click())
    ingest()
    totals = totals_of([1, 2])
    assert (totals[1].clicks, totals[1].bots, totals[1].others, totals[1].visitors) == (2, 1, 1, 1)
    assert totals[2].clicks == 0
    assert sorted(Click.objects.values_list("kind", flat=True)) == [Kind.HUMAN, Kind.HUMAN, Kind.BOT, Kind.HEAD]


def test_only_people_are_broken_down(stores, ingest):
    send(click(agent=GOOGLE), click(method="HEAD"))
    ingest()
    assert all(not slices for slices in link_stats(1).dimensions.values())


def test_a_visitor_counts_once_a_day_over_many_batches(stores, ingest):
    for _ in range(3):
        send(click(), click(peer="203.0.113.10"))
        ingest()
    assert totals_of([1])[1].visitors == 2
    assert DailyClicks.objects.get().visitors == 2


def test_a_batch_that_arrives_twice_counts_once(stores, ingest):
    payload = send(click(), click())
    redis_client().xadd(STREAM, {FIELD: payload})
    ingest()
    redis_client().xadd(STREAM, {FIELD: payload})
    ingest()
    assert (totals_of([1])[1].clicks, Click.objects.count(), Batch.objects.count()) == (2, 2, 1)


def test_what_is_written_leaves_the_stream(stores, ingest):
    send(click())
    ingest()
    assert redis_client().xlen(STREAM) == 0


def test_a_worker_that_dies_after_the_commit_changes_nothing(stores, ingest, monkeypatch):
    monkeypatch.setattr(ingest_module, "ABANDONED_MS", 0)
    send(click())
    dying = Ingest(redis_client(), autonomous_connection)
    monkeypatch.setattr(dying, "_acknowledge", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dying.drain()
    dying._disconnect()
    assert Click.objects.count() == 1
    ingest()
    assert (totals_of([1])[1].clicks, Click.objects.count(), redis_client().xlen(STREAM)) == (1, 1, 0)


def test_a_worker_that_dies_before_the_commit_loses_nothing(stores, ingest, monkeypatch):
    monkeypatch.setattr(ingest_module, "ABANDONED_MS", 0)
    send(click())
    dying = Ingest(redis_client(), autonomous_connection)
    monkeypatch.setattr(rollups, "_upsert_totals", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dying.drain()
    dying._disconnect()
    assert Click.objects.count() == Batch.objects.count() == DailyClicks.objects.count() == 0
    monkeypatch.undo()
    monkeypatch.setattr(ingest_module, "ABANDONED_MS", 0)
    ingest()
    assert totals_of([1])[1].clicks == 1


@pytest.mark.parametrize("payload", [b"", b"nonsense", encode_batch([]) + b"x", encode_batch([(1, 2**63, "GET", "")])])
def test_an_entry_that_makes_no_sense_is_set_aside_and_the_others_go_on(stores, ingest, payload):
    redis_client().xadd(STREAM, {FIELD: payload})
    send(click())
    ingest()
    assert bytes(DeadBatch.objects.get().payload) == payload
    assert totals_of([1])[1].clicks == 1
    assert redis_client().xlen(STREAM) == 0


def test_two_workers_share_the_work_in_slots_of_their_own(stores):
    workers = [Ingest(redis_client(), autonomous_connection) for _ in range(2)]
    for worker in workers:
        worker._ensure_group()
        send(click())
        worker.step(wait_ms=None)
    assert [w._slot for w in workers] == [0, 1]
    assert DailyClicks.objects.count() == 2
    assert totals_of([1])[1].clicks == 2
    assert totals_of([1])[1].visitors == 1
    for worker in workers:
        worker._leave()


def test_late_and_early_clicks_find_a_place(stores, ingest):
    send(click(at=NOW - timedelta(days=800)), click(at=NOW + timedelta(days=30)))
    ingest()
    assert Click.objects.count() == 2
    assert totals_of([1])[1].clicks == 2


def test_todays_clicks_go_to_todays_partition(stores, ingest):
    send(click())
    ingest()
    with autonomous_connection() as connection:
        [table] = connection.execute("SELECT tableoid::regclass::text FROM clicks_click").fetchone()
    assert table == f"clicks_click_{NOW:%Y%m%d}"


def test_workers_wait_for_a_store_that_is_away(stores, monkeypatch):
    """`run` does not end, nor lose anything, when PostgreSQL refuses for a moment."""
    monkeypatch.setattr(ingest_module, "RETRY", 0.01)
    send(click())
    refusals = 3

    def connect():
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            raise psycopg.OperationalError("connection refused")
        return autonomous_connection()

    worker = Ingest(redis_client(), connect)
    step = worker.step

    def step_and_stop(*args):
        if step(*args):
            worker.stop()

    monkeypatch.setattr(worker, "step", step_and_stop)
    worker.run()
    assert totals_of([1])[1].clicks == 1


def test_a_flushed_redis_gets_its_group_again(stores, monkeypatch):
    monkeypatch.setattr(ingest_module, "RETRY", 0.01)
    worker = Ingest(redis_client(), autonomous_connection)
    worker.drain()
    redis_client().flushdb()
    send(click())
    step = worker.step

    def step_and_stop(*args):
        if step(*args):
            worker.stop()

    monkeypatch.setattr(worker, "step", step_and_stop)
    worker.run()
    assert totals_of([1])[1].clicks == 1
