"""Errors of the API: problem details (RFC 9457), every wrong field listed with a JSON pointer (RFC 6901). What each
`code` means is in `codes`; `type` leads there."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from shortener.accounts.errors import AccountError
from shortener.api.codes import CODES
from shortener.api.etags import PreconditionFailed
from shortener.api.examples import example
from shortener.api.exchange import exchange
from shortener.api.limits import TooManyRequests, spent_of
from shortener.api.reading import Unreadable, escaped
from shortener.clicks.periods import WrongPeriod
from shortener.clicks.stats import StatsTooWide
from shortener.infra.errors import Conflict, NotFound, Refused
from shortener.infra.stores import POSTGRES_AWAY, RETRY_AFTER

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
ERRORS_PATH = "/api/v1/errors"
NO_SUCH_FIELD = "There is no such field."


EXAMPLE: dict[str, Any] = {
    "type": "https://example.org/api/v1/errors#invalid_fields", "title": "Some fields are wrong", "status": 422,
    "code": "invalid_fields", "detail": "url: Give an address.",
    "errors": [{"pointer": "/url", "message": "Give an address."}],
}  # fmt: skip


class FieldProblem(Schema):
    """One wrong field. `pointer` leads to it in the body, or names a parameter of the query; empty: all of it."""

    pointer: str
    message: str


class Problem(Schema):
    """Problem details; `code` is stable, `type` leads to what it means, the other texts are for people."""

    model_config = example(EXAMPLE)

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []


class Forbidden(Exception):
    """The key is fine, but lacks the scope this needs."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs the scope “{scope}”, which the API key does not have.")


def details(status: int, code: str, detail: str, errors: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Problem details as a body has them."""
    return {
        "type": f"{settings.BASE_URL}{ERRORS_PATH}#{code}",
        "title": CODES[code].title,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": [{"pointer": pointer, "message": message} for pointer, message in errors],
    }


def problem(status: int, code: str, detail: str, errors: Iterable[tuple[str, str]] = ()) -> HttpResponse:
    """A response with problem details. `errors`: pointers and messages."""
    body = json.dumps(details(status, code, detail, errors), ensure_ascii=False)
    response = HttpResponse(body, status=status, content_type=CONTENT_TYPE)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def install_handlers(api: NinjaAPI) -> None:
    """Make `api` answer every error with problem details."""
    for error, handler in HANDLERS.items():
        api.add_exception_handler(error, handler)


def problem_of(request: HttpRequest, error: Exception) -> HttpResponse:
    """What `error` is answered with, wherever it was raised."""
    handler = next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)
    return handler(request, error)


def refused_fields(error: Refused, prefix: str = "") -> list[tuple[str, str]]:
    """Pointers and messages of `error`; fields are below `prefix`, and what is about none of them is at it."""
    return [
        (f"{prefix}/{field}" if field else prefix, message)
        for field, messages in error.errors.items()
        for message in messages
    ]


def detail_of(errors: Sequence[tuple[str, str]]) -> str:
    """The same in one text."""
    return " ".join(f"{pointer.lstrip('/') or 'body'}: {message}" for pointer, message in errors)


def invalid_entries(entries: Iterable[Mapping[str, Any]], skip: int) -> list[tuple[str, str]]:
    """Pointers and messages of pydantic's errors; the first `skip` parts of each location are not the client's."""
    return [("".join(f"/{escaped(part)}" for part in entry["loc"][skip:]), _message(entry)) for entry in entries]


def no_such_parameter(known: Iterable[str]) -> str:
    """What is said of a parameter that does not exist."""
    names = ", ".join(sorted(known))
    return (
        f"There is no such parameter. There are: {names}." if names else "There is no such parameter. There are none."
    )


def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    if isinstance(error, AccountError) and list(error.errors) == [""]:  # nothing of what was sent is wrong
        return problem(409, "conflict", " ".join(error.errors[""]))
    return _wrong_fields(refused_fields(error))


def _validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    # ninja puts ("body", name of the parameter) before the path inside a body, and ("query",) before a parameter.
    return _wrong_fields(
        found
        for entry in error.errors
        for found in invalid_entries([entry], skip=2 if entry["loc"][:1] == ("body",) else 1)
    )


def _wrong_fields(errors: Iterable[tuple[str, str]]) -> HttpResponse:
    listed = list(errors)
    return problem(422, "invalid_fields", detail_of(listed), listed)


def _message(entry: Mapping[str, Any]) -> str:
    if entry["type"] == "extra_forbidden":
        return NO_SUCH_FIELD
    return f"{str(entry['msg']).removeprefix('Value error, ').rstrip('.')}."


def _conflict(request: HttpRequest, error: Conflict) -> HttpResponse:
    return problem(CODES[error.code].status, error.code, str(error))


def _not_found(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(404, "not_found", "There is nothing here, or nothing that this key may see.")


def _unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(401, "invalid_key", "Send a valid API key: `Authorization: Bearer KEY`.")


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Unreadable):
        return _unreadable(request, error.__cause__)
    return problem(error.status_code, "bad_request", str(error))


def _unreadable(request: HttpRequest, error: Unreadable) -> HttpResponse:
    return problem(CODES[error.code].status, error.code, str(error), [(error.pointer, str(error))])


def _bad_request(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(400, "bad_request", "The request cannot be read.")


def too_large(request: HttpRequest, error: Exception | None = None) -> HttpResponse:
    """413, of a body as most operations take it."""
    return refused_length(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def refused_length(most: int) -> HttpResponse:
    """413, where at most so many bytes are taken."""
    return problem(413, "too_large", f"The body has more than {most:,} bytes. Send it in parts.")


def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("unexpected error in request %s of the API", exchange(request).request_id, exc_info=error)
    return problem(500, "internal_error", "This is our mistake. Nothing was changed; try again later.")


def _unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.warning("request %s of the API: %s", exchange(request).request_id, " ".join(str(error).split()))
    response = problem(503, "unavailable", CODES["unavailable"].example)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def _forbidden(request: HttpRequest, error: Forbidden) -> HttpResponse:
    return problem(403, "missing_scope", str(error))


def _precondition_failed(request: HttpRequest, error: PreconditionFailed) -> HttpResponse:
    return problem(412, "precondition_failed", "It is not what `If-Match` says: get it again. Nothing was changed.")


def _too_many(request: HttpRequest, error: Exception) -> HttpResponse:
    spent = spent_of(request)
    wait = max((standing.reset for standing in spent), default=1)
    names = ", ".join(f"“{at.budget.name}” ({at.quota} in {at.window} s)" for at in spent)
    response = problem(429, "rate_limited", f"The budget {names} is spent. Try again in {wait} s.")
    response["Retry-After"] = str(wait)
    return response


def _wrong_period(request: HttpRequest, error: WrongPeriod) -> HttpResponse:
    return _wrong_fields([(f"/{error.field}", error.message)])


def _too_wide(request: HttpRequest, error: StatsTooWide) -> HttpResponse:
    return _wrong_fields([("/start", "There are too many clicks to filter in this time: ask for less of it.")])


HANDLERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Refused: _refused,
    Conflict: _conflict,
    ValidationError: _validation_error,
    NotFound: _not_found,
    Http404: _not_found,
    WrongPeriod: _wrong_period,
    StatsTooWide: _too_wide,
    Forbidden: _forbidden,
    PreconditionFailed: _precondition_failed,
    Unreadable: _unreadable,
    AuthenticationError: _unauthenticated,
    Throttled: _too_many,
    TooManyRequests: _too_many,
    HttpError: _http_error,
    RequestDataTooBig: too_large,
    SuspiciousOperation: _bad_request,
    UnreadablePostError: _bad_request,
    MultiPartParserError: _bad_request,
    **dict.fromkeys(POSTGRES_AWAY, _unavailable),
    Exception: _unexpected,
}
