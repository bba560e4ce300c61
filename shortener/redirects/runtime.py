"""What a web process keeps while it runs: connections, caches, and the ear for announcements of changes."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
import redis.asyncio

from shortener.clicks.recorder import Recorder
from shortener.clicks.spool import Spool
from shortener.infra.tasks import cancel
from shortener.redirects.answers import Pages
from shortener.redirects.cache import PlanCache
from shortener.redirects.republish import Republisher
from shortener.redirects.resolver import Lifetimes, Resolver
from shortener.redirects.shared import DOMAINS_CHANNEL, LINKS_CHANNEL
from shortener.redirects.tiers import PostgresTier, RedisTier, StoresUnavailable

logger = logging.getLogger(__name__)

BYTES_PER_ENTRY = 1_500  # memory that one cached link may take on average
LISTEN_TIMEOUT = 1.0  # seconds between two looks at whether the subscription is alive
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
    country_header: str = ""
    behind_proxies: bool = False
    tools_are_bots: bool = False


class Runtime:
    """One per web process, made by `start` on its event loop."""

    def __init__(self, options: RuntimeOptions) -> None:
        self.pages = options.pages()
        self.cache = PlanCache(options.cache_entries, options.cache_entries * BYTES_PER_ENTRY)
        self._clients = [options.redis_client(socket_connect_timeout=0.5) for _ in range(3)]
        tier_client, click_client, self._ear = self._clients
        self.postgres = PostgresTier(options.postgres_parameters())
        lifetimes = Lifetimes(options.cache_seconds, options.permanent_max_age)
        tier = RedisTier(tier_client, options.redis_seconds)
        self.resolver = Resolver(self.cache, tier, self.postgres, self.pages, lifetimes)
        self.recorder = Recorder(click_client, Spool(options.spool_dir), options.click_timeout)
        self.prefixes: dict[bytes, bytes] = {}  # by Host header: what cache keys of its domain begin with
        self.default_prefix = b""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._listen()), loop.create_task(Republisher(tier, self.postgres).run())]

    @classmethod
    async def start(cls, options: RuntimeOptions) -> "Runtime":
        """A runtime that answers, whether or not the stores do already."""
        runtime = cls(options)
        try:
            await runtime.load_domains()
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

    @property
    def domains_known(self) -> bool:
        """Whether the table of domains has been read."""
        return bool(self.default_prefix)

    async def load_domains(self) -> None:
        """Read the table of domains. Raises `StoresUnavailable`."""
        domains = await self.resolver.domains()
        self.prefixes = {host.encode(): b"%d" % number for host, number in domains.items() if host}
        self.default_prefix = b"%d" % domains[""] if "" in domains else b""

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
        await self._reload_domains()  # a change of theirs may have been missed as well
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
            self.resolver.forget(data)
        else:
            await self._reload_domains()

    async def _reload_domains(self) -> None:
        try:
            await self.load_domains()
        except StoresUnavailable as error:
            logger.warning("the table of domains could not be read again: %s", error)

    def _trust(self, hears: bool) -> None:
        if self.resolver.hears_changes != hears:
            self.resolver.hears_changes = hears
            self.resolver.distrust_everything()
