"""The cast and the stage of every test: real PostgreSQL and Valkey, emptied before each test that uses them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from loadtests.stack import NO_LIMIT
from shortener.accounts.actors import Actor, Via
from shortener.accounts.keys import create_api_key, unwritten
from shortener.accounts.models import ApiKey, User, Workspace
from shortener.accounts.services import personal_workspace
from shortener.clicks.ingest import Ingest
from shortener.infra.rate_plans import parse_plans
from shortener.infra.stores import autonomous_connection, redis_client
from shortener.links import ids
from shortener.links.models import Link
from shortener.links.services import create_link
from tests.api.document import current, differences
from tests.up import open_directory


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def lighter_settings(settings: Any) -> None:
    """Cheap password hashes, static files from where they lie, keys and domains read afresh, no rate limits. And no
    numbers that earlier tests were given for links: stores that have been emptied since give the same ones again."""
    settings.RATE_PLANS = parse_plans(NO_LIMIT)
    settings.API_KEY_SECONDS = settings.DOMAINS_SECONDS = 0
    unwritten.clear()
    ids._ahead.process = ids._local.process = 0  # as in a forked child
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def no_jobs_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that commit leave no jobs to others: Django empties its own tables after them, and these are not."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if {"transactional_db", "live_server"}.intersection(request.fixturenames) or (
        marker and marker.kwargs.get("transaction")
    ):
        with autonomous_connection() as postgres:
            if postgres.execute("SELECT FROM procrastinate_jobs LIMIT 1").fetchone() is not None:
                postgres.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A temporary directory that other users may enter."""
    with open_directory() as directory:
        yield directory


@pytest.fixture
def redis_empty() -> Any:
    """The test's Redis, emptied."""
    client = redis_client()
    client.flushdb()
    return client


@pytest.fixture
def stores(transactional_db: None, redis_empty: Any) -> Iterator[None]:
    """Both stores, empty, for tests in which several connections or processes have to see the same rows."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE clicks_click")
    from shortener.redirects.publish import publish_domains

    publish_domains()
    yield
    redis_empty.flushdb()


@pytest.fixture
def away(transactional_db: None, redis_empty: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody listens where PostgreSQL should be, from `owner` and others on: ask for those before."""
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nonexistent")
    yield
    connection.close()
    monkeypatch.undo()


@pytest.fixture
def owner(db: None) -> User:
    """Owns a personal workspace with links."""
    return User.objects.create_user("owner@example.org", "correct horse battery")


@pytest.fixture
def stranger(db: None) -> User:
    """Has an account, and nothing to do with the owner's links."""
    return User.objects.create_user("stranger@example.org", "correct horse battery")


@pytest.fixture
def workspace(owner: User) -> Workspace:
    return personal_workspace(owner)


@pytest.fixture
def make_link(workspace: Workspace, owner: User) -> Callable[..., Link]:
    """Make a link of the owner's; keyword arguments as for `create_link`."""

    def make(url: str = "https://example.com/page", **fields: Any) -> Link:
        return create_link(**{"workspace": workspace, "by": Actor(Via.API, owner), "url": url, **fields})

    return make


@pytest.fixture
def api_key(workspace: Workspace, owner: User) -> tuple[ApiKey, str]:
    return create_api_key(workspace=workspace, name="tests", author=owner)


class ApiClient(Client):
    """Speaks JSON, with a key. Every answer has to be one that the OpenAPI document describes."""

    def __init__(self, key: str) -> None:
        super().__init__(headers={"Authorization": f"Bearer {key}"})

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        method, path, query = (request.get(name, "") for name in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING"))
        is_cut = method == "HEAD" or "fields=" in query or response.headers.get("Content-Encoding") == "gzip"
        found = list(differences(current(), method, path, response, has_body=not is_cut))
        assert not found, f"{method} {path}: {'; '.join(found)}"
        return response

    def post(self, path: str, body: Any = "", **extra: Any) -> Any:
        return super().post(path, _as_text(body), content_type="application/json", **extra)

    def put(self, path: str, body: Any = "", **extra: Any) -> Any:
        return super().put(path, _as_text(body), content_type="application/json", **extra)

    def patch(self, path: str, body: Any = "", **extra: Any) -> Any:
        return super().patch(path, _as_text(body), content_type="application/json", **extra)


def _as_text(body: Any) -> str | bytes:
    return body if isinstance(body, str | bytes) else json.dumps(body)


@pytest.fixture
def api(api_key: tuple[ApiKey, str]) -> ApiClient:
    return ApiClient(api_key[1])


@pytest.fixture
def ingest() -> Iterator[Callable[[], None]]:
    """Write all clicks that are in the stream to PostgreSQL."""
    worker = Ingest(redis_client(), autonomous_connection)
    yield worker.drain
    worker.stop()
    worker.run()  # stopped already: leaves the group and gives its connection back


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes may hold a time or a random number: the processes of a run have to agree on the names of tests."""
    return argname if isinstance(val, bytes) else None
