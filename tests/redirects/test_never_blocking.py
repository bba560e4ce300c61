"""Nothing on the redirect path holds the event loop up: asyncio's debug mode would tell of it."""

import asyncio
import logging
import time

import pytest
import redis.asyncio

from tests.redirects.running import running
from tests.redirects.test_app import in_thread, make  # noqa: F401  a fixture

pytestmark = [pytest.mark.anyio, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stores")]
SLOW = 0.1  # seconds that a callback may take before it is told of
ATTEMPTS = 4  # a machine that was busy elsewhere is not one that blocks: that happens every time


@pytest.fixture
def slow_callbacks(caplog):
    """Runs a coroutine function in debug mode; what was told of the attempt in which the least was."""

    async def watch(work):
        loop = asyncio.get_running_loop()
        loop.slow_callback_duration = SLOW
        caplog.set_level(logging.WARNING, "asyncio")
        told = []
        for _ in range(ATTEMPTS):
            caplog.clear()
            loop.set_debug(True)
            await work()
            await asyncio.sleep(0)
            loop.set_debug(False)
            told = [record.message for record in caplog.records if "took" in record.message]
            if not told:
                break
        return told

    return watch


async def test_a_blocking_call_would_be_noticed(slow_callbacks):
    async def block() -> None:
        await asyncio.sleep(0)
        time.sleep(2 * SLOW)  # noqa: ASYNC251  that is the point

    [told] = await slow_callbacks(block)
    assert told.startswith("Executing")


async def test_redirects_of_every_kind(make, slow_callbacks):  # noqa: F811
    hot, limited = await make(), await make(click_limit=1000)
    ruled = await make(
        rules=[{"conditions": [{"type": "device", "values": ["ios"]}], "targets": [{"url": "https://a.example"}]}]
    )
    cold = [await make() for _ in range(20)]

    async def follow() -> None:
        async with running() as site:
            paths = [hot, hot, limited, ruled, *cold]
            answers = await asyncio.gather(*(site.get(f"/{link.slug}", headers={"user-agent": "x"}) for link in paths))
            assert {answer.status_code for answer in answers} == {302}
            unknown = await asyncio.gather(*(site.get(f"/unknown-{number}") for number in range(50)))
            assert {answer.status_code for answer in unknown} == {404}

    await follow()  # warms what is made once in a process: lists of user agents, time zones
    assert await slow_callbacks(follow) == []


async def test_while_redis_is_away(make, slow_callbacks):  # noqa: F811
    link = await make()

    def nowhere(**options):
        return redis.asyncio.Redis(port=1, **options)

    async def follow() -> None:
        async with running(redis_client=nowhere, click_timeout=0.05) as site:
            for _ in range(20):
                assert (await site.get(f"/{link.slug}")).status_code == 302

    assert await slow_callbacks(follow) == []
