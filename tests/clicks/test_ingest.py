import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from shortener.clicks import ingest as ingest_module, preparing, rollups
from shortener.clicks.dead import retry_dead
from shortener.clicks.event import encode_batch
from shortener.clicks.ingest import Ingest
from shortener.clicks.models import Batch, Click, DailyClicks, DeadBatch, Kind, LinkTotal, QuarterClicks
from shortener.clicks.partitions import ensure_partitions
from shortener.clicks.stats import Slice, link_stats, totals_of
from shortener.clicks.streams import FIELD, STREAM, StreamReader, stream_names
from shortener.infra.stores import autonomous_connection, redis_client
from tests.clicks.writing import GOOGLE, NOW, click, send

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_click_becomes_a_row_and_numbers(stores, ingest):
    send(click(referrer=b"https://news.example.com/"))
    ingest()
    row = Click.objects.get()
    assert (row.link_id, row.kind, row.browser, row.os, row.referrer) == (1, 0, "Firefox", "Linux", "news.example.com")
    stats = link_stats(1)
    assert (stats.totals.clicks, stats.totals.visitors) == (1, 1)
    assert stats.series[-1].clicks == 1
    assert stats.dimensions["browsers"] == [Slice("Firefox", 1)]
    assert QuarterClicks.objects.get().clicks == 1


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
    monkeypatch.setattr(dying._reader, "acknowledge", lambda _: 1 / 0)
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


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"nonsense",
        encode_batch([]) + b"x",
        encode_batch([(1, 2**63, "GET", "")]),
        encode_batch([(2**63, 1, "GET", "")]),
        encode_batch([click()] * 32_768),
    ],
)
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
        worker._reader.open()
        send(click())
        worker.step(wait_ms=None)
    assert [w._slot for w in workers] == [0, 1]
    assert DailyClicks.objects.count() == 2
    assert totals_of([1])[1].clicks == 2
    assert totals_of([1])[1].visitors == 1
    for worker in workers:
        worker._disconnect()


def test_late_and_early_clicks_find_a_place(stores, ingest):
    send(click(at=NOW - timedelta(days=800)), click(at=NOW + timedelta(days=30)))
    ingest()
    assert Click.objects.count() == 2
    assert totals_of([1])[1].clicks == 2


def test_todays_clicks_go_to_todays_partition(stores, ingest):
    with autonomous_connection() as connection:
        ensure_partitions(connection, NOW.date())
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
    finish = worker._finish

    def finish_and_stop(prepared):
        worker.stop()
        return finish(prepared)

    monkeypatch.setattr(worker, "_finish", finish_and_stop)
    worker.run()
    assert totals_of([1])[1].clicks == 1


def test_what_a_worker_owes_is_given_to_it_again_at_once_and_to_nobody_else(stores):
    for _ in range(3):
        send(click())
    mine, other = StreamReader(redis_client(), "mine", 1), StreamReader(redis_client(), "other", 1)

    def read(reader, most=2):
        chunk = reader.read(most, abandoned_ms=3_600_000, wait_ms=None)
        return [number for number, _ in chunk.entries] if chunk else []

    mine.open()
    first = read(mine)
    assert len(first) == 2
    other.open()
    [last] = read(other)
    mine.open()  # as after a store has failed
    assert read(mine, most=1) + read(mine, most=1) == first
    assert read(mine) == []
    other.open()
    assert read(other) == [last]


def test_a_flushed_redis_gets_its_group_again(stores, monkeypatch):
    monkeypatch.setattr(ingest_module, "RETRY", 0.01)
    worker = Ingest(redis_client(), autonomous_connection)
    worker.drain()
    redis_client().flushdb()
    send(click())
    finish = worker._finish

    def finish_and_stop(prepared):
        worker.stop()
        return finish(prepared)

    monkeypatch.setattr(worker, "_finish", finish_and_stop)
    worker.run()
    assert totals_of([1])[1].clicks == 1


def test_what_postgresql_refuses_is_set_aside_alone(stores, ingest):
    """A batch can be well formed and still be none that the tables take."""
    with autonomous_connection() as connection:
        connection.execute("ALTER TABLE clicks_linktotal ADD CONSTRAINT not_five CHECK (link_id <> 5)")
    try:
        send(click())
        refused = send(click(link=5))
        ingest()
    finally:
        with autonomous_connection() as connection:
            connection.execute("ALTER TABLE clicks_linktotal DROP CONSTRAINT not_five")
    assert [totals.clicks for totals in totals_of([1, 5]).values()] == [1, 0]
    assert bytes(DeadBatch.objects.get().payload) == refused
    assert "not_five" in DeadBatch.objects.get().reason
    assert Batch.objects.count() == Click.objects.count() == 1


def test_dead_batches_are_tried_again(stores, ingest, monkeypatch):
    payload = send(click(), click())
    with monkeypatch.context() as patch:
        patch.setattr(preparing, "decode_batch", lambda _: _raise(ValueError("not today")))
        ingest()
    assert bytes(DeadBatch.objects.get().payload) == payload
    assert "not today" in DeadBatch.objects.get().reason
    assert retry_dead(redis_client()) == 1
    ingest()
    assert (totals_of([1])[1].clicks, DeadBatch.objects.count()) == (2, 0)
    redis_client().xadd(STREAM, {FIELD: b"nonsense"})
    ingest()
    retry_dead(redis_client())
    ingest()
    assert DeadBatch.objects.count() == 1


def _raise(error):
    raise error


def test_several_streams_are_all_read_and_none_is_forgotten(stores, settings):
    settings.CLICK_STREAMS = 3
    worker = Ingest(redis_client(), autonomous_connection)
    for name in stream_names(5):  # two of them from a time when there were more
        send(click(), stream=name)
    worker.drain()
    worker._disconnect()
    assert totals_of([1])[1].clicks == 5
    assert sum(redis_client().xlen(name) for name in stream_names(5)) == 0


def test_four_workers_on_one_hot_link_never_wait_for_a_lock(stores):
    """90 % of the clicks are one link's: each worker adds to rows of its own. Whether one had to wait for another shows
    in the statistics of PostgreSQL's locks; visitors that two see at once are the one thing they share."""
    events = [
        click(link=1 if number % 10 else 2 + number, peer=f"10.{number % 200}.{number // 200}.9")
        for number in range(20_000)
    ]
    for start in range(0, len(events), 25):
        send(*events[start : start + 25])
    workers = [Ingest(redis_client(), autonomous_connection) for _ in range(4)]
    waits = []
    done = threading.Event()

    def watch():
        with autonomous_connection() as connection:
            while not done.wait(0.002):
                waits.extend(
                    connection.execute(
                        # `extend`: the moment in which a table's file grows, for whoever writes
                        "SELECT wait_event, query FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                        "AND wait_event <> 'extend' AND datname = current_database()"
                    ).fetchall()
                )

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda worker: worker.drain(), workers))
    done.set()
    watcher.join()
    assert totals_of([1])[1].clicks == 18_000
    assert Click.objects.count() == 20_000
    assert LinkTotal.objects.filter(link_id=1).count() == sum(worker.counts.clicks > 0 for worker in workers) > 1
    assert not waits
    for worker in workers:
        worker._disconnect()


def test_a_click_counts_for_its_link_domain_workspace_and_the_site(stores, ingest, make_link):
    link = make_link()
    send(click(link.pk), click(link.pk, agent=GOOGLE), click(-link.domain_id))
    ingest()
    rows = DailyClicks.objects.order_by("scope").values_list("scope", "scope_id", "clicks", "bots", "visitors")
    assert sorted(rows) == sorted([
        (0, link.pk, 1, 1, 1), (0, -link.domain_id, 1, 0, 1), (1, link.domain_id, 1, 1, 1),
        (2, link.workspace_id, 1, 1, 1), (3, 0, 1, 1, 1),
    ])  # fmt: skip
    row = Click.objects.get(kind=Kind.BOT)
    assert (row.domain_id, row.workspace_id) == (link.domain_id, link.workspace_id)


def test_campaigns_are_those_of_the_visit_or_else_of_the_link(stores, ingest, make_link):
    link = make_link("https://example.com/?utm_source=site", utm={"source": "own", "medium": "mail"})
    send(click(link.pk), click(link.pk, query=b"utm_medium=poster&utm_term=%00x"))
    ingest()
    assert set(Click.objects.values_list("utm_source", "utm_medium", "utm_term")) == {
        ("site", "mail", ""), ("site", "poster", "x"),
    }  # fmt: skip
