"""Reads links straight from other shorteners. Only public addresses are asked, after their names were looked up: an
address typed in here must not lead into our own network."""

import ipaddress
import json
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpcore
from django.utils.translation import gettext as _

from shortener.links.transfer.errors import TransferError
from shortener.links.transfer.others import from_kutt, from_shlink, from_yourls
from shortener.links.transfer.packing import MOST_ROWS, Record

TIMEOUT = 20.0  # seconds for each step of a request
MOST_BYTES = 20 * 1024 * 1024  # of one answer
PAGES = {"shlink": 100, "kutt": 50, "yourls": 500}  # links asked for at once

Ask = Callable[..., Any]


class PublicOnly(httpcore.SyncBackend):
    """Connects to public addresses alone, to the very one that was looked at."""

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        """A connection to `host`. Raises `httpcore.ConnectError`."""
        try:
            found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except OSError as error:
            raise httpcore.ConnectError(f"{host} has no address") from error
        if not found or not all(map(is_public, found)):
            raise httpcore.ConnectError(f"{host} is not a public address")
        return super().connect_tcp(found[0], port, timeout, local_address, socket_options)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return parsed.is_global and not parsed.is_multicast


def fetch(source: str, url: str, key: str, *, allow_private: bool = False) -> Iterator[Record]:
    """The links of the `source` (shlink, kutt or yourls) at `url`, in our fields. Raises `TransferError` while they
    are read."""
    base = checked_url(url)
    backend = httpcore.SyncBackend() if allow_private else PublicOnly()
    with httpcore.ConnectionPool(network_backend=backend) as pool:
        ask = _asker(pool)
        for number, record in enumerate(PAGERS[source](ask, base, key), start=1):
            if number > MOST_ROWS:
                raise TransferError(_("There are more than %(most)d links.") % {"most": MOST_ROWS})
            yield record


def checked_url(url: str) -> str:
    """The address of another shortener, without a slash at its end. Raises `TransferError`."""
    text = url.strip()
    try:
        parts = urlsplit(text)
        is_fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
        parts.port  # noqa: B018  raises for what is no number
    except ValueError:
        is_fine = False
    if not is_fine or not text.isprintable() or " " in text:
        raise TransferError(_("This is not the address of a shortener, such as https://s.example.org."))
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _asker(pool: httpcore.ConnectionPool) -> Ask:
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)

    def ask(url: str, headers: Mapping[str, str] | None = None, form: Mapping[str, Any] | None = None) -> Any:
        """The JSON at `url`; with a `form`, what is answered to it."""
        content = urlencode(form).encode() if form else None
        sent = {"Accept": "application/json", "User-Agent": "shortener-import", **(headers or {})}
        if form:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            with pool.stream(
                "POST" if form else "GET",
                url,
                headers=list(sent.items()),
                content=content,
                extensions={"timeout": timeouts},
            ) as answer:
                body = _limited(answer.iter_stream())
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            words = _("%(host)s cannot be reached: %(reason)s.")
            raise TransferError(words % {"host": urlsplit(url).netloc, "reason": error}) from error
        return _json(url, answer.status, body)

    return ask


def _limited(pieces: Iterable[bytes]) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > MOST_BYTES:
            raise TransferError(_("The answer is too long."))
    return bytes(body)


def _json(url: str, status: int, body: bytes) -> Any:
    host = urlsplit(url).netloc
    if status in {401, 403}:
        raise TransferError(_("%(host)s does not accept the key.") % {"host": host})
    if status != 200:
        raise TransferError(_("%(host)s answers %(status)d.") % {"host": host, "status": status})
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise TransferError(_("What %(host)s answers is not JSON.") % {"host": host}) from error


def _shlink(ask: Ask, base: str, key: str) -> Iterator[Record]:
    """`GET /rest/v3/short-urls`, and the redirect rules of those that have some."""
    headers = {"X-Api-Key": key}
    page, pages = 1, 1
    while page <= pages:
        query = urlencode({"page": page, "itemsPerPage": PAGES["shlink"], "orderBy": "dateCreated-ASC"})
        found = _part(ask(f"{base}/rest/v3/short-urls?{query}", headers), "shortUrls")
        pages = int(_part(found, "pagination").get("pagesCount") or 0)
        for link in _list(found, "data"):
            rules: list[Any] = []
            if link.get("hasRedirectRules"):
                domain = f"?{urlencode({'domain': link['domain']})}" if link.get("domain") else ""
                address = f"{base}/rest/v3/short-urls/{quote(str(link.get('shortCode')), safe='')}/redirect-rules"
                rules = _list(ask(address + domain, headers), "redirectRules")
            yield from_shlink(link, sorted(rules, key=lambda rule: int(rule.get("priority") or 0)))
        page += 1


def _kutt(ask: Ask, base: str, key: str) -> Iterator[Record]:
    """`GET /api/v2/links`."""
    done, total = 0, 1
    while done < total:
        query = urlencode({"limit": PAGES["kutt"], "skip": done})
        found = ask(f"{base}/api/v2/links?{query}", {"X-API-KEY": key})
        links = _list(found, "data")
        total = int(found.get("total") or 0)
        yield from map(from_kutt, links)
        if not links:
            return
        done += len(links)


def _yourls(ask: Ask, base: str, key: str) -> Iterator[Record]:
    """`yourls-api.php` with `action=stats`; the key is the secret signature token, and goes in the body."""
    address = base if base.endswith(".php") else f"{base}/yourls-api.php"
    start = 0
    while True:
        form = {"signature": key, "action": "stats", "format": "json", "filter": "last", "limit": PAGES["yourls"]}
        found = ask(address, form={**form, "start": start})
        links = found.get("links") if isinstance(found, Mapping) else None
        entries = list(links.values()) if isinstance(links, Mapping) else links
        if not isinstance(entries, list):
            if start:  # behind the last one
                return
            raise TransferError(_("What it answers is not a list of links."))
        yield from map(from_yourls, entries)
        if len(entries) < PAGES["yourls"]:
            return
        start += len(entries)


def _part(found: Any, name: str) -> Mapping[str, Any]:
    part = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(part, Mapping):
        raise TransferError(_("What it answers is not a list of links."))
    return part


def _list(found: Any, name: str) -> list[Any]:
    part = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(part, list) or not all(isinstance(entry, Mapping) for entry in part):
        raise TransferError(_("What it answers is not a list of links."))
    return part


PAGERS: Mapping[str, Callable[[Ask, str, str], Iterator[Record]]] = {
    "shlink": _shlink, "kutt": _kutt, "yourls": _yourls,
}  # fmt: skip
