"""The short way of requests to `/api/`: none of what pages need (sessions, forms, messages), and what every answer of
the API has, whichever resource it is of."""

import re
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, get_resolver
from django.utils.module_loading import import_string
from uuid_utils import uuid7

from shortener.api.etags import names
from shortener.api.exchange import exchange
from shortener.api.problems import CONTENT_TYPE, problem, problem_of, refused_length
from shortener.api.reading import check_query
from shortener.infra.uploads import LARGE

GetResponse = Callable[[HttpRequest], HttpResponseBase]
PREFIX = "/api/"
REQUEST_ID = re.compile(r"[A-Za-z0-9._:/=+-]{1,128}\Z")


class ApiMiddleware:
    """Stands where pages and API part: what comes behind it in MIDDLEWARE is for pages, API_MIDDLEWARE for the API."""

    def __init__(self, get_response: GetResponse) -> None:
        self._pages = get_response
        self._api: GetResponse = _answer
        for path in reversed(settings.API_MIDDLEWARE):
            self._api = import_string(path)(self._api)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._api(request) if request.path_info.startswith(PREFIX) else self._pages(request)


class ExchangeMiddleware:
    """Request IDs in and out, limits of bodies, HEAD as GET without a body, and headers that views have asked for."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        this = exchange(request)
        given = request.headers.get("X-Request-Id", "")
        this.request_id = given if REQUEST_ID.match(given) else uuid7().hex
        is_head = request.method == "HEAD"
        if is_head:
            request.method = "GET"
        response = _refusal(request) or self._get_response(request)
        response = _with_problem(response)
        for name, value in this.headers.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = this.request_id
        response.headers.setdefault("Cache-Control", "no-store" if response.status_code >= 400 else "private, no-cache")
        response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  refusals are the client's news, not ours
        return _finished(request, response, is_head)


def _answer(request: HttpRequest) -> HttpResponseBase:
    try:
        check_query(request.META.get("QUERY_STRING", ""))
        if "\x00" in request.path_info:
            raise Http404
        match = _resolved(request.path_info)
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    except Exception as error:  # noqa: BLE001  every error has an answer, the unexpected ones are logged
        return problem_of(request, error)
    return response


@lru_cache(maxsize=2048)
def _resolved(path: str) -> ResolverMatch:
    """Where `path` leads. Going through all patterns takes as long as reading the body."""
    return get_resolver().resolve(path)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """An answer to bodies that are not read at all."""
    if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
        return problem(411, "length_required", "Send the body with `Content-Length`, not in chunks.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    is_upload = request.content_type == "multipart/form-data"
    most = LARGE if is_upload else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return refused_length(most) if length.isdecimal() and int(length) > most else None


def _with_problem(response: HttpResponseBase) -> HttpResponseBase:
    """Django's and ninja's own answers to errors, as problem details."""
    if response.status_code != 405 or response.headers.get("Content-Type") == CONTENT_TYPE:
        return response
    allowed = response.headers["Allow"]
    replaced = problem(405, "method_not_allowed", f"This address knows {allowed}.")
    replaced.headers["Allow"] = allowed
    return replaced


def _finished(request: HttpRequest, response: HttpResponseBase, is_head: bool) -> HttpResponseBase:
    etag = response.headers.get("ETag")
    if request.method == "GET" and etag and response.status_code == 200:
        header = request.headers.get("If-None-Match")
        if header is not None and names(header, etag):
            response.status_code = 304
            del response.headers["Content-Type"]
            if isinstance(response, HttpResponse):
                response.content = b""
            return response
    if response.status_code == 204:
        del response.headers["Content-Type"]  # of nothing; nor has it a length (RFC 9110, 8.6)
    elif isinstance(response, HttpResponse):
        response.headers.setdefault("Content-Length", str(len(response.content)))
        if is_head:
            response.content = b""
    elif is_head:
        response.close()
        return HttpResponse(status=response.status_code, headers=dict(response.headers))
    return response
