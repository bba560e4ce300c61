"""Links and clicks as a small organisation has them after three months: the same on every run, for screenshots."""

import math
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import User
from shortener.accounts.services import personal_workspace
from shortener.clicks.models import DailyClicks, Dimension, DimensionClicks, LinkTotal, QuarterClicks, Scope
from shortener.links.models import Link
from shortener.links.services import create_link, update_link

SLOT = 0
BUSY = "open-day"  # the link whose statistics are worth a picture
LINKS: list[tuple[int, str, str, str, list[str], int]] = [  # age in days, slug, destination, title, tags, clicks a day
    (85, "newsletter", "https://example.org/news/subscribe?utm_source=poster&utm_medium=print", "", ["print"], 12),
    (74, "jobs", "https://example.org/about/careers/", "Open positions", [], 31),
    (61, "survey", "https://forms.example.net/s/8f14e45fceea167a5a36dedd4bea2543", "Visitor survey", ["autumn"], 7),
    (47, BUSY, "https://example.org/events/open-day?utm_source=qr&utm_term=hall", "Open day", ["autumn", "print"], 148),
    (33, "", "https://docs.example.org/handbook/2026/onboarding/first-week.html#accounts", "", ["staff"], 2),
    (20, "", "https://münchen.example.org/besuch/anfahrt", "", ["visit"], 5),
    (12, "report", "https://example.org/files/annual-report-2026-final-web.pdf", "Annual report", ["press"], 18),
    (4, "", "https://maps.example.com/?q=52.5163,13.3777&z=17&layer=transit", "How to find us", ["visit"], 9),
]
SHARES: dict[Dimension, dict[str, int]] = {
    Dimension.REFERRER: {
        "": 41, "google.com": 17, "linkedin.com": 11, "news.ycombinator.com": 8, "mastodon.social": 7,
        "instagram.com": 6, "bsky.app": 4, "duckduckgo.com": 3, "github.com": 2, "example.net": 1,
    },
    Dimension.COUNTRY: {
        "DE": 46, "AT": 13, "CH": 11, "NL": 8, "FR": 6, "GB": 5, "US": 5, "PL": 3, "DK": 2, "": 1,
    },
    Dimension.BROWSER: {
        "Chrome Mobile": 29, "Mobile Safari": 27, "Chrome": 18, "Firefox": 12, "Safari": 7, "Edge": 4,
        "Samsung Internet": 2, "Firefox Mobile": 1,
    },
    Dimension.OS: {"Android": 32, "iOS": 28, "Windows": 19, "Mac OS X": 13, "Linux": 7, "": 1},
    Dimension.DEVICE: {"mobile": 57, "desktop": 38, "tablet": 5},
    Dimension.LANGUAGE: {"de": 62, "en": 21, "nl": 6, "fr": 5, "pl": 3, "da": 2, "": 1},
    Dimension.CITY: {
        "Berlin, DE": 19, "Wien, AT": 13, "Hamburg, DE": 11, "Zürich, CH": 9, "Leipzig, DE": 8, "Amsterdam, NL": 7,
        "München, DE": 6, "Paris, FR": 5, "London, GB": 5, "Basel, CH": 3, "": 14,
    },
    Dimension.UTM_CAMPAIGN: {"": 57, "open-day": 28, "autumn": 15},
    Dimension.UTM_SOURCE: {"": 57, "poster": 24, "newsletter": 19},
    Dimension.CHANNEL: {"": 71, "qr": 29},
}  # fmt: skip
COUNTED = ("clicks", "visitors", "bots")
BY_HOUR = [1, 1, 0, 0, 0, 1, 2, 5, 8, 9, 8, 7, 9, 7, 6, 6, 7, 8, 9, 10, 9, 7, 4, 2]  # clicks of a day
HOURS = dict(sorted(enumerate(BY_HOUR), key=lambda pair: -pair[1]))


def seed(owner: User) -> None:
    """Give `owner` links, and the links clicks."""
    chance = random.Random(7)
    workspace, now = personal_workspace(owner), datetime.now(UTC)
    for age, slug, url, title, tags, ordinary in LINKS:
        link = create_link(workspace=workspace, by=Actor(Via.FORM, owner), url=url, title=title, tags=tags, slug=slug)
        Link.objects.filter(pk=link.pk).update(created_at=now - timedelta(days=age))
        _add_clicks(link.pk, _days(ordinary, age, now.date(), chance), chance)
    _add_up(workspace.pk)
    _vary(owner, now)


def _vary(owner: User, now: datetime) -> None:
    links = {link.slug: link for link in Link.objects.filter(workspace__members=owner)}
    update_link(links["survey"], changes={"active_until": now - timedelta(days=2)})
    update_link(links["jobs"], changes={"active_from": now + timedelta(days=20)})


def _days(ordinary: int, days: int, today: date, chance: random.Random) -> dict[date, int]:
    """A slow rise, quiet week-ends, and two days on which something happened."""
    clicks = {}
    for age in range(days):
        day = today - timedelta(age)
        level = ordinary * (1 - age / 200) * (0.45 if day.weekday() > 4 else 1)
        peak = 2.4 * math.exp(-(((age - 9) / 1.6) ** 2)) + 1.3 * math.exp(-(((age - 38) / 2.5) ** 2))
        clicks[day] = max(0, round(level * (1 + peak) * chance.uniform(0.82, 1.18)))
    return clicks


def _add_clicks(link_id: int, by_day: dict[date, int], chance: random.Random) -> None:
    daily = [
        DailyClicks(
            scope=0, scope_id=link_id, day=day, slot=SLOT, clicks=clicks, bots=round(clicks * chance.uniform(0.05, 0.11)),
            visitors=round(clicks * chance.uniform(0.66, 0.8)),
        )
        for day, clicks in by_day.items()
    ]  # fmt: skip
    DailyClicks.objects.bulk_create(daily)
    QuarterClicks.objects.bulk_create(
        QuarterClicks(
            scope=0, scope_id=link_id, slot=SLOT, at=datetime(row.day.year, row.day.month, row.day.day, hour, tzinfo=UTC),
            **{name: _split(getattr(row, name), HOURS).get(hour, 0) for name in COUNTED},
        )
        for row in daily
        for hour in HOURS
    )  # fmt: skip
    sums = {name: sum(getattr(row, name) for row in daily) for name in COUNTED}
    LinkTotal.objects.create(link_id=link_id, slot=SLOT, **sums)
    DimensionClicks.objects.bulk_create(
        DimensionClicks(scope=0, scope_id=link_id, dimension=dimension, day=day, value=value, slot=SLOT, clicks=part)
        for dimension, values in SHARES.items()
        for day, clicks in by_day.items()
        for value, part in _split(clicks, values).items()
    )


def _add_up(workspace_id: int) -> None:
    """The workspace's clicks are those of all links."""
    where = f"FROM clicks_{{}} WHERE scope = {Scope.LINK.value} GROUP BY"
    into = f"{Scope.WORKSPACE.value}, {workspace_id}, {SLOT}"
    names, sums = ", ".join(COUNTED), ", ".join(f"sum({name})" for name in COUNTED)
    with connection.cursor() as cursor:
        for table, key in (("dailyclicks", "day"), ("quarterclicks", "at")):
            cursor.execute(
                f"INSERT INTO clicks_{table} (scope, scope_id, slot, {key}, {names}, others) "
                f"SELECT {into}, {key}, {sums}, 0 {where.format(table)} {key}"
            )
        columns = "(scope, scope_id, slot, day, dimension, value, clicks)"
        cursor.execute(
            f"INSERT INTO clicks_dimensionclicks {columns} SELECT {into}, day, dimension, value, sum(clicks) "
            f"{where.format('dimensionclicks')} day, dimension, value"
        )
        cursor.execute(
            f"INSERT INTO clicks_dimensionclicks {columns} SELECT {into}, day, {Dimension.LINK.value}, scope_id::text, "
            f"clicks FROM clicks_dailyclicks WHERE scope = {Scope.LINK.value} AND clicks > 0"
        )


def _split(clicks: int, weights: dict[Any, int]) -> dict[Any, int]:
    """`clicks` by `weights`; what rounding leaves over goes to the first."""
    parts = {value: clicks * weight // sum(weights.values()) for value, weight in weights.items()}
    parts[next(iter(weights))] += clicks - sum(parts.values())
    return {value: part for value, part in parts.items() if part}
