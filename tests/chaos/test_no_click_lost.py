"""Processes are killed while links are followed: every answered redirect is counted, once.

Each request names a referrer of its own, by which its raw click is found again. An ordinary run kills each kind of
process once; `make chaos` kills twenty, under at least 100,000 redirects.
"""

import asyncio
import os
import random
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from loadtests.client import Site
from tests.chaos.crowd import Crowd
from tests.servers import wait_until
from tests.up import Up

pytestmark = pytest.mark.processes
FULL = os.environ.get("CHAOS") == "full"
KILLS = 20 if FULL else 5
BETWEEN = 5_200 if FULL else 800  # redirects answered between two kills
VICTIMS = ("web worker", "click worker", "Redis", "PostgreSQL", "web master")


@pytest.fixture
def up(open_dir: Path) -> Iterator[Up]:
    up = Up(open_dir, WEB_WORKERS="2", INGEST_WORKERS="2")
    yield up
    up.clean_up()


def victim(up: Up, kind: str, chance: random.Random) -> psutil.Process:
    """A process of this kind."""
    words = {"Redis": "valkey-server", "PostgreSQL": "/bin/postgres -D", "click worker": "manage.py ingest"}
    if kind in words:
        return chance.choice(up.children(words[kind])[: 2 if kind == "click worker" else 1])
    master, *workers = up.children("config.asgi:application")
    return master if kind == "web master" else chance.choice(workers)


async def kill_while_following(up: Up, crowd: Crowd) -> None:
    chance = random.Random(20261123)
    async with crowd:
        await crowd.answers_more(BETWEEN)
        for number in range(KILLS):
            process = victim(up, VICTIMS[number % len(VICTIMS)], chance)
            process.kill()
            await asyncio.to_thread(process.wait, 20)
            await crowd.answers_more(BETWEEN)
            await asyncio.to_thread(wait_until, up.is_ready, seconds=60, what="the return of the site")


def test_every_answered_redirect_is_a_click_once(up):
    up.start()
    site = Site(f"127.0.0.1:{up.port}", up.manage("apikey", "create", "test"))
    links = [site.create_link(f"https://example.com/{number}") for number in range(5)]
    crowd = Crowd(up, links)
    asyncio.run(kill_while_following(up, crowd))

    print(f"{KILLS} kills: {crowd.account()}")
    assert set(crowd.statuses) == {302}
    assert sum(site.clicks(link) for link in links) == crowd.settled().total()
    assert up.stop() == 0
