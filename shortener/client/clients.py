"""The two clients. What they do is decided in `core` and `operations`; here it is carried out, with httpx."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import metadata
from typing import Any, BinaryIO, Self, TypeVar

import httpx

from shortener.client import operations
from shortener.client.core import Exchange, Failure, File, Operation, Request, Response, Wait, error_of, exchange
from shortener.client.errors import NoAnswer, NoKey, NotFound
from shortener.client.models import Import, Link, Page, Stats
from shortener.client.retries import RetryPolicy

T = TypeVar("T")
TIMEOUT = 30.0  # seconds
ENDED = 1.0  # seconds between two looks at an import


def _version() -> str:
    try:
        return metadata.version("shortener")
    except metadata.PackageNotFoundError:  # in a checkout
        return "dev"


class _Shared:
    """What both clients know. Raises `NoKey`."""

    def __init__(self, site: str, api_key: str, retries: RetryPolicy | None) -> None:
        self.site = site.strip().rstrip("/").removesuffix("/api/v1")
        api_key = api_key.strip()  # as a file ends in a new line
        if not api_key:
            raise NoKey("The API key is empty.")
        if not (api_key.isascii() and api_key.isprintable()):
            raise NoKey("This is no API key: it is cut short, or has letters that no key has.")
        self._retries = retries or RetryPolicy()
        self._options: dict[str, Any] = {
            "base_url": f"{self.site}/api/v1",
            "headers": {
                "Authorization": f"Bearer {api_key}",
                "User-Agent": f"shortener-client/{_version()}",
                "Accept": "application/json",
            },
        }

    @staticmethod
    def _arguments(request: Request) -> dict[str, Any]:
        """As httpx takes them."""
        arguments: dict[str, Any] = {"params": dict(request.query), "headers": dict(request.headers)}
        if request.file is not None:
            request.file.stream.seek(0)
            arguments["files"] = {"file": (request.file.name, request.file.stream)}
            arguments["data"] = dict(request.form)
        elif request.body is not None:
            arguments["json"] = request.body
        return arguments


def _failure(error: Exception) -> Failure:
    return Failure(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def _response(answer: httpx.Response) -> Response:
    return Response(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content)


class Client(_Shared):
    """Speaks to the installation at `site` with an API key, and blocks until it has answered.

    All methods raise `ApiError` (see `errors`) for answers that refuse, and `NoAnswer` when there is none; 429 and 503
    are tried again first, as `retries` says. `timeout` in seconds.
    """

    def __init__(
        self, site: str, api_key: str, *, timeout: float = TIMEOUT, retries: RetryPolicy | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        super().__init__(site, api_key, retries)
        self._http = httpx.Client(**self._options, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def create(self, url: str, **fields: Any) -> Link:
        """Make a link to `url`. `fields`: as the API takes them (`slug`, `domain`, `title`, `tags`, …)."""
        return self._run(operations.create(url, fields))

    def get(self, link_id: str) -> Link:
        """The link with this ID."""
        return self._run(operations.get(link_id))

    def find(self, short_url: str) -> Link | None:
        """The link behind `short_url`, with or without its scheme."""
        try:
            return self._run(operations.look_up(short_url))
        except NotFound:
            return None

    def refresh(self, link: Link) -> Link:
        """`link` as it is now; the same object when nothing has changed."""
        return self._run(operations.refresh(link))

    def update(self, link: Link | str, **changes: Any) -> Link:
        """Change fields. Give a `Link`, and it raises `Changed` where somebody else was faster."""
        return self._run(operations.update(link, changes))

    def delete(self, link: Link | str) -> None:
        """Delete a link; its slug is never used again."""
        self._run(operations.delete(link))

    def page(self, cursor: str | None = None, *, limit: int = operations.PAGE, **query: Any) -> Page[Link]:
        """A page of links, newest first. `query`: `q`, `tag` and so on."""
        return self._run(operations.page(query, cursor, limit))

    def links(self, cursor: str | None = None, **query: Any) -> Iterator[Link]:
        """All of them (or those from `cursor` on), newest first, page by page."""
        while True:
            page = self.page(cursor, **query)
            yield from page.data
            if not (cursor := page.next):
                return

    def stats(self, link: Link | str | None = None, **query: Any) -> Stats:
        """Statistics of a link, or of all. `query`: `days`, `start`, `end`, `interval`, `time_zone`, …"""
        return self._run(operations.stats(link, query))

    def start_import(self, stream: BinaryIO, name: str = "links.csv", **options: str) -> Import:
        """Upload a file of links. `options`: `source`, `mapping` (JSON), `taken`, `domain`, `tag`, `dry_run`."""
        return self._run(operations.start_import(File(name, stream), options))

    def fetch_import(self, **options: Any) -> Import:
        """Import from another shortener: `source`, `url`, `key`, and the options of `start_import`."""
        return self._run(operations.fetch_import(options))

    def get_import(self, import_id: str) -> Import:
        """How far it is."""
        return self._run(operations.get_import(import_id))

    def cancel_import(self, import_id: str) -> Import:
        """Stop it; what was imported stays."""
        return self._run(operations.command_import(import_id, "cancel"))

    def resume_import(self, import_id: str) -> Import:
        """Go on where it stopped."""
        return self._run(operations.command_import(import_id, "resume"))

    def watch_import(self, started: Import, every: float = ENDED) -> Iterator[Import]:
        """The import again and again, every so many seconds, until it is over."""
        yield started
        while not started.is_over:
            time.sleep(every)
            started = self.get_import(started.id)
            yield started

    @contextmanager
    def export(self, format: str = "csv", **query: Any) -> Iterator[Iterator[bytes]]:  # noqa: A002  the API's word
        """All links as a file (`csv`, `json` or `ndjson`), in parts, while the context lasts."""
        request = operations.export(format, query)
        try:
            with self._http.stream(request.method, request.path, **self._arguments(request)) as answer:
                if answer.status_code >= 400:
                    answer.read()
                    raise error_of(_response(answer))
                yield answer.iter_bytes()
        except httpx.HTTPError as error:
            raise NoAnswer(_failure(error).reason) from error

    def _run(self, operation: Operation[T]) -> T:
        steps: Exchange[T] = exchange(operation, self._retries)
        outcome: Response | Failure | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                value: T = end.value
                return value
            outcome = self._do(step)

    def _do(self, step: Request | Wait) -> Response | Failure | None:
        if isinstance(step, Wait):
            self._retries.before_wait(step.seconds)
            time.sleep(step.seconds)
            return None
        try:
            return _response(self._http.request(step.method, step.path, **self._arguments(step)))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return _failure(error)


class AsyncClient(_Shared):
    """The same, to be awaited."""

    def __init__(
        self, site: str, api_key: str, *, timeout: float = TIMEOUT, retries: RetryPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:  # fmt: skip
        super().__init__(site, api_key, retries)
        self._http = httpx.AsyncClient(**self._options, timeout=timeout, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def create(self, url: str, **fields: Any) -> Link:
        """See `Client.create`."""
        return await self._run(operations.create(url, fields))

    async def get(self, link_id: str) -> Link:
        """See `Client.get`."""
        return await self._run(operations.get(link_id))

    async def find(self, short_url: str) -> Link | None:
        """See `Client.find`."""
        try:
            return await self._run(operations.look_up(short_url))
        except NotFound:
            return None

    async def refresh(self, link: Link) -> Link:
        """See `Client.refresh`."""
        return await self._run(operations.refresh(link))

    async def update(self, link: Link | str, **changes: Any) -> Link:
        """See `Client.update`."""
        return await self._run(operations.update(link, changes))

    async def delete(self, link: Link | str) -> None:
        """See `Client.delete`."""
        await self._run(operations.delete(link))

    async def page(self, cursor: str | None = None, *, limit: int = operations.PAGE, **query: Any) -> Page[Link]:
        """See `Client.page`."""
        return await self._run(operations.page(query, cursor, limit))

    async def links(self, cursor: str | None = None, **query: Any) -> AsyncIterator[Link]:
        """See `Client.links`."""
        while True:
            page = await self.page(cursor, **query)
            for link in page.data:
                yield link
            if not (cursor := page.next):
                return

    async def stats(self, link: Link | str | None = None, **query: Any) -> Stats:
        """See `Client.stats`."""
        return await self._run(operations.stats(link, query))

    async def start_import(self, stream: BinaryIO, name: str = "links.csv", **options: str) -> Import:
        """See `Client.start_import`."""
        return await self._run(operations.start_import(File(name, stream), options))

    async def fetch_import(self, **options: Any) -> Import:
        """See `Client.fetch_import`."""
        return await self._run(operations.fetch_import(options))

    async def get_import(self, import_id: str) -> Import:
        """See `Client.get_import`."""
        return await self._run(operations.get_import(import_id))

    async def cancel_import(self, import_id: str) -> Import:
        """See `Client.cancel_import`."""
        return await self._run(operations.command_import(import_id, "cancel"))

    async def resume_import(self, import_id: str) -> Import:
        """See `Client.resume_import`."""
        return await self._run(operations.command_import(import_id, "resume"))

    async def watch_import(self, started: Import, every: float = ENDED) -> AsyncIterator[Import]:
        """See `Client.watch_import`."""
        yield started
        while not started.is_over:
            await asyncio.sleep(every)
            started = await self.get_import(started.id)
            yield started

    @asynccontextmanager
    async def export(
        self,
        format: str = "csv",  # noqa: A002  the API's word
        **query: Any,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """See `Client.export`."""
        request = operations.export(format, query)
        try:
            async with self._http.stream(request.method, request.path, **self._arguments(request)) as answer:
                if answer.status_code >= 400:
                    await answer.aread()
                    raise error_of(_response(answer))
                yield answer.aiter_bytes()
        except httpx.HTTPError as error:
            raise NoAnswer(_failure(error).reason) from error

    async def _run(self, operation: Operation[T]) -> T:
        steps: Exchange[T] = exchange(operation, self._retries)
        outcome: Response | Failure | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                value: T = end.value
                return value
            outcome = await self._do(step)

    async def _do(self, step: Request | Wait) -> Response | Failure | None:
        if isinstance(step, Wait):
            self._retries.before_wait(step.seconds)
            await asyncio.sleep(step.seconds)
            return None
        try:
            return _response(await self._http.request(step.method, step.path, **self._arguments(step)))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return _failure(error)
