"""Answers of the redirect path, built once and sent as they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

Header = tuple[bytes, bytes]
NEVER_INDEX: Header = (b"x-robots-tag", b"noindex")
PERMANENT = (301, 308)


class Answer:
    """A response, as two ASGI messages and as bytes. The server leaves the body out when the request was a HEAD.

    `tail`: its headers as they are written, without those that the server adds.
    """

    __slots__ = ("body", "start", "tail")

    def __init__(self, status: int, headers: Iterable[Header], body: bytes = b"") -> None:
        complete = [*headers, (b"content-length", b"%d" % len(body))]
        self.start: dict[str, Any] = {"type": "http.response.start", "status": status, "headers": complete}
        self.body: dict[str, Any] = {"type": "http.response.body", "body": body}
        self.tail = _written(complete)


@dataclass(frozen=True)
class Pages:
    """Ready answers for when there is nothing to redirect to."""

    not_found: Answer
    not_yet: Answer
    unavailable: Answer
    not_allowed: Answer
    misdirected: Answer
    too_long: Answer
    pixel: Answer
    gone: Mapping[str, Answer]  # by reason, as `pages.REASONS`


def redirect(status: int, location: str, max_age: int) -> Answer:
    """A redirect that a browser may keep for `max_age` seconds."""
    return Answer(status, ((b"location", location.encode("ascii")), *_about(max_age)))


def redirect_tail(location: str, max_age: int) -> bytes:
    """The `tail` of the same redirect, without the rest of it."""
    return b"location: %s\r\n%s" % (location.encode("ascii"), _about_written(max_age))


def max_age_of(status: int, permanent_max_age: int) -> int:
    """For how many seconds a browser may keep a redirect. A permanent one a little, the others not at all: a click
    that a browser answers from its own cache is neither counted nor sees an edit."""
    return permanent_max_age if status in PERMANENT else 0


@cache
def _about(max_age: int) -> tuple[Header, ...]:
    return ((b"cache-control", b"private, max-age=%d" % max_age), NEVER_INDEX)


@cache
def _about_written(max_age: int) -> bytes:
    return _written((*_about(max_age), (b"content-length", b"0")))


def _written(headers: Iterable[Header]) -> bytes:
    return b"".join(b"%s: %s\r\n" % header for header in headers)


def page(status: int, html: str, headers: Iterable[Header] = ()) -> Answer:
    """A page that nobody keeps."""
    return Answer(
        status,
        (
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            NEVER_INDEX,
            *headers,
        ),
        html.encode(),
    )
