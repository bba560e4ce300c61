"""Connections to Redis, and to PostgreSQL outside Django's transaction."""

import hashlib
import os
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg
import redis
import redis.asyncio
from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django_redis import get_redis_connection

from shortener.infra.postgres.watching import WatchedConnection

ALIAS = "default"
POSTGRES_AWAY = (OperationalError, InterfaceError)  # it is, or took something back that two wanted at once
RETRY_AFTER = 5  # seconds after which to ask for a page or the API again, while PostgreSQL is away


@cache
def redis_client() -> redis.Redis:
    """The blocking client of this process (django-redis's pool), returning bytes. Django has a cache for each thread
    and context, hence for each request, and a new client takes longer than to ask it something."""
    client: redis.Redis = get_redis_connection(ALIAS)
    return client


class _Own(threading.local):
    """What `ask_redis` keeps for each thread."""

    connection: Any = None
    process = 0


_own = _Own()


def ask_redis(*command: Any) -> Any:
    """Redis's answer to one command, over a connection that this thread keeps. What `redis_client` does around each
    command (take from the pool, look whether it is usable, give back) costs twice as much as the command itself.

    Where the connection is lost, the command is sent again over a new one, once: it may be carried out twice. Raises
    `redis.RedisError`."""
    if _own.connection is None or _own.process != os.getpid():
        _connect()
        return _ask(command)
    try:
        return _ask(command)
    except redis.ConnectionError:
        _connect()
        return _ask(command)


def _connect() -> None:
    """Give this thread a new connection, not from the pool itself: that holds on to what it has given until it is given
    back, which a thread that ends does not do. Nor does it hear of maintenance, for which only the pool could prepare
    it."""
    pool = redis_client().connection_pool
    options = {name: value for name, value in pool.connection_kwargs.items() if not name.startswith("maint_")}
    _own.connection, _own.process = pool.connection_class(**options), os.getpid()


def _ask(command: tuple[Any, ...]) -> Any:
    try:
        _own.connection.send_command(*command)
        return _own.connection.read_response()
    except redis.ResponseError:
        raise  # an answer like others
    except BaseException:
        _own.connection = None  # what is still to come would be taken for the next answer
        raise


class RedisScript:
    """A Lua script, sent as its hash once Redis knows it."""

    def __init__(self, text: str) -> None:
        self._text, self._hash = text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, keys: Sequence[Any], values: Sequence[Any]) -> Any:
        """Run it by `ask_redis`."""
        try:
            return ask_redis("EVALSHA", self._hash, len(keys), *keys, *values)
        except redis.exceptions.NoScriptError:
            return ask_redis("EVAL", self._text, len(keys), *keys, *values)


@cache
def waiting_redis_client() -> redis.Redis:
    """A client with a generous time limit, for commands that wait on purpose (XREADGROUP … BLOCK, up to 1 s)."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=5)


def async_redis_client(**options: Any) -> redis.asyncio.Redis:
    """A client for the event loop that runs now. `options` go to the connection (time limits, in seconds)."""
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, **options)


def postgres_parameters() -> dict[str, Any]:
    """Parameters of `psycopg.connect` for the database Django uses now (in tests: the test database)."""
    parameters = connections[ALIAS].get_connection_params()
    return {key: value for key, value in parameters.items() if key not in {"cursor_factory", "context"}}


def autonomous_connection() -> psycopg.Connection[tuple[Any, ...]]:
    """A connection of its own in autocommit: what it writes stays, whatever the caller's transaction does."""
    return WatchedConnection.connect(**postgres_parameters(), autocommit=True)
