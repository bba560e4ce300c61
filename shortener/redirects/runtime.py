"""What a web process keeps while it runs: connections, caches, and the ear for announcements of changes."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
import redis.asyncio

from shortener.clicks.geo import GeoDatabase
from shortener.clicks.recorder import Recorder
from shortener.clicks.spool import UNLIMITED, Spool
from shortener.infra.cancelling import cancel
from shortener.infra.client_address import ClientAddresses
from shortener.infra.metrics import Reporter
from shortener.redirects.answers import Pages
from shortener.redirects.cache import PlanCache
from shortener.redirects.republish import Republisher
from shortener.redirects.resolver import Resolver, ResolverOptions
from shortener.redirects.rules import Surroundings
from shortener.redirects.shared import DOMAINS_CHANNEL, LINKS_CHANNEL, announced
from shortener.redirects.sites import Sites
from shortener.redirects.tiers import PostgresTier, RedisTier, StoresUnavailable

logger = logging.getLogger(__name__)

BYTES_PER_ENTRY = 1_500  # memory that one cached link may take on average
LISTEN_TIMEOUT = 1.0  # seconds between two looks at whether the subscription is alive
REPORT_EVERY = 1.0  # seconds
RECONNECT = 0.2  # seconds between attempts to subscribe again


@dataclass(frozen=True)
class RuntimeOptions:
    """Everything the redirect path is configured with."""

    pages: Callable[[], Pages]
    redis_client: Callable[..., redis.asyncio.Redis]
    postgres_parameters: Callable[[], Mapping[str, Any]]
    spool_dir: Path
    cache_entries: int
    cache_seconds: float
    redis_seconds: int
    permanent_max_age: int  # seconds
    click_timeout: float  # seconds
    secret: bytes = b""  # signs passes
    hosts: tuple[str, ...] = ()  # other names of the default domain, without port
    trusted_proxies: tuple[str, ...] = ()
    country_header: str = ""
    geoip_database: str = ""
    tools_are_bots: bool = False
    count_orphans: bool = True
    no_tracking: str = ""  # query parameter of visits that are not to be recorded
    click_streams: int = 1
    spool_limit: int = UNLIMITED  # bytes
    metrics_dir: Path | None = None  # None: nothing is reported
    before_shutdown: Callable[[], None] = lambda: None  # called when the server begins to stop


class Runtime:
    """One per web process, made by `start` on its event loop."""

    def __init__(self, options: RuntimeOptions) -> None:
        self.pages = options.pages()
        self.cache = PlanCache(options.cache_entries, options.cache_entries * BYTES_PER_ENTRY)
        self._clients = [options.redis_client(socket_connect_timeout=0.5) for _ in range(3)]
        tier_client, click_client, self._ear = self._clients
        self.postgres = PostgresTier(options.postgres_parameters())
        settings = ResolverOptions(options.cache_seconds, options.permanent_max_age, options.count_orphans)
        tier = RedisTier(tier_client, options.redis_seconds)
        self.resolver = Resolver(self.cache, tier, self.postgres, self.pages, settings)
        spool = Spool(options.spool_dir, options.spool_limit)
        self.recorder = Recorder(click_client, spool, options.click_timeout, options.click_streams)
        self.surroundings = Surroundings(
            ClientAddresses(options.trusted_proxies), GeoDatabase(options.geoip_database), options.tools_are_bots
        )
        self._also = options.hosts
        self.sites = Sites()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._listen()), loop.create_task(Republisher(tier, self.postgres).run())]
        if options.metrics_dir:
            self._reporters = [
                Reporter("clicks", self.recorder.counts, options.metrics_dir),
                Reporter("lookups", self.resolver.counts, options.metrics_dir),
            ]
            self._tasks.append(loop.create_task(self._report()))

    @classmethod
    async def start(cls, options: RuntimeOptions) -> "Runtime":
        """A runtime that answers, whether or not the stores do already."""
        runtime = cls(options)
        try:
            await runtime.load_sites()
        except StoresUnavailable as error:
            logger.warning("starting without the table of domains: %s", error)
        return runtime

    async def stop(self) -> None:
        """Finish what is under way and give everything back."""
        for task in self._tasks:
            await cancel(task)
        await self.recorder.close()
        await self.postgres.close()
        for client in self._clients:
            await client.aclose()

    async def load_sites(self) -> None:
        """Read the table of domains. Raises `StoresUnavailable`."""
        rows = await self.resolver.load_sites()
        if tuple(rows) != self.sites.rows:
            self.sites = self.resolver.sites = Sites(rows, self._also)
            self.resolver.distrust_everything()  # entries hold what their domain had said

    async def _listen(self) -> None:
        """Hear announcements for as long as the process lives. While they may be missed, nothing cached is trusted."""
        while True:
            try:
                async with self._ear.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(LINKS_CHANNEL, DOMAINS_CHANNEL)
                    await self._hear(pubsub)
            except (redis.RedisError, OSError) as error:
                logger.warning("announcements of changes are not heard (%r); links are kept for 1 s only", error)
            self._trust(False)
            await asyncio.sleep(RECONNECT)

    async def _hear(self, pubsub: Any) -> None:
        await pubsub.ping()
        self._trust(True)
        await self._reload_sites()  # a change of theirs may have been missed as well
        silent = 0
        while True:
            message = await pubsub.get_message(timeout=LISTEN_TIMEOUT)
            if message is None:
                silent += 1
                if silent > 2:
                    raise redis.ConnectionError("no answer to a ping")
                await pubsub.ping()
                continue
            silent = 0
            if message["type"] == "message":
                await self._take_in(message["channel"], message["data"])

    async def _take_in(self, channel: bytes, data: bytes) -> None:
        if channel == LINKS_CHANNEL:
            for key in announced(data):
                self.resolver.forget(key)
        else:
            await self._reload_sites()

    async def _reload_sites(self) -> None:
        try:
            await self.load_sites()
        except StoresUnavailable as error:
            logger.warning("the table of domains could not be read again: %s", error)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY)
            for reporter in self._reporters:
                reporter.report()

    def _trust(self, hears: bool) -> None:
        if self.resolver.hears_changes != hears:
            self.resolver.hears_changes = hears
            self.resolver.distrust_everything()
