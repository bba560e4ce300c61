"""As many clicks as there were redirects, under load."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.client import Site
from tests.servers import wait_until
from tests.up import Up

pytestmark = pytest.mark.processes
REDIRECTS = 20_000
CONNECTIONS = 32
END_OF_HEAD = b"\r\n\r\n"


@pytest.fixture
def up(open_dir: Path) -> Iterator[Up]:
    up = Up(open_dir, WEB_WORKERS="2")
    yield up
    up.clean_up()


def test_20000_redirects_are_20000_clicks(up):
    up.start()
    site = Site(f"127.0.0.1:{up.port}", up.manage("apikey", "create", "test"))
    link = site.create_link("https://example.com/counted")
    assert asyncio.run(follow(up.port, link.path)) == {b"302": REDIRECTS}
    wait_until(lambda: site.clicks(link) >= REDIRECTS, seconds=60, what="the count")
    assert site.clicks(link) == REDIRECTS
    assert up.stop() == 0


async def follow(port: int, path: str) -> Counter[bytes]:
    """Follow the link over `CONNECTIONS` connections; how often each status was answered."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: Mozilla/5.0 Firefox/140.0\r\n\r\n"
    statuses: Counter[bytes] = Counter()

    async def visitor() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(REDIRECTS // CONNECTIONS):
            writer.write(request.encode())
            head = await reader.readuntil(END_OF_HEAD)
            assert b"content-length: 0\r\n" in head
            statuses[head.split(maxsplit=2)[1]] += 1
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(visitor() for _ in range(CONNECTIONS)))
    return statuses
