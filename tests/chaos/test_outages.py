"""Redis or PostgreSQL hangs while links are followed: redirects go on, and all clicks arrive afterwards.

A process that is stopped is worse than one that is gone: connections stay open, and nobody answers. `make chaos` keeps
each down for 30 seconds.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from loadtests.client import ShortLink, Site
from loadtests.errors import BenchError
from tests.chaos.crowd import Crowd
from tests.servers import wait_until
from tests.up import Up

pytestmark = pytest.mark.processes
SECONDS = 30 if os.environ.get("CHAOS") == "full" else 4
ASKED = ["/api/v1/links", "/api/v1/workspace", "/accounts/login/", "/"]
COLD = 40  # links that are followed for the first time during the outage


@pytest.fixture
def up(open_dir: Path) -> Iterator[Up]:
    up = Up(open_dir, WEB_WORKERS="2")
    yield up
    for process in up.family() if up.is_running else ():
        process.resume()
    up.clean_up()


@pytest.mark.parametrize("words", ["valkey-server", "/bin/postgres"])
def test_redirects_go_on_and_all_clicks_arrive(up, words):
    up.start()
    site = Site(f"127.0.0.1:{up.port}", up.manage("apikey", "create", "test"))
    crowd = Crowd(up, [site.create_link(f"https://example.com/{number}") for number in range(5)])
    cold = [site.create_link(f"https://example.com/cold/{number}") for number in range(COLD)]

    async def run() -> None:
        async with crowd:
            await crowd.answers_more(500)
            hanging = _family_of(up, words)
            for process in hanging:
                process.suspend()
            try:
                until = asyncio.get_running_loop().time() + SECONDS
                for link in cold:
                    assert await asyncio.to_thread(site.follow, link.path) == 302
                if "postgres" in words:
                    await asyncio.gather(*(asyncio.to_thread(_is_told, up, site, path) for path in ASKED))
                while asyncio.get_running_loop().time() < until:
                    await crowd.answers_more(1)
            finally:
                for process in hanging:
                    process.resume()
            await crowd.answers_more(500)

    asyncio.run(run())
    wait_until(up.is_ready, seconds=60, what="the return of the site")
    wait_until(lambda: _all_are_there(site, cold), seconds=90, what="the last click")
    assert set(crowd.statuses) == {302}
    print(f"{words} down for {SECONDS} s: {len(crowd.answered)} redirects answered, no other status")
    assert crowd.answered <= crowd.settled().keys()


def _all_are_there(site: Site, cold: list[ShortLink]) -> bool:
    try:
        return sum(site.clicks(link) for link in cold) == COLD
    except BenchError:  # one of the web processes has not tried yet whether PostgreSQL is back
        return False


def _is_told(up: Up, site: Site, path: str) -> None:
    """Whoever asks for what PostgreSQL has to say hears soon that it is away, and when to come back. The second time
    nobody has to wait to find out."""
    for _ in range(2):
        headers = {"Authorization": f"Bearer {site.key}"} if path.startswith("/api/") else {}
        answer = requests.get(f"{up.url}{path}", headers=headers, timeout=40, allow_redirects=False)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5"), answer.text
        assert "no-store" in answer.headers["Cache-Control"]
        if path.startswith("/api/"):
            assert answer.json()["code"] == "unavailable"


def _family_of(up: Up, words: str) -> list[psutil.Process]:
    """The server of these words and its own processes."""
    server = up.children(words)[0]
    return [server, *server.children(recursive=True)]
