"""Links and clicks as a small organisation has them after three months: the same on every run, for screenshots."""

import math
import random
from datetime import UTC, date, datetime, timedelta

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import User
from shortener.accounts.services import personal_workspace
from shortener.clicks.models import DailyClicks, Dimension, DimensionClicks, LinkTotal
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
}  # fmt: skip


def seed(owner: User) -> None:
    """Give `owner` links, and the links clicks."""
    chance = random.Random(7)
    workspace, now = personal_workspace(owner), datetime.now(UTC)
    for age, slug, url, title, tags, ordinary in LINKS:
        link = create_link(workspace=workspace, by=Actor(Via.FORM, owner), url=url, title=title, tags=tags, slug=slug)
        Link.objects.filter(pk=link.pk).update(created_at=now - timedelta(days=age))
        _add_clicks(link.pk, _days(ordinary, age, now.date(), chance), chance)
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
    sums = {name: sum(getattr(row, name) for row in daily) for name in ("clicks", "visitors", "bots")}
    LinkTotal.objects.create(link_id=link_id, slot=SLOT, **sums)
    DimensionClicks.objects.bulk_create(
        DimensionClicks(scope=0, scope_id=link_id, dimension=dimension, day=day, value=value, slot=SLOT, clicks=part)
        for dimension, values in SHARES.items()
        for day, clicks in by_day.items()
        for value, part in _split(clicks, values).items()
    )


def _split(clicks: int, weights: dict[str, int]) -> dict[str, int]:
    """`clicks` by `weights`; what rounding leaves over goes to the first."""
    parts = {value: clicks * weight // sum(weights.values()) for value, weight in weights.items()}
    parts[next(iter(weights))] += clicks - sum(parts.values())
    return {value: part for value, part in parts.items() if part}
