"""From our pages to the page of a place to sign in at."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]


class LeavingMiddleware:
    """Browsers hold the redirect that answers a form to `form-action 'self'`: they would stop on the way. So the
    answer is a page that goes on by itself, and nothing else about the policy has to give way."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        target = response.headers.get("Location", "")
        if request.method != "POST" or not _is_of_sign_in(request) or not urlsplit(target).netloc:
            return response
        page = render(request, "socialaccount/leaving.html", {"target": target, "host": urlsplit(target).hostname})
        page.cookies = response.cookies
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The other place does not answer, or not in the way of its protocol."""
        if not _is_of_sign_in(request) or not isinstance(exception, RequestException | KeyError | ValueError):
            return None
        logger.warning("a place to sign in at does not answer as it should: %s", exception, exc_info=True)
        return render(request, "socialaccount/authentication_error.html", {"is_away": True}, status=502)


def _is_of_sign_in(request: HttpRequest) -> bool:
    """Whether allauth's views for other places answer this."""
    match = request.resolver_match
    name = (match.url_name or "") if match else ""
    return request.path.startswith("/accounts/") and name.endswith(("_login", "_callback")) and name != "account_login"
