from datetime import UTC, datetime, timedelta

import ada_url
import anyio
import pytest
from asgiref.sync import sync_to_async

from shortener.clicks.models import Click, Kind
from shortener.clicks.stats import totals_of
from shortener.links.services import delete_link, update_link
from tests.redirects.running import running

pytestmark = [pytest.mark.anyio, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stores")]
HOUR = timedelta(hours=1)


def in_thread(call, **options):
    return sync_to_async(lambda *args, **kwargs: call(*args, **{**options, **kwargs}), thread_sensitive=True)


@pytest.fixture
def make(make_link):
    return in_thread(make_link)


@pytest.fixture
def counted(ingest):
    """Totals of a link, after all clicks were written."""

    def count(link):
        ingest()
        return totals_of([link.pk])[link.pk]

    return in_thread(count)


async def test_a_link_leads_to_its_destination(make):
    link = await make("https://example.com/ü?a=b#c")
    async with running() as site:
        response = await site.get(f"/{link.slug}")
    assert response.status_code == 302
    assert response.headers["location"] == "https://example.com/%C3%BC?a=b#c"
    assert response.headers["cache-control"] == "private, max-age=0"
    assert response.headers["x-robots-tag"] == "noindex"
    assert response.headers["content-length"] == "0"
    assert response.content == b""


@pytest.mark.parametrize(("status", "age"), [(301, 90), (302, 0), (307, 0), (308, 90)])
async def test_a_permanent_redirect_is_kept_a_little_by_browsers(make, status, age):
    link = await make(status=status)
    async with running() as site:
        response = await site.get(f"/{link.slug}")
    assert (response.status_code, response.headers["cache-control"]) == (status, f"private, max-age={age}")


async def test_clicks_are_counted_exactly(make, counted):
    link = await make()
    async with running() as site:
        async with anyio.create_task_group() as tasks:
            for _ in range(200):
                tasks.start_soon(site.get, f"/{link.slug}")
        await site.client.head(f"/{link.slug}")
    totals = await counted(link)
    assert (totals.clicks, totals.visitors, totals.others) == (200, 1, 1)


async def test_requests_of_one_moment_share_a_batch(make, counted):
    from shortener.clicks.models import Batch

    link = await make()
    async with running() as site:
        await site.get(f"/{link.slug}")
        async with anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(site.get, f"/{link.slug}")
    await counted(link)
    assert await in_thread(Batch.objects.count)() < 20


async def test_an_unknown_slug_is_a_page(counted):
    async with running() as site:
        response = await site.get("/nothing-here")
    assert response.status_code == 404
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert not await in_thread(Click.objects.exists)()


async def test_an_archived_link_is_gone_and_counts_nothing(make, counted):
    link = await make()
    await in_thread(update_link)(link, changes={"archived": True})
    async with running() as site:
        assert (await site.get(f"/{link.slug}")).status_code == 410
    assert (await counted(link)).clicks == 0


async def test_a_deleted_link_is_gone_and_tells_nobody_where_it_led(make):
    link = await make("https://example.com/secret")
    await in_thread(delete_link)(link)
    async with running() as site:
        response = await site.get(f"/{link.slug}")
    assert response.status_code == 410
    assert "example.com" not in response.text + str(response.headers)


async def test_an_expired_link_is_gone(make):
    link = await make(active_until=datetime.now(UTC) - HOUR)
    async with running() as site:
        assert (await site.get(f"/{link.slug}")).status_code == 410


async def test_a_link_that_is_not_active_yet_leads_nowhere(make):
    link = await make("https://example.com/secret", active_from=datetime.now(UTC) + HOUR)
    async with running() as site:
        response = await site.get(f"/{link.slug}")
    assert response.status_code == 404
    assert "secret" not in response.text + str(response.headers)


async def test_a_link_expires_while_it_is_cached(make, monkeypatch):
    from shortener.redirects import app, resolver

    link = await make(active_until=datetime.now(UTC) + HOUR)
    async with running() as site:
        assert (await site.get(f"/{link.slug}")).status_code == 302
        later = (datetime.now(UTC) + 2 * HOUR).timestamp()
        for module in (app, resolver):
            monkeypatch.setattr(module, "time", lambda: later)
        assert (await site.get(f"/{link.slug}")).status_code == 410


async def test_a_click_limit_is_exact_under_concurrency(make, counted):
    link = await make(click_limit=10)
    statuses = []

    async def follow(site):
        statuses.append((await site.get(f"/{link.slug}")).status_code)

    async with running() as one, running() as other:
        async with anyio.create_task_group() as tasks:
            for number in range(100):
                tasks.start_soon(follow, (one, other)[number % 2])
    assert (statuses.count(302), statuses.count(410)) == (10, 90)
    assert (await counted(link)).clicks == 10


@pytest.mark.parametrize(
    "headers",
    [{"user-agent": "Slackbot-LinkExpanding 1.0"}, {"sec-purpose": "prefetch"}],
)
async def test_a_preview_uses_no_limit_up(make, headers, counted):
    link = await make(click_limit=1)
    async with running() as site:
        for _ in range(3):
            assert (await site.get(f"/{link.slug}", headers=headers)).status_code == 302
            assert (await site.client.head(f"/{link.slug}")).status_code == 302
        assert (await site.get(f"/{link.slug}")).status_code == 302
        assert (await site.get(f"/{link.slug}")).status_code == 410
    assert (await counted(link)).clicks == 1


async def test_raising_a_limit_opens_the_link_again(make):
    link = await make(click_limit=1)
    async with running() as site:
        assert [(await site.get(f"/{link.slug}")).status_code for _ in range(2)] == [302, 410]
        await in_thread(update_link)(link, changes={"click_limit": 2})
        with anyio.fail_after(5):
            while (await site.get(f"/{link.slug}")).status_code != 302:
                await anyio.sleep(0.005)


@pytest.mark.parametrize(
    "path", ["/", "/admin", "/api/v1/links", "/static/x.css", "/a/b", "/robots.txt", "/x", "/a%20b"]
)
async def test_everything_else_is_djangos(path):
    async with running() as site:
        assert (await site.get(path)).headers.get("x-from") == "django"


async def test_other_methods_are_refused(make, counted):
    link = await make()
    async with running() as site:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            response = await site.client.request(method, f"/{link.slug}")
            assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")
    assert (await counted(link)).clicks == 0


async def test_an_escaped_slug_is_the_same_slug(make):
    link = await make(slug="abc")
    async with running() as site:
        assert (await site.get("/%61bc")).headers["location"] == link.destination


async def test_a_query_string_does_no_harm(make):
    link = await make()
    async with running() as site:
        assert (await site.get(f"/{link.slug}?utm_source=x")).status_code == 302


async def test_slugs_are_told_apart_by_case(make):
    upper, lower = await make("https://example.com/1", slug="Ab"), await make("https://example.com/2", slug="ab")
    async with running() as site:
        assert (await site.get("/Ab")).headers["location"] == upper.destination
        assert (await site.get("/ab")).headers["location"] == lower.destination


async def test_domains_have_slugs_of_their_own(make):
    from shortener.links.models import Domain
    from shortener.redirects.publish import publish_domains

    here = await make("https://example.com/here", slug="same")
    other = await in_thread(Domain.objects.create)(host="other.test", verified_at=datetime.now(UTC))
    there = await make("https://example.com/there", slug="same", domain=other.host)
    await in_thread(publish_domains)()
    async with running() as site:
        assert (await site.get("/same")).headers["location"] == here.destination
        response = await site.get("/same", headers={"host": "other.test"})
        assert response.headers["location"] == there.destination
        for spelling in ("Other.Test", "other.test.", "other.test:80"):
            assert (await site.get("/same", headers={"host": spelling})).headers["location"] == there.destination
        assert (await site.get("/same", headers={"host": "localhost:8000"})).headers["location"] == here.destination
        assert (await site.get("/same", headers={"host": "unknown.test"})).status_code == 421


async def test_every_location_is_what_was_stored(make):
    destinations = [
        "https://example.com/a%0d%0aX-Injected:1",
        "https://example.com/?q=<script>&ü=%00",
        "https://xn--mnchen-3ya.de/#ö",
        "http://[::1]:9/",
    ]
    async with running() as site:
        for destination in destinations:
            link = await make(destination)
            response = await site.get(f"/{link.slug}")
            assert ada_url.URL(response.headers["location"]).href == link.destination
            assert "x-injected" not in response.headers


async def test_kinds_reach_the_database(make, ingest):
    link = await make()
    async with running() as site:
        await site.get(f"/{link.slug}", headers={"purpose": "prefetch"})
        await site.get(f"/{link.slug}", headers={"user-agent": "Twitterbot/1.0"})
    await in_thread(ingest)()
    assert await in_thread(lambda: sorted(Click.objects.values_list("kind", flat=True)))() == [Kind.BOT, Kind.PREFETCH]


async def test_lifespan_starts_and_stops():
    from shortener.redirects.app import RedirectApp
    from tests.redirects.running import django_stands_here, options

    app = RedirectApp(django_stands_here, frozenset(), options())
    sent, messages = [], iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive():
        return next(messages)

    async def send(message):
        sent.append(message["type"])

    await app({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
