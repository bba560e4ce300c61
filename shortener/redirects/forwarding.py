"""Passing on what stands behind the slug: query parameters and a further path. URLs are handled as browsers do."""

import re
from collections.abc import Iterable
from typing import Literal
from urllib.parse import quote_plus, unquote_plus

import ada_url

Forward = Literal["", "merge", "override"]

DOTS = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


def with_query(location: str, query: str, *, override: bool = False) -> str:
    """`location` with the parameters of `query` behind its own. Of those that both have, the location's stay, unless
    the visitor's are to `override` them."""
    url = ada_url.URL(location)
    own, given = _pieces(url.search.removeprefix("?")), _pieces(query)
    if override:
        names = {_name(piece) for piece in given}
        own = [piece for piece in own if _name(piece) not in names]
    else:
        names = {_name(piece) for piece in own}
        given = [piece for piece in given if _name(piece) not in names]
    if not given:
        return location
    url.search = "&".join([*own, *given])
    return url.href


def with_parameters(location: str, parameters: Iterable[tuple[str, str]]) -> str:
    """`location` with `parameters`, except those that it has already."""
    return with_query(location, "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in parameters))


def without(query: str, name: str) -> str:
    """`query` less the parameter `name`."""
    return "&".join(piece for piece in _pieces(query) if _name(piece) != name)


def without_mark(query: str, mark: str) -> str:
    """`query` less the piece that is exactly `mark`."""
    return "&".join(piece for piece in _pieces(query) if piece != mark) if mark in query else query


def value_of(query: str, name: str) -> str | None:
    """The first value of parameter `name`; None when it is not there."""
    for piece in _pieces(query):
        if _name(piece) == name:
            return unquote_plus(piece.partition("=")[2])
    return None


def with_path(location: str, path: str) -> str | None:
    """`location` with `path` (which begins with a slash) behind its own; None for one that climbs (`..`)."""
    if DOTS.search(path):
        return None
    url = ada_url.URL(location)
    url.pathname = url.pathname.rstrip("/") + path
    return url.href


def _pieces(query: str) -> list[str]:
    return [piece for piece in query.split("&") if piece]


def _name(piece: str) -> str:
    return unquote_plus(piece.partition("=")[0])
