"""Everything that can be asked of the API: requests, and what their answers mean."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from shortener.client.core import File, Operation, Request, Response, post
from shortener.client.models import Import, Link, Page, Stats

PAGE = 100  # links asked for at once
NOT_MODIFIED = 304


def create(url: str, fields: Mapping[str, Any]) -> Operation[Link]:
    """Make a link."""
    return Operation(post("/links", _plain({"url": url, **fields})), _link)


def get(link_id: str) -> Operation[Link]:
    """Read one."""
    return Operation(Request("GET", _one(link_id)), _link)


def look_up(short_url: str) -> Operation[Link]:
    """Read the one behind a short URL."""
    return Operation(Request("GET", "/links/lookup", query={"url": short_url.removesuffix("+")}), _link)


def refresh(link: Link) -> Operation[Link]:
    """Read one again; it comes back as it is when nothing has changed."""
    headers = {"If-None-Match": link.etag} if link.etag else {}
    request = Request("GET", _one(link.id), headers=headers)
    return Operation(request, lambda response: link if response.status == NOT_MODIFIED else _link(response))


def update(link: Link | str, changes: Mapping[str, Any]) -> Operation[Link]:
    """Change fields. A `Link` is changed only if it is still as it was read."""
    headers = {"If-Match": link.etag} if isinstance(link, Link) and link.etag else {}
    return Operation(Request("PATCH", _one(_id(link)), body=_plain(changes), headers=headers), _link)


def delete(link: Link | str) -> Operation[None]:
    """Delete one."""
    return Operation(Request("DELETE", _one(_id(link))), lambda _: None)


def page(query: Mapping[str, Any], cursor: str | None = None, limit: int = PAGE) -> Operation[Page[Link]]:
    """A page of the list, newest first. Raises `ValueError`."""
    _check_is_whole(query)
    asked = {**query, "limit": limit, "cursor": cursor}
    request = Request("GET", "/links", query={name: value for name, value in asked.items() if value})
    return Operation(request, _page)


def stats(link: Link | str | None, query: Mapping[str, Any]) -> Operation[Stats]:
    """Statistics of a link, or of all of them. Raises `ValueError`."""
    _check_is_whole(query)
    path = "/stats" if link is None else f"{_one(_id(link))}/stats"
    return Operation(Request("GET", path, query=_plain(query)), lambda response: Stats.of(response.json()))


def start_import(file: File, options: Mapping[str, str]) -> Operation[Import]:
    """Upload a file and import what is in it."""
    return Operation(post("/imports", form=options, file=file), _import)


def fetch_import(options: Mapping[str, Any]) -> Operation[Import]:
    """Import from another shortener, which the server asks itself."""
    return Operation(post("/imports/fetch", _plain(options)), _import)


def get_import(import_id: str) -> Operation[Import]:
    """How far it is."""
    return Operation(Request("GET", f"/imports/{quote(import_id, safe='')}"), _import)


def command_import(import_id: str, command: str) -> Operation[Import]:
    """`run`, `cancel` or `resume` it."""
    return Operation(post(f"/imports/{quote(import_id, safe='')}/{command}"), _import)


def export(format_: str, query: Mapping[str, Any]) -> Request:
    """All links as a file, to be read in parts."""
    wanted = {"format": format_, **query}
    return Request("GET", "/export", query={name: value for name, value in wanted.items() if value})


def _check_is_whole(query: Mapping[str, Any]) -> None:
    if "fields" in query:
        raise ValueError("`fields` cuts answers down, and this client makes whole objects of them: leave it out.")


def _id(link: Link | str) -> str:
    return link.id if isinstance(link, Link) else link


def _one(link_id: str) -> str:
    return f"/links/{quote(link_id, safe='')}"


def _link(response: Response) -> Link:
    return replace(Link.of(response.json()), etag=response.headers.get("etag", ""))


def _page(response: Response) -> Page[Link]:
    body = response.json()
    return Page([Link.of(entry) for entry in body["data"]], body.get("next"))


def _import(response: Response) -> Import:
    return Import.of(response.json())


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
