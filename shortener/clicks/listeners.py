"""Server-sent events (WHATWG HTML, 9.2) of clicks, without a thread for each listener.

Django decides who may listen to what and answers with a header and nothing else; `LiveStreams`, in front of it, takes
such a response over and keeps the connection on the event loop. One subscription to Redis serves all listeners of a
process. A listener who is too slow misses clicks and is told how many; nobody waits for them.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

import msgspec
import redis
import redis.asyncio

from shortener.infra.cancelling import cancel

logger = logging.getLogger(__name__)

HEADER = "X-Live"
QUEUED = 200  # clicks that wait for a slow listener
HEARTBEAT = 15.0  # seconds without a click after which a comment keeps the connection open
PING_EVERY = 2.0  # seconds of silence
MOST_SILENT = 3  # pings without an answer
RECONNECT = 0.5  # seconds between attempts to subscribe again
RETRY_AFTER = 30  # seconds that whoever is turned away should wait

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def channel_of(workspace_id: int) -> str:
    """The Redis channel of a workspace's clicks."""
    return f"live:{workspace_id}"


class Listener:
    """Somebody who wants the clicks of a workspace, or of one link of it (its public ID)."""

    def __init__(self, link: str) -> None:
        self._link = link
        self._waiting: deque[bytes] = deque()
        self._missed = 0
        self._news = asyncio.Event()

    def tell(self, clicks: list[dict[str, Any]], more: int) -> None:
        """Queue what is of interest. `more`: clicks of the workspace that were too many to be announced."""
        for click in clicks:
            if self._link in ("", click["link"]):
                self._waiting.append(_encode(click))
        if not self._link:
            self._missed += more
        while len(self._waiting) > QUEUED:
            self._waiting.popleft()
            self._missed += 1
        if self._waiting or self._missed:
            self._news.set()

    def wake(self) -> None:
        """End a wait."""
        self._news.set()

    async def events(self) -> bytes:
        """The next events, as they are sent; a comment when there are none for a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT):
                await self._news.wait()
        self._news.clear()
        written = b"".join(b"event: click\ndata: %s\n\n" % click for click in self._waiting)
        if self._missed:
            written += b'event: missed\ndata: {"clicks":%d}\n\n' % self._missed
        self._waiting.clear()
        self._missed = 0
        return written or b": nothing\n\n"


class Hub:
    """The listeners of a process and their one subscription, which is there while there are any."""

    def __init__(self, redis_client: Callable[[], redis.asyncio.Redis]) -> None:
        self._redis_client = redis_client
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._pubsub: Any = None
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return sum(len(listeners) for listeners in self._listeners.values())

    async def add(self, channel: str, listener: Listener) -> None:
        """From now on `listener` is told what is said in `channel`."""
        is_new = channel not in self._listeners
        self._listeners[channel].add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._hear())
        elif is_new and self._pubsub is not None:
            with suppress(redis.RedisError, OSError):  # else it is subscribed to when the connection is made again
                await self._pubsub.subscribe(channel)

    async def remove(self, channel: str, listener: Listener) -> None:
        """The reverse."""
        self._listeners[channel].discard(listener)
        if self._listeners[channel]:
            return
        del self._listeners[channel]
        if not self._listeners and self._task is not None:
            await cancel(self._task)
        elif self._pubsub is not None:
            with suppress(redis.RedisError, OSError):
                await self._pubsub.unsubscribe(channel)

    def wake_all(self) -> None:
        """End everybody's wait."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.wake()

    async def _hear(self) -> None:
        client = self._redis_client()
        try:
            while True:
                try:
                    async with client.pubsub(ignore_subscribe_messages=True) as self._pubsub:
                        await self._pubsub.subscribe(*self._listeners)
                        await self._listen()
                except (redis.RedisError, OSError) as error:
                    logger.warning("live clicks are not heard (%r)", error)
                self._pubsub = None
                await asyncio.sleep(RECONNECT)
        finally:
            self._pubsub = None
            await client.aclose()

    async def _listen(self) -> None:
        silent = 0
        while silent < MOST_SILENT:
            message = await self._pubsub.get_message(timeout=PING_EVERY)
            silent = 0 if message else silent + 1
            if message is None:
                await self._pubsub.ping()
            elif message["type"] == "message":
                self._tell(message)
        raise redis.ConnectionError("no answer to a ping")

    def _tell(self, message: Message) -> None:
        said = _decode(message["data"])
        for listener in self._listeners.get(message["channel"].decode(), ()):
            listener.tell(said["clicks"], said["more"])


class LiveStreams:
    """Puts the event stream in place of a response with the header. `most`: listeners that a process takes."""

    def __init__(self, app: AsgiApp, redis_client: Callable[[], redis.asyncio.Redis], most: int) -> None:
        self._app, self._most = app, most
        self._hub = Hub(redis_client)
        self._closing = False

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        asked: str | None = None

        async def look(message: Message) -> None:
            nonlocal asked
            if message["type"] == "http.response.start":
                asked = _header(message)
            if asked is None:
                await send(message)

        await self._app(scope, receive, look)
        if asked is not None:
            workspace, _, link = asked.partition(" ")
            await self._stream(channel_of(int(workspace)), Listener(link), receive, send)

    def close(self) -> None:
        """End all streams: the server stops, and would wait for them."""
        self._closing = True
        self._hub.wake_all()

    async def _stream(self, channel: str, listener: Listener, receive: Receive, send: Send) -> None:
        if len(self._hub) >= self._most or self._closing:
            await _turn_away(send)
            return
        await self._hub.add(channel, listener)
        gone = asyncio.ensure_future(_wait_until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
            await _send_part(send, b"retry: 2000\n\n")
            while not (gone.done() or self._closing):
                events = asyncio.ensure_future(listener.events())
                await asyncio.wait({events, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not events.done():
                    await cancel(events)
                elif not gone.done():
                    await _send_part(send, events.result())
            await send({"type": "http.response.body", "body": b""})
        finally:
            await cancel(gone)
            await self._hub.remove(channel, listener)


STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would wait for more
]


def _header(message: Message) -> str | None:
    name = HEADER.lower().encode()
    return next((value.decode() for key, value in message["headers"] if key.lower() == name), None)


async def _send_part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _turn_away(send: Send) -> None:
    body = b'{"status":503,"code":"too_many_listeners","title":"Too many live streams are open","detail":"Try later."}'
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"retry-after", b"%d" % RETRY_AFTER),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
