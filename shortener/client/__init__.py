"""A typed client of the REST API, for programs: `Client`, and `AsyncClient` with the same methods to await.

    with Client("https://go.example.org", "sk_…") as client:
        link = client.create("https://example.com/a/long/page", slug="page")
        print(link.short_url)

It imports nothing of the rest of the house, and no Django.
"""

from shortener.client.clients import AsyncClient, Client
from shortener.client.errors import (
    ApiError,
    Changed,
    Conflict,
    FieldProblem,
    NoAnswer,
    NoKey,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ServerTrouble,
    ShortenerError,
    TooManyRequests,
    WrongFields,
)
from shortener.client.models import Import, ImportProblem, Link, Page, Point, Slice, Stats, Totals
from shortener.client.retries import RetryPolicy

__all__ = [
    "ApiError",
    "AsyncClient",
    "Changed",
    "Client",
    "Conflict",
    "FieldProblem",
    "Import",
    "ImportProblem",
    "Link",
    "NoAnswer",
    "NoKey",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "Page",
    "Point",
    "RetryPolicy",
    "ServerTrouble",
    "ShortenerError",
    "Slice",
    "Stats",
    "TooManyRequests",
    "Totals",
    "WrongFields",
]
