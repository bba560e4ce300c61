"""Answers of the redirect path, built once and sent as they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Header = tuple[bytes, bytes]
NEVER_INDEX: Header = (b"x-robots-tag", b"noindex")
PERMANENT = (301, 308)


class Answer:
    """The two ASGI messages of a response. The server leaves the body out when the request was a HEAD."""

    __slots__ = ("body", "start")

    def __init__(self, status: int, headers: Iterable[Header], body: bytes = b"") -> None:
        length: Header = (b"content-length", b"%d" % len(body))
        self.start: dict[str, Any] = {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, length],
        }
        self.body: dict[str, Any] = {"type": "http.response.body", "body": body}


@dataclass(frozen=True)
class Pages:
    """Ready answers for when there is nothing to redirect to."""

    not_found: Answer
    not_yet: Answer
    unavailable: Answer
    not_allowed: Answer
    misdirected: Answer
    pixel: Answer
    gone: Mapping[str, Answer]  # by reason: archived, deleted, expired, exhausted


def redirect(status: int, location: str, permanent_max_age: int) -> Answer:
    """A redirect. A permanent one may be kept by the browser for `permanent_max_age` seconds, the others not at all:
    a click that a browser answers from its own cache is neither counted nor sees an edit."""
    seconds = permanent_max_age if status in PERMANENT else 0
    return Answer(
        status,
        (
            (b"location", location.encode("ascii")),
            (b"cache-control", b"private, max-age=%d" % seconds),
            NEVER_INDEX,
        ),
    )


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
