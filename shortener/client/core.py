"""One conversation with the API, without a network: what to send, when to wait, what the answer means.

`exchange` is a generator that yields what it wants done (`Request` to send, `Wait` to sleep) and is sent what came of
it. `Client` and `AsyncClient` only carry that out, so both behave the same.
"""

import json
import uuid
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Generic, TypeVar

from shortener.client.errors import ApiError, NoAnswer, error_for
from shortener.client.retries import RetryPolicy, retry_after

T = TypeVar("T")


@dataclass(frozen=True)
class File:
    """A file to upload. It is read from its beginning at every attempt."""

    name: str
    stream: BinaryIO


@dataclass(frozen=True)
class Request:
    """What to send; `path` is below `/api/v1`."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None  # JSON
    form: Mapping[str, str] = field(default_factory=dict)  # sent with a file
    file: File | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.method in {"GET", "PUT", "DELETE"} or "Idempotency-Key" in self.headers


@dataclass(frozen=True)
class Wait:
    """Do nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Response:
    """What came back."""

    status: int
    headers: Mapping[str, str]  # names in small letters
    body: bytes

    def json(self) -> Any:
        """The body. Raises `NoAnswer` for what is no JSON: then it is not the API that answers."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise NoAnswer(f"The answer ({self.status}) is no JSON: is this the address of a Shortener?") from error


@dataclass(frozen=True)
class Failure:
    """There was no answer."""

    reason: str


@dataclass(frozen=True)
class Operation(Generic[T]):
    """A request, and how to read its answer."""

    request: Request
    read: Callable[[Response], T]


Exchange = Generator[Request | Wait, Response | Failure | None, T]


def post(path: str, body: Any = None, *, key: str = "", **rest: Any) -> Request:
    """A POST with an `Idempotency-Key` (made up unless given): sent again, it is done once."""
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return Request("POST", path, body={} if body is None and "file" not in rest else body, headers=headers, **rest)


def exchange(operation: Operation[T], policy: RetryPolicy) -> Exchange[T]:
    """Carry out `operation`. Raises `ApiError` and `NoAnswer`."""
    request = operation.request
    attempt = 0
    while True:
        attempt += 1
        outcome = yield request
        if isinstance(outcome, Response):
            if outcome.status < 400:
                return operation.read(outcome)
            error: Exception = error_of(outcome)
            asked = retry_after(outcome.headers.get("retry-after"))
            wait = policy.after_status(attempt, outcome.status, asked, repeatable=request.is_repeatable)
        else:
            error = NoAnswer(outcome.reason if outcome else "no answer")
            wait = policy.after_failure(attempt, repeatable=request.is_repeatable)
        if wait is None:
            raise error
        yield Wait(wait)


def error_of(response: Response) -> ApiError:
    """The exception that an answer means, whether it has problem details or not."""
    try:
        problem = json.loads(response.body)
    except ValueError:
        problem = None
    if not isinstance(problem, Mapping):
        problem = {"title": f"The server answered {response.status}"}
    return error_for(response.status, problem, retry_after(response.headers.get("retry-after")))
