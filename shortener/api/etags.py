"""`If-Match` and `If-None-Match` (RFC 9110, section 13): nobody overwrites what they have not seen."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest

from shortener.api.writing import etag_of

Thing = TypeVar("Thing")
# For `openapi_extra` of operations that heed it.
IF_MATCH: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "If-Match",
            "required": False,
            "schema": {"type": "string"},
            "example": '"5d41402abc4b2a76b9719d91"',
            "description": "`ETag` of the thing as you have seen it: 412 if it is another by now",
        }
    ]
}


class PreconditionFailed(Exception):
    """The thing is not as the client has seen it."""


def names(header: str, etag: str) -> bool:
    """Whether `header` (of `If-Match` or `If-None-Match`) names `etag`. Compression makes our tags weak on their way
    out, though it changes nothing: weak ones are as good."""
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or etag in tags


def unchanged(request: HttpRequest, shown: Callable[[Thing], Any]) -> Callable[[Thing | None], None]:
    """What a service calls with the thing that it has locked and is about to change, or with None before it makes one:
    raises `PreconditionFailed` when `If-Match` is there and names another state. `shown`: the thing as the API answers
    with it."""
    header = request.headers.get("If-Match")

    def check(thing: Thing | None) -> None:
        if header is not None and (thing is None or not names(header, etag_of(shown(thing)))):
            raise PreconditionFailed

    return check
