"""Which column of a file is which field of a link."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from shortener.links.errors import LinkError

# Fields in the order in which pages and exports show them, with their names for people.
FIELDS: Mapping[str, Any] = {
    "url": gettext_lazy("Destination"),
    "slug": gettext_lazy("Name behind the slash"),
    "short_url": gettext_lazy("Short address (its name is taken)"),
    "domain": gettext_lazy("Domain"),
    "title": gettext_lazy("Title"),
    "tags": gettext_lazy("Tags"),
    "folder": gettext_lazy("Folder"),
    "created_at": gettext_lazy("Made at"),
    "clicks": gettext_lazy("Clicks until now"),
    "status": gettext_lazy("Redirect status"),
    "active_from": gettext_lazy("Active from"),
    "active_until": gettext_lazy("Active until"),
    "click_limit": gettext_lazy("Click limit"),
    "clicks_used": gettext_lazy("Clicks used of the limit"),
    "expired_url": gettext_lazy("Where visitors go afterwards"),
    "archived": gettext_lazy("Archived (yes or no)"),
    "archived_at": gettext_lazy("Archived at"),
    "external_id": gettext_lazy("Your own ID"),
    "forward_query": gettext_lazy("Forward query parameters"),
    "forward_path": gettext_lazy("Forward the path"),
    "utm": gettext_lazy("Campaign parameters"),
    "rules": gettext_lazy("Rules (JSON)"),
    "notice": gettext_lazy("Notice first"),
    "public_stats": gettext_lazy("Public statistics"),
    "ios_url": gettext_lazy("On iPhone and iPad"),
    "android_url": gettext_lazy("On Android"),
    "card_title": gettext_lazy("Title of previews"),
    "card_description": gettext_lazy("Text of previews"),
    "card_image": gettext_lazy("Picture of previews"),
    "password": gettext_lazy("Password"),
    "has_password": gettext_lazy("Has a password (yes or no)"),
    "password_hash": gettext_lazy("Hash of the password"),
    "disabled_at": gettext_lazy("Switched off at"),
    "disabled_reason": gettext_lazy("Switched off because"),
}
# How other programs call them, in small letters without anything but letters and digits.
ALSO: Mapping[str, tuple[str, ...]] = {
    "url": ("longurl", "destination", "destinationurl", "target", "targeturl", "originalurl", "original", "address",
            "link", "redirecturl", "longlink", "dest"),
    "slug": ("keyword", "alias", "shortcode", "code", "path", "backhalf", "custombackhalf", "name", "key", "hash"),
    "short_url": ("bitlink", "shortlink", "shorturl", "shortened", "shortenedurl", "custombitlink", "link"),
    "domain": ("host", "hostname", "shortdomain"),
    "title": ("linktitle", "description", "label", "note", "notes"),
    "tags": ("tag", "labels", "categories", "keywords"),
    "folder": ("group", "campaign", "category"),
    "created_at": ("created", "createdat", "datecreated", "createddate", "creationdate", "timestamp", "date"),
    "clicks": ("visits", "hits", "visitcount", "visitscount", "totalclicks", "clickcount", "totalengagements",
               "engagements", "allclicks"),
    "active_from": ("validsince", "startdate", "startsat", "start"),
    "active_until": ("validuntil", "expires", "expiresat", "expiry", "expirydate", "expirationdate", "expiration",
                     "expirein", "end"),
    "click_limit": ("maxvisits", "maxclicks", "limit"),
    "archived": ("isarchived",),
    "external_id": ("externalid", "reference"),
    "status": ("statuscode", "redirecttype", "httpcode"),
    "expired_url": ("expiredurl", "fallbackurl"),
}  # fmt: skip


def guess(columns: Iterable[str]) -> dict[str, str]:
    """The column of each field that can be told from the columns' names. A field's own name wins over others, and no
    column is two fields."""
    found: dict[str, str] = {}
    plain: dict[str, str] = {}
    for column in columns:
        plain.setdefault(_plain(column), column)
    for field in FIELDS:
        if own := plain.get(_plain(field)):
            found[field] = own
    for field, others in ALSO.items():
        free = (plain[name] for name in others if name in plain and plain[name] not in found.values())
        if field not in found and (other := next(free, None)):
            found[field] = other
    return found


def checked(mapping: Mapping[str, Any], columns: Iterable[str]) -> dict[str, str]:
    """`mapping` (columns by field) as it is kept; fields without a column are left out. Raises `LinkError`."""
    there = list(columns)
    wanted = {field: column for field, column in mapping.items() if column}
    problems = [_("There is no field “%(field)s”.") % {"field": field} for field in wanted if field not in FIELDS]
    problems += [
        _("There is no column “%(column)s”. There are: %(columns)s.")
        % {"column": str(column)[:100], "columns": ", ".join(there)[:500]}
        for column in wanted.values()
        if column not in there
    ]
    if "url" not in wanted:
        problems.append(_("Say which column holds the destination."))
    if problems:
        raise LinkError({"mapping": problems})
    return wanted


def applied(record: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """The fields that `record` has."""
    return {field: record[column] for field, column in mapping.items() if column in record}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
