"""Which user agents are programs, by the maintained list `crawler-user-agents`."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

PREVIEW_TAG = "social-preview"  # what draws the picture of a link in a chat or a network
TOOLS_TAG = "http-library"  # curl, wget, python-requests, …: somebody followed the link with a tool


@lru_cache(maxsize=20_000)
def is_bot(user_agent: str, *, tools: bool) -> bool:
    """Whether `user_agent` is a crawler's or a link preview's; with `tools`, also whether it is a tool's."""
    return bool(user_agent) and _pattern(with_tools=tools).search(user_agent) is not None


@lru_cache(maxsize=20_000)
def is_previewer(user_agent: str) -> bool:
    """Whether `user_agent` draws a preview of links in a social network or a messenger."""
    return bool(user_agent) and _previewers().search(user_agent) is not None


@cache
def _previewers() -> re.Pattern[str]:
    return _any_of(entry for entry in CRAWLER_USER_AGENTS_DATA if PREVIEW_TAG in entry.get("tags", ()))


@cache
def _pattern(*, with_tools: bool) -> re.Pattern[str]:
    return _any_of(entry for entry in CRAWLER_USER_AGENTS_DATA if with_tools or TOOLS_TAG not in entry.get("tags", ()))


def _any_of(entries: Iterable[Any]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{entry['pattern']})" for entry in entries))
