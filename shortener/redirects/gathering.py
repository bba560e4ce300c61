"""Answers sent in one piece."""

import asyncio
from typing import Any

AT_ONCE = 65_536  # bytes that are sent without waiting for more


class Gathering:
    """A transport that sends together what is written within a turn of the event loop. uvicorn writes head and body of
    an answer apart, and uvloop sends each at once: two system calls, and two packets for whoever waits."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self.pieces: list[bytes] = []  # that are not sent yet
        self._size = 0

    def write(self, data: bytes) -> None:
        """Send `data` at the end of this turn."""
        if not self.pieces:
            self._loop.call_soon(self.flush)
        self.pieces.append(data)
        self._size += len(data)
        if self._size > AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Send what was written until now."""
        if not self.pieces:
            return
        pieces, self.pieces, self._size = self.pieces, [], 0
        if not self._transport.is_closing():  # the other side may have gone meanwhile
            self._transport.writelines(pieces)

    def close(self) -> None:
        """Close, once all is sent."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """Whatever else a transport can do."""
        return getattr(self._transport, name)
