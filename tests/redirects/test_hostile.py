"""Hostile requests on the redirect path, from bytes to bytes: never a 500, never a header of the visitor's making, never
another destination than the stored one, and clicks that can all be counted.

The bytes go through the protocol that gunicorn's workers use, without a socket, so that many can be tried; Django is
not behind it. `tests/chaos/test_hostile.py` sends fewer to the whole site. An ordinary run tries about 2,000 requests;
`HOSTILE_REQUESTS=100000 make test ARGS=tests/redirects/test_hostile.py` tries as many as it says.
"""

import asyncio
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack

import ada_url
import pytest
from hypothesis import HealthCheck, assume, example, given, settings, strategies as st
from uvicorn.config import Config
from uvicorn.server import ServerState

from shortener.clicks.event import decode_batch
from shortener.clicks.models import Click, DeadBatch
from shortener.clicks.streams import FIELD, STREAM
from shortener.infra.stores import redis_client
from shortener.links.destinations import InvalidDestination, parse_destination
from shortener.redirects.app import RedirectApp
from shortener.redirects.protocol import FastProtocol
from tests.redirects.running import Site, running
from tests.redirects.test_protocol import DATE, Transport

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stores")]
REQUESTS = int(os.environ.get("HOSTILE_REQUESTS", "2000"))
AT_ONCE = 50  # connections
PATIENCE = 20.0  # seconds for an answer
SEED = 20261123
OURS = (b"127.0.0.1:8000", b"localhost", b"LOCALHOST:80", b"localhost.")
# All that this path, and the stand-in for Django, may say. Whatever else turns up was put there by the visitor.
OUR_HEADERS = frozenset(
    b"date location cache-control x-robots-tag content-length content-type x-content-type-options "
    b"content-security-policy retry-after allow connection transfer-encoding x-from".split()
)
HEADER = re.compile(rb"([a-z-]+): ([\x20-\x7e]*)")
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) [\x20-\x7e]*")
ASKED = re.compile(rb"[A-Z]+ /([A-Za-z0-9_-]+)")


# --- The way of a request ----------------------------------------------------------------------------------------


class Wire(Transport):
    """Tells when a head has been written, or the connection closed."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = asyncio.Event()

    def write(self, data: bytes) -> None:
        super().write(data)
        if b"\r\n\r\n" in self.written:
            self.answered.set()

    def close(self) -> None:
        super().close()
        self.answered.set()


class Server:
    """Takes bytes to the redirect application as a worker does."""

    def __init__(self, app: RedirectApp) -> None:
        self._config = Config(
            app, lifespan="off", log_config=None, access_log=False, ws="none", server_header=False, proxy_headers=False
        )
        self._config.load()
        self._state = ServerState()
        self._state.default_headers = DATE

    async def ask(self, request: bytes) -> bytes:
        """The head of the answer to `request`; nothing when the connection was closed without one."""
        wire = Wire()
        protocol = FastProtocol(self._config, self._state, {})
        protocol.connection_made(wire)
        protocol.data_received(request)
        try:
            async with asyncio.timeout(PATIENCE):
                await wire.answered.wait()
        except TimeoutError:
            pytest.fail(f"no answer to {request[:500]!r}")
        finally:
            protocol.connection_lost(None)
        return bytes(wire.written).partition(b"\r\n\r\n")[0]


class Redirects:
    """The application and the server of a test, on an event loop that stands still between questions."""

    def __init__(self, runner: asyncio.Runner, site: Site) -> None:
        self.run, self.site, self.server = runner.run, site, Server(site.app)

    def ask(self, request: bytes) -> bytes:
        return self.run(self.server.ask(request))


@pytest.fixture
def redirects(caplog: pytest.LogCaptureFixture) -> Iterator[Redirects]:
    caplog.set_level("ERROR", "uvicorn.error")  # it warns of each request that it refuses
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        yield Redirects(runner, runner.run(stack.enter_async_context(running())))
        runner.run(stack.aclose())
    assert [record.getMessage() for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


def headers_of(answer: bytes) -> tuple[int, dict[bytes, bytes]]:
    """Status and headers, when all of them are ours."""
    line, *lines = answer.split(b"\r\n")
    status, found = STATUS.fullmatch(line), [HEADER.fullmatch(header) for header in lines]
    assert status, line
    assert all(found), lines
    pairs = [header.groups() for header in found]
    assert OUR_HEADERS.issuperset(name for name, _ in pairs), lines
    assert len(dict(pairs)) == len(pairs), lines
    return int(status[1]), dict(pairs)


def location_of(answer: bytes) -> str:
    status, headers = headers_of(answer)
    assert status == 302, answer
    return headers[b"location"].decode("ascii")


def get(slug: str) -> bytes:
    return f"GET /{slug} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0 Firefox/140.0\r\n\r\n".encode()


# --- Requests ----------------------------------------------------------------------------------------------------

DESTINATIONS = [
    "https://example.com/plain", "https://münchen.example/straße?q=ü#ß", "http://[2001:db8::1]:8080/x", "http://192.0.2.1:81/",
    "https://example.com/%0d%0aSet-Cookie:%20a=b", 'https://example.com/a b"<>\\^`{|}', "https://example.com/💥?💥=💥#💥",
    "https://example.com:8443/a/../b/./c", "https://xn--e1afmkfd.example/%D0%BF", "https://example.com/?a=%00&b=%ff",
    "https://日本語.example/パス?キー=値", "https://example.com/'%27\"%22?'\"", "https://example.com/%zz%", "https://example.com#",
    "https://example.com/?", "https://example.com/a?b=https://other.example/#c#d", "https://example.com/" + "x" * 4000,
]  # fmt: skip
JUNK = [
    b"%0d%0aX-Injected:%201", b"%0D%0ALocation:%20https://evil.example", b"\r\n", b"\n", b"\r\nX-Injected: 1\r\n", b"%00",
    b"%", b"%zz", b"%C3%28", b"%ff", b"%ed%a0%80", b"..", b"%2e%2e/", b"%2F", b"%2fx/y", b"//evil.example", b"?a=%0d%0ab",
    b"?" + b"a=1&" * 300, b"#", b"\xff\xfe", b"\x00", b"{{7*7}}", b"%uff0d", b"/pixel.gif", b"+", b".", b"%20", b"\xe2\x80\xae",
    b"'", b'"', b"<script>", b"@", b":80", b";", b"\\", b"?continue=1.x", b"?notrack", b"\xed\xa0\x80", b"%E2%80%A8", b"\t", b" ",
]  # fmt: skip
NAMES = [
    b"User-Agent", b"Referer", b"Accept-Language", b"Cookie", b"X-Forwarded-For", b"X-Forwarded-Host", b"Sec-Purpose",
    b"DNT", b"Accept-Encoding", b"Range", b"If-None-Match", b"Content-Type", b"Origin", b"Te", b"Expect", b"Upgrade",
    b"Content-Length", b"Transfer-Encoding", b"Connection", b"Host", b"Purpose", b"X-Moz",
]  # fmt: skip
ESCAPED = [junk for junk in JUNK if junk.isascii() and junk.decode().isprintable() and b" " not in junk]
METHODS = [b"GET"] * 8 + [b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"BREW"]


class Hostile:
    """Makes requests that somebody with bad intentions, or a broken program, might send."""

    def __init__(self, seed: int, slugs: list[bytes]) -> None:
        self._chance, self._slugs = random.Random(seed), slugs

    def request(self) -> bytes:
        chance = self._chance
        lines = [b"%s %s HTTP/1.1" % (chance.choice(METHODS), self._target()), b"Host: " + self._host()]
        lines += [b"%s: %s" % (chance.choice(NAMES), self._junk(6)) for _ in range(chance.choice((0, 0, 1, 3)))]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def _target(self) -> bytes:
        start = b"/" + self._chance.choice([*self._slugs, b"", b"nobody", b"//", b"static/"])
        return start + self._junk(self._chance.choice((0, 0, 1, 3)))

    def _host(self) -> bytes:
        chance = self._chance
        if chance.random() < 0.75:
            return chance.choice(OURS)
        return chance.choice((b"", chance.choice(OURS))) + self._junk(2)

    def _junk(self, most: int) -> bytes:
        chance = self._chance
        parts = []
        for _ in range(chance.randrange(most + 1)):
            kind = chance.random()
            if kind < 0.6:
                parts.append(chance.choice(JUNK if chance.random() < 0.7 else ESCAPED))
            elif kind < 0.95:
                # Mostly bytes that the parser lets through: the others end there, and nothing behind it is tried.
                least = 0 if chance.random() < 0.1 else 33
                parts.append(bytes(chance.randrange(least, 256) for _ in range(chance.randrange(1, 12))))
            else:
                parts.append(
                    chance.choice((b"a", b"%41", b"\xc3\xa9", b".", b"%ff")) * chance.choice((100, 3000, 9000))
                )
        return b"".join(parts)


class Stored:
    """The links of a test: what each slug must lead to."""

    def __init__(self, make_link) -> None:
        links = [make_link(url) for url in DESTINATIONS]
        self.exact = {link.slug.encode(): ada_url.URL(url).href for link, url in zip(links, DESTINATIONS, strict=True)}
        self.under: dict[bytes, str] = {}
        for slug, fields in FURTHER.items():
            make_link("https://example.com/base?a=b#c", slug=slug, **fields)
            self.under[slug.encode()] = "https://example.com/base"

    @property
    def slugs(self) -> list[bytes]:
        return [*self.exact, *self.under]

    def check(self, request: bytes, answer: bytes) -> int:
        """The status of `answer`, after a look at all of it."""
        assert answer, f"closed without an answer: {request[:500]!r}"
        status, headers = headers_of(answer)
        assert 200 <= status < 500, (request[:500], answer[:500])
        if location := headers.get(b"location", b"").decode("ascii"):
            asked = ASKED.match(request)
            assert asked, request[:500]
            self._check_location(asked[1], location)
        return status

    def _check_location(self, slug: bytes, location: str) -> None:
        assert ada_url.URL(location).href == location
        if slug in self.exact:
            assert location == self.exact[slug]
        else:
            assert location.startswith(self.under[slug])
            assert ada_url.URL(location).origin == "https://example.com"


FURTHER = {
    "merging": {"forward_query": "merge"},
    "overriding": {"forward_query": "override", "forward_path": True},
    "limited": {"click_limit": 1_000_000},
    "locked": {"password": "open sesame"},
    "noticed": {"notice": True},
    "ruled": {
        "rules": [
            {"conditions": [{"type": "language", "values": ["de"]}], "targets": [{"url": "https://example.com/base/de"}]},
            {"conditions": [{"type": "referrer", "values": ["a.example"]}], "targets": [{"url": "https://example.com/base/a"}]},
            {"conditions": [{"type": "device", "values": ["ios"]}], "targets": [{"url": "https://example.com/base/ios"}]},
        ]
    },
}  # fmt: skip


# --- Tests -------------------------------------------------------------------------------------------------------


def test_nothing_that_is_sent_breaks_anything(redirects, make_link, ingest):
    stored, statuses = Stored(make_link), Counter()

    async def send(worker: int) -> None:
        hostile = Hostile(SEED + worker, stored.slugs)
        for _ in range(REQUESTS // AT_ONCE):
            request = hostile.request()
            statuses[stored.check(request, await redirects.server.ask(request))] += 1

    async def send_all() -> None:
        await asyncio.gather(*(send(worker) for worker in range(AT_ONCE)))

    redirects.run(send_all())
    print(f"{statuses.total()} requests: {dict(sorted(statuses.items()))}")
    assert statuses[302] > REQUESTS / 10
    assert {200, 400, 404, 405, 421} <= statuses.keys()
    for slug, destination in stored.exact.items():  # and everything still works
        assert location_of(redirects.ask(get(slug.decode()))) == destination
    recorded = sum(len(decode_batch(fields[FIELD]).events) for _, fields in redis_client().xrange(STREAM))
    assert recorded > statuses[302] / 2
    ingest()
    assert (Click.objects.count(), DeadBatch.objects.count()) == (recorded, 0)


shared = settings(
    max_examples=max(100, REQUESTS // 50),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
anything = (
    st.binary(max_size=40)
    | st.sampled_from(JUNK)
    | st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace"))
)
several = st.lists(anything, max_size=4).map(b"".join)


@shared
@given(
    target=several,
    host=st.sampled_from(OURS) | several,
    headers=st.lists(st.tuples(st.sampled_from(NAMES) | several, several), max_size=4),
)
@example(target=b"hot\r\nX-Injected: 1", host=OURS[0], headers=[])
@example(target=b"hot%0d%0aX-Injected:%201", host=OURS[0], headers=[])
@example(target=b"hot", host=OURS[0], headers=[(b"X-Forwarded-For", b"\xff" * 600)])
@example(target=b"hot/", host=OURS[0] + b"\r\nHost: other.example", headers=[])
def test_any_bytes_get_an_answer_of_ours(redirects, make_link, target, host, headers):
    stored = known(redirects, make_link)
    lines = [b"GET /%s HTTP/1.1" % target, b"Host: " + host, *(b"%s: %s" % header for header in headers)]
    request = b"\r\n".join(lines) + b"\r\n\r\n"
    stored.check(request, redirects.ask(request))


def known(redirects: Redirects, make_link) -> Stored:
    """The links of a property test, made for its first example."""
    if not hasattr(redirects, "stored"):
        redirects.stored = Stored(make_link)
        make_link("https://example.com/base", slug="hot")
        redirects.stored.under[b"hot"] = "https://example.com/base"
    return redirects.stored


hosts = st.sampled_from([
    "example.com", "EXAMPLE.com.", "münchen.example", "ﬀ.example", "日本語.example", "xn--e1afmkfd.example", "a_b.example",
    "192.0.2.1", "0x7f.1", "[2001:db8::1]", "[::ffff:192.0.2.1]", "💥.example", "ex%61mple.com", "a.b.c.d.example",
])  # fmt: skip
ports = st.just("") | st.integers(0, 65535).map(lambda port: f":{port}")
# No control characters, which are refused, and no surrogates, which are not in what anybody sends.
letters = st.characters(exclude_categories=("Cc", "Cs"))
pieces = st.lists(
    st.text(letters, max_size=8) | st.sampled_from(["%0d%0a", "%00", "%", "%zz", "/..", "/./", "//", "\\", "?", "#", "'", '"', "&=", "%C3%28", "💥", " "]),
    max_size=6,
).map("".join)  # fmt: skip


@shared
@given(
    scheme=st.sampled_from(["https://", "http://", "HTTPS:", "http:\\\\", "//", ""]),
    host=hosts,
    port=ports,
    rest=pieces,
)
@example(scheme="https://", host="example.com", port=":443", rest="/\u2028\u2029\ufeff\u202e")
@example(scheme="https://", host="example.com", port="", rest="/%0d%0aX-Injected:%201?%0d%0a#%0d%0a")
def test_every_destination_is_where_a_browser_arrives(redirects, make_link, scheme, host, port, rest):
    text = f"{scheme}{host}{port}/{rest}"
    try:
        parse_destination(text, ())
    except InvalidDestination:
        assume(False)
    link = make_link(text)
    meant = ada_url.URL(text.strip() if re.match("(?i)https?:", text) else f"https://{text.strip().removeprefix('//')}")
    for _ in ("looked up", "in memory"):
        location = location_of(redirects.ask(get(link.slug)))
        assert location == link.destination
        assert ada_url.URL(location).href == location == meant.href
