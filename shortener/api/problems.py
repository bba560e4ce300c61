"""Errors of the API: problem details (RFC 9457), every wrong field listed with a JSON pointer (RFC 6901)."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from shortener.clicks.periods import WrongPeriod
from shortener.clicks.stats import StatsTooWide
from shortener.infra.errors import Conflict, NotFound, Refused

logger = logging.getLogger(__name__)

TITLES = {
    400: "Bad request",
    401: "Sign in with an API key",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    422: "Some fields are wrong",
    500: "Something went wrong here",
}


class FieldProblem(Schema):
    """One wrong field."""

    pointer: str
    message: str


class Problem(Schema):
    """Problem details; `code` is stable, the other texts are for people."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []


class Forbidden(Exception):
    """The key is fine, but lacks the scope this needs."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs the scope “{scope}”, which the API key does not have.")


def problem(status: int, code: str, detail: str, errors: Iterable[tuple[str, str]] = ()) -> HttpResponse:
    """A response with problem details. `errors`: pointers and messages."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
        "errors": [{"pointer": pointer, "message": message} for pointer, message in errors],
    }
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json"
    )
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def install_handlers(api: NinjaAPI) -> None:
    """Make `api` answer every error with problem details."""
    for error, handler in HANDLERS.items():
        api.add_exception_handler(error, handler)


def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return _wrong_fields((f"/{field}", message) for field, messages in error.errors.items() for message in messages)


def _validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return _wrong_fields((_pointer(entry["loc"]), _message(entry)) for entry in error.errors)


def _wrong_fields(errors: Iterable[tuple[str, str]]) -> HttpResponse:
    listed = list(errors)
    detail = " ".join(f"{pointer.lstrip('/') or 'body'}: {message}" for pointer, message in listed)
    return problem(422, "invalid_fields", detail, listed)


def _pointer(location: Sequence[Any]) -> str:
    # ninja puts ("body", name of the parameter) before the path inside a body.
    path = location[2:] if location and location[0] == "body" else location[1:]
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _message(entry: Mapping[str, Any]) -> str:
    if entry["type"] == "extra_forbidden":
        return "There is no such field."
    return f"{str(entry['msg']).removeprefix('Value error, ').rstrip('.')}."


def _conflict(request: HttpRequest, error: Conflict) -> HttpResponse:
    return problem(409, error.code, str(error))


def _not_found(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(404, "not_found", "There is nothing here, or nothing that this key may see.")


def _unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(401, "invalid_key", "Send a valid API key: `Authorization: Bearer KEY`.")


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    code = "bad_request" if error.status_code == 400 else "error"
    return problem(error.status_code, code, str(error))


def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.exception("unexpected error in the API", exc_info=error)
    return problem(500, "internal_error", "This is our mistake. Nothing was changed; try again later.")


def _forbidden(request: HttpRequest, error: Forbidden) -> HttpResponse:
    return problem(403, "missing_scope", str(error))


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
    AuthenticationError: _unauthenticated,
    HttpError: _http_error,
    Exception: _unexpected,
}
