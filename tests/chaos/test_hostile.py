"""Hostile bytes against the whole site: never a 500, never a header of the visitor's making, never another destination.

An ordinary run sends a few thousand requests; `HOSTILE_REQUESTS=100000` sends as many as it says.
"""

import asyncio
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import ada_url
import pytest

from loadtests.client import Site
from tests.up import Up

pytestmark = pytest.mark.processes
REQUESTS = int(os.environ.get("HOSTILE_REQUESTS", "3000"))
AT_ONCE = 16
HEADER = re.compile(rb"[a-z0-9-]+: [\t\x20-\x7e]*")
DESTINATIONS = [
    "https://example.com/plain", "https://münchen.example/straße?q=ü#ß", "http://[2001:db8::1]:8080/x",
    "https://example.com/%0d%0aSet-Cookie:%20a=b", 'https://example.com/a b"<>\\^`{|}', "https://example.com/💥?💥=💥",
    "https://example.com:8443/a/../b/./c", "https://xn--e1afmkfd.example/%D0%BF", "https://example.com/?a=%00&b=%ff",
    "https://example.com/" + "x" * 4000,
]  # fmt: skip
JUNK = [
    b"%0d%0aX-Injected:%201", b"%0D%0ALocation:%20https://evil.example", b"\r\n", b"\n", b"%00", b"%", b"%zz", b"%C3%28",
    b"..", b"%2e%2e/", b"%2F", b"%2fx/y", b"//evil.example", b"?a=%0d%0ab", b"?" + b"a=1&" * 300, b"#", b"\xff\xfe", b"\x00", b"{{7*7}}",
    b"%uff0d", b"/pixel.gif", b"+", b".", b"%20", b"\xe2\x80\xae", b"'", b'"', b"<script>", b"@", b":80", b";", b"\\",
]  # fmt: skip
HEADERS = [
    b"User-Agent", b"Referer", b"Accept-Language", b"Cookie", b"X-Forwarded-For", b"X-Forwarded-Host", b"Sec-Purpose",
    b"DNT", b"Accept-Encoding", b"Range", b"If-None-Match", b"Content-Type", b"X-Requested-With", b"Origin", b"Te",
]  # fmt: skip


@pytest.fixture
def up(open_dir: Path) -> Iterator[Up]:
    up = Up(open_dir, WEB_WORKERS="2")
    yield up
    up.clean_up()


class Hostile:
    """Makes requests that somebody with bad intentions, or a broken program, might send."""

    def __init__(self, seed: int, host: bytes, slugs: list[bytes]) -> None:
        self._chance, self._host, self._slugs = random.Random(seed), host, slugs

    def request(self) -> bytes:
        chance = self._chance
        method = chance.choice([b"GET"] * 8 + [b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"BREW"])
        lines = [b"%s %s HTTP/1.1" % (method, self._target()), b"Host: " + self._named()]
        lines += [b"%s: %s" % (chance.choice(HEADERS), self._junk(6)) for _ in range(chance.randrange(5))]
        body = self._junk(4) if chance.random() < 0.1 else b""
        if body:
            lines.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body

    def _target(self) -> bytes:
        chance = self._chance
        start = chance.choice([b"/", b"/" + chance.choice(self._slugs), b"/" + chance.choice(self._slugs)])
        if chance.random() < 0.1:
            start = chance.choice(
                [b"/app/", b"/api/v1/links", b"/accounts/login/", b"/admin/", b"/static/", b"//", b""]
            )
        return start + self._junk(chance.choice((0, 0, 1, 3))) or b"/"

    def _named(self) -> bytes:
        return self._host if self._chance.random() < 0.7 else self._junk(3)

    def _junk(self, most: int) -> bytes:
        chance = self._chance
        parts = []
        for _ in range(chance.randrange(most + 1)):
            kind = chance.random()
            if kind < 0.6:
                parts.append(chance.choice(JUNK))
            elif kind < 0.9:
                parts.append(bytes(chance.randrange(33, 256) for _ in range(chance.randrange(1, 12))))
            else:
                parts.append(chance.choice([b"a", b"%41", b"\xc3\xa9", b"."]) * chance.choice((100, 3000, 9000)))
        return b"".join(parts)


async def answer_to(port: int, request: bytes) -> bytes:
    """Status line and headers of the answer; nothing, when the connection was closed without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(20):
            return (await reader.readuntil(b"\r\n\r\n"))[:-4]
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    finally:
        writer.close()


def check(request: bytes, answer: bytes, destinations: dict[str, str]) -> int:
    """The status of `answer`, after a look at all of it."""
    assert answer, request[:500]
    line, *headers = answer.split(b"\r\n")
    status = int(line.split()[1])
    assert 200 <= status < 500, (request[:500], answer[:500])
    names = [header.partition(b":")[0] for header in headers]
    assert all(HEADER.fullmatch(header) for header in headers), (request[:500], headers)
    assert b"x-injected" not in names
    found = [header.partition(b": ")[2].decode() for header in headers if header.startswith(b"location: ")]
    assert len(found) <= 1
    slug = re.match(rb"[A-Z]+ /([A-Za-z0-9_-]+)", request)
    if status == 302 and found and slug and (stored := destinations.get(slug[1].decode())):
        url = ada_url.URL(found[0])
        assert url.href == found[0]
        assert found[0] == stored or (slug[1] == b"forwarding" and url.origin == ada_url.URL(stored).origin)
    return status


def test_nothing_that_is_sent_breaks_anything(up):
    up.start()
    site = Site(f"127.0.0.1:{up.port}", up.manage("apikey", "create", "test"))
    links = [site.create_link(url) for url in DESTINATIONS]
    links.append(site.create_link(DESTINATIONS[0], slug="forwarding", forward_query="override", forward_path=True))
    links.append(site.create_link(DESTINATIONS[0], slug="locked", password="open sesame"))
    destinations = {link.path[1:]: ada_url.URL(url).href for link, url in zip(links, DESTINATIONS, strict=False)}
    destinations["forwarding"] = DESTINATIONS[0]
    slugs = [link.path[1:].encode() for link in links] + [b"nobody"]
    statuses: Counter[int] = Counter()

    async def send(worker: int) -> None:
        hostile = Hostile(worker, site_host, slugs)
        for _ in range(REQUESTS // AT_ONCE):
            request = hostile.request()
            statuses[check(request, await answer_to(up.port, request), destinations)] += 1

    async def send_all() -> None:
        await asyncio.gather(*(send(worker) for worker in range(AT_ONCE)))

    site_host = f"127.0.0.1:{up.port}".encode()
    asyncio.run(send_all())
    print(dict(sorted(statuses.items())))
    assert statuses[302] > REQUESTS / 20
    for link, url in zip(links, DESTINATIONS, strict=False):  # and everything still works
        assert site.follow(link.path) == 302, url
    assert "Traceback" not in up.output
    assert up.stop() == 0
