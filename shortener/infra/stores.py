"""Connections to Redis, and to PostgreSQL outside Django's transaction."""

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
