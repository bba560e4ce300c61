"""Every kind of link, through the redirect application."""

from datetime import UTC, datetime, timedelta

import anyio
import pytest
import redis.asyncio

from shortener.clicks.event import orphans_of
from shortener.links.domains import default_domain
from shortener.links.models import Domain
from shortener.links.services import update_link
from shortener.redirects import passes
from shortener.redirects.publish import publish_domains
from tests.redirects.running import running
from tests.redirects.test_app import counted, in_thread, make  # noqa: F401  fixtures
from tests.redirects.test_rules import ANDROID, GOOGLEBOT, IPHONE, MAC

pytestmark = [pytest.mark.anyio, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stores")]
PAST = datetime(2020, 1, 1, tzinfo=UTC)
HERE, THERE = "https://example.com/here", "https://example.com/there"
SLACK = {"user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}


def agent(header: bytes) -> dict[str, str]:
    return {"user-agent": header.decode()}


async def location(site, path, **options):
    response = await site.get(path, **options)
    return response.headers.get("location"), response.status_code


async def test_the_first_rule_that_holds_decides(make, counted):  # noqa: F811
    rules = [
        {"conditions": [{"type": "device", "values": ["ios"]}], "targets": [{"url": f"{HERE}/ios"}]},
        {"conditions": [{"type": "device", "values": ["mobile"]}], "targets": [{"url": f"{HERE}/mobile"}]},
        {"conditions": [{"type": "query", "name": "x"}], "targets": [{"url": f"{HERE}/x"}]},
    ]
    link = await make(HERE, rules=rules, status=301, utm={"source": "s"})
    async with running() as site:
        assert await location(site, f"/{link.slug}", headers=agent(IPHONE)) == (f"{HERE}/ios?utm_source=s", 301)
        assert await location(site, f"/{link.slug}", headers=agent(ANDROID)) == (f"{HERE}/mobile?utm_source=s", 301)
        assert await location(site, f"/{link.slug}?x", headers=agent(MAC)) == (f"{HERE}/x?utm_source=s", 301)
        response = await site.get(f"/{link.slug}", headers=agent(MAC))
        assert response.headers["location"] == f"{HERE}?utm_source=s"
        assert response.headers["cache-control"] == "private, max-age=0"
    assert (await counted(link)).clicks == 4


async def test_a_split_is_the_same_for_a_visitor_each_time(make):  # noqa: F811
    targets = [{"url": f"{HERE}/{number}", "weight": 1} for number in range(4)]
    link = await make(rules=[{"targets": targets}])
    async with running() as site:
        seen = set()
        for number in range(40):
            headers = {"user-agent": f"visitor {number}"}
            first = await location(site, f"/{link.slug}", headers=headers)
            assert await location(site, f"/{link.slug}", headers=headers) == first
            seen.add(first)
    assert len(seen) == 4


async def test_query_parameters_are_forwarded_when_the_link_says_so(make):  # noqa: F811
    plain = await make(f"{HERE}?a=1")
    merging = await make(f"{HERE}?a=1", forward_query="merge")
    overriding = await make(f"{HERE}?a=1", forward_query="override")
    async with running(no_tracking="notrack") as site:
        assert (await location(site, f"/{plain.slug}?a=2&b=3"))[0] == f"{HERE}?a=1"
        assert (await location(site, f"/{merging.slug}?a=2&b=3"))[0] == f"{HERE}?a=1&b=3"
        assert (await location(site, f"/{overriding.slug}?a=2&b=3"))[0] == f"{HERE}?a=2&b=3"
        assert (await location(site, f"/{overriding.slug}?notrack&b=3"))[0] == f"{HERE}?a=1&b=3"
        assert (await location(site, f"/{merging.slug}"))[0] == f"{HERE}?a=1"


async def test_paths_are_forwarded_when_the_link_says_so(make):  # noqa: F811
    plain, forwarding = await make(HERE), await make(HERE, forward_path=True)
    async with running() as site:
        assert (await location(site, f"/{forwarding.slug}/a/b%20c"))[0] == f"{HERE}/a/b%20c"
        assert (await location(site, f"/{forwarding.slug}%2Fa%2Fb"))[0] == f"{HERE}/a/b"
        assert (await location(site, f"/{forwarding.slug}/%C3%BC"))[0] == f"{HERE}/%C3%BC"
        assert (await location(site, f"/{forwarding.slug}"))[0] == HERE
        assert (await location(site, f"/{forwarding.slug}/%2e%2e/x"))[1] == 404
        assert (await location(site, f"/{plain.slug}/a"))[1] == 404
        assert (await location(site, f"/{plain.slug}/"))[0] == HERE


@pytest.mark.parametrize("tail", [".", ",", ")", "!?", "%22", "%E2%80%9D"])
async def test_punctuation_behind_a_pasted_address_is_forgiven(make, tail):  # noqa: F811
    link = await make(HERE)
    async with running() as site:
        assert await location(site, f"/{link.slug}{tail}") == (HERE, 302)


async def test_expired_and_used_up_links_can_lead_elsewhere(make, counted):  # noqa: F811
    expired = await make(HERE, active_until=PAST, expired_url=THERE)
    limited = await make(HERE, click_limit=1, expired_url=THERE)
    page = await make(HERE, active_until=PAST)
    async with running() as site:
        assert await location(site, f"/{expired.slug}") == (THERE, 302)
        assert await location(site, f"/{limited.slug}") == (HERE, 302)
        assert await location(site, f"/{limited.slug}") == (THERE, 302)
        assert (await location(site, f"/{page.slug}"))[1] == 410
        await in_thread(Domain.objects.update)(expired_url="https://example.com/all")
        await in_thread(publish_domains)()
        with anyio.fail_after(5):
            while await location(site, f"/{page.slug}") != ("https://example.com/all", 302):
                await anyio.sleep(0.01)
        assert await location(site, f"/{expired.slug}") == (THERE, 302)
    assert (await counted(expired)).clicks == 0
    assert (await counted(limited)).clicks == 1


async def test_a_limit_is_exact_under_concurrency(make, counted):  # noqa: F811
    link = await make(HERE, click_limit=10)
    statuses = []
    async with running() as one, running() as other:

        async def follow(site):
            statuses.append((await site.get(f"/{link.slug}", headers=agent(MAC))).status_code)

        async with anyio.create_task_group() as tasks:
            for site in (one, other) * 50:
                tasks.start_soon(follow, site)
    assert sorted(statuses) == [302] * 10 + [410] * 90
    assert (await counted(link)).clicks == 10


@pytest.mark.parametrize("headers", [SLACK, agent(GOOGLEBOT), {"sec-purpose": "prefetch"}])
async def test_what_is_no_persons_click_uses_nothing_up(make, headers):  # noqa: F811
    link = await make(HERE, click_limit=1)
    async with running() as site:
        for _ in range(3):
            assert await location(site, f"/{link.slug}", headers=headers) == (HERE, 302)
        assert await location(site, f"/{link.slug}") == (HERE, 302)
        assert (await location(site, f"/{link.slug}"))[1] == 410


async def test_a_password_is_asked_for_until_a_pass_is_shown(make, counted):  # noqa: F811
    link = await make(HERE, password="open sesame")
    lock, now = passes.lock_of(link.password_hash), datetime.now(UTC).timestamp()
    good = passes.issue(b"secret", link.pk, lock, now + 60)
    async with running() as site:
        assert (await site.get(f"/{link.slug}")).headers["x-from"] == "django"
        assert (await site.client.post(f"/{link.slug}")).headers["x-from"] == "django"
        for bad in (
            passes.issue(b"other", link.pk, lock, now + 60), passes.issue(b"secret", link.pk + 1, lock, now + 60),
            passes.issue(b"secret", link.pk, "another password", now + 60), passes.issue(b"secret", link.pk, lock, now - 1),
            "", "nonsense", "99999999999.", "٣٣.x",
        ):  # fmt: skip
            cookie = f"{passes.cookie_name(link.pk)}={bad}".encode()
            assert (await site.get(f"/{link.slug}", headers={"cookie": cookie})).headers.get("x-from") == "django"
        headers = {"cookie": f"other=1; {passes.cookie_name(link.pk)}={good}"}
        assert await location(site, f"/{link.slug}", headers=headers) == (HERE, 302)
        await in_thread(update_link)(link, changes={"password": "another"})
        led_there = 1
        with anyio.fail_after(5):
            while "location" in (await site.get(f"/{link.slug}", headers=headers)).headers:
                led_there += 1
                await anyio.sleep(0.01)
    assert (await counted(link)).clicks == led_there


async def test_only_links_with_a_password_take_posts(make):  # noqa: F811
    link = await make(HERE)
    async with running() as site:
        assert (await site.client.post(f"/{link.slug}")).status_code == 405


async def test_a_notice_comes_first_and_counts_once_followed(make, counted):  # noqa: F811
    link = await make(HERE, notice=True, forward_query="merge")
    token = passes.issue(b"secret", link.pk, "continue", datetime.now(UTC).timestamp() + 60)
    async with running() as site:
        assert (await site.get(f"/{link.slug}")).headers["x-from"] == "django"
        assert await location(site, f"/{link.slug}?a=1&continue={token}") == (f"{HERE}?a=1", 302)
    assert (await counted(link)).clicks == 1


async def test_apps_are_opened_where_they_are(make, counted):  # noqa: F811
    link = await make(HERE, ios_url="https://app.example.com/x", android_url="my-app://page/1")
    async with running() as site:
        assert await location(site, f"/{link.slug}", headers=agent(IPHONE)) == ("https://app.example.com/x", 302)
        assert (await site.get(f"/{link.slug}", headers=agent(ANDROID))).headers["x-from"] == "django"
        assert await location(site, f"/{link.slug}", headers=agent(MAC)) == (HERE, 302)
    assert (await counted(link)).clicks == 3


async def test_a_limit_is_exact_while_redis_is_away(make):  # noqa: F811
    link = await make(HERE, click_limit=3)

    def nowhere(**options):
        return redis.asyncio.Redis(port=1, **options)

    async with running(redis_client=nowhere, click_timeout=0.05) as one, running() as other:
        statuses = [(await site.get(f"/{link.slug}", headers=agent(MAC))).status_code for site in (one, other) * 4]
    assert sorted(statuses) == [302] * 3 + [410] * 5


async def test_previewers_get_the_card_and_people_the_redirect(make):  # noqa: F811
    link = await make(HERE, card_title="A title")
    async with running() as site:
        assert (await site.get(f"/{link.slug}", headers=SLACK)).headers["x-from"] == "django"
        assert await location(site, f"/{link.slug}", headers=agent(MAC)) == (HERE, 302)


async def test_a_pixel_counts_and_shows_nothing(make, counted):  # noqa: F811
    link = await make(HERE)
    async with running() as site:
        response = await site.get(f"/{link.slug}/pixel.gif")
        assert (await site.get("/nobody/pixel.gif")).status_code == 404
    assert (response.status_code, response.headers["content-type"]) == (200, "image/gif")
    assert response.content.startswith(b"GIF89a")
    assert (await counted(link)).clicks == 1


async def test_visits_that_say_so_are_not_counted(make, counted):  # noqa: F811
    link = await make(HERE)
    async with running(no_tracking="notrack") as site:
        for path in (f"/{link.slug}?notrack", f"/{link.slug}?a=1&notrack=1", f"/{link.slug}?a=1", f"/{link.slug}"):
            assert await location(site, path) == (HERE, 302)
    assert (await counted(link)).clicks == 2


async def test_orphans_are_counted_for_their_domain(make, counted):  # noqa: F811
    domain = await in_thread(default_domain)()

    class Orphans:
        pk = orphans_of(domain.pk)

    async with running() as site:
        for _ in range(3):
            assert (await site.get("/nobody")).status_code == 404
    assert (await counted(Orphans)).clicks == 3
    async with running(count_orphans=False) as site:
        assert (await site.get("/nobody")).status_code == 404
    assert (await counted(Orphans)).clicks == 3


async def test_an_address_that_is_too_long_is_refused(make):  # noqa: F811
    link = await make(HERE, forward_query="merge")
    async with running() as site:
        assert (await site.get(f"/{link.slug}?{'a' * 7000}")).status_code == 302
        assert (await site.get(f"/{link.slug}?{'a' * 9000}")).status_code == 414


class TestDomains:
    """A domain beside the default one."""

    @pytest.fixture
    async def domain(self):
        soon = {"host": "go.test", "verified_at": datetime.now(UTC) - timedelta(1)}
        domain = await in_thread(Domain.objects.create)(
            **soon, root_url=HERE, robots="User-agent: *\nDisallow:\n", case_sensitive=False
        )
        await in_thread(publish_domains)()
        return domain

    HOST = {"host": "go.test"}

    async def test_its_root_leads_where_it_says_and_counts(self, domain, counted):  # noqa: F811
        async with running() as site:
            assert await location(site, "/", headers=self.HOST) == (HERE, 302)
            assert (await site.get("/")).headers["x-from"] == "django"
        orphans = type("Orphans", (), {"pk": orphans_of(domain.pk)})
        assert (await counted(orphans)).clicks == 1

    async def test_the_sites_own_root_can_lead_elsewhere_too(self, domain):
        await in_thread(Domain.objects.filter(is_default=True).update)(root_url=THERE)
        await in_thread(publish_domains)()
        async with running() as site:
            assert await location(site, "/") == (THERE, 302)
            assert (await site.get("/app/")).headers["x-from"] == "django"

    async def test_the_sites_own_pages_are_not_there(self, domain):
        async with running() as site:
            for path in ("/app/", "/admin/", "/api/v1/links", "/accounts/login/"):
                assert (await site.get(path, headers=self.HOST)).status_code == 404
            for path in ("/static/web/base.css", "/health/live", "/.well-known/x"):
                assert (await site.get(path, headers=self.HOST)).headers["x-from"] == "django"

    async def test_unknown_slugs_lead_where_it_says(self, domain):
        await in_thread(Domain.objects.filter(pk=domain.pk).update)(not_found_url=THERE)
        await in_thread(publish_domains)()
        async with running() as site:
            assert await location(site, "/nobody", headers=self.HOST) == (THERE, 302)
            assert (await site.get("/nobody")).status_code == 404

    async def test_its_robots_txt(self, domain):
        async with running() as site:
            response = await site.get("/robots.txt", headers=self.HOST)
        assert (response.status_code, response.text) == (200, "User-agent: *\nDisallow:\n")

    async def test_case_does_not_matter_where_it_says_so(self, domain, make):  # noqa: F811
        link = await make(HERE, slug="Sale", domain=domain.host)
        generated = await make(THERE, domain=domain.host)
        assert (link.slug, generated.slug) == ("sale", generated.slug.lower())
        async with running() as site:
            for slug in ("sale", "SALE", "Sale"):
                assert await location(site, f"/{slug}", headers=self.HOST) == (HERE, 302)
            assert await location(site, f"/{generated.slug.upper()}", headers=self.HOST) == (THERE, 302)

    async def test_an_unverified_domain_is_a_stranger(self, domain):
        await in_thread(Domain.objects.filter(pk=domain.pk).update)(verified_at=None)
        await in_thread(publish_domains)()
        async with running() as site:
            response = await site.get("/", headers=self.HOST)
        assert (response.status_code, response.text) == (421, "No site of this name is served here.\n")
