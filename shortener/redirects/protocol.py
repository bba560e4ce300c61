"""The common redirect, answered where its bytes arrive: uvicorn's HTTP protocol with a short cut in front.

A plain GET of a short link that this process has in memory costs most of its time in what it does not need: a parser's
callbacks, a scope, a task, two messages. Here such a request is recognised as a whole by one strict expression and its
prepared bytes are written once its click is safe. Whatever is not exactly that takes uvicorn's way, untouched; and
`tests/redirects/test_protocol.py` holds both ways against each other.
"""

import asyncio
import re
from time import time
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from shortener.redirects.app import RedirectApp
from shortener.redirects.cache import Entry
from shortener.redirects.gathering import Gathering

# One complete request: a slug without escapes or query, header names that nobody quarrels about, no folded lines, no
# spaces at the end of a value.
PLAIN = re.compile(
    rb"GET (/[A-Za-z0-9_-]{2,64}) HTTP/1\.1\r\n"
    rb"((?:[A-Za-z0-9_-]+:[^\x00-\x08\x0a-\x1f\x7f]*(?<![ \t])\r\n)+)\r\n"
)
# Headers that make a request more than plain, whatever they say.
SPECIAL = frozenset(
    {b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"proxy-connection", b"http2-settings"}
)
KEPT_OPEN = (None, b"keep-alive")


class FastProtocol(HttpToolsProtocol):
    """One connection. While an answer waits for its click, further bytes are held back, so answers stay in order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # With a limit of concurrent requests uvicorn has to see them all.
        self._redirects = self.app if isinstance(self.app, RedirectApp) and self.limit_concurrency is None else None
        self._between_requests = True  # for the parser: it has seen nothing of another request
        self._answering: Entry | None = None
        self._held = b""
        self._last_answer = 0.0
        self._closes = False
        self._defaults: list[tuple[bytes, bytes]] | None = None
        self._defaults_written = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._direct = transport
        self._gathering = Gathering(transport, self.loop)
        self.transport = cast(asyncio.Transport, self._gathering)

    def data_received(self, data: bytes) -> None:
        if self._answering is not None:
            self._held += data
            self.flow.pause_reading()
        elif not (self._is_free() and self._answers(data)):
            super().data_received(data)

    def on_message_begin(self) -> None:
        self._between_requests = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        # After an upgrade, refused or not, the connection is no longer one of plain requests.
        self._between_requests = not self.parser.should_upgrade()

    def shutdown(self) -> None:
        if self._redirects is not None:
            self._redirects.begin_shutdown()
        if self._answering is not None:
            self._closes = True  # once it is sent
        else:
            super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """A timer for each answer would cost more than the answer: one runs on, and looks when the last one was."""
        rest = self._last_answer + self.timeout_keep_alive - self.loop.time()
        if self._answering is not None or rest > 0:
            self._keep_alive_for(max(rest, 1.0))
        else:
            super().timeout_keep_alive_handler()

    def _is_free(self) -> bool:
        """Whether nothing is under way on this connection."""
        return (
            self._redirects is not None
            and self._between_requests
            and (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and not self._direct.is_closing()
        )

    def _answers(self, data: bytes) -> bool:
        """Whether `data` is a request that is answered here, once its click is safe."""
        found = PLAIN.fullmatch(data)
        redirects = self._redirects
        if found is None or redirects is None or (runtime := redirects.runtime) is None:
            return False
        path, lines = found.groups()
        headers = {}
        for line in lines[:-2].split(b"\r\n"):
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.lstrip(b" \t")
        connection = headers.get(b"connection")
        if not SPECIAL.isdisjoint(headers) or (connection not in KEPT_OPEN and connection.lower() != b"keep-alive"):
            return False
        prefix = runtime.sites.prefixes.get(headers.get(b"host", b""))
        if prefix is None:
            return False
        now = time()
        entry = runtime.cache.get(prefix + path, now)
        if entry is None or not entry.is_direct:
            return False
        self._answering = entry
        event = redirects.event(entry.counts_for, now, "GET", self.client, headers)
        runtime.recorder.record_then(event, self._send_answer)
        return True

    def _send_answer(self) -> None:
        entry, self._answering = self._answering, None
        held, self._held = self._held, b""
        self.server_state.total_requests += 1
        if entry is None or self._direct.is_closing():
            return
        status, tail, body = entry.written
        ending = b"connection: close\r\n\r\n" if self._closes else b"\r\n"
        if self._gathering.pieces:
            self._gathering.flush()  # answers stay in order
        self._direct.write(b"".join((STATUS_LINE[status], self._default_headers(), tail, ending, body)))
        if self._closes:
            self._direct.close()
            return
        self._last_answer = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._keep_alive_for(self.timeout_keep_alive)
        if held:
            self.flow.resume_reading()
            self.data_received(held)

    def _keep_alive_for(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _default_headers(self) -> bytes:
        """Headers that uvicorn adds, as it writes them. It makes a new list of them every second."""
        headers = self.server_state.default_headers
        if headers is not self._defaults:
            self._defaults = headers
            self._defaults_written = b"".join(b"%s: %s\r\n" % header for header in headers)
        return self._defaults_written
