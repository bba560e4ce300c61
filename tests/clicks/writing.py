"""Clicks for tests: made up, sent the way web processes send them."""

from datetime import UTC, datetime

from shortener.clicks.event import encode_batch
from shortener.clicks.streams import FIELD, STREAM
from shortener.infra.stores import redis_client

NOW = datetime.now(UTC)
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
IPHONE = (
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    b"Version/17.4 Mobile/15E148 Safari/604.1"
)
GOOGLE = b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def click(
    link=1,
    at=NOW,
    method="GET",
    peer="203.0.113.9",
    agent=FIREFOX,
    referrer=b"",
    country=None,
    query=None,
    destination=None,
):
    """An event, as the redirect path writes it."""
    when = int(at.timestamp() * 1000)
    seen = (link, when, method, peer, agent, referrer, b"de", None, country, None, None, None)
    return (*seen, query, destination) if query or destination else seen


def send(*events, stream=STREAM):
    """Put a batch of `events` into the stream; its bytes."""
    payload = encode_batch(list(events))
    redis_client().xadd(stream, {FIELD: payload})
    return payload
