"""As many clicks as there were redirects, under load."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.client import Site
from tests.chaos.visiting import Visitor
from tests.servers import wait_until
from tests.up import Up

pytestmark = pytest.mark.processes
REDIRECTS = 20_000
CONNECTIONS = 32


@pytest.fixture
def up(open_dir: Path) -> Iterator[Up]:
    up = Up(open_dir, WEB_WORKERS="2")
    yield up
    up.clean_up()


def test_20000_redirects_are_20000_clicks(up):
    up.start()
    site = Site(f"127.0.0.1:{up.port}", up.manage("apikey", "create", "test"))
    link = site.create_link("https://example.com/counted")
    assert asyncio.run(follow(up.port, link.path)) == {302: REDIRECTS}
    wait_until(lambda: site.clicks(link) >= REDIRECTS, seconds=60, what="the count")
    assert site.clicks(link) == REDIRECTS
    assert up.stop() == 0


async def follow(port: int, path: str) -> Counter[int]:
    """Follow the link over `CONNECTIONS` connections; how often each status was answered."""
    statuses: Counter[int] = Counter()

    async def visit() -> None:
        async with Visitor(port, f"127.0.0.1:{port}") as visitor:
            for _ in range(REDIRECTS // CONNECTIONS):
                statuses[(await visitor.follow(path)).status] += 1

    await asyncio.gather(*(visit() for _ in range(CONNECTIONS)))
    return statuses
