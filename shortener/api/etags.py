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
IF_NONE_MATCH: dict[str, Any] = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string"},
    "example": "*",
    "description": "`*`: 412 if there is one already",
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
    raises `PreconditionFailed` when `If-Match` is there and names another state, or `If-None-Match` and names this one.
    `shown`: the thing as the API answers with it."""
    seen, unseen = request.headers.get("If-Match"), request.headers.get("If-None-Match")

    def check(thing: Thing | None) -> None:
        if seen is None and unseen is None:
            return
        etag = "" if thing is None else etag_of(shown(thing))
        if seen is not None and not (etag and names(seen, etag)):
            raise PreconditionFailed
        if unseen is not None and etag and names(unseen, etag):
            raise PreconditionFailed

    return check
