"""The site as its users see it: links are made, followed and counted through HTTP."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

from loadtests.errors import BenchError

LINKS = "/api/v1/links"
TIMEOUT = 10.0  # seconds


@dataclass(frozen=True)
class ShortLink:
    """A link that was made: its ID in the API, and the path that redirects."""

    id: str
    path: str


class Site:
    """The site at `host` (name and port), with an API key."""

    def __init__(self, host: str, key: str) -> None:
        self._host = host
        self.key = key

    @property
    def authorization(self) -> str:
        """The header that goes with every request to the API."""
        return f"Authorization: Bearer {self.key}"

    def create_link(self, destination: str, **fields: object) -> ShortLink:
        """A new link to `destination`; `fields` are further ones of the API."""
        made = self._api("POST", LINKS, 201, {"url": destination, **fields})
        return ShortLink(made["id"], f"/{made['slug']}")

    def change_link(self, link: ShortLink, **fields: object) -> None:
        """Change `fields` of `link`, by their names in the API."""
        self._api("PATCH", f"{LINKS}/{link.id}", 200, fields)

    def clicks(self, link: ShortLink) -> int:
        """People's clicks on `link`, as its owner is told."""
        return int(self._api("GET", f"{LINKS}/{link.id}/stats", 200)["totals"]["clicks"])

    def follow(self, path: str) -> int:
        """The status that a visitor of `path` is answered with."""
        return self._request("GET", path, {})[0]

    def _api(self, method: str, path: str, expected: int, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        status, answer = self._request(method, path, headers, None if body is None else json.dumps(body))
        if status != expected:
            raise BenchError(f"{method} {path} answered {status}: {answer[:200].decode(errors='replace')}")
        return json.loads(answer)

    def _request(self, method: str, path: str, headers: dict[str, str], body: str | None = None) -> tuple[int, bytes]:
        connection = HTTPConnection(self._host, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException) as error:
            raise BenchError(f"{method} {path} was not answered: {error!r}") from error
        finally:
            connection.close()
