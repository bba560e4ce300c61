"""The redirect application in this process, over the test's own stores."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx
from django.conf import settings

from shortener.infra.stores import async_redis_client, postgres_parameters
from shortener.links.slugs import reserved_words
from shortener.redirects.app import RedirectApp
from shortener.redirects.pages import load_pages
from shortener.redirects.runtime import Runtime, RuntimeOptions


def options(**changes: Any) -> RuntimeOptions:
    """What the application is configured with, and `changes` to it."""
    defaults: dict[str, Any] = {
        "pages": load_pages,
        "redis_client": async_redis_client,
        "postgres_parameters": postgres_parameters,
        "secret": b"secret",
        "hosts": ("localhost", "127.0.0.1"),
        "spool_dir": Path(mkdtemp(prefix="spool-", dir=settings.DATA_DIR)),
        "cache_entries": 1000,
        "cache_seconds": 300,
        "redis_seconds": 3600,
        "permanent_max_age": 90,
        "click_timeout": 2.0,  # patient: a busy machine is not an outage
    }
    return RuntimeOptions(**{**defaults, **changes})


async def django_stands_here(scope: Any, receive: Any, send: Any) -> None:
    """In place of Django: says that it was asked."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-from", b"django")]})
    await send({"type": "http.response.body", "body": b""})


class Site:
    """A client of the application and its insides."""

    def __init__(self, app: RedirectApp, client: httpx.AsyncClient, runtime: Runtime) -> None:
        self.app, self.client, self.runtime = app, client, runtime

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.client.get(path, **options)


@asynccontextmanager
async def running(**changes: Any) -> AsyncIterator[Site]:
    """The application, started and listening for changes; stopped at the end."""
    configured = options(**changes)
    app = RedirectApp(django_stands_here, reserved_words(), configured)
    runtime = app.runtime = await Runtime.start(configured)
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        try:
            yield Site(app, client, runtime)
        finally:
            await runtime.stop()
