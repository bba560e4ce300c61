"""No ID is ever handed out twice, whatever happens to Redis."""

import os
import subprocess
import sys
import threading

import pytest
from django.db import connection

from shortener.links import ids
from shortener.links.models import IdBlock
from tests.servers import Valkey, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def valkey(tmp_path, settings, monkeypatch):
    """A counter of this test's own."""
    (tmp_path / "v").mkdir()
    server = Valkey(tmp_path / "v")
    server.start()
    settings.REDIS_URL = server.url
    ids._counter.cache_clear()
    monkeypatch.setattr(ids, "_local", ids._LocalBlock())
    yield server
    ids._counter().close()
    ids._counter.cache_clear()
    server.stop()


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(ids, "BLOCK_SIZE", 50)
    monkeypatch.setattr(ids, "LOCAL_BLOCK_SIZE", 7)


def taken(count, at_once=1):
    return [number for _ in range(count) for number in ids.allocate(at_once)]


def assert_all_different(numbers):
    assert len(numbers) == len(set(numbers))


def test_numbers_come_in_sequence_within_a_block(valkey):
    numbers = taken(40)
    assert numbers == list(range(numbers[0], numbers[0] + 40))


def test_many_at_once_may_span_blocks(valkey):
    numbers = ids.allocate(175)
    assert len(numbers) == 175
    assert_all_different(numbers + taken(3, 80))


def test_after_a_flush(valkey):
    before = taken(20)
    valkey.client.flushall()
    assert_all_different(before + taken(100))


def test_after_a_restart_with_everything_kept(valkey):
    before = taken(20)
    valkey.kill()
    valkey.start()
    assert_all_different(before + taken(100))


def test_after_redis_was_set_back_to_an_older_dump(valkey):
    before = taken(5)
    copy = valkey.keep_copy()
    before += taken(30)
    valkey.set_back(copy)
    assert int(valkey.client.hget(ids.KEY, "next")) in before  # the dump would hand this out again
    assert_all_different(before + taken(100))


def test_without_redis(valkey):
    before = taken(10)
    valkey.stop()
    without = taken(30)
    valkey.start()
    assert_all_different(before + without + taken(100))


def test_a_delayed_offer_of_a_block_does_not_bring_it_back(valkey):
    before = taken(60)  # the first block is used up, the second in place
    life, *_ = ids._counter().eval(ids.TAKE, 1, ids.KEY, 40)
    first = min(before)
    assert ids._counter().eval(ids.OFFER, 1, ids.KEY, life, first, first + 50) == 0
    assert_all_different(before + taken(100))


def test_an_offer_for_another_life_of_the_server_is_refused(valkey):
    life, *_ = ids._counter().eval(ids.TAKE, 1, ids.KEY, 1)
    valkey.kill()
    valkey.start()
    assert ids._counter().eval(ids.OFFER, 1, ids.KEY, life, 1, 50) == 0


def test_a_reservation_stays_when_the_surrounding_transaction_is_rolled_back(valkey):
    from django.db import transaction

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        before = taken(60)
        raise ZeroDivisionError
    assert_all_different(before + taken(60))


def test_a_block_lies_above_every_link(valkey, make_link):
    """PostgreSQL itself may have been restored from a backup that knows less about blocks than about links."""
    link = make_link()
    IdBlock.objects.all().delete()
    assert ids.reserve_block(10).start > link.pk


def test_a_forked_child_does_not_go_on_with_its_parents_block(valkey):
    valkey.stop()
    taken(1)  # the rest of a local block is kept
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writer, str(ids._local.take(5)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100) == b"[]"
    assert ids._local.take(5) != []
    os.close(reader)
    os.close(writer)


@pytest.mark.processes
def test_sixteen_allocators_through_flush_set_back_and_outage(valkey):
    numbers, lock = [], threading.Lock()

    def collect(stream):
        for line in stream:
            with lock:
                numbers.append(int(line))

    def more(count):
        goal = len(numbers) + count
        wait_until(lambda: len(numbers) >= goal, seconds=60, what=f"handing out {count} more")

    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.links.allocator", connection.settings_dict["NAME"], valkey.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    readers = [threading.Thread(target=collect, args=(process.stdout,)) for process in processes]
    try:
        for reader in readers:
            reader.start()
        more(2000)
        valkey.client.flushall()
        more(500)
        copy = valkey.keep_copy()
        more(1000)
        valkey.set_back(copy)
        more(1000)
        valkey.stop()
        more(300)
        valkey.start()
        more(1000)
    finally:
        for process in processes:
            process.stdin.close()
        for process, reader in zip(processes, readers, strict=True):
            assert process.wait(30) == 0
            reader.join(30)
            process.stdout.close()
    assert len(numbers) >= 5800
    assert_all_different(numbers)
