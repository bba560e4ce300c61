"""What a browser would send from a page: its form as it is."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from tests.web.reading import Read


def sent(answer: Any) -> dict[str, Any]:
    """Names and values of all fields on the page of `answer`, as they stand there."""
    page = Read(answer)
    values: dict[str, Any] = {}
    for found in page.all("input"):
        name, value = found.get("name"), found.get("value", "")
        if name and found.get("type") != "checkbox":
            values[name] = value
        elif name and "checked" in found:
            values.setdefault(name, []).append(value or "on")
    return {**values, **dict(_inner(page, "textarea")), **dict(_chosen(page))}


def _inner(page: Read, tag: str) -> Iterator[tuple[str, str]]:
    for name, text in re.findall(rf'<{tag}[^>]* name="([^"]+)"[^>]*>(.*?)</{tag}>', page.html, re.DOTALL):
        yield name, unescape(text)


def _chosen(page: Read) -> Iterator[tuple[str, str]]:
    for name, inner in _inner(page, "select"):
        options = re.findall(r'<option value="([^"]*)"( selected)?', inner)
        yield name, next((value for value, selected in options if selected), options[0][0])
