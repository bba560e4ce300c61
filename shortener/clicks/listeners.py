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
ASKED = HEADER.lower().encode()
QUEUED = 200  # clicks that wait for a slow listener
HEARTBEAT = 15.0  # seconds without a click after which a comment keeps the connection open
PING_EVERY = 2.0  # seconds of silence
MOST_SILENT = 3  # pings without an answer
SUBSCRIBE_WAIT = 1.0  # seconds that a stream waits for Redis before it begins
RECONNECT = 0.5  # seconds between attempts to subscribe again
RETRY_AFTER = 30  # seconds that whoever is turned away should wait

Message = MutableMapping[str, Any]
Headers = list[tuple[bytes, bytes]]
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
        self._heard: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)  # set: Redis has us in the channel
        self._pubsub: Any = None
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return sum(len(listeners) for listeners in self._listeners.values())

    async def add(self, channel: str, listener: Listener) -> None:
        """From now on `listener` is told what is said in `channel`; while Redis is away, as soon as it is back."""
        is_new = channel not in self._listeners
        self._listeners[channel].add(listener)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._hear())
        elif is_new and self._pubsub is not None:
            with suppress(redis.RedisError, OSError):  # else it is subscribed to when the connection is made again
                await self._pubsub.subscribe(channel)
        with suppress(TimeoutError):
            async with asyncio.timeout(SUBSCRIBE_WAIT):
                await self._heard[channel].wait()

    async def remove(self, channel: str, listener: Listener) -> None:
        """The reverse."""
        self._listeners[channel].discard(listener)
        if self._listeners[channel]:
            return
        del self._listeners[channel]
        self._heard.pop(channel, None)
        if not self._listeners and self._task is not None:
            # Who comes while this one ends starts another.
            task, self._task, self._pubsub = self._task, None, None
            await cancel(task)
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
                    async with client.pubsub() as pubsub:
                        self._pubsub = pubsub
                        await pubsub.subscribe(*self._listeners)
                        await self._listen(pubsub)
                except (redis.RedisError, OSError) as error:
                    logger.warning("live clicks are not heard (%r)", error)
                self._pubsub = None
                for heard in self._heard.values():
                    heard.clear()
                await asyncio.sleep(RECONNECT)
        finally:
            await client.aclose()

    async def _listen(self, pubsub: Any) -> None:
        silent = 0
        while silent < MOST_SILENT:
            message = await pubsub.get_message(timeout=PING_EVERY)
            silent = 0 if message else silent + 1
            if message is None:
                await pubsub.ping()
            elif message["type"] == "subscribe":
                if heard := self._heard.get(message["channel"].decode()):
                    heard.set()
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
        headers: Headers = []

        async def look(message: Message) -> None:
            nonlocal asked, headers
            if message["type"] == "http.response.start":
                asked, headers = _header(message), message["headers"]
            if asked is None:
                await send(message)

        await self._app(scope, receive, look)
        if asked is None:
            return
        headers = [pair for pair in headers if pair[0].lower() not in NOT_KEPT]
        if scope["method"] == "HEAD":
            await _send_all(send, 200, [*STREAM_HEADERS, *headers])
            return
        workspace, _, link = asked.partition(" ")
        await self._stream(channel_of(int(workspace)), Listener(link), headers, receive, send)

    def close(self) -> None:
        """End all streams: the server stops, and would wait for them."""
        self._closing = True
        self._hub.wake_all()

    async def _stream(self, channel: str, listener: Listener, headers: Headers, receive: Receive, send: Send) -> None:
        if len(self._hub) >= self._most or self._closing:
            await _send_all(send, 503, [*REFUSAL_HEADERS, *headers], REFUSAL)
            return
        gone = asyncio.ensure_future(_wait_until_gone(receive))
        try:
            await self._hub.add(channel, listener)
            await send({"type": "http.response.start", "status": 200, "headers": [*STREAM_HEADERS, *headers]})
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


STREAM_HEADERS: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would wait for more
]
NOT_KEPT = {b"content-length", b"content-encoding", ASKED, *(name for name, _ in STREAM_HEADERS)}
REFUSAL = _encode({
    "type": "/api/v1/errors#unavailable",
    "title": "Not available now",
    "status": 503,
    "code": "unavailable",
    "detail": f"Too many live streams are open. Try again after {RETRY_AFTER} seconds.",
    "errors": [],
})  # fmt: skip
REFUSAL_HEADERS: Headers = [
    (b"content-type", b"application/problem+json"),
    (b"retry-after", b"%d" % RETRY_AFTER),
    (b"cache-control", b"no-store"),
]


def _header(message: Message) -> str | None:
    for name, value in message["headers"]:
        if name.lower() == ASKED:
            return str(value.decode())
    return None


async def _send_part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _send_all(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    length = [(b"content-length", b"%d" % len(body))] if body else []
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body})


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
