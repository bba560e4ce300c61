"""Made-up visitors: where they are, what they browse with, and what brought them, as real sites see them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shortener.clicks.models import Kind
from shortener.clicks.sources import source_of

Weighted = Sequence[tuple[Any, int]]

# Country, hours ahead of UTC, language, and cities with their regions.
PLACES: Weighted = [
    (("DE", 1, "de", (("Berlin", "Berlin"), ("Hamburg", "Hamburg"), ("Bavaria", "Munich"), ("Hesse", "Kassel"))), 30),
    (("US", -5, "en", (("New York", "New York"), ("California", "San Francisco"), ("Illinois", "Chicago"))), 19),
    (("GB", 0, "en", (("England", "London"), ("England", "Manchester"), ("Scotland", "Edinburgh"))), 11),
    (("FR", 1, "fr", (("Île-de-France", "Paris"), ("Auvergne-Rhône-Alpes", "Lyon"))), 8),
    (("AT", 1, "de", (("Vienna", "Vienna"), ("Styria", "Graz"))), 6),
    (("CH", 1, "de", (("Zurich", "Zurich"), ("Geneva", "Geneva"))), 5),
    (("NL", 1, "nl", (("North Holland", "Amsterdam"), ("Utrecht", "Utrecht"))), 5),
    (("IN", 6, "en", (("Karnataka", "Bengaluru"), ("Maharashtra", "Mumbai"))), 5),
    (("PL", 1, "pl", (("Mazovia", "Warsaw"),)), 3),
    (("ES", 1, "es", (("Madrid", "Madrid"), ("Catalonia", "Barcelona"))), 3),
    (("BR", -3, "pt", (("São Paulo", "São Paulo"),)), 2),
    (("JP", 9, "ja", (("Tokyo", "Tokyo"), ("Osaka", "Osaka"))), 2),
    (("", 0, "", (("", ""),)), 1),
]  # fmt: skip
AGENTS: Weighted = [
    (("Mobile Safari", "iOS", "mobile"), 27), (("Chrome Mobile", "Android", "mobile"), 24),
    (("Chrome", "Windows", "desktop"), 19), (("Chrome", "Mac OS X", "desktop"), 6),
    (("Edge", "Windows", "desktop"), 5), (("Safari", "Mac OS X", "desktop"), 6),
    (("Firefox", "Windows", "desktop"), 4), (("Firefox", "Linux", "desktop"), 3),
    (("Samsung Internet", "Android", "mobile"), 3), (("Firefox Mobile", "Android", "mobile"), 1),
    (("Mobile Safari", "iOS", "tablet"), 2),
]  # fmt: skip
BOTS: Weighted = [
    (("Googlebot", "Other", ""), 5), (("bingbot", "Other", ""), 2), (("FacebookBot", "Other", ""), 2),
    (("Slackbot-LinkExpanding", "Other", ""), 1),
]  # fmt: skip
REFERRERS: Weighted = [
    ("", 42), ("google.com", 15), ("linkedin.com", 8), ("instagram.com", 7), ("t.co", 5), ("facebook.com", 5),
    ("news.ycombinator.com", 4), ("mastodon.social", 3), ("bsky.app", 3), ("mail.google.com", 3), ("duckduckgo.com", 2),
    ("example.org", 2), ("reddit.com", 1),
]  # fmt: skip
CAMPAIGNS: Weighted = [
    (("", "", "", "", ""), 70), (("newsletter", "email", "spring", "", "button"), 12),
    (("newsletter", "email", "spring", "", "picture"), 5), (("poster", "print", "open-day", "", ""), 6),
    (("google", "cpc", "brand", "short links", ""), 4), (("partner", "referral", "open-day", "", "banner"), 3),
]  # fmt: skip
KINDS: Weighted = [(Kind.HUMAN, 880), (Kind.BOT, 95), (Kind.PREFETCH, 15), (Kind.HEAD, 10)]
SCANS = 8  # of a hundred people's clicks come from a QR code
UNTRACKED = 12  # of a hundred ask not to be tracked

COLUMNS = (
    "kind", "tracked", "shift", "referrer", "source", "country", "region", "city", "browser", "os", "device",
    "language", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "destination", "channel",
)  # fmt: skip
TEXTS = COLUMNS[3:]


@dataclass(frozen=True)
class Hours:
    """At which quarters of an hour of a day (of the visitor's zone) clicks fall, each as often as it is likely."""

    weights: tuple[int, ...] = (6, 4, 3, 2, 2, 3, 8, 18, 34, 46, 52, 54, 56, 55, 52, 50, 49, 48, 46, 44, 42, 38, 26, 14)

    def quarters(self, before: int = 96) -> list[int]:
        """Quarters (0 to 95) that are over when `before` of them are."""
        return [quarter for quarter in range(before) for _ in range(self.weights[quarter // 4])]


def people(count: int, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    """`count` visitors, with the fields of `COLUMNS`; `shift` is how many milliseconds they are ahead of UTC."""
    for _ in range(count):
        country, ahead, language, towns = _draw(PLACES, chance)
        region, city = chance.choice(towns)
        kind = _draw(KINDS, chance)
        is_bot = kind == Kind.BOT
        referrer = "" if is_bot else _draw(REFERRERS, chance)
        is_scan = not is_bot and not referrer and chance.randrange(42) < SCANS
        yield (
            kind.value, chance.randrange(100) >= UNTRACKED, ahead * 3_600_000, referrer,
            source_of(referrer) if referrer else "", country, region, city, *_draw(BOTS if is_bot else AGENTS, chance),
            "" if is_bot else language, *_draw(CAMPAIGNS, chance), "", "qr" if is_scan else "",
        )  # fmt: skip


def _draw(weighted: Weighted, chance: random.Random) -> Any:
    return chance.choices([what for what, _ in weighted], [weight for _, weight in weighted])[0]
