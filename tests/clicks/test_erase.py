"""Whatever was clicked, and however it is erased: all counters are what the clicks that are left add up to."""

import random
import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from psycopg import errors

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import AuditEvent
from shortener.clicks.erase import erase_clicks
from shortener.clicks.ingest import Ingest
from shortener.clicks.models import Click, Visitor
from shortener.clicks.periods import last_days
from shortener.clicks.rollups import WRITING_LOCK
from shortener.clicks.stats import Scope, Subject, Totals, link_stats, stats, totals_of
from shortener.infra.stores import autonomous_connection, redis_client
from tests.clicks.agreeing import assert_rollups_agree
from tests.clicks.writing import FIREFOX, GOOGLE, IPHONE, NOW, click, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def links(stores, make_link):
    return [make_link(), make_link("https://example.com/?utm_source=own"), make_link()]


def some_clicks(links, chance, count):
    return [
        click(
            chance.choice(links).pk, at=NOW - timedelta(hours=chance.randrange(60)), method=chance.choice(["GET"] * 5 + ["HEAD"]),
            peer=f"203.0.113.{chance.randrange(4)}", agent=chance.choice([FIREFOX, IPHONE, GOOGLE]),
            referrer=chance.choice([b"", b"https://t.co/x"]), query=chance.choice([None, b"qr=1"]),
        )
        for _ in range(count)
    ]  # fmt: skip


def test_nothing_is_left_of_a_link_and_others_keep_theirs(links, ingest):
    first, second, _ = links
    send(click(first.pk), click(first.pk, agent=GOOGLE), click(first.pk, method="HEAD"), click(second.pk))
    ingest()
    assert erase_clicks(first) == 3
    assert totals_of([first.pk, second.pk]) == {first.pk: Totals(), second.pk: Totals(1, 1)}
    assert set(Click.objects.values_list("link_id", flat=True)) == {second.pk}
    assert not Visitor.objects.filter(link_id=first.pk).exists()
    assert link_stats(first.pk).totals == Totals()
    of_all = stats(Subject(Scope.WORKSPACE, first.workspace_id), last_days(2))
    assert of_all.totals == Totals(1, 1)
    assert [part.value for part in of_all.dimensions["links"]] == [str(second.pk)]
    assert_rollups_agree()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=strategies.integers(0, 2**32), steps=strategies.lists(strategies.sampled_from("cccee"), min_size=2, max_size=6)
)
def test_counters_agree_after_any_order_of_clicks_and_erasing(links, ingest, seed, steps):
    chance = random.Random(seed)
    for step in steps:
        if step == "c":
            send(*some_clicks(links, chance, chance.randrange(1, 40)))
            ingest()
        else:
            erase_clicks(chance.choice(links))
    assert_rollups_agree()


def test_counters_agree_when_two_workers_write_meanwhile(links):
    chance = random.Random(1)
    for _ in range(40):
        send(*some_clicks(links, chance, 25))
    workers = [Ingest(redis_client(), autonomous_connection) for _ in range(2)]
    threads = [threading.Thread(target=worker.drain) for worker in workers]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        erase_clicks(links[0])
    for thread, worker in zip(threads, workers, strict=True):
        thread.join()
        worker._disconnect()
    assert Click.objects.exclude(link_id=links[0].pk).exists()
    assert_rollups_agree()
    erase_clicks(links[0])
    assert not Click.objects.filter(link_id=links[0].pk).exists()
    assert_rollups_agree()


def test_nobody_writes_while_it_takes_away(links, monkeypatch):
    def look(*_, **__):
        with autonomous_connection() as writer, writer.transaction():
            writer.execute("SET LOCAL lock_timeout = '20ms'")
            with pytest.raises(errors.LockNotAvailable):
                writer.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRITING_LOCK])
        looked.append(True)

    looked = []
    monkeypatch.setattr("shortener.clicks.erase.audit.record", look)
    erase_clicks(links[0])
    assert looked


def test_a_link_can_be_clicked_again_and_its_visitor_is_new(links, ingest):
    send(click(links[0].pk))
    ingest()
    erase_clicks(links[0])
    send(click(links[0].pk))
    ingest()
    assert totals_of([links[0].pk])[links[0].pk] == Totals(1, 1)
    assert_rollups_agree()


def test_erasing_twice_takes_away_once(links, ingest):
    send(click(links[0].pk), click(links[1].pk))
    ingest()
    assert [erase_clicks(links[0]), erase_clicks(links[0])] == [1, 0]
    assert_rollups_agree()


def test_it_is_in_the_audit_trail(links, ingest, owner):
    send(click(links[0].pk))
    ingest()
    erase_clicks(links[0], by=Actor(Via.API, owner))
    event = AuditEvent.objects.get(action="link.clicks_erased")
    assert (event.actor, event.target_id, event.changes) == (owner, links[0].public_id, {"clicks": [1, 0]})


def test_a_failure_takes_nothing_away(links, ingest, monkeypatch):
    send(click(links[0].pk))
    ingest()
    monkeypatch.setattr("shortener.clicks.erase.audit.record", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erase_clicks(links[0])
    assert totals_of([links[0].pk])[links[0].pk].clicks == 1
    assert_rollups_agree()
