"""Reads addresses as a browser or a program does, over one connection that stays open, and takes the time."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from statistics import median
from typing import Self

from loadtests.errors import BenchError
from loadtests.saying import say

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

    def timed(self, named: Sequence[tuple[str, str]], attempts: int) -> list[Timed]:
        """Ask for each path, by its name, once that does not count and `attempts` times more. All of them take turns:
        what slows a shared machine down for a second is then in one answer of many pages, which their medians leave
        out, and not in all answers of one page. Raises `BenchError` for anything but a 200."""
        first = [self._first(path) for _name, path in named]
        seen: list[list[float]] = [[] for _ in named]
        for number in range(attempts):
            say(f"  round {number + 1} of {attempts}, {len(named)} addresses")
            for times, (_name, path) in zip(seen, named, strict=True):
                times.append(self.read(path).seconds * 1000)
        return [
            Timed(name, path, tuple(times), answer.size, answer.seconds * 1000)
            for (name, path), times, answer in zip(named, seen, first, strict=True)
        ]

    def _first(self, path: str) -> Answer:
        answer = self.read(path)
        if answer.status != 200:
            raise BenchError(f"GET {path} answered {answer.status}")
        return answer
