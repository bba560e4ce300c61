"""Light or dark: what the system prefers, unless somebody has chosen. The choice is a cookie that the server reads, so
that no page shines in the dark for a moment."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "theme"
KEPT = timedelta(days=400)  # as long as browsers keep a cookie
CHOICES = ("light", "dark")


def theme_of(request: HttpRequest) -> str:
    """`light` or `dark`, as the visitor has chosen; empty for what the system prefers."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in CHOICES else ""


def remember(response: HttpResponse, theme: str) -> None:
    """Have the visitor's next pages in `theme`; anything but a choice is what the system prefers."""
    if theme not in CHOICES:
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(COOKIE, theme, max_age=KEPT, secure=secure, httponly=True, samesite="Lax")
