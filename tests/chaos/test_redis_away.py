"""Redis is killed, stays away for seconds while links are edited, and returns with what it knew before.

`test_coherence.py` leaves the length of the outage to the supervisor. Here the test decides, so every edit below is
known to have been made without Redis; and one link is never followed at all: nothing
that is looked up for a visitor can put it right in Redis, only the notes that its edits left.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from loadtests.client import ShortLink, Site
from shortener.redirects.plan import unpack
from tests.chaos.test_coherence import PATIENCE, Cluster, Watch, edit
from tests.servers import Valkey, wait_until

pytestmark = pytest.mark.processes
AWAY = 4.0  # seconds, at least: four times what a process keeps a link for while it hears of no changes


@pytest.fixture
def valkey(open_dir: Path) -> Iterator[Valkey]:
    directory = open_dir / "valkey"
    directory.mkdir()
    valkey = Valkey(directory)
    valkey.start()
    yield valkey
    valkey.stop()


@pytest.fixture
def cluster(open_dir: Path, valkey: Valkey) -> Iterator[Cluster]:
    cluster = Cluster(open_dir, further=3)
    cluster.up.environment["REDIS_URL"] = valkey.url
    yield cluster
    cluster.stop()


def is_away(valkey: Valkey) -> bool:
    try:
        return not valkey.client.ping()
    except redis.ConnectionError:
        return True


def holds_only(valkey: Valkey, version: int) -> bool:
    """Whether Redis has the three links, all of them at `version`."""
    plans = [unpack(valkey.client.get(key)) for key in valkey.client.scan_iter("plan:*")]
    return [plan.location for plan in plans] == 3 * [f"https://example.com/v/{version}"]


async def edit_without_redis(valkey: Valkey, site: Site, links: list[ShortLink], watch: Watch) -> int:
    """Edit all `links` again and again for as long as Redis is to stay away; the last version, when everybody has
    it."""
    clock = asyncio.get_running_loop().time
    begun, version = clock(), 0
    while clock() - begun < AWAY:
        version += 1
        for link in links:
            await edit(site, link, version)
        await asyncio.sleep(0.05)  # a few dozen edits, not a load test
    await watch.all_serve(version)
    assert is_away(valkey)
    return version


def test_what_was_edited_without_redis_is_everywhere_soon_after_its_return(cluster, valkey):
    cluster.start()
    site = cluster.site()
    links = [site.create_link("https://example.com/v/0") for _ in range(3)]
    followed, resumed, _unheeded = links

    async def run() -> tuple[int, float, float]:
        clock = asyncio.get_running_loop().time
        async with Watch(cluster, resumed) as before:
            await before.all_serve(0)  # every process knows it as it was
        async with Watch(cluster, followed) as watch:
            await watch.all_serve(0)
            await asyncio.to_thread(valkey.kill)
            last = await edit_without_redis(valkey, site, links, watch)
            await asyncio.to_thread(valkey.start)
            back = clock()
            async with Watch(cluster, resumed) as after:
                await after.all_serve(last)
                served = max(after.delays(back, last))
                await asyncio.to_thread(
                    wait_until, lambda: holds_only(valkey, last), seconds=PATIENCE, what="the publication"
                )
                held = clock() - back
        for seen in (before, watch, after):
            seen.nothing_wrong()
        return last, served, held

    last, served, held = asyncio.run(run())
    print(f"{last} edits of each link without Redis; {served:.3f} s after its return all four served the last one")
    print(f"{held:.3f} s after its return Redis held the last one of every link")
