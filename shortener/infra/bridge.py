"""Django's WSGI application behind an event loop, in a bounded pool of threads.

a2wsgi goes from its thread to the event loop and back for every part of a request and of its answer. That costs as much
as half a request to the API, so here the body is there before a thread is taken (a client that is slow to send holds
none), and an answer that is there as a whole is handed over in one go. Large bodies go a2wsgi's way, piece by piece.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextvars import copy_context
from functools import lru_cache, partial
from io import BytesIO
from typing import Any

import a2wsgi.wsgi

from shortener.infra.threads import Threads

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_piecewise: Any = a2wsgi.wsgi.WSGIMiddleware
AT_ONCE = 2_097_152  # bytes of a body that is read before a thread is taken


class WsgiBridge:
    """An ASGI application that runs `app` in at most `threads` threads."""

    def __init__(self, app: WsgiApp, threads: int) -> None:
        self._app = app
        self._threads = Threads(threads, "django")
        self._piecewise = _piecewise(app)
        self._piecewise.executor = self._threads

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_small(scope):
            kept = [pair for pair in scope.get("headers", ()) if _variable(pair[0])]
            await self._piecewise({**scope, "headers": kept}, receive, send)
            return
        body = await _read(receive)
        if body is None:
            return  # whoever asked has gone
        exchange = _Exchange(environ_of(scope, body), send)
        self._threads.start(partial(copy_context().run, exchange.run, self._app))
        await exchange.finish()


class _Exchange:
    """One request and its answer, between the event loop and a thread."""

    def __init__(self, environ: dict[str, Any], send: Send) -> None:
        self._environ, self._send = environ, send
        self._loop = asyncio.get_running_loop()
        self._rest: asyncio.Future[list[Message]] = self._loop.create_future()  # what is left to send at the end
        self._start: Message = {}

    async def finish(self) -> None:
        """Wait for the thread, and send what it has not sent by itself. Raises what `app` has raised."""
        for message in await self._rest:
            await self._send(message)

    def run(self, app: WsgiApp) -> None:
        """In the thread: answer the request. What `app` does when its answer is closed, nobody waits for."""
        response: Iterable[bytes] = ()
        try:
            response = app(self._environ, self._start_response)
            if getattr(response, "streaming", True):
                self._stream(response)
                self._hand_over(self._rest.set_result, [_piece(b"")])
            else:
                self._hand_over(self._rest.set_result, [self._start, _piece(b"".join(response))])
        except BaseException as error:  # noqa: BLE001  the server is to know
            self._hand_over(self._rest.set_exception, error)
        try:
            getattr(response, "close", lambda: None)()
        except Exception:
            logger.exception("the end of a request failed")

    def _start_response(self, status: str, headers: Iterable[tuple[str, str]], exc_info: object = None) -> None:
        self._start = {
            "type": "http.response.start",
            "status": int(status[:3]),
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        }

    def _stream(self, response: Iterable[bytes]) -> None:
        """Send the answer as it is made, no faster than it is taken."""
        self._wait_for(self._start)
        for chunk in response:
            self._wait_for(_piece(chunk, more=True))

    def _wait_for(self, message: Message) -> None:
        asyncio.run_coroutine_threadsafe(self._forward(message), self._loop).result()

    async def _forward(self, message: Message) -> None:
        await self._send(message)

    def _hand_over(self, settle: Callable[[Any], None], outcome: object) -> None:
        self._loop.call_soon_threadsafe(self._settle, settle, outcome)

    def _settle(self, settle: Callable[[Any], None], outcome: object) -> None:
        if not self._rest.done():  # the server has given up waiting
            settle(outcome)


def environ_of(scope: MutableMapping[str, Any], body: bytes) -> dict[str, Any]:
    """The environment of a request (PEP 3333). Headers with `_` in their name are left out, as Django's own server
    does: nobody could tell them from those with `-`, and what a proxy has set could be set beside it."""
    host, port = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if client := scope.get("client"):
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    for raw, value in scope["headers"]:
        if name := _variable(raw):
            text = value.decode("latin-1")
            if name in environ:  # said twice: one list (RFC 9110, 5.3), but for cookies (RFC 6265, 5.4)
                text = environ[name] + ("; " if name == "HTTP_COOKIE" else ",") + text
            environ[name] = text
    return environ


@lru_cache(maxsize=256)
def _variable(header: bytes) -> str:
    """What the environment calls a header; empty for those that are left out."""
    if b"_" in header:
        return ""
    name = header.decode("latin-1").upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


def _piece(chunk: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": chunk, "more_body": more}


def _is_small(scope: MutableMapping[str, Any]) -> bool:
    """Whether the body is known to be small enough to be read before anything is done."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    return b"transfer-encoding" not in headers and length.isdigit() and int(length) <= AT_ONCE


async def _read(receive: Receive) -> bytes | None:
    """The body; None when the client goes away before it is there."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)
