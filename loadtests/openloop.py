"""Requests at a constant rate, whether or not the answers keep up (an open loop), after wrk2: every connection has its
own schedule, and a request that had to wait for the answer before it is counted from when it was due. A closed loop,
which waits with the server, never sees its pauses ("coordinated omission"). Where nothing stood in its way a request is
counted from when it was sent: that a timer of ours was late is not the server's."""

import asyncio
import re
from dataclasses import dataclass, field
from statistics import quantiles

from loadtests.errors import BenchError

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
GRACE = 5.0  # seconds for the last answers
ROUNDING = 1e-6  # seconds: what sums of intervals may be off by


@dataclass
class Seen:
    """What all connections saw."""

    latencies: list[float] = field(default_factory=list)  # seconds
    refused: int = 0
    broken: int = 0

    def percentile_ms(self, percent: int) -> float:
        """Latency that `percent` of the requests did not exceed. Raises `BenchError` when there are hardly any."""
        if len(self.latencies) < 2:
            raise BenchError("hardly a request was answered")
        return quantiles(self.latencies, n=100, method="inclusive")[percent - 1] * 1000


class Connection(asyncio.Protocol):
    """One keep-alive connection that asks for the same thing from `first` on, every `interval`, until `end` (times of
    the event loop, seconds)."""

    def __init__(self, request: bytes, seen: Seen, first: float, interval: float, end: float) -> None:
        self._request, self._seen = request, seen
        self._due, self._interval, self._end = first, interval, end
        self._asked = first
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self.finished: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._loop.call_at(self._due, self._send)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = CONTENT_LENGTH.search(head)
        if not found or len(body) < (int(length[1]) if length else 0):
            return
        self._received = b""
        self._answered(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.finished.done():
            self._seen.broken += 1
            self.finished.set_result(None)

    def _send(self) -> None:
        self._asked = self._loop.time()
        self._transport.write(self._request)

    def _answered(self, status: int) -> None:
        now = self._loop.time()
        self._seen.latencies.append(now - self._asked)
        self._seen.refused += status >= 400
        self._due += self._interval
        if self._due >= self._end - ROUNDING:
            self.finished.set_result(None)
            self._transport.close()
        elif self._due <= now:
            self._send()
            self._asked = self._due  # the answer before it was late: that wait counts
        else:
            self._loop.call_at(self._due, self._send)


def run(*, port: int, path: str, rate: float, connections: int, seconds: float) -> Seen:
    """Ask 127.0.0.1:`port` for `path`, `rate` times a second in all. Raises `BenchError` when the answers stop."""
    return asyncio.run(_run(port, path, rate, connections, seconds))


async def _run(port: int, path: str, rate: float, connections: int, seconds: float) -> Seen:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    seen = Seen()
    loop = asyncio.get_running_loop()
    begin = loop.time() + 0.2  # seconds: all connections are up by then
    interval = connections / rate
    protocols = [
        Connection(request, seen, begin + number / rate, interval, begin + seconds) for number in range(connections)
    ]
    for protocol in protocols:
        await loop.create_connection(lambda protocol=protocol: protocol, "127.0.0.1", port)  # type: ignore[misc]
    try:
        async with asyncio.timeout(seconds + GRACE):
            await asyncio.gather(*(protocol.finished for protocol in protocols))
    except TimeoutError as error:
        raise BenchError(f"answers were still missing {GRACE:.0f} s after the last request was due") from error
    return seen
