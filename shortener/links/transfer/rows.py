"""One record as a link that can be written, or everything that is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.hashers import get_hasher, identify_hasher
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.links import slugs
from shortener.links.drafts import Lookups
from shortener.links.errors import FieldErrors
from shortener.links.fields import FIELDS, PASSWORD_LENGTHS, Wrong, check_window, checked_tags, columns_of
from shortener.links.models import Domain
from shortener.links.transfer import values

FOLDER_MAX_LENGTH = 80  # characters
EXTERNAL_ID_MAX_LENGTH = 100
REASON_MAX_LENGTH = 300
MOST_WORK = 4  # times the work of our own password hashes that an imported one may cost

READERS: Mapping[str, Callable[[Any], Any]] = {
    "url": values.text, "slug": values.text, "short_url": values.text, "domain": values.text, "title": values.text,
    "tags": values.words, "folder": values.text, "created_at": values.moment, "clicks": values.count,
    "status": values.number, "active_from": values.moment, "active_until": values.moment,
    "click_limit": values.number, "clicks_used": values.count, "expired_url": values.text, "archived": values.truth,
    "archived_at": values.moment, "external_id": values.text, "forward_query": values.text,
    "forward_path": values.truth, "utm": values.campaign, "rules": values.parsed, "notice": values.truth,
    "public_stats": values.truth, "ios_url": values.text, "android_url": values.text, "card_title": values.text,
    "card_description": values.text, "card_image": values.text, "password": values.text,
    "has_password": values.truth, "password_hash": values.text, "disabled_at": values.moment,
    "disabled_reason": values.text,
}  # fmt: skip
# Checked by what checks the fields of every link.
SAME = frozenset(FIELDS) - {"archived", "password", "status"}


@dataclass
class Row:
    """A link to be written. `number` counts the rows of the file, from 1; an empty `slug` is made up."""

    number: int
    domain: Domain
    slug: str
    columns: dict[str, Any]
    tags: list[str] = field(default_factory=list)
    folder: str = ""
    clicks_used: int = 0


class Reader:
    """Reads the records of one import. `domain`: the host that all links go to; empty: the one that a row names, or
    the default one. `tags` are given to all. Passwords are only checked where `hashing` is off: that is slow."""

    def __init__(
        self, workspace: Workspace, by: Actor, *, domain: str = "", tags: Sequence[str] = (), hashing: bool = True
    ) -> None:
        self._tags, self._hashing = list(tags), hashing
        self._lookups = Lookups(workspace, by)
        self._domain = domain

    def read(self, number: int, fields: Mapping[str, Any]) -> Row:
        """The row that `fields` (values by field, as texts or as they are) mean. Raises `LinkError`."""
        errors = FieldErrors()
        given = _given(fields, errors)
        home = self._home(given, errors)
        columns = columns_of(self._wanted(given, home), errors)
        columns |= _others(given, errors)
        columns |= self._password(given, errors)
        tags = checked_tags([*given.get("tags", ()), *self._tags], errors)
        slug = self._slug(given, home, errors)
        folder = _short(given, "folder", FOLDER_MAX_LENGTH, errors)
        check_window(columns.get("active_from"), columns.get("active_until"), errors)
        errors.raise_if_any()
        return Row(number, home, slug, columns, tags, folder, given.get("clicks_used") or 0)

    def _wanted(self, given: Mapping[str, Any], home: Domain) -> dict[str, Any]:
        wanted = {name: value for name, value in given.items() if name in SAME}
        return {"url": "", **wanted, "status": given.get("status") or home.default_status}

    def _home(self, given: Mapping[str, Any], errors: FieldErrors) -> Domain:
        host = self._domain or (given.get("domain") or "").strip().lower()
        return self._lookups.domain(host[:255], errors)

    def _slug(self, given: Mapping[str, Any], home: Domain, errors: FieldErrors) -> str:
        slug = (given.get("slug") or _behind_the_slash(given.get("short_url") or "")).strip()
        slug = slugs.folded(slug, home)
        if slug and (problem := slugs.problem_with(slug)):
            errors.add("slug", problem)
        return slug

    def _password(self, given: Mapping[str, Any], errors: FieldErrors) -> dict[str, str]:
        """A password that is known is hashed; a hash is kept if it is one of ours. A link that was protected is never
        opened by importing it."""
        if plain := given.get("password"):
            if self._hashing:
                return {str(name): value for name, value in columns_of({"password": plain}, errors).items()}
            if len(plain) not in PASSWORD_LENGTHS:
                columns_of({"password": plain}, errors)
            return {}
        if hashed := given.get("password_hash"):
            if not is_ours(hashed):
                errors.add("password_hash", _("This hash is not of the kind that is made here. Give the password."))
            return {"password_hash": hashed}
        if given.get("has_password"):
            words = _(
                "The link has a password, which cannot be brought along. Give the password, or leave out this word."
            )
            errors.add("has_password", words)
        return {}


def is_ours(hashed: str) -> bool:
    """Whether `hashed` is a password hash as this site makes them, and costs about as much to check."""
    try:
        hasher = identify_hasher(hashed)
        decoded = hasher.decode(hashed)
    except (ValueError, TypeError, KeyError, IndexError, AssertionError):
        return False
    ours = get_hasher()
    work, most = decoded.get("iterations"), getattr(ours, "iterations", None)
    if hasher.algorithm != ours.algorithm or len(hashed) > 256 or not hashed.isascii():
        return False
    return work is None or most is None or 0 < work <= MOST_WORK * most


def _given(fields: Mapping[str, Any], errors: FieldErrors) -> dict[str, Any]:
    """The values that are there, read."""
    given = {}
    for name, value in fields.items():
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        try:
            given[name] = READERS[name](value)
        except Wrong as error:
            errors.add(name, str(error))
        except (OverflowError, OSError, ValueError):
            errors.add(name, _("This value cannot be kept."))
    return given


def _others(given: Mapping[str, Any], errors: FieldErrors) -> dict[str, Any]:
    """Columns that only an import writes."""
    archived = given.get("archived_at") or (timezone.now() if given.get("archived") else None)
    disabled = given.get("disabled_at")
    return {
        "created_at": _past(given, errors),
        "imported_clicks": given.get("clicks") or 0,
        "archived_at": archived,
        "external_id": _short(given, "external_id", EXTERNAL_ID_MAX_LENGTH, errors),
        "public_stats": given.get("public_stats") or False,
        "disabled_at": disabled,
        "disabled_reason": _short(given, "disabled_reason", REASON_MAX_LENGTH, errors) if disabled else "",
    }


def _past(given: Mapping[str, Any], errors: FieldErrors) -> datetime:
    now = timezone.now()
    made: datetime = given.get("created_at") or now
    if made > now:
        errors.add("created_at", _("A link cannot have been made in the future."))
    return made


def _short(given: Mapping[str, Any], name: str, most: int, errors: FieldErrors) -> str:
    text = str(given.get(name) or "").strip()
    if len(text) > most:
        errors.add(name, _("At most %(most)d characters are possible.") % {"most": most})
    return text


def _behind_the_slash(short_url: str) -> str:
    """`bit.ly/abc` → `abc`."""
    address = short_url.strip()
    try:
        return urlsplit(address if "://" in address else f"//{address}").path.strip("/")
    except ValueError:
        return address
