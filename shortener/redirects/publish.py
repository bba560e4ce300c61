"""Publishes plans: what a writer has committed reaches Redis, and through it every web process.

The plan is written by a script that compares versions, then its key is announced, and every process drops what it
holds under it. `republish` does the same, later, for what could not be published here.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import redis
from django.conf import settings
from django.db import connection

from shortener.infra.stores import redis_client
from shortener.redirects import store
from shortener.redirects.plan import RedirectPlan, cache_key
from shortener.redirects.shared import DOMAINS_CHANNEL, LINKS_CHANNEL, SITES_KEY, set_if_newer

logger = logging.getLogger(__name__)


def publish_links(keys: Iterable[tuple[int, str]]) -> None:
    """Read the plans of (domain ID, slug) afresh, write them to Redis and announce them. When Redis is away, this logs
    a warning, and the note that came with the change makes a web process publish it later: a write never fails
    because of the cache."""
    names = [cache_key(domain, slug) for domain, slug in keys]
    with connection.cursor() as cursor:
        plans, notes = store.to_publish(cursor, names)
    try:
        _write(plans)
    except redis.RedisError as error:
        logger.warning("%d changed links will be published later: %s", len(names), error)
        return
    with connection.cursor() as cursor:
        store.remove_notes(cursor, notes)


def _write(plans: Mapping[bytes, RedirectPlan]) -> None:
    pipeline = redis_client().pipeline(transaction=False)
    for key, plan in plans.items():
        pipeline.eval(*set_if_newer(key, plan, settings.REDIS_LINK_SECONDS))
        pipeline.publish(LINKS_CHANNEL, key)
    pipeline.execute()


def publish_domains() -> None:
    """Write the table of domains to Redis and announce that it has changed."""
    with connection.cursor() as cursor:
        sites = store.load_sites(cursor)
    try:
        client = redis_client()
        client.set(SITES_KEY, msgspec.msgpack.encode(sites))
        client.publish(DOMAINS_CHANNEL, b"")
    except redis.RedisError as error:
        logger.warning("changed domains could not be published: %s", error)


def on_links_changed(keys: list[tuple[int, str]], **_: Any) -> None:
    """Receiver of `links_changed`."""
    publish_links(keys)


def on_domains_changed(**_: Any) -> None:
    """Receiver of `domains_changed`."""
    publish_domains()
