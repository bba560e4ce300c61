"""Requests of htmx from pages whose session has ended."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


class SignedOutMiddleware:
    """htmx would follow the redirect to the page to sign in and put that into the middle of the page at hand. So the
    whole page goes there, and comes back to where it was, not to a part of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        htmx, sign_in = HtmxDetails(request), resolve_url(settings.LOGIN_URL)
        if not htmx or urlsplit(response.headers.get("Location", "")).path != sign_in:
            return response
        back = htmx.current_url_abs_path  # None for a page of another site
        return HttpResponseClientRedirect(redirect_to_login(back).url if back else sign_in)
