"""A click is safe before its redirect is answered, and counts once, whatever happens to Redis."""

import signal

import anyio
import pytest
import redis.asyncio

from shortener.clicks.event import decode_batch, encode_batch
from shortener.clicks.recorder import Recorder
from shortener.clicks.spool import Spool
from shortener.clicks.streams import STREAM, stream_names
from tests.servers import Valkey

pytestmark = pytest.mark.anyio


@pytest.fixture
def valkey(tmp_path):
    (tmp_path / "v").mkdir()
    server = Valkey(tmp_path / "v")
    server.start()
    yield server
    server.resume()
    server.stop()


@pytest.fixture
async def make(valkey, tmp_path):
    """Recorders on the same spool directory."""
    made = []

    def make_one(time_limit=2.0):
        client = redis.asyncio.Redis.from_url(valkey.url, socket_connect_timeout=0.2)
        made.append((Recorder(client, Spool(tmp_path / "spool"), time_limit), client))
        return made[-1][0]

    yield make_one
    for recorder, client in made:
        await recorder.close()
        await client.aclose()


def event(number):
    return (number, 1000, "GET", "203.0.113.9")


def batches(valkey):
    return [decode_batch(fields[b"b"]) for _, fields in valkey.client.xrange(STREAM)]


def recorded(valkey):
    """The link IDs that will be counted: each batch once."""
    return sorted(event.link_id for batch in {b.id: b for b in batches(valkey)}.values() for event in batch.events)


async def until(condition):
    with anyio.fail_after(20):
        while not condition():
            await anyio.sleep(0.01)


async def test_an_event_is_in_redis_when_its_future_is_done(valkey, make):
    await make().record(event(7))
    assert recorded(valkey) == [7]


async def test_events_of_one_turn_share_a_batch_in_their_order(valkey, make):
    recorder = make()
    futures = [recorder.record(event(number)) for number in range(50)]
    await futures[-1]
    assert [e.link_id for e in batches(valkey)[0].events] == list(range(50))
    assert len(batches(valkey)) == 1


async def test_closing_commits_what_waits(valkey, make):
    recorder = make()
    recorder.record(event(1))
    await recorder.close()
    assert recorded(valkey) == [1]


async def test_without_redis_events_go_to_the_spool_and_arrive_later(valkey, make, tmp_path):
    recorder = make()
    await recorder.record(event(1))
    valkey.kill()
    for number in range(2, 12):
        await recorder.record(event(number))
    assert list((tmp_path / "spool").iterdir())
    valkey.start()
    await until(lambda: recorded(valkey) == list(range(1, 12)))
    await until(lambda: not list((tmp_path / "spool").iterdir()))


async def test_a_redis_that_hangs_delays_nobody_and_the_batch_counts_once(valkey, make):
    recorder = make(time_limit=0.05)
    await recorder.record(event(1))
    valkey.pause()
    await recorder.record(event(2))  # Redis has the command in its socket, and executes it when it wakes up
    valkey.resume()
    await until(lambda: len(batches(valkey)) >= 2)
    await until(lambda: recorded(valkey) == [1, 2])


async def test_what_a_process_leaves_behind_is_sent_by_another(valkey, make, tmp_path):
    dead = Spool(tmp_path / "spool")
    dead.append(encode_batch([event(5)]))
    dead.close()
    make()
    await until(lambda: recorded(valkey) == [5])


async def test_a_long_absence_is_made_up_for_segment_by_segment(valkey, make, tmp_path, monkeypatch):
    """What was spooled before, meanwhile and afterwards: all of it arrives, whatever fails in between."""
    monkeypatch.setattr("shortener.clicks.spool.SEGMENT_BYTES", 200)
    recorder = make()
    valkey.kill()
    for number in range(100):
        await recorder.record(event(number))
    assert len(list((tmp_path / "spool").glob("*/*"))) > 10
    send, sent = recorder._send, 0

    async def fail_now_and_then(records):
        nonlocal sent
        sent += 1
        await recorder._loop.run_in_executor(recorder._disk, recorder._spool.append, encode_batch([event(1000 + sent)]))
        await send(records)
        if sent % 5 == 0 and sent < 30:
            raise TimeoutError  # Redis has it, and we do not know

    monkeypatch.setattr(recorder, "_send", fail_now_and_then)
    monkeypatch.setattr("shortener.clicks.recorder.SWEEP", 0.01)
    valkey.start()
    await until(lambda: not list((tmp_path / "spool").glob("*/*")) or sent > 60)
    monkeypatch.setattr(recorder, "_send", send)
    await recorder.close()
    assert recorded(valkey) == [*range(100), *range(1001, 1001 + sent)]
    assert not list((tmp_path / "spool").iterdir())


async def test_beyond_its_limit_the_spool_takes_no_clicks_and_it_is_counted(valkey, tmp_path, caplog):
    client = redis.asyncio.Redis.from_url(valkey.url, socket_connect_timeout=0.2)
    recorder = Recorder(client, Spool(tmp_path / "spool", limit=200), 2.0)
    valkey.kill()
    for number in range(20):
        await recorder.record(event(number))
    counts = recorder.counts
    assert counts.recorded == counts.spooled > 0
    assert counts.recorded + counts.lost == 20
    assert "which is their limit" in caplog.text
    valkey.start()
    await until(lambda: recorded(valkey) == list(range(counts.recorded)))
    await recorder.close()
    await client.aclose()


async def test_several_streams_share_the_batches(valkey, tmp_path):
    client = redis.asyncio.Redis.from_url(valkey.url)
    recorder = Recorder(client, Spool(tmp_path / "spool"), 2.0, streams=3)
    for number in range(30):
        await recorder.record(event(number))
    lengths = [valkey.client.xlen(name) for name in stream_names(3)]
    assert lengths == [10, 10, 10]
    await recorder.close()
    await client.aclose()


async def test_when_neither_takes_an_event_the_answer_goes_out_and_it_is_said(valkey, make, tmp_path, caplog):
    (tmp_path / "spool").write_text("in the way")
    recorder = make()
    valkey.kill()
    with anyio.fail_after(10):
        await recorder.record(event(1))
    assert "1 clicks are lost" in caplog.text
    valkey.start()
    (tmp_path / "spool").unlink()


async def test_a_crowd_becomes_several_batches(valkey, make, monkeypatch):
    monkeypatch.setattr("shortener.clicks.recorder.BATCH_LIMIT", 10)
    recorder = make()
    futures = [recorder.record(event(number)) for number in range(25)]
    await futures[-1]
    assert [len(batch.events) for batch in batches(valkey)] == [10, 10, 5]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_acknowledged_events_survive_the_end_of_redis(valkey, make, number):
    recorder = make()
    for link in range(20):
        await recorder.record(event(link))
    valkey.stop(number)
    valkey.start()
    assert recorded(valkey) == list(range(20))
