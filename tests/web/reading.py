"""Reads pages as a visitor does: by labels and texts, not by markup."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


class Read:
    """What stands in an HTML response."""

    def __init__(self, response: Any) -> None:
        self.html = response.content.decode()
        reader = _Reader()
        reader.feed(self.html)
        self.elements = reader.elements
        self.text = " ".join(" ".join(reader.texts).split())

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        """Attributes of the elements of this kind that have `attributes`."""
        return [found for name, found in self.elements if name == tag and attributes.items() <= found.items()]

    def field(self, name: str) -> dict[str, str]:
        """The first input of this name, with `error` and `help`: what it says it is described by."""
        [field, *_] = [
            found for tag, found in self.elements if tag in {"input", "select"} and found.get("name") == name
        ]
        described = {key: self.element(key) for key in field.get("aria-describedby", "").split()}
        return {
            **field,
            "error": " ".join(text for key, text in described.items() if key.endswith("_error")),
            "help": " ".join(text for key, text in described.items() if key.endswith("_helptext")),
        }

    def element(self, key: str) -> str:
        """The text of the element with this ID."""
        [(_, text)] = re.findall(rf'<(\w+)[^>]* id="{key}"[^>]*>(.*?)</\1>', self.html, re.DOTALL)
        return unescape(re.sub(r"<[^>]+>", " ", text)).strip()

    @property
    def listed(self) -> list[str]:
        """Slugs of the links in the list, from the top."""
        return re.findall(
            r'<a class="short-link one-line"[^>]*><bdi[^>]*><span[^>]*>[^<]*</span>([^<]+)</bdi></a>', self.html
        )
