"""Requests and answers between the event loop and a thread."""

import threading
from io import BytesIO

import anyio
import pytest
from django.http import HttpResponse

from shortener.infra.bridge import AT_ONCE, WsgiBridge, environ_of

pytestmark = pytest.mark.anyio


may_close, is_closed = threading.Event(), threading.Event()


class Answer(HttpResponse):
    """Takes its time to close."""

    def close(self):
        may_close.wait(5)
        is_closed.set()


async def ask(app, *pieces, headers=()):
    """What is sent, for a request with a body of these pieces; one that is None is the client going away."""
    sent = []
    received = iter([
        {"type": "http.disconnect"}
        if piece is None
        else {"type": "http.request", "body": piece, "more_body": place + 1 < len(pieces)}
        for place, piece in enumerate(pieces or [b""])
    ])  # fmt: skip

    async def receive():
        return next(received)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/a", "query_string": b"q=1", "http_version": "1.1",
        "headers": list(headers), "server": ("here", 80), "client": ("1.2.3.4", 5),
    }  # fmt: skip
    with anyio.fail_after(10):
        await WsgiBridge(app, 2)(scope, receive, send)
    return sent


def echo(environ, start_response):
    start_response("201 Created", [("X-Path", environ["PATH_INFO"])])
    return [environ["REQUEST_METHOD"].encode(), b" ", environ["wsgi.input"].read()]


def whole(environ, start_response):
    start_response("200 OK", [("A", "1")])
    return Answer(b"whole")


def body_of(sent):
    return b"".join(message.get("body", b"") for message in sent)


async def test_a_body_arrives_whole_and_so_does_the_answer():
    sent = await ask(echo, b"on", b"e", headers=[(b"content-length", b"3")])
    assert (sent[0]["status"], sent[0]["headers"]) == (201, [(b"x-path", b"/a")])
    assert (body_of(sent), sent[-1].get("more_body", False)) == (b"POST one", False)


async def test_an_answer_that_is_there_goes_out_in_one_piece_before_it_is_closed():
    sent = await ask(whole)
    assert (len(sent), body_of(sent), is_closed.is_set()) == (2, b"whole", False)
    may_close.set()
    assert await anyio.to_thread.run_sync(is_closed.wait, 5)


@pytest.mark.parametrize(
    "headers", [[(b"transfer-encoding", b"chunked")], [(b"content-length", b"%d" % (AT_ONCE + 1))]]
)
async def test_large_bodies_are_read_piece_by_piece(headers):
    pieces = []

    def read(environ, start_response):
        assert not isinstance(environ["wsgi.input"], BytesIO)
        while piece := environ["wsgi.input"].read(3):
            pieces.append(piece)
        start_response("204 No Content", [])
        return []

    sent = await ask(read, b"abcd", b"ef", headers=headers)
    assert (sent[0]["status"], pieces) == (204, [b"abc", b"def"])


async def test_who_has_gone_before_the_end_of_the_body_asks_for_nothing():
    def never(environ, start_response):
        raise AssertionError

    assert await ask(never, b"a", None, headers=[(b"content-length", b"2")]) == []


async def test_what_the_application_raises_reaches_the_server():
    def broken(environ, start_response):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask(broken)


async def test_a_stream_goes_out_as_it_is_made_and_ends_where_it_breaks():
    def stream():
        yield b"a"
        yield b"b"
        raise ZeroDivisionError

    def streaming(environ, start_response):
        start_response("200 OK", [])
        return stream()

    seen = []

    async def send(message):
        seen.append(message)

    async def receive():
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "http_version": "1.1", "headers": []}
    with anyio.fail_after(10), pytest.raises(ZeroDivisionError):
        await WsgiBridge(streaming, 1)(scope, receive, send)
    assert [message.get("body") for message in seen] == [None, b"a", b"b"]
    assert all(message["more_body"] for message in seen[1:])


HEADERS = [
    (b"host", b"go.example.org"), (b"content-type", b"text/plain"), (b"content-length", b"2"), (b"accept", b"a/b"),
    (b"accept", b"c/d"), (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"x-forwarded-for", b"1.1.1.1"),
    (b"x_forwarded_for", b"6.6.6.6"), (b"x-name", "é".encode("latin-1")),
]  # fmt: skip


def test_the_environment_says_what_the_request_does():
    scope = {
        "type": "http", "method": "PUT", "path": "/a/ü", "query_string": b"q=%FC&r=\xfc", "http_version": "1.1",
        "headers": HEADERS, "server": ("here", 8000), "client": ("1.2.3.4", 5), "scheme": "https",
    }  # fmt: skip
    environ = environ_of(scope, b"hi")
    assert environ["wsgi.input"].read() == b"hi"
    assert {name: value for name, value in environ.items() if not name.startswith("wsgi.")} == {
        "REQUEST_METHOD": "PUT", "SCRIPT_NAME": "", "PATH_INFO": "/a/Ã¼", "QUERY_STRING": "q=%FC&r=ü",
        "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_NAME": "here", "SERVER_PORT": "8000", "REMOTE_ADDR": "1.2.3.4",
        "REMOTE_PORT": "5", "HTTP_HOST": "go.example.org", "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "2",
        "HTTP_ACCEPT": "a/b,c/d", "HTTP_COOKIE": "a=1; b=2", "HTTP_X_FORWARDED_FOR": "1.1.1.1", "HTTP_X_NAME": "é",
    }  # fmt: skip
    assert environ["wsgi.url_scheme"] == "https"


@pytest.mark.parametrize("length", [b"3", b"%d" % (AT_ONCE + 1)])
async def test_headers_that_look_like_what_a_proxy_has_set_are_left_out(length):
    def told(environ, start_response):
        start_response("200 OK", [("X-Seen", environ.get("HTTP_X_FORWARDED_FOR", "none"))])
        return [b""]

    sent = await ask(told, b"one", headers=[(b"content-length", length), (b"x_forwarded_for", b"6.6.6.6")])
    assert sent[0]["headers"] == [(b"x-seen", b"none")]
