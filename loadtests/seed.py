"""Fills the stack's stores faster than its API can. Django is loaded late, by `connect`: only then is it known where
the stores are, and nothing here may be called before."""

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from typing import Any

from loadtests.errors import BenchError
from loadtests.saying import say
from loadtests.stack import Stack, without_settings
from loadtests.traffic import SEED, zipf

AT_ONCE = 5_000  # rows or keys in one round trip
CLICKS_PER_BATCH = 32  # what a web process gathers while Redis takes a batch, at as many connections
CLICKED_LINKS = 1_000  # links that the clicks of `fill_stream` are spread over
SETTLE_SECONDS = 120.0  # longest wait until all clicks are written

MANY_TAGS = {
    "half": "n %% 2 = 0", "tenth": "n %% 10 = 0", "rare": "n %% 1000 = 0", "old": "n <= %(count)s * 0.05",
}  # fmt: skip
MANY = """
INSERT INTO links_link (id, workspace_id, domain_id, slug, destination, status, title, created_by_id, created_via,
    created_at, updated_at, rules, utm, expired_url, forward_query, forward_path, ios_url, android_url, notice,
    card_title, card_description, card_image, password_hash, external_id, public_stats, imported_clicks,
    disabled_reason, version, folder_id, archived_at, active_until, active_from, click_limit)
SELECT %(first)s + n - 1, %(workspace)s, %(domain)s, 'many-' || n,
    'https://example.com/' || md5(n::text) || '/page?id=' || n, 302,
    CASE WHEN n %% 3 = 0 THEN 'Title ' || n ELSE '' END, %(owner)s, 'import',
    now() - (%(count)s - n) * interval '1 minute',
    now() - ((n::bigint * 7919) %% %(count)s)::int * interval '1 minute', '[]', '{}', '', '', false, '', '', false,
    '', '', '', '', 'x' || n, false, 0, '', 1, CASE WHEN n %% 20 = 0 THEN %(folder)s END,
    CASE WHEN n %% 10 = 1 THEN now() END, CASE WHEN n %% 50 = 2 THEN now() - interval '1 day' END,
    CASE WHEN n %% 50 = 3 THEN now() + interval '1 day' END, CASE WHEN n %% 100 = 4 THEN 5 END
FROM generate_series(1, %(count)s) AS n
"""
MANY_TAGGED = """
INSERT INTO links_link_tags (link_id, tag_id)
SELECT %(first)s + n - 1, %(tag)s FROM generate_series(1, %(count)s) AS n WHERE {condition}
"""
AGENTS = tuple(
    f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 {ending}"
    for system, ending in (
        ("Windows NT 10.0; Win64; x64", "Safari/537.36"),
        ("Macintosh; Intel Mac OS X 10_15_7", "Safari/537.36"),
        ("X11; Linux x86_64", "Safari/537.36"),
        ("Linux; Android 10; K", "Mobile Safari/537.36"),
    )
    for version in range(120, 130)
)
REFERRERS = ("", *(f"https://news-{number}.example/story" for number in range(20)))
LANGUAGES = ("en-GB,en;q=0.9", "de-DE,de;q=0.9", "fr", "pt-BR,pt;q=0.8", "ja", "")


def connect(stack: Stack) -> str:
    """Make this process a member of `stack`; returns a new API key of its first admin."""
    import django

    clean = {**without_settings(os.environ), **stack.environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
    os.environ.clear()
    os.environ.update(clean)
    django.setup()
    from django.core.management import call_command

    output = StringIO()
    call_command("apikey", "create", "bench", stdout=output)
    return output.getvalue().strip()


def add_links(count: int) -> list[str]:
    """Make `count` links that only PostgreSQL knows; their paths."""
    from shortener.accounts.models import User
    from shortener.accounts.services import personal_workspace
    from shortener.links.domains import default_domain
    from shortener.links.models import Link

    admin = User.objects.filter(is_superuser=True).earliest("id")
    common: dict[str, Any] = {
        "workspace": personal_workspace(admin), "domain": default_domain(), "created_by": admin,
        "created_via": Link.Via.IMPORT,
    }  # fmt: skip
    named = _slugs(count)
    for part in _parts(named, AT_ONCE):
        Link.objects.bulk_create(
            Link(id=number, slug=slug, destination=f"https://example.com/a/page/of/ours?id={number}", **common)
            for number, slug in part
        )
    _analyze()
    return [f"/{slug}" for _, slug in named]


def unknown_paths(count: int) -> list[str]:
    """Paths that look like those of links and that no link will ever have."""
    return [f"/{slug}" for _, slug in _slugs(count)]


def publish(paths: Sequence[str]) -> None:
    """Write the plans of the links with these paths to Redis, as making each through the API does."""
    from django.conf import settings
    from django.db import connection

    from shortener.infra.stores import redis_client
    from shortener.links.domains import default_domain
    from shortener.redirects.plan import cache_key, pack, redis_key
    from shortener.redirects.store import load_plans

    domain = default_domain().pk
    for part in _parts(paths, AT_ONCE):
        with connection.cursor() as cursor:
            plans = load_plans(cursor, [cache_key(domain, path.lstrip("/")) for path in part])
        pipeline = redis_client().pipeline(transaction=False)
        for key, plan in plans.items():
            pipeline.set(redis_key(key), pack(plan), ex=settings.REDIS_LINK_SECONDS)
        pipeline.execute()


def batches(count: int, links: Sequence[int]) -> list[bytes]:
    """`count` clicks on `links`, in batches as web processes make them. The first of `links` gets the most."""
    from shortener.clicks.event import encode_batch

    return [encode_batch(list(part)) for part in _parts(list(_clicks(count, links)), CLICKS_PER_BATCH)]


def fill_stream(count: int, links: Sequence[int]) -> None:
    """Put such batches into the stream."""
    from shortener.clicks.streams import FIELD, STREAM
    from shortener.infra.stores import redis_client

    for part in _parts(batches(count, links), 500):
        pipeline = redis_client().pipeline(transaction=False)
        for payload in part:
            pipeline.xadd(STREAM, {FIELD: payload})
        pipeline.execute()


def clicked_links(count: int = CLICKED_LINKS) -> Sequence[int]:
    """Links for clicks, by number; nobody else follows them."""
    from django.utils import timezone

    from shortener.accounts.models import User
    from shortener.accounts.services import personal_workspace
    from shortener.links.seeding import seed_links

    admin = User.objects.filter(is_superuser=True).earliest("id")
    return seed_links(personal_workspace(admin), count, now=timezone.now(), days=1)


def add_history(clicks: int, progress: Callable[[int], None]) -> int:
    """A link with so many clicks over the last 90 days, with all statistics; its number."""
    from django.utils import timezone

    from shortener.clicks.seeding.history import History, write_history
    from shortener.infra.stores import autonomous_connection

    [link] = clicked_links(1)
    with autonomous_connection() as connection:
        write_history(connection, History([link], clicks, 90, timezone.now()), progress)
    return link


def add_year(workspace: Any, links: int, clicks: int, days: int) -> None:
    """So many links in `workspace`, made over the last `days`, and clicks on all of them, on few the most. Says how far
    it has come."""
    from django.utils import timezone

    from shortener.clicks.seeding.history import History, write_history
    from shortener.infra.stores import autonomous_connection
    from shortener.links.seeding import seed_links

    now = timezone.now()
    numbers = seed_links(workspace, links, now=now, days=days)
    random.Random(SEED).shuffle(numbers)
    with autonomous_connection() as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '256MB'")  # sorted once, and nobody else is there to wait
        connection.execute("SET temp_buffers = '64MB'")
        write_history(connection, History(numbers, clicks, days, now), told(clicks), at_once=days)
        say("  putting it down for the planner")
        connection.execute("VACUUM (ANALYZE) clicks_click, clicks_dimensionclicks, clicks_quarterclicks")
    _analyze()


def told(total: int) -> Callable[[int], None]:
    """Says how far it has come, twenty times, when it is called with how much more of `total` is done."""
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        before, done = done, done + more
        if before * 20 // total != done * 20 // total:
            say(f"  {done:,}")

    return tell


def add_many(workspace: Any, owner: Any, count: int) -> None:
    """`count` links in `workspace`, one a minute, in no order of their changes: of a hundred, 50 are tagged `half`, 10
    `tenth`, the oldest five `old`, and one in a thousand `rare`; five are in a folder; ten are archived, two are over,
    two have not begun and one has a limit."""
    from django.db import connection

    from shortener.links.domains import default_domain
    from shortener.links.ids import reserve_block
    from shortener.links.models import Folder, Tag

    first = next(iter(reserve_block(count)))
    values = {
        "first": first, "count": count, "workspace": workspace.pk, "domain": default_domain().pk, "owner": owner.pk,
        "folder": Folder.objects.create(workspace=workspace, name="Folder").pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(MANY, values)
        say(f"  {count:,} links")
        for name, condition in MANY_TAGS.items():
            tag = Tag.objects.create(workspace=workspace, name=name).pk
            cursor.execute(MANY_TAGGED.format(condition=condition), {**values, "tag": tag})
        say("  and their tags")
        for table in ("links_link", "links_link_tags"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def default_host() -> str:
    """The domain that links are made on."""
    from shortener.links.domains import default_domain

    return default_domain().host


def team(slug: str) -> tuple[Any, Any]:
    """The first admin, and a workspace of theirs with this slug."""
    from shortener.accounts.actors import Actor, Via
    from shortener.accounts.models import User, Workspace
    from shortener.accounts.workspaces import create_workspace

    admin = User.objects.filter(is_superuser=True).earliest("id")
    found = Workspace.objects.filter(slug=slug).first()
    return admin, found or create_workspace(name=slug, slug=slug, owner=admin, by=Actor(Via.COMMAND, admin))


def clicks_waiting(stack: Stack) -> bool:
    """Whether clicks are still on their way to PostgreSQL: spooled on disk, or in the stream."""
    from shortener.clicks.spool import spooled_bytes
    from shortener.clicks.streams import STREAM
    from shortener.infra.stores import redis_client

    # In this order: a click leaves the spool for the stream, never the other way without a new failure of Redis.
    return bool(spooled_bytes(stack.data_dir / "spool") or redis_client().xlen(STREAM))


def settle(stack: Stack, *, pause: float = 0.05) -> float:
    """Wait until no click is on its way; seconds it took. Raises `BenchError` when it takes too long."""
    begun = time.perf_counter()
    while clicks_waiting(stack):
        if time.perf_counter() - begun > SETTLE_SECONDS:
            raise BenchError(f"clicks were still on their way to PostgreSQL after {SETTLE_SECONDS:.0f} s")
        time.sleep(pause)
    return time.perf_counter() - begun


def _clicks(count: int, links: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Events, with the fields of `ClickEvent` in their order."""
    chance = random.Random(SEED)
    now_ms = int(time.time() * 1000)
    for rank in zipf(len(links), count):
        yield (
            links[rank], now_ms, "GET", f"10.{chance.randrange(256)}.{chance.randrange(40)}.1",
            chance.choice(AGENTS).encode(), chance.choice(REFERRERS).encode(), chance.choice(LANGUAGES).encode(),
        )  # fmt: skip


def _slugs(count: int) -> list[tuple[int, str]]:
    """`count` IDs that nobody else gets, with their slugs."""
    from shortener.links.ids import reserve_block
    from shortener.links.slugs import generated_slug

    named: list[tuple[int, str]] = []
    while len(named) < count:
        block = reserve_block(count - len(named))
        named += [(number, slug) for number in block if (slug := generated_slug(number))]
    return named


def _analyze() -> None:
    """Let the planner know the new rows, as autovacuum does a minute after they have come."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE links_link")


def _parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
