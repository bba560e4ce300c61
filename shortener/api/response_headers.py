"""The headers of answers, as the description has them: which there are, and which answer has which.

Headers of transport, of caches on the way and of browsers (`Date`, `Vary`, `Access-Control-…`) are HTTP's own, and not
described.
"""

from collections.abc import Iterator
from typing import Any

HEADERS: dict[str, tuple[str, str, bool]] = {  # what it says, an example, and whether it is always there
    "X-Request-Id": (
        "The request's name: the one that was sent, or a new one", "0192f3a1c5d87b6ea1f4c0b2d9e8f7a6", True,
    ),
    "Cache-Control": ("Nobody in between keeps answers; those with secrets and errors nobody at all", "no-store", True),
    "RateLimit-Policy": ("The budgets that hold: `q` requests in `w` seconds", '"read";q=3000;w=60', False),
    "RateLimit": ("What is left of them: `r` requests, and more in `t` seconds", '"read";r=2999;t=60', False),
    "ETag": ("Names this state of the thing, for `If-Match` and `If-None-Match`", '"5d41402abc4b2a76b9719d91"', True),
    "Location": (
        "Where the thing is found from now on", "https://go.example.org/api/v1/links/link_x8Kd9aQ2", True,
    ),
    "Link": (
        "The next page (RFC 8288), where there is one",
        '<https://go.example.org/api/v1/links?cursor=q1Xk0w>; rel="next"', False,
    ),
    "Content-Disposition": ("How the file may be called", 'attachment; filename="links.csv"', True),
    "Idempotency-Replayed": ("`true`: this was done before, and is the answer that was given then", "true", False),
    "WWW-Authenticate": ("How to sign in (RFC 6750)", 'Bearer realm="api"', True),
    "Retry-After": ("Seconds to wait", "5", True),
    "Deprecation": ("Since when the operation is deprecated (RFC 9745)", "@1798761600", False),
    "Sunset": ("When it will be gone (RFC 8594)", "Fri, 01 Jan 2027 00:00:00 GMT", False),
}  # fmt: skip
COMPONENTS: dict[str, Any] = {
    name: {"description": about, "required": always, "schema": {"type": "string"}, "example": example}
    for name, (about, example, always) in HEADERS.items()
}
UNCOUNTED = (411, 413)  # refused before anybody looks at who asks


def header(name: str) -> dict[str, Any]:
    """A reference to the header `name`."""
    return {"$ref": f"#/components/headers/{name}"}


def headers_of(status: int, operation: dict[str, Any], names: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What `operation` answers with beside a body. `names`: fields of that body."""
    found: dict[str, Any] = {name: header(name) for name in _names(status, operation, names)}
    if status == 409 and "Retry-After" in found:  # only while the first request is under way
        found["Retry-After"] = {**COMPONENTS["Retry-After"], "required": False}
    return found


def _names(status: int, operation: dict[str, Any], names: frozenset[str]) -> Iterator[str]:
    is_idempotent = any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"])
    yield from ("X-Request-Id", "Cache-Control")
    if status not in UNCOUNTED:
        yield from ("RateLimit-Policy", "RateLimit")
    if "id" in names:
        yield "ETag"
    if "id" in names and status in (201, 202):
        yield "Location"
    if {"data", "next"} <= names:
        yield "Link"
    if is_idempotent and (status < 300 or status == 409):
        yield "Idempotency-Replayed"
    if status == 401:
        yield "WWW-Authenticate"
    if status in (429, 503) or (status == 409 and is_idempotent):
        yield "Retry-After"
    if operation.get("deprecated"):
        yield from ("Deprecation", "Sunset")
