"""When and where somebody was here last, for the list of their sessions."""

import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

STEP = 300.0  # seconds: it is written at most this often
SEEN_KEY = "seen"  # of the session: when that was, in seconds since 1970


def signed_in(request: HttpRequest, **_: Any) -> None:
    """Receives `user_logged_in`: allauth notes that one itself."""
    request.session[SEEN_KEY] = time.time()


class SessionActivityMiddleware:
    """Notes the session's last use, address and browser. allauth's own would write with every request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_due(request) and request.user.is_authenticated:
            request.session[SEEN_KEY] = time.time()
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


def _is_due(request: HttpRequest) -> bool:
    """Whether somebody has signed in and was not noted lately; asks no database that the page would not ask."""
    return SESSION_KEY in request.session and request.session.get(SEEN_KEY, 0.0) < time.time() - STEP
