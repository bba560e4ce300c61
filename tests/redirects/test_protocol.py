"""The short cut answers exactly what uvicorn's own way answers, and records the same clicks.

Both protocols are fed the same bytes, in the same pieces, over a transport that only takes notes; what they wrote,
whether they closed, and what was recorded must be equal. An ordinary run tries a few thousand generated connections;
`PROTOCOL_CASES=100000 make test ARGS=tests/redirects/test_protocol.py` tries as many as it says.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from shortener.redirects.answers import Answer, Pages
from shortener.redirects.app import RedirectApp
from shortener.redirects.cache import Entry, PlanCache
from shortener.redirects.plan import UNKNOWN, Details, RedirectPlan
from shortener.redirects.protocol import FastProtocol
from shortener.redirects.sites import Site, Sites
from tests.redirects.connections import HOT, cases
from tests.redirects.running import options

pytestmark = pytest.mark.django_db
CASES = int(os.environ.get("PROTOCOL_CASES", "3000"))
HOST = b"go.example.org"
DATE = [(b"date", b"Mon, 23 Nov 2026 12:00:00 GMT")]
TURNS = 14  # of the event loop, in which everything that is under way ends


class Transport:
    """Takes notes."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.closed = False

    def write(self, data: bytes) -> None:
        if not self.closed:
            self.written += data

    def writelines(self, pieces: list[bytes]) -> None:
        for piece in pieces:
            self.write(piece)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> Any:
        return {"peername": ("192.0.2.1", 4711), "sockname": ("192.0.2.2", 80)}.get(name)

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Recorder:
    """Has everything safe at the next turn of the event loop, or when `release` is called."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []
        self.short_cuts = 0
        self.waiting: list[Callable[[], None]] | None = None

    def record(self, event: tuple[Any, ...]) -> "asyncio.Future[None]":
        self.events.append((event[0], *event[2:]))
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, None)
        return future

    def record_then(self, event: tuple[Any, ...], call: Callable[[], None]) -> None:
        self.events.append((event[0], *event[2:]))
        self.short_cuts += 1
        if self.waiting is None:
            asyncio.get_running_loop().call_soon(call)
        else:
            self.waiting.append(call)

    def release(self) -> None:
        calls, self.waiting = self.waiting or [], []
        for call in calls:
            call()


async def rest_of_the_site(scope: Any, receive: Any, send: Any) -> None:
    """In place of Django: reads the body and says what it got."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return
        body, more = body + message["body"], message["more_body"]
    said = f"{scope['method']} {scope['path']} {len(body)}".encode("utf-8", "surrogatepass")
    headers = [(b"content-length", b"%d" % len(said))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": said})


def entry(slug: str) -> Entry:
    later = 4e9
    plans = {
        "hot": RedirectPlan(1, 1, 302, "https://example.com/hot?a=b"),
        "kept": RedirectPlan(2, 1, 301, "https://example.com/%C3%BC"),
        "stale": RedirectPlan(3, 1, 302, "https://example.com/stale"),
        "limited": RedirectPlan(4, 1, 302, "https://example.com/limited", Details(forward="merge")),
    }
    if slug not in plans:
        return Entry(UNKNOWN, Answer(404, [(b"x-page", b"404")], b"nothing"), later, counts_for=-1, is_open=False)
    expires = 0.0 if slug == "stale" else later
    return Entry(
        plans[slug], None, expires, counts_for=plans[slug].link_id, is_open=True, max_age=90 * (slug == "kept")
    )


class Resolver:
    async def resolve(self, key: bytes) -> Entry:
        return entry(key.partition(b"/")[2].decode())


@pytest.fixture(scope="module")
def pages() -> Pages:
    page = Answer(405, [(b"x-page", b"405")], b"no")
    return Pages(page, page, page, page, Answer(421, [], b"not ours"), page, page, {})


class Stage:
    """A protocol, connected."""

    def __init__(self, kind: type[HttpToolsProtocol], pages: Pages) -> None:
        self.recorder = Recorder()
        app = RedirectApp(rest_of_the_site, frozenset({"app"}), options(trusted_proxies=("192.0.2.0/24",)))
        cache = PlanCache(100, 10**9)
        for slug in ("hot", "kept", "stale", "limited", "nobody"):
            cache.put(b"7/" + slug.encode(), entry(slug))
        sites = Sites([Site(HOST.decode(), 7, True)], ["localhost"])
        app.runtime = SimpleNamespace(  # type: ignore[assignment]
            sites=sites, cache=cache, recorder=self.recorder, resolver=Resolver(), pages=pages, surroundings=None
        )
        config = Config(
            app, lifespan="off", log_config=None, access_log=False, ws="none", server_header=False, proxy_headers=False
        )
        config.load()
        self.state = ServerState()
        self.state.default_headers = DATE
        self.transport = Transport()
        self.protocol = kind(config, self.state, {})
        self.protocol.connection_made(self.transport)  # type: ignore[arg-type]

    async def feed(self, pieces: list[bytes], rests: list[bool]) -> None:
        for piece, rests_after in zip(pieces, rests, strict=True):
            if self.transport.closed:
                break
            self.protocol.data_received(piece)
            if rests_after:
                await turns()
        await turns()

    def end(self) -> None:
        self.protocol.connection_lost(None)

    @property
    def outcome(self) -> tuple[bytes, bool, list[tuple[Any, ...]], int]:
        return bytes(self.transport.written), self.transport.closed, self.recorder.events, self.state.total_requests


async def turns(number: int = TURNS) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def both(pages: Pages, pieces: list[bytes], rests: list[bool]) -> int:
    """Feed both protocols; how many requests took the short cut.

    Bytes that arrive behind a request on the short cut are held until it is answered, as if they had come a moment
    later and together. uvicorn reads them at once, and when they make no sense it closes without that answer. So where
    the outcomes differ, the short cut's must be what uvicorn does with the same bytes when they come at another pace.
    """
    fast, slow = (
        await _outcome(FastProtocol, pages, pieces, rests),
        await _outcome(HttpToolsProtocol, pages, pieces, rests),
    )
    if fast.outcome != slow.outcome:
        for others in paces(pieces):
            if (await _outcome(HttpToolsProtocol, pages, *others)).outcome == fast.outcome:
                break
        else:
            assert fast.outcome == slow.outcome, pieces
    return fast.recorder.short_cuts


def paces(pieces: list[bytes]) -> Iterator[tuple[list[bytes], list[bool]]]:
    """All ways in which `pieces` can come: each with the one before it, right behind it, or after a rest."""
    for joints in product(("with", "behind", "later"), repeat=len(pieces) - 1):
        together, rests = [pieces[0]], [True]
        for joint, piece in zip(joints, pieces[1:], strict=True):
            if joint == "with":
                together[-1] += piece
            else:
                together.append(piece)
                rests[-1:] = [joint == "later", True]
        yield together, rests


async def _outcome(kind: type[HttpToolsProtocol], pages: Pages, pieces: list[bytes], rests: list[bool]) -> Stage:
    stage = Stage(kind, pages)
    await stage.feed(pieces, rests)
    stage.end()
    return stage


# --- Tests -------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL", "uvicorn.error")


def test_generated_connections(pages):
    async def try_all() -> tuple[int, int]:
        taken = [await both(pages, *case) for case in cases(CASES, seed=20261123)]
        return sum(taken), sum(count > 0 for count in taken)

    short_cuts, connections = asyncio.run(try_all())
    print(f"{CASES} connections, {short_cuts} requests on the short cut, in {connections} connections")
    assert connections > CASES / 20


@pytest.mark.parametrize("data", [HOT, HOT + HOT, HOT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + HOT])
def test_split_at_every_position(pages, data):
    async def try_all() -> None:
        for cut in range(1, len(data)):
            for rests in ([False, False], [True, False]):
                await both(pages, [data[:cut], data[cut:]], rests)

    asyncio.run(try_all())


def test_the_common_request_takes_the_short_cut_again_and_again(pages):
    async def ask() -> tuple[int, bytes]:
        stage = Stage(FastProtocol, pages)
        await stage.feed([HOT] * 5, [True] * 5)
        stage.end()
        return stage.recorder.short_cuts, bytes(stage.transport.written)

    short_cuts, written = asyncio.run(ask())
    assert short_cuts == 5
    assert written == 5 * (
        b"HTTP/1.1 302 Found\r\ndate: Mon, 23 Nov 2026 12:00:00 GMT\r\nlocation: https://example.com/hot?a=b\r\n"
        b"cache-control: private, max-age=0\r\nx-robots-tag: noindex\r\ncontent-length: 0\r\n\r\n"
    )


def on_hold(pages: Pages) -> Stage:
    """A connection whose first answer waits for its click."""
    stage = Stage(FastProtocol, pages)
    stage.recorder.waiting = []
    stage.protocol.data_received(HOT)
    assert not stage.transport.written
    return stage


def test_requests_behind_a_waiting_answer_are_answered_after_it(pages):
    async def ask() -> bytes:
        stage = on_hold(pages)
        for byte in range(len(HOT)):
            stage.protocol.data_received(HOT.replace(b"/hot", b"/app")[byte : byte + 1])
        await turns()
        assert not stage.transport.written
        stage.recorder.release()
        await turns()
        stage.end()
        return bytes(stage.transport.written)

    written = asyncio.run(ask())
    assert written.index(b"302 Found") < written.index(b"200 OK")
    assert written.endswith(b"GET /app 0")


def test_a_shutdown_lets_a_waiting_answer_out_and_closes(pages):
    async def ask() -> Transport:
        stage = on_hold(pages)
        stage.protocol.shutdown()
        assert not stage.transport.closed
        stage.recorder.release()
        stage.end()
        return stage.transport

    transport = asyncio.run(ask())
    assert transport.closed
    assert b"\r\nconnection: close\r\n\r\n" in transport.written
    assert b"location: https://example.com/hot?a=b" in transport.written


def test_a_shutdown_closes_a_connection_that_waits_for_nothing(pages):
    async def ask() -> bool:
        stage = Stage(FastProtocol, pages)
        await stage.feed([HOT], [True])
        stage.protocol.shutdown()
        return stage.transport.closed

    assert asyncio.run(ask())


def test_a_visitor_who_has_gone_is_no_problem(pages):
    async def ask() -> bytes:
        stage = on_hold(pages)
        stage.protocol.data_received(HOT)
        stage.transport.close()
        stage.protocol.connection_lost(None)
        stage.recorder.release()
        return bytes(stage.transport.written)

    assert asyncio.run(ask()) == b""


def test_idle_connections_are_closed_after_their_time(pages, monkeypatch):
    async def ask() -> tuple[bool, bool]:
        stage = Stage(FastProtocol, pages)
        clock = stage.protocol.loop.time()
        await stage.feed([HOT], [True])
        monkeypatch.setattr(stage.protocol.loop, "time", lambda: clock + stage.protocol.timeout_keep_alive - 1)
        stage.protocol.timeout_keep_alive_handler()
        before = stage.transport.closed
        monkeypatch.setattr(stage.protocol.loop, "time", lambda: clock + stage.protocol.timeout_keep_alive + 1)
        stage.protocol.timeout_keep_alive_handler()
        monkeypatch.undo()
        stage.end()
        return before, stage.transport.closed

    assert asyncio.run(ask()) == (False, True)


def test_without_a_runtime_it_is_uvicorns(pages):
    async def ask() -> int:
        stage = Stage(FastProtocol, pages)
        runtime, stage.protocol.app.runtime = stage.protocol.app.runtime, None
        assert not stage.protocol._answers(HOT)
        stage.protocol.app.runtime = runtime
        await stage.feed([HOT], [True])
        return stage.recorder.short_cuts

    assert asyncio.run(ask()) == 1
