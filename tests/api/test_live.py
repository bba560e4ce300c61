"""Live streams over real HTTP, from the redirect to the listener."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Self

import pytest

from loadtests.client import Site
from tests.servers import wait_until
from tests.up import Up, standing

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    with standing(LIVE_LISTENERS="2", CORS_ORIGINS="https://app.example.org") as up:
        yield up


@pytest.fixture(scope="module")
def key(up: Up) -> str:
    return up.manage("apikey", "create", "live")


@pytest.fixture
def site(up: Up, key: str) -> Site:
    return Site(f"127.0.0.1:{up.port}", key)


class Stream:
    """An open stream, read line by line."""

    def __init__(self, up: Up, path: str, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", up.port, timeout=20)
        headers = {"Authorization": f"Bearer {key}", "Origin": "https://app.example.org"}
        self._connection.request("GET", path, headers=headers)
        self.answer = self._connection.getresponse()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()
        self._connection.close()

    def begins(self) -> bool:
        """Whether it is let in; it hears from then on."""
        return self.answer.status == 200 and self.answer.readline() == b"retry: 2000\n"

    def event(self) -> tuple[str, dict[str, object]]:
        """The next one, with its name."""
        while not (line := self.answer.readline()).startswith(b"event: "):
            assert line, "the stream has ended"
        return line[7:].decode().strip(), json.loads(self.answer.readline().removeprefix(b"data: "))


def test_a_click_is_heard_within_a_second_of_its_redirect(up, site, key):
    link, other = site.create_link("https://example.com/a"), site.create_link("https://example.com/b")
    with let_in(up, key) as of_all, let_in(up, key, f"/api/v1/links/{link.id}/live") as of_link:
        assert of_link.answer.getheader("Content-Type") == "text/event-stream; charset=utf-8"
        assert of_link.answer.getheader("Access-Control-Allow-Origin") == "https://app.example.org"
        begun = time.monotonic()
        assert site.follow(other.path) == site.follow(link.path) == 302
        name, click = of_link.event()
        took = time.monotonic() - begun
        assert (name, click["link"]) == ("click", link.id)
        assert [of_all.event()[1]["link"] for _ in range(2)] == [other.id, link.id]
        print(f"heard after {took * 1000:.0f} ms")


def test_who_is_too_many_is_told_when_to_come_back(up, site, key):
    with ExitStack() as listening:
        for _ in range(2):
            listening.enter_context(let_in(up, key))
        with Stream(up, "/api/v1/live", key) as third:
            answer = third.answer
            assert (answer.status, answer.getheader("Retry-After")) == (503, "30")
            assert answer.getheader("Content-Type") == "application/problem+json"
            assert json.loads(answer.read())["code"] == "unavailable"
        assert site.follow("/") == 200  # nobody else is held up
    with let_in(up, key):
        pass


def let_in(up: Up, key: str, path: str = "/api/v1/live") -> Stream:
    """A stream that has begun, as soon as there is a place for it."""
    found: list[Stream] = []

    def try_it() -> bool:
        stream = Stream(up, path, key)
        if stream.begins():
            found.append(stream)
        else:
            stream.__exit__()
        return bool(found)

    wait_until(try_it, what="a free place")
    return found[0]


@pytest.mark.parametrize(("path", "status"), [("/api/v1/live", 401), ("/api/v1/links/link_unknown/live", 401)])
def test_nobody_listens_without_a_key(up, path, status):
    assert up.get(path)[0] == status


def test_a_web_process_that_stops_ends_its_streams_and_does_not_wait_for_them(up, key):
    [_, worker] = up.children("config.asgi:application")
    with let_in(up, key) as stream:
        worker.terminate()
        assert b"event" not in stream.answer.read()  # which fails when the connection is cut
    wait_until(up.is_ready, what="the next web process")
