"""The ASGI application in front of Django: answers short links by itself and hands everything else on.

The common redirect is two dictionary lookups, one event noted and two prepared messages sent; nothing in between is
built that could have been built before. Whatever needs more goes to `Visits`.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from time import time
from typing import Any

from shortener.clicks.event import HEADER_LIMIT
from shortener.redirects.runtime import Runtime, RuntimeOptions
from shortener.redirects.visits import Request, Visits

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

READING = ("GET", "HEAD")


class RedirectApp:
    """`otherwise` is the application for all that is not a short link; `reserved` are first path segments (lower
    case) that belong to it."""

    def __init__(self, otherwise: AsgiApp, reserved: frozenset[str], options: RuntimeOptions) -> None:
        self._otherwise = otherwise
        self._options = options
        self._visits = Visits(reserved, options)
        self.runtime: Runtime | None = None
        self._country_header = options.country_header.encode()
        self._behind_proxies = bool(options.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._lifespan(receive, send)
            return
        runtime = self.runtime
        if runtime is None:  # a server without lifespan support
            runtime = self.runtime = await Runtime.start(self._options)
        headers = dict(scope["headers"])
        prefix = runtime.sites.prefixes.get(headers.get(b"host", b""))
        now = time()
        if prefix is not None and not scope["query_string"] and scope["method"] in READING:
            entry = runtime.cache.get(prefix + scope["raw_path"], now)
            if entry is not None and entry.is_direct:
                await runtime.recorder.record(
                    self.event(entry.counts_for, now, scope["method"], scope["client"], headers)
                )
                answer = entry.answer
                await send(answer.start)
                await send(answer.body)
                return
        request = Request(scope, headers, now, self.event(0, now, scope["method"], scope["client"], headers))
        found = await self._visits.answer(runtime, request)
        if found is None:
            await self._otherwise(scope, receive, send)
        else:
            await send(found.start)
            await send(found.body)

    def event(
        self, counts_for: int, now: float, method: str, client: tuple[str, int] | None, headers: dict[bytes, bytes]
    ) -> tuple[Any, ...]:
        """The fields of a `ClickEvent`, in order."""
        get = headers.get
        return (
            counts_for,
            int(now * 1000),
            method,
            client[0] if client else "",
            get(b"user-agent", b"")[:HEADER_LIMIT],
            get(b"referer", b"")[:HEADER_LIMIT],
            get(b"accept-language", b"")[:HEADER_LIMIT],
            get(b"x-forwarded-for", b"")[:HEADER_LIMIT] if self._behind_proxies else None,
            get(self._country_header) if self._behind_proxies else None,
            get(b"sec-purpose") or get(b"purpose") or get(b"x-moz"),
            get(b"dnt"),
            get(b"sec-gpc"),
        )

    def begin_shutdown(self) -> None:
        """The server stops, and waits for what is under way: end what would go on for ever."""
        self._options.before_shutdown()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.runtime = await Runtime.start(self._options)
                await send({"type": "lifespan.startup.complete"})
            else:
                if self.runtime is not None:
                    await self.runtime.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return
