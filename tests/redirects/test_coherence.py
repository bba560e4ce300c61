"""An edit is seen everywhere, and nobody ever goes back to an older destination."""

from datetime import UTC, datetime

import anyio
import pytest
import redis.asyncio

from shortener.accounts.actors import SYSTEM
from shortener.infra.stores import async_redis_client, postgres_parameters, redis_client
from shortener.links.models import Publication
from shortener.links.moderation import disable_link, enable_link
from shortener.links.services import delete_link, update_link
from shortener.redirects.plan import RedirectPlan, cache_key, pack, redis_key, unpack
from shortener.redirects.publish import publish_links
from shortener.redirects.republish import Republisher
from shortener.redirects.shared import set_if_newer
from shortener.redirects.tiers import PostgresTier, RedisTier
from tests.redirects.running import running
from tests.redirects.test_app import in_thread, make  # noqa: F401  a fixture

pytestmark = [pytest.mark.anyio, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stores")]


def plan(version):
    return RedirectPlan(1, version, 302, f"https://example.com/{version}")


def keep(*plans):
    for arguments in set_if_newer({b"1/%c" % letter: kept for letter, kept in zip(b"abc", plans, strict=False)}, 60):
        redis_client().eval(*arguments)


def test_an_older_plan_never_replaces_a_newer_one():
    client = redis_client()
    for version in (3, 1, 2):
        keep(plan(version))
    assert unpack(client.get(redis_key(b"1/a"))).version == 3
    keep(plan(400))
    assert unpack(client.get(redis_key(b"1/a"))).version == 400
    assert 0 < client.pttl(redis_key(b"1/a")) <= 60_000


def test_of_plans_that_are_written_together_each_is_compared_by_itself():
    keep(plan(1), plan(5))
    keep(plan(2), plan(4), plan(3))
    kept = redis_client().mget([redis_key(b"1/%c" % letter) for letter in b"abc"])
    assert [unpack(packed).version for packed in kept] == [2, 5, 3]


async def test_all_that_was_announced_together_is_forgotten(make):  # noqa: F811
    links = [await make(), await make()]
    async with running() as site:
        for link in links:
            await site.get(f"/{link.slug}")
        await in_thread(publish_links)([(link.domain_id, link.slug) for link in links])
        keys = [cache_key(link.domain_id, link.slug) for link in links]
        with anyio.fail_after(5):
            while any(site.runtime.cache.get_stale(key) for key in keys):
                await anyio.sleep(0.01)


async def test_an_edit_reaches_every_process_and_none_goes_back(make):  # noqa: F811
    link = await make("https://example.com/0")
    async with running() as one, running() as other:
        for number in range(1, 21):
            await in_thread(update_link)(link, changes={"url": f"https://example.com/{number}"})
            for site in (one, other):
                with anyio.fail_after(5):
                    while (
                        seen := (await site.get(f"/{link.slug}")).headers["location"]
                    ) != f"https://example.com/{number}":
                        assert seen == f"https://example.com/{number - 1}"
                        await anyio.sleep(0)


async def test_a_slug_that_was_unknown_is_known_as_soon_as_it_exists(make):  # noqa: F811
    async with running() as site:
        assert (await site.get("/new-one")).status_code == 404
        await make(slug="new-one")
        with anyio.fail_after(5):
            while (await site.get("/new-one")).status_code != 302:
                await anyio.sleep(0)


async def test_a_deleted_link_is_gone_at_once(make):  # noqa: F811
    link = await make()
    async with running() as site:
        assert (await site.get(f"/{link.slug}")).status_code == 302
        await in_thread(delete_link)(link)
        with anyio.fail_after(5):
            while (await site.get(f"/{link.slug}")).status_code != 410:
                await anyio.sleep(0)


async def test_a_disabled_link_is_gone_at_once_and_back_at_once(make):  # noqa: F811
    link = await make("https://example.com/secret", expired_url="https://example.com/elsewhere")
    async with running() as site:
        assert (await site.get(f"/{link.slug}")).status_code == 302
        await in_thread(disable_link)(link, "Phishing", by=SYSTEM)
        with anyio.fail_after(5):
            while (answer := await site.get(f"/{link.slug}")).status_code != 410:
                await anyio.sleep(0)
        assert "switched it off" in answer.text
        assert "example.com" not in answer.text + str(answer.headers)
        assert "Phishing" not in answer.text
        await in_thread(enable_link)(link, by=SYSTEM)
        with anyio.fail_after(5):
            while (await site.get(f"/{link.slug}")).status_code != 302:
                await anyio.sleep(0)


async def test_a_lookup_that_was_overtaken_by_an_edit_is_not_kept(make, monkeypatch):  # noqa: F811
    """The reader has the old plan in hand when the edit is announced: it may answer with it once, not cache it."""
    link = await make("https://example.com/old")
    key = cache_key(link.domain_id, link.slug)
    async with running() as site:
        resolver, old = site.runtime.resolver, pack(RedirectPlan(link.pk, 1, 302, "https://example.com/old"))
        read, go_on = anyio.Event(), anyio.Event()

        async def slow_find(keys):
            read.set()
            await go_on.wait()
            return {key: unpack(old)}

        monkeypatch.setattr(resolver, "_find", slow_find)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(site.get, f"/{link.slug}")
            await read.wait()
            resolver.forget(key)
            go_on.set()
        assert site.runtime.cache.get_stale(key) is None


async def test_while_announcements_are_missed_links_are_kept_for_a_second(make):  # noqa: F811
    link = await make()
    async with running() as site:
        await site.get(f"/{link.slug}")
        site.runtime._trust(False)
        assert site.runtime.cache.get(cache_key(link.domain_id, link.slug), 0) is None
        now = 1000.0
        entry = site.runtime.resolver.entry(b"1/a", plan(1), now)
        assert entry.expires == now + 1
        site.runtime._trust(True)
        assert site.runtime.resolver.entry(b"1/a", plan(1), now).expires == now + 300


@pytest.fixture
def redis_away(monkeypatch):
    """Writers do not reach Redis, until the function that is returned is called."""

    def away(*command):
        raise redis.ConnectionError("away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shortener.redirects.publish.ask_redis", away)
        patch.setattr("shortener.redirects.publish.redis_client", away)
        yield patch.undo


async def test_a_write_survives_a_redis_that_is_away_and_is_published_later(make, redis_away, caplog):  # noqa: F811
    link = await make("https://example.com/1")
    changed = await in_thread(update_link)(link, changes={"url": "https://example.com/2"})
    assert changed.destination == "https://example.com/2"
    assert "1 changed links will be published later: away" in caplog.text
    redis_away()
    held = redis_key(cache_key(link.domain_id, link.slug))
    assert redis_client().get(held) is None
    async with running():
        with anyio.fail_after(20):
            while await in_thread(Publication.objects.exists)():
                await anyio.sleep(0.05)
    assert unpack(redis_client().get(held)).location == "https://example.com/2"


async def test_late_changes_stay_noted_until_redis_takes_them(make, redis_away):  # noqa: F811
    await make()
    await in_thread(Publication.objects.update)(since=datetime(2020, 1, 1, tzinfo=UTC))
    postgres = PostgresTier(postgres_parameters())
    nowhere = redis.asyncio.Redis(port=1)
    assert not await Republisher(RedisTier(nowhere, 60), postgres).sweep()
    assert await in_thread(Publication.objects.count)() == 1
    here = async_redis_client()
    await Republisher(RedisTier(here, 60), postgres).sweep()
    assert await in_thread(Publication.objects.count)() == 0
    await here.aclose()
    await postgres.close()


async def test_what_is_published_leaves_no_note(make):  # noqa: F811
    link = await make()
    await in_thread(update_link)(link, changes={"title": "another"})
    assert not await in_thread(Publication.objects.exists)()


async def test_in_a_web_process_notes_of_what_is_published_are_removed_together(make, caplog):  # noqa: F811
    caplog.set_level("INFO")
    async with running():
        await anyio.sleep(0)  # its tasks begin
        await make()
        await make()
        assert await in_thread(Publication.objects.count)() > 0
        with anyio.fail_after(10):
            while await in_thread(Publication.objects.exists)():
                await anyio.sleep(0.05)
        await make()
    assert not await in_thread(Publication.objects.exists)()  # a process that ends leaves none
    assert "late" not in caplog.text


async def test_a_redis_that_was_set_back_is_not_believed(make):  # noqa: F811
    link = await make("https://example.com/1")
    key = cache_key(link.domain_id, link.slug)
    old = redis_client().get(redis_key(key))
    await in_thread(update_link)(link, changes={"url": "https://example.com/2"})
    async with running() as site:
        with anyio.fail_after(5):  # what is looked up while it begins to listen is not kept
            while not site.runtime.resolver.hears_changes:
                await anyio.sleep(0.01)
        assert (await site.get(f"/{link.slug}")).headers["location"] == "https://example.com/2"
        redis_client().set(redis_key(key), old)
        site.runtime.resolver.distrust_everything()
        assert (await site.get(f"/{link.slug}")).headers["location"] == "https://example.com/2"
        with anyio.fail_after(5):  # and it is put right
            while unpack(redis_client().get(redis_key(key))).location != "https://example.com/2":
                await anyio.sleep(0.01)


@pytest.fixture
def patience(monkeypatch):
    """However busy the machine is: Redis is waited for, and so is a process that has claimed a link."""
    claim = RedisTier.claim

    async def and_wait(tier, keys):
        mine = await claim(tier, keys)
        with anyio.fail_after(20):
            while not all(key in mine or redis_client().exists(redis_key(key)) for key in keys):
                await anyio.sleep(0.01)
        return mine

    monkeypatch.setattr(RedisTier, "claim", and_wait)
    monkeypatch.setattr("shortener.redirects.tiers.REDIS_TIMEOUT", 20)
    monkeypatch.setattr("shortener.redirects.tiers.CLAIM_MS", 20_000)


@pytest.mark.usefixtures("patience")
async def test_one_process_looks_up_for_all_what_all_were_serving(make, monkeypatch):  # noqa: F811
    link = await make()
    key = cache_key(link.domain_id, link.slug)
    loaded = []
    async with running() as one, running() as other:
        for site in (one, other):
            await site.get(f"/{link.slug}")
            real = site.runtime.postgres.get
            monkeypatch.setattr(
                site.runtime.postgres, "get", lambda keys, real=real: (loaded.append(keys), real(keys))[1]
            )
        redis_client().delete(redis_key(key))
        for site in (one, other):
            site.runtime.resolver.distrust_everything()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one.get, f"/{link.slug}")
            tasks.start_soon(other.get, f"/{link.slug}")
        assert loaded == [[key]]


async def test_a_process_that_claims_and_dies_holds_nobody_up(make):  # noqa: F811
    link = await make()
    key = cache_key(link.domain_id, link.slug)
    async with running() as site:
        await site.get(f"/{link.slug}")
        redis_client().delete(redis_key(key))
        redis_client().set(b"loading:" + redis_key(key), b"1", px=60_000)
        site.runtime.resolver.distrust_everything()
        assert (await site.get(f"/{link.slug}")).status_code == 302


def test_publishing_a_slug_that_no_link_has_says_so(db):
    publish_links([(1, "nobody")])
    assert unpack(redis_client().get(redis_key(b"1/nobody"))).link_id == 0
