"""What other shorteners say about a link, in our fields. Sources: Shlink's REST API 3, Kutt's API 2, YOURLS' API."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from shortener.links.transfer.errors import TransferError
from shortener.links.transfer.packing import Record

# Shlink's conditions that ours can say, and how. Others make the row wrong: its visitors would end up elsewhere.
DEVICES = {"android": ["android"], "ios": ["ios"], "mobile": ["mobile", "tablet"], "desktop": ["desktop"],
           "windows": ["windows"], "linux": ["linux"], "macos": ["macos"], "chromeos": ["chromeos"]}  # fmt: skip


@dataclass(frozen=True)
class Unwrapped:
    """Records, and whose they are."""

    kind: str
    records: Iterable[Record]


def unwrapped(whole: Any, kind: str = "") -> Unwrapped:
    """The records in the JSON answer of an API, which is told by its form. Raises `TransferError`."""
    if not isinstance(whole, Mapping):
        raise TransferError(_("This JSON is neither a list of links nor an answer that I know."))
    shlink, yourls, data = whole.get("shortUrls"), whole.get("links"), whole.get("data")
    if isinstance(shlink, Mapping) and isinstance(shlink.get("data"), list):
        return Unwrapped("shlink", map(from_shlink, _objects(shlink["data"])))
    if isinstance(yourls, Mapping | list):
        return Unwrapped("yourls", map(from_yourls, _objects(list(_entries(yourls)))))
    if isinstance(data, list):
        is_kutt = kind == "kutt" or any(isinstance(entry, Mapping) and "address" in entry for entry in data)
        read: Callable[[Mapping[str, Any]], Record] = from_kutt if is_kutt else dict
        return Unwrapped("kutt" if is_kutt else "json", map(read, _objects(data)))
    if "url" in whole:
        return Unwrapped("json", [dict(whole)])  # a single link, or NDJSON of one line
    raise TransferError(_("This JSON is neither a list of links nor an answer that I know."))


def from_yourls(link: Mapping[str, Any]) -> Record:
    """YOURLS: `{"shorturl", "url", "title", "timestamp", "ip", "clicks"}`."""
    return _filled({
        "url": link.get("url"), "slug": link.get("keyword"), "short_url": link.get("shorturl"),
        "title": link.get("title"), "created_at": link.get("timestamp"), "clicks": link.get("clicks"),
    })  # fmt: skip


def from_kutt(link: Mapping[str, Any]) -> Record:
    """Kutt: `{"address", "target", "description", "visit_count", "password", "banned", "expire_in", …}`."""
    return _filled({
        "url": link.get("target"), "slug": link.get("address"), "title": link.get("description"),
        "created_at": link.get("created_at"), "clicks": link.get("visit_count"), "active_until": link.get("expire_in"),
        "has_password": link.get("password") or None, "archived": link.get("banned") or None,
    })  # fmt: skip


def from_shlink(link: Mapping[str, Any], rules: Iterable[Mapping[str, Any]] = ()) -> Record:
    """Shlink: a short URL, with its redirect rules if it has some."""
    meta = _object(link.get("meta"))
    summary = link.get("visitsSummary")
    clicks = summary.get("nonBots", summary.get("total")) if isinstance(summary, Mapping) else link.get("visitsCount")
    limit = meta.get("maxVisits")
    return _filled({
        "url": link.get("longUrl"), "slug": link.get("shortCode"), "title": link.get("title"),
        "tags": link.get("tags") or None, "created_at": link.get("dateCreated"), "clicks": clicks,
        "active_from": meta.get("validSince"), "active_until": meta.get("validUntil"), "click_limit": limit,
        "clicks_used": clicks if limit else None,
        "forward_query": "merge" if link.get("forwardQuery", True) else None,
        "rules": [*_device_rules(link), *map(_rule, rules)] or None,
    })  # fmt: skip


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _device_rules(link: Mapping[str, Any]) -> Iterator[Record]:
    """Destinations by device, as Shlink 3 and early 4 knew them."""
    urls = link.get("deviceLongUrls")
    for device, url in urls.items() if isinstance(urls, Mapping) else ():
        if url:
            yield {"conditions": [_device(device)], "targets": [{"url": url}]}


def _rule(rule: Mapping[str, Any]) -> Record:
    conditions = [_condition(condition) for condition in rule.get("conditions") or ()]
    return {"conditions": conditions, "targets": [{"url": rule.get("longUrl") or ""}]}


def _condition(condition: Mapping[str, Any]) -> Record:
    """The same condition in our words; one that has none stays as it is, and is told of with its row."""
    kind, key, value = (condition.get(name) for name in ("type", "matchKey", "matchValue"))
    known: Mapping[str, Callable[[], Record]] = {
        "device": lambda: _device(value),
        "language": lambda: {"type": "language", "values": [value]},
        "query-param": lambda: {"type": "query", "name": key, "values": [value]},
        "any-value-query-param": lambda: {"type": "query", "name": key},
        "valueless-query-param": lambda: {"type": "query", "name": key, "values": [""]},
        "ip-address": lambda: {"type": "address", "values": [_network(str(value))]},
        "geolocation-country-code": lambda: {"type": "country", "values": [value]},
        "geolocation-city-name": lambda: {"type": "city", "values": [value]},
        "before-date": lambda: {"type": "between", "end": value},
        "after-date": lambda: {"type": "between", "start": value},
    }
    return known[str(kind)]() if kind in known else dict(condition)


def _device(name: Any) -> Record:
    return {"type": "device", "values": DEVICES.get(str(name), [name])}


def _network(address: str) -> str:
    """`192.0.2.*` is 192.0.2.0/24."""
    parts = address.split(".")
    if "*" not in parts or len(parts) != 4:
        return address
    fixed = parts.index("*")
    if set(parts[fixed:]) != {"*"}:
        return address
    return ".".join([*parts[:fixed], *["0"] * (4 - fixed)]) + f"/{8 * fixed}"


def _entries(links: Any) -> Iterator[Any]:
    return iter(links.values() if isinstance(links, Mapping) else links)


def _objects(entries: list[Any]) -> Iterator[Mapping[str, Any]]:
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, Mapping):
            raise TransferError(_("Entry %(number)d is not an object: {…}.") % {"number": number})
        yield entry


def _filled(values: Mapping[str, Any]) -> Record:
    return {name: value for name, value in values.items() if value is not None and value != ""}


READERS: Mapping[str, Callable[[Mapping[str, Any]], Record]] = {
    "yourls": from_yourls, "kutt": from_kutt, "shlink": from_shlink,
}  # fmt: skip
