"""Edits while redirects run, in four web processes: all of them follow, and none goes back."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles
from typing import Self

import pytest

from loadtests.children import free_port
from loadtests.client import ShortLink, Site
from shortener.infra.processes import Child, spawn, stop
from tests.chaos.visiting import Seen, Visitor
from tests.servers import wait_until
from tests.up import ROOT, Up

pytestmark = pytest.mark.processes
EDITS = 200
KILL_AFTER, LAST = 10, 16  # edits: few enough that the last ones are made while Redis is away
PATIENCE = 20.0  # seconds: a busy machine is not a failure


class Cluster:
    """A site with further web processes beside its own. They find its databases by its data directory."""

    def __init__(self, directory: Path, further: int) -> None:
        self.up = Up(directory)
        self.up.environment["BASE_URL"] = self.up.url
        self.host = f"127.0.0.1:{self.up.port}"
        self.ports = [self.up.port, *(free_port() for _ in range(further))]
        self._further = ExitStack()

    def start(self) -> None:
        self.up.start()
        for port in self.ports[1:]:
            command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py", "config.asgi:application"]
            options = {"cwd": ROOT, "env": {**self.up.environment, "PORT": str(port)}, "stdin": subprocess.DEVNULL}
            child = Child(f"web-{port}", command, log=self.up.directory / f"{port}.log", options=options)
            self._further.callback(stop, spawn(child), child)
        for port in self.ports:
            wait_until(lambda port=port: _answers(port, self.host), seconds=60, what=f"the start on port {port}")

    def stop(self) -> None:
        self._further.close()
        self.up.clean_up()

    def site(self) -> Site:
        return Site(self.host, self.up.manage("apikey", "create", "test"))


def _answers(port: int, host: str) -> bool:
    async def ask() -> int:
        async with Visitor(port, host) as visitor:
            visitor._writer.write(f"GET /health/ready HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            return int((await visitor._reader.readline()).split()[1])

    try:
        return asyncio.run(ask()) == 200
    except OSError:
        return False


@pytest.fixture
def cluster(open_dir: Path) -> Iterator[Cluster]:
    cluster = Cluster(open_dir, further=3)
    yield cluster
    cluster.stop()


class Watch:
    """Follows a link in every process all the time, and keeps what each one answers."""

    def __init__(self, cluster: Cluster, link: ShortLink) -> None:
        self._cluster, self._link = cluster, link
        self.seen: dict[int, list[Seen]] = {port: [] for port in cluster.ports}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._follow(port)) for port in self.seen]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, port: int) -> None:
        async with Visitor(port, self._cluster.host) as visitor:
            while True:
                self.seen[port].append(await visitor.follow(self._link.path))

    async def all_serve(self, version: int) -> None:
        """Wait until the last answer of every process is of `version`."""
        async with asyncio.timeout(PATIENCE):
            while not all(seen and version_of(seen[-1]) == version for seen in self.seen.values()):
                for task in self._tasks:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.002)

    def delays(self, since: float, version: int) -> list[float]:
        """How long after `since` each process first served `version` (or did so already), in seconds."""
        return [
            max(0.0, next(seen.at for seen in answers if version_of(seen) >= version) - since)
            for answers in self.seen.values()
        ]

    def nothing_wrong(self) -> None:
        """Every answer was a redirect, and no process went back."""
        for answers in self.seen.values():
            assert {seen.status for seen in answers} == {302}
            versions = [version_of(seen) for seen in answers]
            assert versions == sorted(versions)


def version_of(seen: Seen) -> int:
    return int(seen.location.rpartition("/")[2])


async def edit(site: Site, link: ShortLink, version: int) -> float:
    """Make the link lead to `version`; when that was answered."""
    await asyncio.to_thread(site.change_link, link, url=f"https://example.com/v/{version}")
    return asyncio.get_running_loop().time()


def test_every_process_follows_every_edit_and_none_goes_back(cluster):
    cluster.start()
    site = cluster.site()
    link = site.create_link("https://example.com/v/0")

    async def run() -> list[float]:
        delays = []
        async with Watch(cluster, link) as watch:
            await watch.all_serve(0)
            for version in range(1, EDITS + 1):
                answered = await edit(site, link, version)
                await watch.all_serve(version)
                delays += watch.delays(answered, version)
        watch.nothing_wrong()
        return delays

    delays = asyncio.run(run())
    assert len(delays) == 4 * EDITS
    print(f"{EDITS} edits in 4 processes: p99 {quantiles(delays, n=100)[98] * 1000:.1f} ms, most {max(delays):.3f} s")


def test_a_redis_that_dies_and_returns_in_the_middle_leaves_nobody_behind(cluster):
    cluster.start()
    site = cluster.site()
    link = site.create_link("https://example.com/v/0")

    async def run() -> float:
        async with Watch(cluster, link) as watch:
            await watch.all_serve(0)
            for version in range(1, LAST + 1):
                await edit(site, link, version)
                if version == KILL_AFTER:
                    cluster.up.children("valkey-server")[0].kill()
            await asyncio.to_thread(wait_until, cluster.up.is_ready, what="the return of Redis")
            back = asyncio.get_running_loop().time()
            await watch.all_serve(LAST)
            took = max(watch.delays(back, LAST))
        watch.nothing_wrong()
        return took

    print(f"all four served the last edit {asyncio.run(run()):.3f} s after the return of Redis")
    wait_until(lambda: _published(cluster) == f"https://example.com/v/{LAST}", what="the publication")


def _published(cluster: Cluster) -> str:
    """Where Redis says that the only link of the site leads."""
    code = (
        "from shortener.infra.stores import redis_client\n"
        "from shortener.redirects.plan import unpack\n"
        "for key in redis_client().scan_iter('plan:*'): print(unpack(redis_client().get(key)).location)"
    )
    return cluster.up.manage("shell", "--no-imports", "-c", code)
