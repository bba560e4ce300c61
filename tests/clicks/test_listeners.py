"""Live streams, below HTTP: who hears what, who is turned away, and what happens when Redis does."""

import asyncio
import json
import re

import anyio
import pytest
import redis.asyncio

from shortener.clicks import listeners
from shortener.clicks.listeners import LiveStreams
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
def streams(valkey):
    def client():
        return redis.asyncio.Redis.from_url(valkey.url, socket_connect_timeout=0.2)

    return LiveStreams(answers_with_its_path, client, most=3)


async def answers_with_its_path(scope, receive, send):
    """In place of Django: whoever asks for /7/link_a may hear that link of workspace 7."""
    headers = [(b"Content-Length", b"0"), (b"Access-Control-Allow-Origin", b"*")]
    if scope["path"] != "/":
        headers.append((b"X-Live", scope["path"].strip("/").replace("/", " ").encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


class Caller:
    """A client, with all that it was sent."""

    def __init__(self, streams, path, method="GET"):
        self.start, self.body = None, b""
        self._gone = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()
        scope = {"type": "http", "method": method, "path": path}
        self.task = asyncio.create_task(streams(scope, self._receive, self._send))

    async def begins(self):
        await until(lambda: self.body.startswith(b"retry: ") or self.task.done())
        return self

    async def leave(self):
        self._gone.set()
        await self.task

    def events(self, name="click"):
        return [json.loads(data) for data in re.findall(rb"event: %s\ndata: (.*)\n\n" % name.encode(), self.body)]

    async def _receive(self):
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message["body"]
            await self.reads.wait()


async def until(condition):
    with anyio.fail_after(20):
        while not condition():
            await anyio.sleep(0.005)


def say(valkey, *links, workspace=7, more=0):
    clicks = [{"link": link, "number": number} for number, link in enumerate(links)]
    return valkey.client.publish(f"live:{workspace}", json.dumps({"clicks": clicks, "more": more}))


async def test_a_listener_hears_the_clicks_of_its_workspace_alone(streams, valkey):
    ours, theirs = Caller(streams, "/7"), Caller(streams, "/8")
    for caller in (ours, theirs):
        await caller.begins()
    assert dict(ours.start["headers"])[b"content-type"].startswith(b"text/event-stream")
    say(valkey, "link_a", "link_b")
    say(valkey, "link_c", workspace=8)
    await until(lambda: len(ours.events()) == 2 and len(theirs.events()) == 1)
    assert [click["link"] for click in ours.events()] == ["link_a", "link_b"]
    assert [click["link"] for click in theirs.events()] == ["link_c"]
    for caller in (ours, theirs):
        await caller.leave()


async def test_who_listens_to_a_link_hears_no_other(streams, valkey):
    caller = await Caller(streams, "/7/link_b").begins()
    say(valkey, "link_a", "link_b", more=5)
    await until(caller.events)
    assert [click["link"] for click in caller.events()] == ["link_b"]
    assert caller.events("missed") == []
    await caller.leave()


async def test_what_was_too_much_to_announce_is_said(streams, valkey):
    caller = await Caller(streams, "/7").begins()
    say(valkey, "link_a", more=5)
    await until(lambda: caller.events("missed"))
    assert caller.events("missed") == [{"clicks": 5}]
    await caller.leave()


async def test_a_slow_listener_misses_clicks_and_holds_up_nobody(streams, valkey, monkeypatch):
    monkeypatch.setattr(listeners, "QUEUED", 20)
    slow, quick = await Caller(streams, "/7").begins(), await Caller(streams, "/7").begins()
    slow.reads.clear()
    say(valkey, "link_first")  # on its way to it, and not read
    await until(lambda: slow.events() and quick.events())
    for number in range(1, 11):
        say(valkey, *["link_a"] * 5)
        await until(lambda number=number: len(quick.events()) == 1 + 5 * number)
    assert len(slow.events()) == 1
    slow.reads.set()
    await until(lambda: slow.events("missed"))
    assert len(slow.events()) == 21
    assert slow.events("missed") == [{"clicks": 30}]
    for caller in (slow, quick):
        await caller.leave()


async def test_beyond_the_limit_listeners_are_turned_away_until_one_leaves(streams):
    callers = [await Caller(streams, "/7").begins() for _ in range(3)]
    refused = await Caller(streams, "/8").begins()
    await refused.task
    headers = dict(refused.start["headers"])
    assert (refused.start["status"], headers[b"retry-after"]) == (503, b"30")
    assert headers[b"content-type"] == b"application/problem+json"
    assert json.loads(refused.body)["code"] == "unavailable"
    await callers.pop().leave()
    callers.append(await Caller(streams, "/8").begins())
    assert callers[-1].start["status"] == 200
    for caller in callers:
        await caller.leave()


async def test_a_redis_that_was_away_is_heard_again(streams, valkey):
    caller = await Caller(streams, "/7").begins()
    valkey.kill()
    valkey.start()
    await until(lambda: say(valkey, "link_a") >= 0 and caller.events())
    await caller.leave()


async def test_a_redis_that_hangs_is_noticed(streams, valkey, monkeypatch):
    monkeypatch.setattr(listeners, "PING_EVERY", 0.05)
    caller = await Caller(streams, "/7").begins()
    before = streams._hub._pubsub
    valkey.pause()
    await until(lambda: streams._hub._pubsub is not before)
    valkey.resume()
    await until(lambda: say(valkey, "link_a") >= 0 and caller.events())
    await caller.leave()


async def test_a_stream_begins_while_redis_is_away_and_hears_it_later(streams, valkey):
    valkey.kill()
    caller = await Caller(streams, "/7").begins()
    valkey.start()
    await until(lambda: say(valkey, "link_a") >= 0 and caller.events())
    await caller.leave()


async def test_nobody_is_subscribed_for_when_all_have_left(streams, valkey):
    first, second = await Caller(streams, "/7").begins(), await Caller(streams, "/8").begins()
    await first.leave()
    await until(lambda: valkey.client.pubsub_channels() == [b"live:8"])
    await second.leave()
    await until(lambda: valkey.client.pubsub_channels() == [])
    assert len(streams._hub) == len(streams._hub._heard) == 0


async def test_who_comes_as_the_last_one_leaves_is_heard(streams, valkey):
    for _ in range(20):
        last = await Caller(streams, "/7").begins()
        last._gone.set()
        next_one = await Caller(streams, "/7").begins()
        await last.task
        say(valkey, "link_a")
        await until(next_one.events)
        await next_one.leave()


async def test_a_stop_ends_all_streams_and_takes_no_more(streams):
    callers = [await Caller(streams, "/7").begins() for _ in range(2)]
    streams.close()
    for caller in callers:
        await caller.task
    late = Caller(streams, "/7")
    await late.task
    assert late.start["status"] == 503


async def test_silence_is_filled_with_comments(streams, monkeypatch):
    monkeypatch.setattr(listeners, "HEARTBEAT", 0.01)
    caller = await Caller(streams, "/7").begins()
    await until(lambda: caller.body.count(b": nothing\n\n") > 2)
    assert caller.events() == []
    await caller.leave()


async def test_what_the_response_said_beside_is_kept(streams):
    caller = await Caller(streams, "/7").begins()
    headers = {name.lower(): value for name, value in caller.start["headers"]}
    assert headers[b"access-control-allow-origin"] == b"*"
    assert b"content-length" not in headers
    assert b"x-live" not in headers
    await caller.leave()


async def test_head_is_answered_at_once(streams):
    caller = Caller(streams, "/7", method="HEAD")
    await caller.task
    assert (caller.start["status"], caller.body) == (200, b"")


async def test_other_answers_pass_untouched(streams):
    caller = Caller(streams, "/")
    await caller.task
    assert (b"Content-Length", b"0") in caller.start["headers"]
