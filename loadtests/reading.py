"""Reads addresses as a browser or a program does, over one connection that stays open, and takes the time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from statistics import median
from typing import Self

from loadtests.errors import BenchError

TIMEOUT = 60.0  # seconds


@dataclass(frozen=True)
class Answer:
    """What came back: `seconds` from the request to the last byte."""

    status: int
    content_type: str
    size: int  # bytes
    seconds: float


@dataclass(frozen=True)
class Timed:
    """An address, and how long its answers took, in milliseconds; `first` is the one that does not count."""

    name: str
    path: str
    milliseconds: tuple[float, ...]
    size: int  # bytes
    first: float = 0.0

    @property
    def median(self) -> float:
        """Of all of them."""
        return median(self.milliseconds)

    @property
    def worst(self) -> float:
        """The longest."""
        return max(self.milliseconds)


class Reader:
    """A visitor of the site at `host` (name and port) who sends `headers` with every request."""

    def __init__(self, host: str, headers: Mapping[str, str]) -> None:
        self._connection = HTTPConnection(host, timeout=TIMEOUT)
        self._headers = {"Accept-Encoding": "gzip", **headers}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def read(self, path: str, *, only: str = "") -> Answer:
        """Ask for `path`. The body of what is not of the type `only` stays unread. Raises `BenchError` without an
        answer."""
        begun = time.perf_counter()
        try:
            self._connection.request("GET", path, headers=self._headers)
            response = self._connection.getresponse()
            content_type = response.headers.get_content_type()
            size = 0
            if content_type.startswith(only):
                size = len(response.read())
            else:
                self._connection.close()  # opens again by itself
        except (OSError, HTTPException) as error:
            raise BenchError(f"GET {path} was not answered: {error!r}") from error
        return Answer(response.status, content_type, size, time.perf_counter() - begun)

    def warm(self, path: str, times: int) -> None:
        """Ask so often that every thread of the server has a connection that knows the tables."""
        for _ in range(times):
            self.read(path)

    def timed(self, name: str, path: str, attempts: int) -> Timed:
        """Ask `attempts` times, after once that does not count. Raises `BenchError` for anything but a 200."""
        warm = self.read(path)
        if warm.status != 200:
            raise BenchError(f"GET {path} answered {warm.status}")
        seen = tuple(self.read(path).seconds * 1000 for _ in range(attempts))
        return Timed(name, path, seen, warm.size, warm.seconds * 1000)
