"""What can go wrong, as exceptions. Answers of the API carry problem details (RFC 9457)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class ShortenerError(Exception):
    """Anything that this client raises."""


class NoKey(ShortenerError):
    """What was given cannot be an API key. The message does not repeat it: it may be most of one."""


class NoAnswer(ShortenerError):
    """The server cannot be reached, or did not answer in time; the message says what happened."""


@dataclass(frozen=True)
class FieldProblem:
    """One wrong field: a JSON pointer (RFC 6901) into what was sent, and what to do about it."""

    pointer: str
    message: str

    @property
    def field(self) -> str:
        """The pointer for people: `tags.0`."""
        return self.pointer.strip("/").replace("/", ".").replace("~1", "/").replace("~0", "~") or "body"


class ApiError(ShortenerError):
    """The API refused. `code` is stable; `title` and `detail` are for people; `errors` names every wrong field.
    `retry_after`: seconds to wait, where the server says so."""

    def __init__(self, status: int, problem: Mapping[str, Any], *, retry_after: float | None = None) -> None:
        self.status = status
        self.code = str(problem.get("code") or "error")
        self.title = str(problem.get("title") or "Error")
        self.detail = str(problem.get("detail") or "")
        self.errors = [
            FieldProblem(str(entry.get("pointer", "")), str(entry.get("message", "")))
            for entry in problem.get("errors") or ()
            if isinstance(entry, Mapping)
        ]
        self.retry_after = retry_after
        super().__init__(self.detail or f"{self.title} ({status})")


class NotSignedIn(ApiError):
    """401: the API key is missing, wrong, expired or revoked."""


class NotAllowed(ApiError):
    """403: the key is fine, but lacks the scope that this needs."""


class NotFound(ApiError):
    """404: there is nothing, or nothing that this key may see."""


class Conflict(ApiError):
    """409: the state of things forbids it now."""


class Changed(ApiError):
    """412: somebody changed it in the meantime; read it again."""


class WrongFields(ApiError):
    """400, 413, 414, 415 or 422: what was sent is wrong; `errors` says where."""


class TooManyRequests(ApiError):
    """429: the budget of requests is used up, and waiting for more of it would take too long."""


class ServerTrouble(ApiError):
    """5xx: the server has a problem."""


BY_STATUS: Mapping[int, type[ApiError]] = {
    400: WrongFields,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: Changed,
    413: WrongFields,
    414: WrongFields,
    415: WrongFields,
    422: WrongFields,
    429: TooManyRequests,
}


def error_for(status: int, problem: Mapping[str, Any], retry_after: float | None) -> ApiError:
    """The exception that an answer of `status` means."""
    kind = BY_STATUS.get(status, ServerTrouble if status >= 500 else ApiError)
    return kind(status, problem, retry_after=retry_after)
