"""The constant-rate generator, against small servers of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from loadtests import openloop
from loadtests.errors import BenchError

REDIRECT = b"HTTP/1.1 302 Found\r\nContent-Length: 4\r\n\r\nbody"
PAUSE = 0.4  # seconds


class Server(asyncio.Protocol):
    """Answers each request with `answer`; the `slow`-th of a connection only after a pause."""

    answer = REDIRECT
    slow = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.asked = 0

    def data_received(self, data: bytes) -> None:
        self.asked += 1
        if self.asked == self.slow:
            asyncio.get_running_loop().call_later(PAUSE, self._reply)
        else:
            self._reply()

    def _reply(self) -> None:
        assert isinstance(self.transport, asyncio.Transport)
        if self.answer:
            self.transport.write(self.answer)
        else:
            self.transport.close()


@contextmanager
def serving(kind: type[Server]) -> Iterator[int]:
    """The port of a server in a thread."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(kind, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def run(port: int, *, rate: float = 100, connections: int = 4, seconds: float = 0.5) -> openloop.Seen:
    return openloop.run(port=port, path="/x", rate=rate, connections=connections, seconds=seconds)


def test_as_many_requests_as_the_rate_says_are_sent_and_answered() -> None:
    with serving(Server) as port:
        seen = run(port)

    assert len(seen.latencies) == 50
    assert (seen.refused, seen.broken) == (0, 0)


def test_requests_that_were_due_during_a_pause_count_their_wait() -> None:
    class Pausing(Server):
        slow = 3

    with serving(Pausing) as port:
        seen = run(port, rate=50, connections=1, seconds=1)

    delayed = [latency for latency in seen.latencies if latency > PAUSE / 4]
    assert len(seen.latencies) == 50
    assert max(seen.latencies) >= PAUSE
    assert len(delayed) > 10  # a closed loop would have seen one slow request


def test_answers_with_an_error_status_are_counted() -> None:
    class Refusing(Server):
        answer = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"

    with serving(Refusing) as port:
        assert run(port).refused == 50


def test_a_connection_that_is_closed_on_us_is_broken() -> None:
    class Closing(Server):
        answer = b""

    with serving(Closing) as port:
        assert run(port).broken == 4


def test_percentiles_are_in_milliseconds() -> None:
    seen = openloop.Seen(latencies=[number / 1000 for number in range(101)])

    assert seen.percentile_ms(50) == pytest.approx(50)
    assert seen.percentile_ms(99) == pytest.approx(99)


def test_one_answer_makes_no_percentile() -> None:
    with pytest.raises(BenchError, match="hardly"):
        openloop.Seen(latencies=[0.1]).percentile_ms(99)
