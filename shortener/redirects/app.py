"""The ASGI application in front of Django: answers short links by itself and hands everything else on.

The common redirect is one dictionary lookup, one event noted and two prepared messages sent; nothing in between is
built that could have been built before. Redirects that need more (a click limit) take `_answer`.
"""

import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from time import time
from typing import Any

from shortener.clicks.bots import is_bot
from shortener.clicks.event import HEADER_LIMIT
from shortener.redirects.answers import Answer
from shortener.redirects.cache import Entry
from shortener.redirects.runtime import Runtime, RuntimeOptions
from shortener.redirects.tiers import StoresUnavailable

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = dict[bytes, bytes]

SLUG_PATH = re.compile(r"/([A-Za-z0-9_-]{2,64})\Z")
READING = ("GET", "HEAD")


class RedirectApp:
    """`otherwise` is the application for all that is not a short link; `reserved` are first path segments (lower
    case) that belong to it."""

    def __init__(self, otherwise: AsgiApp, reserved: frozenset[str], options: RuntimeOptions) -> None:
        self._otherwise = otherwise
        self._reserved = reserved
        self._options = options
        self._runtime: Runtime | None = None
        self._country_header = options.country_header.encode()
        self._behind_proxies = options.behind_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._lifespan(receive, send)
            return
        runtime = self._runtime
        if runtime is None:  # a server without lifespan support
            runtime = self._runtime = await Runtime.start(self._options)
        headers: Headers = dict(scope["headers"])
        prefix = runtime.prefixes.get(headers.get(b"host", b""), runtime.default_prefix)
        now = time()
        entry = runtime.cache.get(prefix + scope["raw_path"], now)
        if entry is not None and entry.is_direct and scope["method"] in READING:
            await runtime.recorder.record(self._event(entry.link_id, now, scope, headers))
            answer = entry.answer
            await send(answer.start)
            await send(answer.body)
        else:
            await self._handle(runtime, prefix, scope, headers, now, receive, send)

    def _event(self, link_id: int, now: float, scope: Scope, headers: Headers) -> tuple[Any, ...]:
        """The fields of a `ClickEvent`, in order."""
        get = headers.get
        client = scope["client"]
        return (
            link_id,
            int(now * 1000),
            scope["method"],
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

    async def _handle(
        self, runtime: Runtime, prefix: bytes, scope: Scope, headers: Headers, now: float, receive: Receive, send: Send
    ) -> None:
        slug = self._slug(scope["path"])
        if slug is None:
            await self._otherwise(scope, receive, send)
            return
        if scope["method"] not in READING:
            answer = runtime.pages.not_allowed
        else:
            answer = await self._answer(runtime, prefix + b"/" + slug.encode(), scope, headers, now)
        await send(answer.start)
        await send(answer.body)

    def _slug(self, path: str) -> str | None:
        """The slug that `path` (decoded) names, if it can be one."""
        found = SLUG_PATH.match(path)
        return found[1] if found and found[1].lower() not in self._reserved else None

    async def _answer(self, runtime: Runtime, key: bytes, scope: Scope, headers: Headers, now: float) -> Answer:
        try:
            if not runtime.domains_known:
                await runtime.load_domains()
                key = runtime.default_prefix + key[key.index(b"/") :]
            entry = runtime.cache.get(key, now) or await runtime.resolver.resolve(key)
            if entry.answer.start["status"] >= 400:
                return entry.answer
            if entry.plan.click_limit and not await self._grant(runtime, key, entry, scope, headers):
                return runtime.pages.gone["exhausted"]
        except StoresUnavailable:
            return runtime.pages.unavailable
        await runtime.recorder.record(self._event(entry.link_id, now, scope, headers))
        return entry.answer

    async def _grant(self, runtime: Runtime, key: bytes, entry: Entry, scope: Scope, headers: Headers) -> bool:
        """Whether a link with a click limit may redirect once more. What cannot be a person's click (HEAD, a
        prefetch, a bot's look) uses nothing up."""
        purpose = headers.get(b"sec-purpose") or headers.get(b"purpose") or headers.get(b"x-moz")
        agent = headers.get(b"user-agent", b"")[:HEADER_LIMIT].decode("latin-1")
        if scope["method"] == "HEAD" or purpose or is_bot(agent, tools=self._options.tools_are_bots):
            return True
        if await runtime.postgres.grant_use(entry.link_id, entry.plan.click_limit):
            return True
        runtime.cache.put(key, runtime.resolver.exhausted(entry.plan, time()))
        return False

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._runtime = await Runtime.start(self._options)
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._runtime is not None:
                    await self._runtime.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return
