"""What each field of a link may be, and the column it is kept in. Every mistake is told in words for people."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.links.destinations import InvalidDestination, parse_app_url, parse_destination
from shortener.links.domains import own_hosts
from shortener.links.errors import FieldErrors
from shortener.links.models import Link, RedirectStatus
from shortener.links.rules import InvalidRules, parse_rules

TITLE_MAX_LENGTH = 300  # characters
DESCRIPTION_MAX_LENGTH = 1000
YEARS = range(1970, 9001)  # the calendar's last year is not over in every time zone at once
PASSWORD_LENGTHS = range(4, 129)
TAG_MAX_LENGTH = 50
TAGS_PER_LINK = 20
EXTERNAL_ID_MAX_LENGTH = 100
STATUSES = frozenset(RedirectStatus.values)
UTM_PARAMETERS = ("source", "medium", "campaign", "term", "content")
UTM_MAX_LENGTH = 200


class Wrong(ValueError):
    """A value that a field cannot have; the message says why."""


def columns_of(wanted: Mapping[str, Any], errors: FieldErrors) -> dict[str, Any]:
    """The columns that the fields in `wanted` mean; mistakes go to `errors`, under the field's name."""
    columns = {}
    for name, value in wanted.items():
        if name in FIELDS:
            column, check = FIELDS[name]
            try:
                columns[column] = check(value)
            except (Wrong, InvalidDestination, InvalidRules) as error:
                errors.add(name, str(error))
    return columns


def check_window(start: datetime | None, end: datetime | None, errors: FieldErrors) -> None:
    """A link ends after it starts."""
    if start and end and end <= start:
        errors.add("active_until", _("The end must be later than the start."))


def checked_tags(tags: Iterable[str] | None, errors: FieldErrors) -> list[str]:
    """Tag names without repetitions, compared without case."""
    if not tags:
        return []
    names = list({name.lower(): name for tag in tags if (name := tag.strip())}.values())
    if len(names) > TAGS_PER_LINK:
        errors.add("tags", _("A link has at most %(most)d tags.") % {"most": TAGS_PER_LINK})
    if any(len(name) > TAG_MAX_LENGTH for name in names):
        errors.add("tags", _("A tag has at most %(most)d characters.") % {"most": TAG_MAX_LENGTH})
    if any("\x00" in name or "," in name for name in names):
        errors.add("tags", _("A tag cannot contain commas or NUL characters."))
    return names


def checked(field: str, value: Any) -> Any:
    """The column of one field (of FIELDS) with this value. Raises `LinkError`."""
    errors = FieldErrors()
    columns = columns_of({field: value}, errors)
    errors.raise_if_any()
    return columns[FIELDS[field][0]]


def checked_utm(utm: Mapping[str, Any] | None) -> dict[str, str]:
    """Campaign parameters by their full names, as `utm_source`; empty ones are left out."""
    if not utm:
        return {}
    given = {name.removeprefix("utm_"): value for name, value in utm.items() if value}
    if unknown := sorted(set(given) - set(UTM_PARAMETERS)):
        names = ", ".join(UTM_PARAMETERS)
        raise Wrong(_("“%(name)s” is not one of %(names)s.") % {"name": unknown[0], "names": names})
    if any(not isinstance(value, str) or len(value) > UTM_MAX_LENGTH or "\x00" in value for value in given.values()):
        raise Wrong(_("A campaign parameter is a text of at most %(most)d characters.") % {"most": UTM_MAX_LENGTH})
    return {f"utm_{name}": given[name] for name in UTM_PARAMETERS if name in given}


def optional_destination(url: Any) -> str:
    """The destination `url`, checked; empty for none. Raises `InvalidDestination`."""
    return _destination(url) if url else ""


def _destination(url: Any) -> str:
    return parse_destination(str(url or ""), own_hosts())


def _app_url(url: Any) -> str:
    return parse_app_url(str(url), own_hosts()) if url else ""


def _text(label: str, most: int) -> Callable[[Any], str]:
    def check(text: Any) -> str:
        checked: str = str(text or "").strip()
        if len(checked) > most:
            raise Wrong(_("%(label)s has at most %(most)d characters.") % {"label": _(label), "most": most})
        if "\x00" in checked:
            raise Wrong(_("%(label)s cannot contain NUL characters.") % {"label": _(label)})
        return checked

    return check


def _status(status: Any) -> Any:
    if status not in STATUSES:
        raise Wrong(_("Choose one of the redirect statuses 301, 302, 307 and 308."))
    return status


def _moment(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.year not in YEARS:
        raise Wrong(_("A moment is in a year from %(first)d to %(last)d.") % {"first": YEARS[0], "last": YEARS[-1]})
    return moment and moment.astimezone(UTC)


def _limit(limit: Any) -> Any:
    if limit is not None and not 1 <= limit < 2**63:
        raise Wrong(_("A click limit is a whole number above zero."))
    return limit


def _password(password: Any) -> str:
    if not password:
        return ""
    if len(password) not in PASSWORD_LENGTHS:
        bounds = {"least": PASSWORD_LENGTHS.start, "most": PASSWORD_LENGTHS.stop - 1}
        raise Wrong(_("A password has %(least)d to %(most)d characters.") % bounds)
    return make_password(password)


def _forward(mode: str | None) -> str:
    if mode and mode not in Link.Forward.values:
        raise Wrong(_("Query parameters are forwarded by “merge” or “override”, or not at all."))
    return mode or ""


def _external_id(name: Any) -> str:
    checked: str = _text("An external ID", EXTERNAL_ID_MAX_LENGTH)(name)
    if not checked.isprintable():
        raise Wrong(_("An external ID cannot contain line breaks or control characters."))
    return checked


FIELDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "url": ("destination", _destination),
    "title": ("title", _text("A title", TITLE_MAX_LENGTH)),
    "status": ("status", _status),
    "active_from": ("active_from", _moment),
    "active_until": ("active_until", _moment),
    "click_limit": ("click_limit", _limit),
    "archived": ("archived_at", lambda archived: timezone.now() if archived else None),
    "expired_url": ("expired_url", optional_destination),
    "forward_query": ("forward_query", _forward),
    "forward_path": ("forward_path", bool),
    "utm": ("utm", checked_utm),
    "rules": ("rules", lambda rules: parse_rules(rules or (), _destination)),
    "password": ("password_hash", _password),
    "ios_url": ("ios_url", _app_url),
    "android_url": ("android_url", _app_url),
    "notice": ("notice", bool),
    "card_title": ("card_title", _text("A title", TITLE_MAX_LENGTH)),
    "card_description": ("card_description", _text("A description", DESCRIPTION_MAX_LENGTH)),
    "card_image": ("card_image", optional_destination),
    "external_id": ("external_id", _external_id),
    "public_stats": ("public_stats", bool),
}
