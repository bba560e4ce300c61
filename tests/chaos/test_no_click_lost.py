"""Processes are killed while links are followed: every answered redirect is counted, once.

Each request names a referrer of its own, by which its raw click is found again. An ordinary run kills each kind of
process once; `make chaos` kills twenty, under at least 100,000 redirects.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from loadtests.client import ShortLink, Site
from shortener.infra.embedded.layout import layout_for
from tests.chaos.visiting import Visitor
from tests.servers import wait_until
from tests.up import Up

pytestmark = pytest.mark.processes
FULL = os.environ.get("CHAOS") == "full"
KILLS = 20 if FULL else 5
BETWEEN = 5_200 if FULL else 800  # redirects answered between two kills
VISITORS = 16
VICTIMS = ("web worker", "click worker", "Redis", "PostgreSQL", "web master")


@pytest.fixture
def up(open_dir: Path) -> Iterator[Up]:
    up = Up(open_dir, WEB_WORKERS="2", INGEST_WORKERS="2")
    yield up
    up.clean_up()


class Crowd:
    """Visitors who follow links without end, and come back when a connection breaks."""

    def __init__(self, up: Up, links: list[ShortLink]) -> None:
        self._up, self._links = up, links
        self.attempted = 0
        self.answered: set[str] = set()
        self.statuses: Counter[int] = Counter()
        self.stopping = False

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


def victim(up: Up, kind: str, chance: random.Random) -> psutil.Process:
    """A process of this kind."""
    words = {"Redis": "valkey-server", "PostgreSQL": "/bin/postgres -D", "click worker": "manage.py ingest"}
    if kind in words:
        return chance.choice(up.children(words[kind])[: 2 if kind == "click worker" else 1])
    master, *workers = up.children("config.asgi:application")
    return master if kind == "web master" else chance.choice(workers)


async def kill_while_following(up: Up, crowd: Crowd) -> None:
    chance = random.Random(20261123)
    visits = [asyncio.create_task(crowd.visit(seed)) for seed in range(VISITORS)]
    await crowd.answers_more(BETWEEN)
    for number in range(KILLS):
        process = victim(up, VICTIMS[number % len(VICTIMS)], chance)
        process.kill()
        await asyncio.to_thread(process.wait, 20)
        await crowd.answers_more(BETWEEN)
        await asyncio.to_thread(wait_until, up.is_ready, seconds=60, what="the return of the site")
    crowd.stopping = True
    await asyncio.gather(*visits)


def raw_clicks(url: str) -> Counter[str]:
    """How often each referrer is among the raw clicks."""
    with psycopg.connect(url) as connection:
        return Counter(dict(connection.execute("SELECT referrer, count(*) FROM clicks_click GROUP BY referrer")))


def rolled_up(url: str) -> tuple[int, ...]:
    """Clicks by total, by day and by hour."""
    tables = ("clicks_linktotal", "clicks_dailyclicks", "clicks_hourlyclicks")
    with psycopg.connect(url) as connection:
        return tuple(int(connection.execute(f"SELECT sum(clicks) FROM {table}").fetchone()[0]) for table in tables)


def test_every_answered_redirect_is_a_click_once(up):
    up.start()
    site = Site(f"127.0.0.1:{up.port}", up.manage("apikey", "create", "test"))
    links = [site.create_link(f"https://example.com/{number}") for number in range(5)]
    crowd = Crowd(up, links)
    asyncio.run(kill_while_following(up, crowd))

    layout = layout_for(up.directory / "data")
    wait_until(lambda: crowd.answered <= raw_clicks(layout.database_url).keys(), seconds=90, what="the last click")
    with redis.Redis.from_url(layout.redis_url) as client:
        wait_until(_is_quiet(client), seconds=60, what="the end of the stream")
    found = raw_clicks(layout.database_url)
    print(
        f"{KILLS} kills, {crowd.attempted} requests, {len(crowd.answered)} answered, {found.total()} raw clicks, "
        f"{rolled_up(layout.database_url)} in rollups; statuses {dict(crowd.statuses)}"
    )
    assert set(crowd.statuses) == {302}
    assert set(found.values()) == {1}
    # What was noted in the moment of a kill may have no answer; more than that there cannot be.
    assert 0 <= found.total() - len(crowd.answered) <= crowd.attempted - len(crowd.answered)
    assert set(rolled_up(layout.database_url)) == {found.total()}
    assert sum(site.clicks(link) for link in links) == found.total()
    assert up.stop() == 0


def _is_quiet(client: redis.Redis) -> Callable[[], bool]:
    return lambda: client.xlen("clicks") == 0
