"""The client in front of the real site, and in front of a server that does what a test says."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shortener.client import Client

Answer = tuple[int, dict[str, str], bytes]


class Scripted:
    """A web server whose answers are listed beforehand; the last one is repeated. `seen` is what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer | None] = []  # None: the connection is cut
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.seen.append((self.command, self.path, headers, body))
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                if answer is None:
                    self.connection.close()
                    return
                status, headers, content = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815  their names

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    server = Scripted()
    yield server
    server.close()


@pytest.fixture
def site(live_server: Any, stores: None) -> str:
    """The address of the real site."""
    return str(live_server.url)


@pytest.fixture
def client(site: str, api_key: Any) -> Iterator[Client]:
    """The owner's client of the real site."""
    with Client(site, api_key[1]) as client:
        yield client


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody sleeps; these are the seconds that would have been slept."""
    slept: list[float] = []
    monkeypatch.setattr("shortener.client.clients.time.sleep", slept.append)
    return slept
