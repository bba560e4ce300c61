"""Texts from files as values: times, numbers, words for yes and no, lists."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from shortener.links.fields import Wrong

TRUE = frozenset({"1", "true", "yes", "y", "on", "t"})
FALSE = frozenset({"0", "false", "no", "n", "off", "f", ""})
# Beside ISO 8601: what spreadsheets and other shorteners write. Days before months only where months have names.
FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%d %b %Y %H:%M", "%d %b %Y", "%b %d, %Y", "%m/%d/%Y", "%m/%d/%Y %H:%M")
EPOCH = re.compile(r"\d{9,13}\Z")
MOST_CLICKS = 2**63 - 1


def moment(value: Any) -> datetime | None:
    """A time; UTC unless it says otherwise. Numbers are seconds (or milliseconds) since 1970."""
    if value in (None, ""):
        return None
    text = str(value).strip()
    if EPOCH.match(text):
        seconds = int(text) / (1000 if len(text) > 11 else 1)
        return datetime.fromtimestamp(seconds, UTC)
    found = _iso(text) or _named(text)
    if found is None:
        raise Wrong(_("“%(value)s” is not a time such as 2027-01-31 09:30:00.") % {"value": text[:50]})
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise Wrong(_("“%(value)s” is not a time that we can keep.") % {"value": text[:50]}) from error


def number(value: Any) -> int | None:
    """A whole number, with or without separators of thousands."""
    if value in (None, ""):
        return None
    text = str(value).strip().replace(",", "").replace("\u202f", "").replace(" ", "").removesuffix(".0")
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,25}", text, re.ASCII):
        raise Wrong(_("“%(value)s” is not a whole number.") % {"value": str(value)[:50]})
    return int(text)


def count(value: Any) -> int:
    """A number of clicks; none for nothing."""
    found = number(value) or 0
    if not 0 <= found <= MOST_CLICKS:
        raise Wrong(_("A number of clicks is zero or more."))
    return found


def truth(value: Any) -> bool:
    """Yes or no."""
    text = str(value if value is not None else "").strip().lower()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise Wrong(_("“%(value)s” is neither yes nor no.") % {"value": text[:50]})


def words(value: Any) -> list[str]:
    """A list of names: as it is, as JSON, or with commas, semicolons or bars in between."""
    if value in (None, ""):
        return []
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = parsed(value)
    if isinstance(value, list | tuple):
        if not all(isinstance(entry, str) for entry in value):
            raise Wrong(_("Tags are words."))
        return list(value)
    return [name for part in re.split(r"[,;|]", str(value)) if (name := part.strip())]


def text(value: Any) -> str:
    """A text."""
    if isinstance(value, list | dict):
        raise Wrong(_("This is a text, not a list or an object."))
    found = "" if value is None else str(value)
    if "\x00" in found:
        raise Wrong(_("A text cannot contain NUL characters."))
    if any("\ud800" <= letter <= "\udfff" for letter in found):
        raise Wrong(_("The text holds half a character."))
    return found


def parsed(value: Any) -> Any:
    """JSON, or what was JSON already."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.strip() else None
    except (ValueError, RecursionError) as error:
        raise Wrong(_("This is not JSON.")) from error


def campaign(value: Any) -> dict[str, Any]:
    """Campaign parameters by name: JSON, or as in a query."""
    from urllib.parse import parse_qsl

    if isinstance(value, str) and not value.lstrip().startswith("{"):
        return dict(parse_qsl(value))
    found = parsed(value) or {}
    if not isinstance(found, Mapping):
        raise Wrong(_("Campaign parameters are values by name."))
    return dict(found)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _named(text: str) -> datetime | None:
    for pattern in FORMATS:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007  the caller takes it as UTC
        except ValueError:
            continue
    return None
