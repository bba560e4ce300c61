"""What conditions mean for a visitor."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from shortener.clicks.geo import Place
from shortener.infra.client_address import ClientAddresses
from shortener.redirects.plan import Rule
from shortener.redirects.rules import Surroundings, Visitor, compiled

IPHONE = b"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile/15E148 Safari/604.1"
ANDROID = b"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/124.0.0.0 Mobile Safari/537.36"
WINDOWS = b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0.0.0 Safari/537.36"
MAC = b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:125.0) Gecko/20100101 Firefox/125.0"
GOOGLEBOT = b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Places:
    def find(self, address):
        return {"192.0.2.1": Place("DE", "Bavaria", "Munich")}.get(address, Place())


def visitor(query="", at=MONDAY_NOON, **headers):
    fields = {
        "user_agent": b"", "referrer": b"", "language": b"", "forwarded_for": None, "country": None, "purpose": None,
        **headers,
    }  # fmt: skip
    peer = fields.pop("peer", "192.0.2.1")
    event = (7, int(at.timestamp() * 1000), "GET", peer, *fields.values(), None, None)
    return Visitor(event, event[0], query, Surroundings(ClientAddresses(["10.0.0.0/8"]), Places()))


def holds(*condition, **seen):
    return compiled(0, Rule((condition,), ((1, "x"),))).holds(visitor(**seen))


@pytest.mark.parametrize(
    ("agent", "devices"),
    [
        (IPHONE, {"ios", "mobile"}),
        (ANDROID, {"android", "mobile"}),
        (WINDOWS, {"windows", "desktop"}),
        (MAC, {"macos", "desktop"}),
        (b"", set()),
    ],
)
def test_devices(agent, devices):
    known = ("ios", "android", "mobile", "tablet", "desktop", "windows", "macos", "linux", "chromeos")
    assert {name for name in known if holds("device", [name], user_agent=agent)} == devices


def test_browsers_and_systems_by_their_names_in_statistics():
    assert holds("browser", ["firefox"], user_agent=MAC)
    assert not holds("browser", ["firefox"], user_agent=WINDOWS)
    assert holds("os", ["mac os x"], user_agent=MAC)
    assert holds("os", ["android", "windows"], user_agent=WINDOWS)


def test_places():
    assert holds("country", ["at", "de"])
    assert holds("region", ["bavaria"])
    assert holds("city", ["munich"])
    assert not holds("country", ["de"], peer="198.51.100.1")


def test_a_country_header_is_believed_from_proxies_only():
    assert holds("country", ["fr"], peer="10.0.0.1", forwarded_for=b"198.51.100.1", country=b"FR")
    assert not holds("country", ["fr"], peer="198.51.100.1", country=b"FR")


@pytest.mark.parametrize(
    ("header", "matching"),
    [
        (b"de-AT,de;q=0.9,en;q=0.8", {"de", "de-at"}),
        (b"en;q=0.5, de;q=0.9", {"de"}),
        (b"en;q=0.5, de;q=0.5", {"de", "en"}),
        (b"de;q=0, en;q=0.1", {"en"}),
        (b"DE", {"de"}),
        (b"*", set()),
        (b"", set()),
        (b";;q=,,=;q=x", set()),
    ],
)
def test_languages_by_what_the_visitor_likes_best(header, matching):
    assert {tag for tag in ("de", "de-at", "en") if holds("language", [tag], language=header)} == matching


def test_referrers():
    assert holds("referrer", ["example.org"], referrer=b"https://www.example.org/page")
    assert holds("referrer", ["example.org"], referrer=b"https://news.example.org/")
    assert not holds("referrer", ["example.org"], referrer=b"https://badexample.org/")
    assert not holds("referrer", ["example.org"])


def test_query_parameters():
    assert holds("query", "src", [], query="src")
    assert holds("query", "src", ["ad", "mail"], query="x=1&src=mail")
    assert not holds("query", "src", ["ad"], query="src=AD")
    assert not holds("query", "src", [], query="other=1")


def test_addresses():
    assert holds("address", ["192.0.2.0/24"])
    assert not holds("address", ["198.51.100.0/24", "2001:db8::/32"])
    assert not holds("address", ["192.0.2.0/24"], peer="")


def test_bots():
    assert holds("bot", True, user_agent=GOOGLEBOT)
    assert holds("bot", False, user_agent=MAC)


def test_between_two_moments():
    assert holds("between", "2026-11-23T12:00:00Z", "2026-11-23T12:00:01+00:00")
    assert holds("between", None, "2026-11-23T13:00:01+01:00")
    assert not holds("between", None, "2026-11-23T12:00:00Z")
    assert not holds("between", "2026-11-23T12:00:01Z", None)


@pytest.mark.parametrize(
    ("start", "end", "zone", "expected"),
    [
        ("12:00", "12:01", "UTC", True),
        ("11:00", "12:00", "UTC", False),
        ("13:00", "14:00", "Europe/Berlin", True),
        ("22:00", "13:00", "UTC", True),
        ("22:00", "12:00", "UTC", False),
        ("00:00", "00:00", "UTC", True),
    ],
)
def test_times_of_day(start, end, zone, expected):
    assert holds("time", start, end, zone) is expected


def test_days_of_the_week():
    assert holds("weekday", [1], "UTC")
    assert not holds("weekday", [2, 7], "UTC")
    assert holds("weekday", [2], "Pacific/Kiritimati")  # 14 hours ahead


def test_all_conditions_must_hold_and_none_holds_always():
    both = Rule((("device", ["ios"]), ("country", ["de"])), ((1, "x"),))
    assert compiled(0, both).holds(visitor(user_agent=IPHONE))
    assert not compiled(0, both).holds(visitor(user_agent=ANDROID))
    assert not compiled(0, both).holds(visitor(user_agent=IPHONE, peer="198.51.100.1"))
    assert compiled(0, Rule((), ((1, "x"),))).holds(visitor())


def test_a_split_follows_its_weights_and_sticks():
    split = compiled(3, Rule((), ((70, "a"), (20, "b"), (10, "c"))))
    visitors = [visitor(peer=f"198.51.{number // 250}.{number % 250}") for number in range(10_000)]
    picked = [split.pick(one) for one in visitors]
    assert [split.pick(one) for one in visitors] == picked
    counts = Counter(picked)
    for target, share in enumerate((0.7, 0.2, 0.1)):
        assert abs(counts[target] / 10_000 - share) < 0.02
