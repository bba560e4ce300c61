"""Small servers that answer as other shorteners document it."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "the-key"
Routes = Callable[[str, dict[str, str], dict[str, str]], Any]  # path, query or form, headers → JSON, or a status


class Other:
    """A server at `url` that answers what `routes` says; `asked` are the paths."""

    def __init__(self, routes: Routes) -> None:
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                self._send(parts.path, parts.query)

            def do_POST(self) -> None:
                self._send(self.path, self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _send(self, path: str, query: str) -> None:
                outer.asked.append(self.path)
                values = {name: found[0] for name, found in parse_qs(query, keep_blank_values=True).items()}
                answer = routes(path, values, {name.lower(): value for name, value in self.headers.items()})
                status, body = (answer, b"{}") if isinstance(answer, int) else (200, _bytes(answer))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if status in {301, 302}:
                    self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _bytes(answer: Any) -> bytes:
    return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def shlink(count: int) -> Routes:
    """Shlink with so many short URLs; the first one has redirect rules."""

    def link(number: int) -> dict[str, Any]:
        return {
            "shortCode": f"code-{number}", "shortUrl": f"https://s.test/code-{number}", "title": None if number else "First",
            "longUrl": f"https://example.com/{number}", "dateCreated": "2021-05-06T07:08:09+02:00",
            "visitsSummary": {"total": 9, "nonBots": 7, "bots": 2}, "tags": ["a", "b"], "domain": None, "crawlable": False,
            "meta": {"validSince": None, "validUntil": "2040-01-01T00:00:00+00:00", "maxVisits": 50},
            "forwardQuery": bool(number), "hasRedirectRules": number == 0,
        }  # fmt: skip

    rules = [
        {"longUrl": "https://example.com/second", "priority": 2, "conditions": [{"type": "language", "matchKey": None, "matchValue": "de-AT"}]},
        {"longUrl": "https://example.com/first", "priority": 1, "conditions": [
            {"type": "device", "matchKey": None, "matchValue": "android"},
            {"type": "query-param", "matchKey": "a", "matchValue": "b"},
            {"type": "ip-address", "matchKey": None, "matchValue": "192.0.2.*"},
            {"type": "geolocation-country-code", "matchKey": None, "matchValue": "DE"},
            {"type": "before-date", "matchKey": None, "matchValue": "2030-01-01T00:00:00+00:00"},
        ]},
    ]  # fmt: skip

    def routes(path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        if headers.get("x-api-key") != KEY:
            return 401
        if path == "/rest/v3/short-urls/code-0/redirect-rules":
            return {"defaultLongUrl": "https://example.com/0", "redirectRules": rules}
        if path != "/rest/v3/short-urls":
            return 404
        page, size = int(query["page"]), int(query["itemsPerPage"])
        listed = [link(number) for number in range(count)][(page - 1) * size : page * size]
        return {"shortUrls": {"data": listed, "pagination": {
            "currentPage": page, "pagesCount": -(-count // size), "itemsPerPage": size,
            "itemsInCurrentPage": len(listed), "totalItems": count,
        }}}  # fmt: skip

    return routes


def kutt(count: int) -> Routes:
    """Kutt with so many links; the first one has a password."""

    def link(number: int) -> dict[str, Any]:
        return {
            "address": f"code-{number}", "banned": False, "created_at": "2021-05-06T07:08:09.000Z", "id": str(number),
            "link": f"https://k.test/code-{number}", "password": number == 0, "target": f"https://example.com/{number}",
            "description": "Some", "updated_at": "2021-05-06T07:08:09.000Z", "visit_count": 7, "expire_in": None,
        }  # fmt: skip

    def routes(path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        if headers.get("x-api-key") != KEY or path != "/api/v2/links":
            return 401
        skip, limit = int(query["skip"]), min(50, int(query["limit"]))
        listed = [link(number) for number in range(count)][skip : skip + limit]
        return {"limit": limit, "skip": skip, "total": count, "data": listed}

    return routes


def yourls(count: int) -> Routes:
    """YOURLS with so many links."""

    def routes(path: str, form: dict[str, str], headers: dict[str, str]) -> Any:
        if path != "/yourls-api.php" or form.get("signature") != KEY:
            return 403
        start, limit = int(form["start"]), int(form["limit"])
        listed = {
            f"link_{number + 1}": {
                "shorturl": f"http://y.test/code-{number}", "url": f"https://example.com/{number}", "title": "Some",
                "timestamp": "2021-05-06 07:08:09", "ip": "127.0.0.1", "clicks": "7",
            }
            for number in range(count)[start : start + limit]
        }  # fmt: skip
        return {
            "links": listed,
            "stats": {"total_links": str(count), "total_clicks": "7"},
            "statusCode": 200,
            "message": "success",
        }

    return routes
