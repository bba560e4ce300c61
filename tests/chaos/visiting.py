"""A visitor on one connection, who follows short links and never leaves."""

import asyncio
from dataclasses import dataclass
from typing import Self

END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class Seen:
    """An answer, and when it came (seconds of the event loop's clock)."""

    status: int
    location: str
    at: float


class Visitor:
    """Talks to a web process on `port` of the loopback interface, in the name of `host`."""

    def __init__(self, port: int, host: str) -> None:
        self._port, self._host = port, host

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def follow(self, path: str, *, referrer: str = "") -> Seen:
        """Ask for `path`; a redirect must have no body."""
        came_from = f"Referer: {referrer}\r\n" if referrer else ""
        head = f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nUser-Agent: Mozilla/5.0 Firefox/140.0\r\n{came_from}\r\n"
        self._writer.write(head.encode())
        answer = (await self._reader.readuntil(END_OF_HEAD)).decode("latin-1")
        status, *lines = answer.split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines if line)
        if length := int(headers["content-length"]):
            await self._reader.readexactly(length)
        return Seen(int(status.split()[1]), headers.get("location", ""), asyncio.get_running_loop().time())
