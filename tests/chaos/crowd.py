"""Visitors who follow links while things happen. Each request names a referrer of its own, by which its raw click is
found again."""

import asyncio
import random
from collections import Counter
from typing import Self

import psycopg
import redis

from loadtests.client import ShortLink
from shortener.infra.embedded.layout import layout_for
from tests.chaos.visiting import Visitor
from tests.servers import wait_until
from tests.up import Up

VISITORS = 16


class Crowd:
    """Visitors who follow links without end, and come back when a connection breaks."""

    def __init__(self, up: Up, links: list[ShortLink]) -> None:
        self._up, self._links = up, links
        self.attempted = 0
        self.answered: set[str] = set()
        self.statuses: Counter[int] = Counter()
        self.stopping = False
        self._visits: list[asyncio.Task[None]] = []
        self._layout = layout_for(up.directory / "data")

    async def __aenter__(self) -> Self:
        self._visits = [asyncio.create_task(self.visit(seed)) for seed in range(VISITORS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stopping = True
        await asyncio.gather(*self._visits)

    async def visit(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self.stopping:
            try:
                async with Visitor(self._up.port, f"127.0.0.1:{self._up.port}") as visitor:
                    while not self.stopping:
                        await self._follow(visitor, chance)
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.02)  # the process is gone; the next one is on its way

    async def _follow(self, visitor: Visitor, chance: random.Random) -> None:
        self.attempted += 1
        name = f"r{self.attempted}.example"
        link = self._links[0] if chance.random() < 0.9 else chance.choice(self._links)
        seen = await visitor.follow(link.path, referrer=f"https://{name}/")
        self.statuses[seen.status] += 1
        if seen.status == 302:
            self.answered.add(name)

    async def answers_more(self, number: int) -> None:
        """Wait until so many more redirects were answered."""
        goal = len(self.answered) + number
        async with asyncio.timeout(120):
            while len(self.answered) < goal:
                await asyncio.sleep(0.01)

    def settled(self) -> "Counter[str]":
        """How often each referrer is among the raw clicks, once all clicks are there."""
        url = self._layout.database_url
        wait_until(lambda: self.answered <= raw_clicks(url).keys(), seconds=90, what="the last click")
        with redis.Redis.from_url(self._layout.redis_url) as client:
            wait_until(lambda: client.xlen("clicks") == 0, seconds=60, what="the end of the stream")
        return raw_clicks(url)

    def account(self) -> str:
        """What became of the requests, in words. Fails unless every answered one is one click, in every table."""
        found, totals = self.settled(), rolled_up(self._layout.database_url)
        assert set(found.values()) == {1}
        # What was noted in the moment of a kill may have no answer; more than that there cannot be.
        assert 0 <= found.total() - len(self.answered) <= self.attempted - len(self.answered)
        assert set(totals) == {found.total()}
        return (
            f"{self.attempted} requests, {len(self.answered)} redirects answered, {found.total()} raw clicks, {totals} "
            f"in rollups; statuses {dict(self.statuses)}"
        )


def raw_clicks(url: str) -> Counter[str]:
    """How often each referrer is among the raw clicks."""
    with psycopg.connect(url) as connection:
        return Counter(dict(connection.execute("SELECT referrer, count(*) FROM clicks_click GROUP BY referrer")))


def rolled_up(url: str) -> tuple[int, ...]:
    """Clicks by total; by day and by quarter of an hour of links, domains, workspaces and the site."""
    with psycopg.connect(url) as connection:
        [total] = connection.execute("SELECT sum(clicks) FROM clicks_linktotal").fetchone()
        sums = [
            connection.execute(f"SELECT scope, sum(clicks) FROM {table} GROUP BY scope ORDER BY scope").fetchall()
            for table in ("clicks_dailyclicks", "clicks_quarterclicks")
        ]
    assert [[scope for scope, _ in rows] for rows in sums] == [list(range(4))] * 2
    return int(total), *(int(clicks) for rows in sums for _, clicks in rows)
