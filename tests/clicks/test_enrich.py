from datetime import UTC, datetime

import pytest

from shortener.clicks.agent import first_language, read_agent, referrer_host
from shortener.clicks.enrich import Enricher
from shortener.clicks.event import ClickEvent
from shortener.clicks.facts import LinkBook
from shortener.clicks.models import Kind

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
CHROME = (
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)


def enrich(**fields):
    event = {"link_id": 1, "at_ms": int(NOON.timestamp() * 1000), "method": "GET", "peer": "203.0.113.9"} | fields
    return Enricher(lambda _: b"s" * 32, LinkBook()).enrich(ClickEvent(**event))


@pytest.mark.parametrize(
    ("agent", "browser", "system", "device"),
    [
        (CHROME.decode(), "Chrome", "Windows", "desktop"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
         "Safari", "Mac OS X", "desktop"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0", "Firefox", "Linux", "desktop"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
         "Mobile Safari", "iOS", "mobile"),
        ("Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
         "Mobile Safari", "iOS", "tablet"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
         "Chrome Mobile", "Android", "mobile"),
        ("Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
         "Chrome", "Android", "tablet"),
        ("", "", "", ""),
    ],
)  # fmt: skip
def test_browser_system_and_device(agent, browser, system, device):
    read = read_agent(agent, tools_are_bots=False)
    assert (read.browser, read.os, read.device, read.is_bot) == (browser, system, device, False)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"user_agent": CHROME}, Kind.HUMAN),
        ({}, Kind.HUMAN),
        ({"user_agent": b"curl/8.5.0"}, Kind.HUMAN),
        ({"user_agent": b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, Kind.BOT),
        ({"user_agent": b"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}, Kind.BOT),
        ({"user_agent": b"WhatsApp/2.23.20.0"}, Kind.BOT),
        ({"user_agent": CHROME, "purpose": b"prefetch;prerender"}, Kind.PREFETCH),
        ({"user_agent": CHROME, "method": "HEAD"}, Kind.HEAD),
    ],
)
def test_people_are_told_from_programs(fields, kind):
    assert enrich(**fields).kind == kind


def test_tools_can_be_counted_as_bots(settings):
    settings.COUNT_TOOLS = False
    assert enrich(user_agent=b"curl/8.5.0").kind == Kind.BOT


@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        ("https://www.Example.com/a?b", "example.com"),
        ("https://news.example.com:8443/", "news.example.com"),
        ("", ""),
        ("nonsense", ""),
        ("http://[bad", ""),
        ("android-app://com.slack/", "com.slack"),
        ("https://" + "x" * 300 + ".com/", "x" * 100),
    ],
)
def test_referrer_hosts(referrer, host):
    assert referrer_host(referrer) == host


@pytest.mark.parametrize(
    ("header", "language"),
    [("de-AT,de;q=0.9,en;q=0.5", "de"), ("EN", "en"), ("", ""), ("*", ""), ("fil-PH", "fil"), ("x;q=1", "")],
)
def test_the_first_language(header, language):
    assert first_language(header) == language


def test_the_same_visitor_has_one_hash_a_day_and_another_under_another_salt():
    one = enrich(user_agent=CHROME).visitor
    assert enrich(user_agent=CHROME).visitor == one
    assert enrich(user_agent=b"other").visitor != one
    assert enrich(user_agent=CHROME, peer="203.0.113.10").visitor != one
    assert len(one) == 16


@pytest.mark.parametrize("field", ["do_not_track", "global_privacy_control"])
def test_who_does_not_want_to_be_tracked_has_no_hash(field):
    assert enrich(user_agent=CHROME, **{field: b"1"}).visitor is None
    assert enrich(user_agent=CHROME, **{field: b"0"}).visitor is not None


def test_the_country_header_is_believed_from_a_proxy_alone(settings):
    assert enrich(country=b"DE").place.country == ""
    settings.TRUSTED_PROXIES = ["203.0.113.0/24"]
    assert enrich(country=b"de").place.country == "DE"
    assert enrich(country=b"XX").place.country == ""
    assert enrich(country=b"<script>").place.country == ""


def test_bytes_that_are_no_text_do_no_harm():
    click = enrich(
        user_agent=b"\xff\x00\xfe", referrer=b"\xff", language=b"\xff", forwarded_for=b"\xff", country=b"\xff"
    )
    assert "\x00" not in click.agent.browser


def test_a_query_says_campaign_and_channel():
    click = enrich(query=b"utm_source=mail&utm_campaign=%C3%BC&qr=1&utm_source=second")
    assert click.utm == ("mail", "", "ü", "", "")
    assert click.channel == "qr"
    assert enrich(query=b"aqr=1&utm_source").channel == ""
    assert enrich(query=b"\xff&utm_source=\xff%00").utm[0] == "\ufffd"


def test_a_known_referrer_has_a_name():
    assert enrich(referrer=b"https://www.google.co.uk/").source == "Google"
    assert enrich(referrer=b"android-app://com.google.android.gm/").source == "Gmail"
    assert enrich(referrer=b"https://example.org/").source == ""
