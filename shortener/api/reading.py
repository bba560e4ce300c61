"""Reads what clients send: JSON bodies and query strings, strictly. What is wrong is named by a JSON pointer."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

MOST_LEVELS = 32  # of nested arrays and objects
NESTING = (b"[", b"{")
NUL = (b"\\u0000", b"\x00")


class Unreadable(Exception):
    """The request cannot be read. `code` is one of `codes.CODES`; `pointer` may say where."""

    def __init__(self, code: str, message: str, pointer: str = "") -> None:
        self.code, self.pointer = code, pointer
        super().__init__(message)


class StrictParser(Parser):
    """JSON in UTF-8, without NUL characters and not too deep; forms without NUL characters."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The document in the body. Raises `Unreadable`."""
        return read_json(request.body)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The fields of a form, or parameters, which `check_query` has seen. Raises `Unreadable`."""
        for name, values in data.lists():
            if any(isinstance(value, str) and "\x00" in value for value in values):
                raise Unreadable("invalid_fields", f"{name[:50]}: this contains a NUL character.", f"/{escaped(name)}")
        return super().parse_querydict(data, list_fields, request)


def read_json(body: bytes) -> Any:
    """The document that `body` holds. Raises `Unreadable`."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable("invalid_json", f"The body is not JSON: {error}.") from error
    except RecursionError as error:
        raise Unreadable("too_deep", _too_deep()) from error
    # Counting bytes is free; hardly any body needs a closer look.
    if any(nul in body for nul in NUL):
        for pointer, text in _texts(document, ""):
            if "\x00" in text:
                raise Unreadable("invalid_fields", f"{pointer or 'The body'} contains a NUL character.", pointer)
    if sum(body.count(opening) for opening in NESTING) > MOST_LEVELS and _depth(document) > MOST_LEVELS:
        raise Unreadable("too_deep", _too_deep())
    return document


def check_query(query: str) -> None:
    """Refuse query strings that are not UTF-8, or have NUL characters. Raises `Unreadable`."""
    if "%" not in query and query.isascii() and "\x00" not in query:
        return
    for part in query.split("&"):
        name, _, value = part.partition("=")
        pointer = "/" + escaped(name) if name.isidentifier() else ""
        try:
            text = unquote_to_bytes(f"{name}={value}".encode("latin-1", "replace")).decode()
        except UnicodeDecodeError as error:
            raise Unreadable("invalid_fields", f"{name[:50]}: this is not UTF-8.", pointer) from error
        if "\x00" in text:
            raise Unreadable("invalid_fields", f"{name[:50]}: this contains a NUL character.", pointer)


def escaped(name: object) -> str:
    """`name` as a part of a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Every text in `value`, names of fields too, and where it is."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield pointer, name
            yield from _texts(inner, f"{pointer}/{escaped(name)}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{pointer}/{number}")


def _depth(value: Any) -> int:
    """Levels of arrays and objects, counted no further than is of interest."""
    depth, level = 0, [value]
    while depth <= MOST_LEVELS:
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return depth + 1
        depth += 1
    return depth


def _too_deep() -> str:
    return f"The body has more than {MOST_LEVELS} levels."
