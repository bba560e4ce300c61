"""Publishes plans: what a writer has committed reaches Redis, and through it every web process.

The plan is written by a script that compares versions, then its key is announced, and every process drops what it
holds under it. `republish` does the same, later, for what could not be published here.
"""

import logging
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

import msgspec
import redis
from django.conf import settings
from django.db import connection

from shortener.infra.stores import ask_redis, redis_client
from shortener.links.models import Link
from shortener.redirects import store
from shortener.redirects.plan import RedirectPlan, cache_key
from shortener.redirects.republish import settled
from shortener.redirects.shared import DOMAINS_CHANNEL, SITES_KEY, set_if_newer

logger = logging.getLogger(__name__)

# Columns behind `plan.Details`, which most links leave empty.
_rarely = itemgetter(
    "active_from", "active_until", "archived_at", "deleted_at", "disabled_at", "expired_url", "forward_query",
    "forward_path", "rules", "utm", "password_hash", "notice", "ios_url", "android_url", "card_title",
    "card_description", "card_image",
)  # fmt: skip


def publish_links(keys: Iterable[tuple[int, str]], made: Iterable[Link] = (), notes: Iterable[int] = ()) -> None:
    """Write the plans of (domain ID, slug) to Redis and announce them: read afresh, but for links that have just been
    `made`, whose `notes` come along. When Redis is away, this logs a warning, and the note that came with the change
    makes a web process publish it later: a write never fails because of the cache."""
    # Whoever has a limit may have been used before it came here.
    plans = {cache_key(link.domain_id, link.slug): plan_of(link) for link in made if link.click_limit is None}
    done = list(notes)
    if rest := [key for domain, slug in keys if (key := cache_key(domain, slug)) not in plans]:
        with connection.cursor() as cursor:
            read, others = store.to_publish(cursor, rest)
        plans, done = plans | read, [*done, *others]
    try:
        _write(plans)
    except redis.RedisError as error:
        logger.warning("%d changed links will be published later: %s", len(plans), error)
        return
    if not settled.leave(done):
        with connection.cursor() as cursor:
            store.remove_notes(cursor, done)


def plan_of(link: Link) -> RedirectPlan:
    """The plan of `link`, which has no click limit and is as it is in the database: the same as reading it there."""
    if not any(_rarely(vars(link))):
        return RedirectPlan(link.pk, link.version, link.status, link.destination)
    start, end = (moment.timestamp() if moment else 0.0 for moment in (link.active_from, link.active_until))
    taken = "deleted" if link.deleted_at else "disabled" if link.disabled_at else ""
    card = bool(link.card_title or link.card_description or link.card_image)
    return store.compile_plan((
        link.domain_id, link.slug, link.pk, link.version, link.status, link.destination, start, end, 0, 0,
        link.archived_at is not None, taken, link.expired_url, link.forward_query, link.forward_path,
        msgspec.json.encode(link.rules), msgspec.json.encode(link.utm), link.password_hash, link.notice,
        link.ios_url, link.android_url, card,
    ))  # fmt: skip


def _write(plans: Mapping[bytes, RedirectPlan]) -> None:
    scripts = list(set_if_newer(plans, settings.REDIS_LINK_SECONDS, announce=True))
    if len(scripts) == 1:
        ask_redis("EVAL", *scripts[0])
        return
    pipeline = redis_client().pipeline(transaction=False)
    for arguments in scripts:
        pipeline.eval(*arguments)
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


def on_links_changed(
    keys: list[tuple[int, str]], made: Iterable[Link] = (), notes: Iterable[int] = (), **_: Any
) -> None:
    """Receiver of `links_changed`."""
    publish_links(keys, made, notes)


def on_domains_changed(**_: Any) -> None:
    """Receiver of `domains_changed`."""
    publish_domains()
