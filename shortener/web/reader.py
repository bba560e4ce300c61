"""In whose language and time zone a page speaks: those of the account, else of the browser."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from shortener.accounts.models import User
from shortener.clicks.periods import zone_names

ZONE_COOKIE = "zone"  # the browser's, as our script has told it


class ReaderMiddleware:
    """Speaks to each reader in their language (account, cookie, Accept-Language) and zone (account, cookie, UTC)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        with translation.override(language), timezone.override(zone_of_reader(request)):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response.render()  # in this language, not in that of whoever comes next
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", language)
        return response


def language_of(request: HttpRequest) -> str:
    """One of LANGUAGES."""
    chosen = request.user.language if isinstance(request.user, User) else ""
    return chosen if chosen in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def zone_of_reader(request: HttpRequest) -> ZoneInfo:
    """The zone in which times are shown and read."""
    chosen = request.user.time_zone if isinstance(request.user, User) else ""
    name = chosen or request.COOKIES.get(ZONE_COOKIE, "")
    return ZoneInfo(name if name in zone_names() else "UTC")
